import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';

/** Runs the import rules over a small tree. @returns what it prints, and whether it passed. */
async function check(files: Record<string, string>): Promise<{ passed: boolean; output: string }> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const command = join(root, 'node_modules/.bin/depcruise');
  const args = ['src', '--config', join(root, '.dependency-cruiser.cjs')];
  try {
    return { passed: true, output: (await run(command, args, { cwd: folder })).stdout };
  } catch (error) {
    return { passed: false, output: (error as { stdout: string }).stdout };
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(root, 'node_modules', '.cache-imports-'));
  await writeFile(
    join(folder, 'tsconfig.json'),
    '{"compilerOptions":{"module":"NodeNext","allowImportingTsExtensions":true,"noEmit":true}}',
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const forbidden: readonly (readonly [string, Record<string, string>])[] = [
  [
    'schema-not-to-plugins-app-server',
    { 'src/domain/project/project.ts': "import '../plugins/cors.ts';", 'src/plugins/cors.ts': 'export {};' },
  ],
  [
    'http-not-to-services-schema-plugins-operation-registry-context-app-serve-server',
    { 'src/http/body.ts': "import '../plugins/cors.ts';", 'src/plugins/cors.ts': 'export {};' },
  ],
  [
    'plugins-not-to-app-serve-server-start-main',
    { 'src/plugins/cors.ts': "import '../server.ts';", 'src/server.ts': 'export {};' },
  ],
  [
    'operation-not-upwards',
    { 'src/operation/run.ts': "import '../plugins/cors.ts';", 'src/plugins/cors.ts': 'export {};' },
  ],
  [
    'registry-not-to-services-schema-plugins-app-serve-server',
    { 'src/registry/admission.ts': "import '../schema/task.ts';", 'src/domain/task/task.ts': 'export {};' },
  ],
  [
    'schema-not-to-database',
    { 'src/domain/task/task.ts': "import '../stores/database.ts';", 'src/stores/database.ts': 'export {};' },
  ],
  ['no-cycle', { 'src/services/a.ts': "import '../unit/b.ts';", 'src/services/b.ts': "import '../unit/a.ts';" }],
  ['nothing-to-app', { 'src/plugins/health.ts': "import '../app.ts';", 'src/app.ts': 'export {};' }],
  ['src-not-to-test', { 'src/operation/x.ts': "import '../y.ts';", 'test/y.ts': 'export {};' }],
];

test.each(forbidden)('an import that breaks %s fails the check', async (rule, files) => {
  await rm(join(folder, 'src'), { recursive: true, force: true });
  const { passed, output } = await check(files);
  expect(output).toContain(rule);
  expect(passed).toBe(false);
});

test('a tree that keeps the rules passes, and was read', async () => {
  await rm(join(folder, 'src'), { recursive: true, force: true });
  const { passed, output } = await check({
    'src/schema/a.ts': "import '../services/b.ts';",
    'src/services/b.ts': 'export {};',
  });
  expect(passed).toBe(true);
  expect(output).toMatch(/2 modules, 1 dependencies/);
});
