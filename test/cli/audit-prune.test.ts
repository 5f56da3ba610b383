/** Retention of the audit log: what is older goes, what is younger stays, and nobody but the owner of the tables may. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditPrune } from '../../src/cli/audit-prune.ts';
import { openTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

beforeEach(async () => {
  await database.asOwner('truncate "AuditEvent"');
  await database.asOwner(
    `insert into "AuditEvent" ("id", "at", "actorType", "action", "targetType")
     select gen_random_uuid(), now() - make_interval(days => days, hours => 1), 'Anonymous', days::text, 'User'
     from unnest(array[0, 29, 30, 364, 365, 4000]) days`,
  );
});

const left = async () =>
  (await database.asOwner('select "action" from "AuditEvent" order by "at" desc')).map(({ action }) => action);

async function prune(
  argv: readonly string[],
  env: Record<string, string> = { DATABASE_MIGRATION_URL: database.ownerUrl },
) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  return { code: await auditPrune(argv, env, { out: write, error: write }), text: lines.join('\n') };
}

test('removes what is older, and says how much', async () => {
  expect(await prune(['--older-than', '365'])).toEqual({
    code: 0,
    text: 'Removed 2 audit events older than 365 days.',
  });
  expect(await left()).toEqual(['0', '29', '30', '364']);
  expect(await prune(['--older-than', '30'])).toEqual({ code: 0, text: 'Removed 2 audit events older than 30 days.' });
  expect(await left()).toEqual(['0', '29']);
});

test('removes more than one batch', async () => {
  await database.asOwner(
    `insert into "AuditEvent" ("id", "at", "actorType", "action", "targetType")
     select gen_random_uuid(), now() - interval '2 years', 'Anonymous', 'old', 'User' from generate_series(1, 20000)`,
  );
  expect((await prune(['--older-than', '365'])).text).toBe('Removed 20002 audit events older than 365 days.');
});

test('reads the secret from a file, and needs no signing keys in production', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fieldgate-prune-'));
  await writeFile(join(folder, 'url'), `${database.ownerUrl}\n`);
  const env = { DATABASE_MIGRATION_URL_FILE: join(folder, 'url'), NODE_ENV: 'production' };
  expect((await prune(['--older-than', '365'], env)).code).toBe(0);
  await rm(folder, { recursive: true });
});

describe('refuses, and removes nothing', () => {
  test.each([
    ['no age', []],
    ['an age without a number', ['--older-than']],
    ['less than 30 days', ['--older-than', '29']],
    ['no days', ['--older-than', '0']],
    ['a negative number', ['--older-than=-400']],
    ['a fraction', ['--older-than', '365.5']],
    ['a word', ['--older-than', 'year']],
    ['an option that it does not know', ['--older-than', '365', '--force']],
  ])('%s', async (_what, argv) => {
    const before = await left();
    const { code, text } = await prune(argv);
    expect(code).toBe(1);
    expect(text.split('\n')).not.toEqual(['']);
    expect(await left()).toEqual(before);
  });

  test('no database, one that is not there, and the gateway’s own role', async () => {
    expect(await prune(['--older-than', '365'], { DATABASE_URL: database.url })).toMatchObject({
      code: 1,
      text: expect.stringContaining('DATABASE_MIGRATION_URL'),
    });
    const nowhere = { DATABASE_MIGRATION_URL: 'postgresql://nobody@127.0.0.1:1/nothing' };
    expect((await prune(['--older-than', '365'], nowhere)).code).toBe(1);
    expect(await prune(['--older-than', '365'], { DATABASE_MIGRATION_URL: database.url })).toEqual({
      code: 1,
      text: 'permission denied for table AuditEvent',
    });
    expect(await left()).toHaveLength(6);
  });
});

test('is a command of its own', () => {
  const { status, stdout } = spawnSync('npx', ['tsx', 'src/cli/audit-prune.ts', '--older-than', '365'], {
    env: { ...process.env, DATABASE_MIGRATION_URL: database.ownerUrl },
    encoding: 'utf8',
  });
  expect([status, stdout.trim()]).toEqual([0, 'Removed 2 audit events older than 365 days.']);
});
