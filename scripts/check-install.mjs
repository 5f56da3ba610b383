/**
 * `npm run check:install`: a copy of the working tree, in a folder with a space in its name, is started with `npm start` on a PATH that holds
 * Node.js, npm and a shell alone. Fails when a dependency wants a compiler or Python, or when the gateway does not get ready.
 * Another version: `npx -y node@24 scripts/check-install.mjs`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** How long installation and start may take, in milliseconds. */
const limitMs = 300_000;

/** What a clone does not hold. */
const left = new Set(['.git', '.data', '.env', 'node_modules', 'dist', 'coverage', 'src/generated', 'test/generated']);

function find(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      return realpathSync(join(folder, name));
    } catch {
      // Not in this one.
    }
  }
  throw new Error(`There is no ${name} on the PATH.`);
}

const folder = mkdtempSync(join(tmpdir(), 'fieldgate install '));
// Within reach of the embedded server's user, so that nothing is copied elsewhere and left there.
chmodSync(folder, 0o755);
const bin = join(folder, 'bin');
const copy = join(folder, 'clone');
mkdirSync(bin);
symlinkSync(process.execPath, join(bin, 'node'));
for (const name of ['npm', 'npx', 'sh']) symlinkSync(find(name), join(bin, name));
cpSync(root, copy, {
  recursive: true,
  filter: (path) => !left.has(path.slice(root.length + 1)) && !basename(path).endsWith('.tsbuildinfo'),
});

/** Downloads that were made before are used again; what is compiled is never cached by npm. */
const env = { PATH: bin, HOME: homedir(), npm_config_prefer_offline: 'true', PORT: '0', LOG_LEVEL: 'warn' };
const began = Date.now();
const seconds = () => `${((Date.now() - began) / 1_000).toFixed(0)} s`;

function end(code, words) {
  console.log(`Node.js ${process.versions.node}: ${words}`);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code);
}

for (const tool of ['cc', 'gcc', 'make', 'python3'])
  if (spawnSync(tool, ['--version'], { env }).error === undefined) end(1, `${tool} is still on the PATH.`);

const child = spawn(join(bin, 'npm'), ['start'], { cwd: copy, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
let output = '';
const stopAll = (signal) => {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended.
  }
};
const timer = setTimeout(() => stopAll('SIGKILL'), limitMs);
let answered = null;
for (const stream of [child.stdout, child.stderr])
  stream.on('data', async (chunk) => {
    output += chunk.toString();
    const url = /listens on (http:\S+)\/graphql/.exec(output)?.[1];
    if (!url || answered !== null) return;
    answered = 0;
    answered = await fetch(`${url}/health/ready`).then(
      ({ status }) => status,
      () => -1,
    );
    console.log(`Ready after ${seconds()}.`);
    // As Ctrl-C does: to the whole group.
    stopAll('SIGINT');
  });
child.once('close', () => {
  clearTimeout(timer);
  if (answered === 200) end(0, `npm start needs Node.js and npm alone (${seconds()}).`);
  console.error(output);
  end(1, answered === null ? `npm start did not get as far as listening (${seconds()}).` : `ready said ${answered}.`);
});
