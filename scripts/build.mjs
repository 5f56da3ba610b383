/** `npm run build`: compiles to dist/, with the page of GraphiQL; `node dist/main.js` then needs no TypeScript. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function run(...command) {
  const { status } = spawnSync('npx', ['--no-install', ...command], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(1);
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
run('tsc', '-p', 'tsconfig.build.json');
run('tsx', 'src/cli/graphiql-build.ts');
const page = join(root, 'src/generated/graphiql');
if (existsSync(page)) cpSync(page, join(root, 'dist/generated/graphiql'), { recursive: true });
