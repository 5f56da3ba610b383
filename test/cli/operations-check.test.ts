import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationsCheck } from '../../src/cli/operations-check.ts';

const before = 'type Query { projects: [Project] } type Project { name: String, code: String }';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'operations-check-'));
  await writeFile(join(folder, 'before.graphql'), before);
  await writeFile(join(folder, 'removed.graphql'), before.replace('code: String', 'other: String'));
  await writeFile(join(folder, 'retyped.graphql'), before.replace('code: String', 'code: Int'));
  await writeFile(join(folder, 'broken.graphql'), 'type Query {');
  const manifest = { a: 'query Names { projects { name } }', b: 'query Codes { projects { code } }' };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs the command without a database. */
async function check(...argv: string[]): Promise<{ code: number; out: string; errors: string }> {
  const out: string[] = [];
  const errors: string[] = [];
  const code = await operationsCheck(argv, {}, { out: (line) => out.push(line), error: (line) => errors.push(line) });
  return { code, out: out.join('\n'), errors: errors.join('\n') };
}

const manifest = () => ['--manifest', `partner=${join(folder, 'manifest.json')}`];
const schema = (name: string) => ['--schema', join(folder, `${name}.graphql`)];

describe('operations:check', () => {
  test('exits with 0 when every operation is served', async () => {
    expect(await check(...schema('before'), ...manifest())).toEqual({
      code: 0,
      out: 'All 2 registered operations are served.',
      errors: '',
    });
  });

  test('exits with 1 and names operation and client when a used field is removed', async () => {
    const { code, errors } = await check(...schema('removed'), ...manifest());
    expect(code).toBe(1);
    expect(errors).toMatch(
      /^Codes of partner \(whole deployment\), sha256:[0-9a-f]{64}\n {2}Cannot query field "code" on type "Project"\.\n/,
    );
    expect(errors).toContain('1 of 2 registered operations would break.');
    expect(errors).not.toContain('Names');
  });

  test('sees a changed type beside the schema before', async () => {
    expect((await check(...schema('retyped'), ...manifest())).code).toBe(0);
    const { code, errors } = await check(...schema('retyped'), '--base', join(folder, 'before.graphql'), ...manifest());
    expect(code).toBe(1);
    expect(errors).toContain('Project.code changed type from String to Int.');
  });

  test.each([
    ['a schema that is none', () => [...schema('broken'), ...manifest()], /broken\.graphql is not a schema/],
    [
      'a manifest that is missing',
      () => [...schema('before'), '--manifest', 'partner=/nowhere.json'],
      /\/nowhere\.json cannot be read/,
    ],
    ['a manifest without a client', () => [...schema('before'), '--manifest', 'x.json'], /takes <client>=<file>/],
    ['an option that does not exist', () => ['--shema', 'x'], /--shema/],
  ])('exits with 1 and one line for %s', async (_what, argv, message) => {
    const { code, errors } = await check(...argv());
    expect(code).toBe(1);
    expect(errors).toMatch(message);
  });

  test('exits with 1 when the database of DATABASE_MIGRATION_URL is away, without showing its password', async () => {
    const errors: string[] = [];
    const env = { DATABASE_MIGRATION_URL: 'postgresql://owner:hidden-password@127.0.0.1:1/none' };
    const output = { out: () => undefined, error: (line: string) => errors.push(line) };
    expect(await operationsCheck(schema('before'), env, output)).toBe(1);
    expect(errors.join('\n')).toMatch(/DATABASE_MIGRATION_URL: the database cannot be reached/);
    expect(errors.join('\n')).not.toContain('hidden-password');
  });
});
