/** A connection answers for the organization and the account of the statement that runs on it, whoever had it before. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTenantPool, type TenantPool } from '../../src/stores/tenant-pool.ts';
import { runBare } from '../support/bare-scope.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let pool: TenantPool;
let acme: string;
let globex: string;

const binding = /set_config/;

function scoped<T>(
  organizationId: string | null,
  work: () => Promise<T>,
  more: { userId?: string; onStatement?: (sql: string) => void } = {},
): Promise<T> {
  return runBare({ organizationId, ...more }, work);
}

async function organizationsOfProjects(): Promise<string[]> {
  const { rows } = await pool.query('select distinct "organizationId" as id from "Project"');
  return rows.map(({ id }) => id as string);
}

beforeAll(async () => {
  database = await createTestDatabase();
  const rows = await database.query<{ id: string; slug: string }>('select "id", "slug" from "Organization"');
  acme = rows.find(({ slug }) => slug === 'acme')?.id ?? '';
  globex = rows.find(({ slug }) => slug === 'globex')?.id ?? '';
  // One connection for everybody: whatever is left on it would be met by the next.
  pool = createTenantPool({ connectionString: database.gatewayUrl, max: 1, statementTimeoutMs: 300 });
});

afterAll(async () => {
  await pool?.end();
  await database?.close();
});

test('a connection shows the rows of the present organization only, also right after another one had it', async () => {
  for (const organizationId of [acme, globex, acme, acme, globex])
    expect(await scoped(organizationId, organizationsOfProjects)).toEqual([organizationId]);
});

test('a connection without a scope, or with a scope of no organization, shows no tenant row', async () => {
  await scoped(acme, organizationsOfProjects);
  expect(await organizationsOfProjects()).toEqual([]);
  await scoped(acme, organizationsOfProjects);
  expect(await scoped(null, organizationsOfProjects)).toEqual([]);
});

test('interleaved reads of many requests on few connections never mix', async () => {
  const few = createTenantPool({ connectionString: database.gatewayUrl, max: 3, statementTimeoutMs: 5_000 });
  try {
    const wanted = Array.from({ length: 300 }, (_, index) => [acme, globex, null][index % 3] as string | null);
    const seen = await Promise.all(
      wanted.map((organizationId) =>
        scoped(organizationId, async () => {
          const { rows } = await few.query('select distinct "organizationId" as id from "Task"');
          return rows.map(({ id }) => id as string);
        }),
      ),
    );
    expect(seen).toEqual(wanted.map((organizationId) => (organizationId ? [organizationId] : [])));
  } finally {
    await few.end();
  }
});

test('the account is bound too: a session shows to nobody but its owner', async () => {
  const users = await database.query<{ id: string }>(
    'select "id" from "User" where "email" in (\'owner@acme.example\', \'guest@acme.example\') order by "email" desc',
  );
  const [owner, guest] = users.map(({ id }) => id) as [string, string];
  await database.query(
    'insert into "Session" ("id", "userId", "expiresAt") values (gen_random_uuid(), $1, now() + interval \'1 day\')',
    [owner],
  );
  const sessions = async () => (await pool.query('select "userId" as id from "Session"')).rows.map(({ id }) => id);
  expect(await scoped(acme, sessions, { userId: owner })).toEqual([owner]);
  expect(await scoped(acme, sessions, { userId: guest })).toEqual([]);
  expect(await scoped(acme, sessions)).toEqual([]);
});

test('the binding is sent only when it differs from the last', async () => {
  const counting = createTenantPool({ connectionString: database.gatewayUrl, max: 1, statementTimeoutMs: 5_000 });
  try {
    let sent = 0;
    counting.on('connect', (client) => {
      const query = client.query.bind(client) as (...args: unknown[]) => unknown;
      client.query = ((...args: unknown[]) => {
        if (binding.test((args[0] as { text?: string }).text ?? '')) sent += 1;
        return query(...args);
      }) as typeof client.query;
    });
    const read = () => counting.query('select 1');
    await read();
    expect(sent).toBe(0);
    for (const organizationId of [acme, acme, acme, globex, globex]) await scoped(organizationId, read);
    expect(sent).toBe(2);
    await read();
    expect(sent).toBe(3);
  } finally {
    await counting.end();
  }
});

test('a connection that could not be bound is destroyed, and the next one answers rightly', async () => {
  await scoped(acme, organizationsOfProjects);
  const process = async () => (await pool.query('select pg_backend_pid() as pid')).rows[0].pid as number;
  const before = await scoped(acme, process);
  // PostgreSQL refuses a zero byte in a text: the binding fails, and with it the statement.
  await expect(scoped('\0', organizationsOfProjects)).rejects.toThrow();
  expect(pool.totalCount).toBe(0);
  expect(await scoped(globex, organizationsOfProjects)).toEqual([globex]);
  expect(await scoped(acme, process)).not.toBe(before);
});

test('an organization that is no id makes statements fail rather than see everything', async () => {
  await expect(scoped("' or true --", organizationsOfProjects)).rejects.toThrow(/invalid input syntax for type uuid/);
  expect(await scoped(acme, organizationsOfProjects)).toEqual([acme]);
});

test('a statement that takes too long is cancelled, and its connection stays usable', async () => {
  await expect(scoped(acme, () => pool.query('select pg_sleep(10)'))).rejects.toThrow(/statement timeout/);
  expect(await scoped(acme, organizationsOfProjects)).toEqual([acme]);
});

test('a scope hears the SQL text of its own statements, and nobody else’s', async () => {
  const mine: string[] = [];
  const others: string[] = [];
  const hash = createHash('sha256').update('x').digest('hex');
  await scoped(acme, () => pool.query('select $1::text as mine', [hash]), { onStatement: (sql) => mine.push(sql) });
  await scoped(globex, () => pool.query('select 2 as theirs'), { onStatement: (sql) => others.push(sql) });
  expect(mine).toEqual(['select $1::text as mine']);
  expect(others).toEqual(['select 2 as theirs']);
});
