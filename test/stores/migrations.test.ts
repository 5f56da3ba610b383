/** Migrations are applied once, by one process at a time, and never over a history that is not theirs. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assertGatewayRole, createGatewayRole, GatewayRoleError } from '../../src/stores/gateway-role.ts';
import { MigrationError } from '../../src/stores/migration-error.ts';
import { readMigrationNames, readMigrations } from '../../src/stores/migration-files.ts';
import { countPendingMigrations, migrate } from '../../src/stores/migrations.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const original = new URL('../../prisma/migrations/', import.meta.url);

let database: TestDatabase;
let folder: string;
let names: string[];

const copy = () => pathToFileURL(`${folder}/`);

const addMigration = (name: string, sql: string): Promise<void> => writeFile(join(folder, `${name}.sql`), sql);
const removeMigration = (name: string): Promise<void> => rm(join(folder, `${name}.sql`));

async function faultOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => Promise.reject(new Error('It did not fail.')),
    (error: Error) => error,
  );
}

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  folder = await mkdtemp(join(tmpdir(), 'fieldgate-migrations-'));
  await cp(original, folder, { recursive: true });
  names = [...(await readMigrationNames())];
});

afterEach(async () => {
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

test('an empty database gets every migration in order, and a second run applies nothing', async () => {
  expect(await migrate(database.ownerUrl)).toEqual(names);
  expect(await migrate(database.ownerUrl)).toEqual([]);
  expect(await countPendingMigrations((sql) => database.query(sql))).toBe(0);
});

test('migrators that start together apply each migration once', async () => {
  const applied = await Promise.all([1, 2, 3].map(() => migrate(database.ownerUrl)));
  expect(applied.flat()).toEqual(names);
  expect(await database.query('select migration_name from _prisma_migrations')).toHaveLength(names.length);
});

test('a migrator waits for whoever holds the lock', async () => {
  const holder = new pg.Client({ connectionString: database.ownerUrl });
  await holder.connect();
  await holder.query('select pg_advisory_lock(343534283)');
  const migrating = migrate(database.ownerUrl);
  // Until PostgreSQL itself says that somebody waits for the lock.
  const waiting =
    "select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())";
  while ((await database.query(waiting)).length === 0);
  expect(await database.query("select to_regclass('_prisma_migrations') as there")).toEqual([{ there: null }]);
  await holder.end();
  expect(await migrating).toEqual(names);
});

test('an edited migration is refused by name, and nothing is applied', async () => {
  await migrate(database.ownerUrl, copy());
  const [edited = ''] = names;
  await addMigration(edited, 'select 1;');
  await addMigration('domain/29990101000000_later', 'create table later ();');
  const fault = await faultOf(migrate(database.ownerUrl, copy()));
  expect(fault).toBeInstanceOf(MigrationError);
  expect(fault.message).toBe(`Migration ${edited} was edited after it had been applied.`);
  expect(await database.query("select to_regclass('later') as there")).toEqual([{ there: null }]);
});

test('a migration that fails leaves nothing of itself, is named, stops those behind it, and is tried again once it is mended', async () => {
  await migrate(database.ownerUrl, copy());
  await addMigration('domain/29990101000000_broken', 'create table half (); insert into nowhere values (1);');
  await addMigration('domain/29990101000001_later', 'create table later ();');
  const fault = await faultOf(migrate(database.ownerUrl, copy()));
  expect(fault).toBeInstanceOf(MigrationError);
  expect(fault.message).toBe('Migration domain/29990101000000_broken failed: relation "nowhere" does not exist');
  const there = "select to_regclass('half') as half, to_regclass('later') as later";
  expect(await database.query(there)).toEqual([{ half: null, later: null }]);

  await addMigration('domain/29990101000000_broken', 'create table half ();');
  expect(await migrate(database.ownerUrl, copy())).toEqual([
    'domain/29990101000000_broken',
    'domain/29990101000001_later',
  ]);
  expect(await database.query(there)).toEqual([{ half: 'half', later: 'later' }]);
});

test('what a migration sets for itself is not the next one’s', async () => {
  await migrate(database.ownerUrl, copy());
  await addMigration('domain/29990101000000_elsewhere', 'create schema elsewhere; set search_path = elsewhere;');
  await addMigration('domain/29990101000001_here', 'create table here ();');
  await migrate(database.ownerUrl, copy());
  expect(await database.query("select to_regclass('public.here') as here")).toEqual([{ here: 'here' }]);
});

test('the engine’s migrations come before the domain’s, whatever their numbers, and do without them', async () => {
  expect(names.map((name) => name.split('/')[0])).toEqual(
    [...names.map((name) => name.split('/')[0])].sort().reverse(),
  );
  await rm(join(folder, 'domain'), { recursive: true });
  const engine = names.filter((name) => name.startsWith('engine/'));
  expect(await migrate(database.ownerUrl, copy())).toEqual(engine);
  expect(await database.query(`select to_regclass('"Project"') as project`)).toEqual([{ project: null }]);
  expect(await migrate(database.ownerUrl)).toEqual(names.filter((name) => name.startsWith('domain/')));
});

test('a migration is the same with the line endings of Windows', async () => {
  await migrate(database.ownerUrl);
  for (const { name, sql } of await readMigrations()) await addMigration(name, sql.replaceAll('\n', '\r\n'));
  expect(await migrate(database.ownerUrl, copy())).toEqual([]);
});

test('a migration that is applied but unknown here is refused by name', async () => {
  await addMigration('domain/29990101000000_newer', 'create table newer ();');
  await migrate(database.ownerUrl, copy());
  const fault = await faultOf(migrate(database.ownerUrl));
  expect(fault.message).toBe(
    'Migration domain/29990101000000_newer is applied in the database, but is not in prisma/migrations.',
  );
});

test('what is pending is counted, also by the gateway’s role', async () => {
  const [last = ''] = names.slice(-1);
  await removeMigration(last);
  await migrate(database.ownerUrl, copy());
  const gateway = new pg.Client({ connectionString: database.gatewayUrl });
  await gateway.connect();
  try {
    expect(await countPendingMigrations(async (sql) => (await gateway.query(sql)).rows)).toBe(1);
    await expect(gateway.query('select * from _prisma_migrations')).rejects.toThrow(/permission denied/);
  } finally {
    await gateway.end();
  }
});

test('a database of an earlier version is closed when it is migrated, and again after it was restored from a dump', async () => {
  const later = names.slice(names.indexOf('engine/20261124000000_sealed_functions'));
  for (const name of later) await removeMigration(name);
  await migrate(database.ownerUrl, copy());
  const state = async () => {
    const [row] = await database.query(
      `select has_database_privilege('public', current_database(), 'temporary') as temporary,
         (select proconfig from pg_proc where proname = 'auth_api_key') as path`,
    );
    return row;
  };
  await database.query(
    `do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$`,
  );
  expect(await state()).toEqual({ temporary: true, path: ['search_path=pg_catalog, public'] });
  const closed = { temporary: false, path: ['search_path=pg_catalog, public, pg_temp'] };
  expect(await migrate(database.ownerUrl)).toEqual(later);
  expect(await state()).toEqual(closed);
  await database.query(
    `do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$`,
  );
  expect(await migrate(database.ownerUrl)).toEqual([]);
  expect(await state()).toEqual(closed);
});

test('the gateway’s role is accepted; an owner, a superuser and one that gets round the rules are refused with the reason', async () => {
  await migrate(database.ownerUrl);
  await expect(assertGatewayRole(database.gatewayUrl)).resolves.toBeUndefined();
  const unique = new URL(database.ownerUrl).pathname.slice(1);
  const roles = {
    superuser: ['superuser', /is a superuser/],
    bypassing: ['bypassrls', /bypasses row-level security/],
    maker: ['createrole', /may make roles/],
    owner: ['', /owns tables/],
    member: ['', /owns tables/],
  } as const;
  try {
    for (const [name, [attributes, reason]] of Object.entries(roles)) {
      const role = `${unique}_${name}`;
      await createGatewayRole(database.ownerUrl, role, 'first');
      await createGatewayRole(database.ownerUrl, role, 'gateway');
      if (attributes) await database.query(`alter role ${role} ${attributes}`);
      if (name === 'owner') await database.query(`create table owned (); alter table owned owner to ${role}`);
      // Membership in a role that owns tables is as good as owning them.
      if (name === 'member') await database.query(`grant ${unique}_owner to ${role}`);
      const url = new URL(database.gatewayUrl);
      url.username = role;
      const fault = await faultOf(assertGatewayRole(url.href));
      expect(fault).toBeInstanceOf(GatewayRoleError);
      expect(fault.message).toMatch(reason);
      expect(fault.message).not.toContain('first');
    }
  } finally {
    await database.query('drop table if exists owned');
    for (const name of Object.keys(roles)) await database.query(`drop role if exists ${unique}_${name}`);
  }
});
