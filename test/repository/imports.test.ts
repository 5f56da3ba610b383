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

const name = (from: string, to: string) => `${from}-not-to-${to}`.replace(/\W+/g, '-');
const everythingAbove = 'identity|registry|domain|dev|plugins';

/** A rule, a file with an import that breaks it, and the file that it leads to. */
const forbidden: readonly (readonly [rule: string, from: string, to: string])[] = [
  [name('http', `nouns|${everythingAbove}|operation|context|app|serve|server|schema`), 'http/body', 'plugins/cors'],
  [
    name('authorization', `nouns|${everythingAbove}|operation|http|app|serve|server|schema`),
    'authorization/a',
    'nouns/b',
  ],
  [name('operation', `nouns|${everythingAbove}|app|serve|server|schema`), 'operation/run', 'plugins/cors'],
  [name('nouns', `${everythingAbove}|http|app|serve|server|schema`), 'nouns/a', 'identity/b'],
  [name('identity', 'registry|domain|dev|plugins|app|serve|server|schema'), 'identity/a', 'domain/b'],
  [name('registry', 'domain|dev|plugins|app|serve|server|schema'), 'registry/admission', 'domain/task/noun'],
  [name('domain', 'registry|dev|plugins|http|app|serve|server|schema'), 'domain/project/noun', 'plugins/cors'],
  ['nouns-not-to-running', 'domain/task/noun', 'operation/run'],
  ['identity-not-to-http', 'identity/a', 'http/listener'],
  ['domain-not-to-stores', 'domain/task/service', 'stores/database'],
  ['domain-is-replaceable', 'server', 'domain/index'],
  ['domain-is-replaceable', 'operation/run', 'domain/index'],
  ['resolvers-not-to-database', 'nouns/a', 'stores/tenant-pool'],
  [name('plugins', 'domain|dev|app|serve|server|start|main'), 'plugins/cors', 'server'],
  ['nothing-to-app', 'plugins/health', 'app'],
];

/** The text of an import from one file of `src` to another. */
const importing = (from: string, to: string) => `import '${'../'.repeat(from.split('/').length - 1) || './'}${to}.ts';`;

const others: readonly (readonly [rule: string, files: Record<string, string>])[] = [
  ['no-cycle', { 'src/nouns/a.ts': "import './b.ts';", 'src/nouns/b.ts': "import './a.ts';" }],
  ['src-not-to-test', { 'src/operation/x.ts': "import '../../test/y.ts';", 'test/y.ts': 'export {};' }],
];

test.each([
  ...forbidden.map(
    ([rule, from, to]) => [rule, { [`src/${from}.ts`]: importing(from, to), [`src/${to}.ts`]: 'export {};' }] as const,
  ),
  ...others,
])('an import that breaks %s fails the check', async (rule, files) => {
  await rm(join(folder, 'src'), { recursive: true, force: true });
  const { passed, output } = await check(files);
  expect(output).toContain(rule);
  expect(passed).toBe(false);
});

test('a tree that keeps the rules passes, and was read', async () => {
  await rm(join(folder, 'src'), { recursive: true, force: true });
  const { passed, output } = await check({
    'src/domain/a.ts': "import '../nouns/b.ts';",
    'src/nouns/b.ts': 'export {};',
  });
  expect(passed).toBe(true);
  expect(output).toMatch(/2 modules, 1 dependencies/);
});
