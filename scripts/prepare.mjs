/**
 * Runs before `npm start` and `npm test`: installs what is missing and generates code, and does nothing when both are in step.
 * Imports Node's built-ins only, since nothing else may be there yet.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SchemaAssemblyError, writeAssembledSchema } from './assemble-schema.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');

function hashOf(...paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(existsSync(join(root, path)) ? readFileSync(join(root, path)) : '');
  return hash.digest('hex');
}

function run(command, args, what) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (error || status !== 0) {
    console.error(
      `fieldgate: ${what} failed${error ? `: ${error.message}` : ''}. Run \`${command} ${args.join(' ')}\` to see why.`,
    );
    process.exit(1);
  }
}

/** Does the work unless a stamp says that it was done for the same inputs. */
function once(stamp, inputs, isThere, work) {
  const path = join(modules, '.cache', 'fieldgate', stamp);
  const hash = hashOf(...inputs);
  if (isThere && existsSync(path) && readFileSync(path, 'utf8') === hash) return;
  work();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, hash);
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`fieldgate: Node.js 20.19 or later is needed; this is ${process.versions.node}.`);
  process.exit(1);
}

once('installed', ['package-lock.json'], existsSync(join(modules, '.package-lock.json')), () => {
  console.error('fieldgate: installing dependencies …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'the installation of dependencies');
});
/** Names of the files of a folder, in order, as paths from the root. */
const filesOf = (folder) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder))
        .sort()
        .map((name) => `${folder}/${name}`)
    : [];

once(
  'generated',
  [...filesOf('prisma/schema'), 'scripts/assemble-schema.mjs', 'package-lock.json'],
  ['prisma/client.ts', 'schema/engine.prisma'].every((path) => existsSync(join(root, 'src/generated', path))),
  () => {
    try {
      writeAssembledSchema(join(root, 'prisma/schema'), join(root, 'src/generated/schema'));
    } catch (error) {
      if (!(error instanceof SchemaAssemblyError)) throw error;
      console.error(`fieldgate: prisma/schema/${error.message}`);
      process.exit(1);
    }
    run('npx', ['--no-install', 'prisma', 'generate'], 'the generation of the database client');
  },
);
if (process.argv.includes('--tests')) {
  const documents = ['test/http', 'test/guarantees', 'test/browser'].flatMap(filesOf);
  const inputs = ['schema.graphql', 'codegen.ts', ...documents.filter((path) => path.endsWith('.ts')).sort()];
  once('documents', inputs, existsSync(join(root, 'test/generated/gql.ts')), () => {
    run(
      'npx',
      ['--no-install', 'graphql-codegen', '--config', 'codegen.ts', '--silent'],
      'the generation of typed documents',
    );
  });
}
