/**
 * A database from before the engine's and the domain's migrations were apart keeps all of its rows, or is refused with
 * what to do.
 */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checksumOf, migrationsFolder, readMigrationNames } from '../../src/stores/migration-files.ts';
import { countPendingMigrations, migrate } from '../../src/stores/migrations.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** What such a database says, as it was recorded by the version of before. */
const before = [
  ['20261123000000_tables', '6817a0a61bd768a8a0bd0cafdedd31d82e3777feb5372dee1557b641bffb12bd'],
  ['20261123000100_row_level_security', 'c447ae0bd1eddb40c85f591be7bf619b0888902296350d091254d74ddcc98104'],
  ['20261123000200_lookups', '2632690828916d0bfb35cf072b49908105ff8cca6bfa11e656067a333ddd4db0'],
  ['20261123000300_registered_operations', 'ecb6eba4a9b74f9d097df6222a41f1bf7cac0d8cd5cd33251ebf32f0234c42d6'],
  ['20261123000400_applied_migrations', '31205beb27a906587c5eaada618f9c6e6821bd88b6cf743d7b7fd3f535e5ff1a'],
  ['20261123001000_identity', '761da9b315776757d6607932ed64a089ded661cfedcd827886063e3854498101'],
  ['20261123001100_known_networks', '6d748b65e23cd49de35c45ea78f7fa7ddb366d9edd396497656027cdb751a183'],
  ['20261123001200_delegation', '89ab3bf7838334287362245d189317f6e7edf98282d339e90188bacd35e00450'],
  ['20261124000000_sealed_functions', '69f1fb723c6fe2a4960194ca29e2002de8d302061ede2530213e5c6c435d95b4'],
  ['20261124000100_pending_file_removals', '28308a8bfef128f7f1e3a9d32dddf45a949fddac28abfabbd0c5bad334d56381'],
] as const;

let database: TestDatabase;
let folder: string;

const copy = () => pathToFileURL(`${folder}/`);
const recorded = async () =>
  (await database.query<{ name: string }>('select migration_name as name from _prisma_migrations order by 1')).map(
    ({ name }) => name,
  );
const countRows = () =>
  database.query(`select (select count(*)::int from "Task") as tasks, (select count(*)::int from "User") as users`);
const remember = (name: string, checksum: string) =>
  database.query(
    `insert into _prisma_migrations (id, migration_name, checksum, finished_at, applied_steps_count)
     values (gen_random_uuid(), $1, $2, now(), 1)`,
    [name, checksum],
  );
const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing failed',
    (error: Error) => error.message,
  );

beforeEach(async () => {
  // The seeded database with the history of before: the tables are the same.
  database = await createTestDatabase();
  await database.query('truncate _prisma_migrations');
  for (const [name, checksum] of before) await remember(name, checksum);
  folder = await mkdtemp(join(tmpdir(), 'fieldgate-earlier-'));
  await cp(migrationsFolder, folder, { recursive: true });
});

afterEach(async () => {
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

test('its last state is taken over: today’s names are recorded beside those of before, and no row is touched', async () => {
  const rows = await countRows();
  expect(rows).toEqual([{ tasks: expect.any(Number), users: expect.any(Number) }]);
  expect(await countPendingMigrations((sql) => database.query(sql))).toBeGreaterThan(0);
  expect(await migrate(database.ownerUrl)).toEqual([]);
  const names = await readMigrationNames();
  expect(await recorded()).toEqual([...before.map(([name]) => name), ...names].sort());
  expect(await countRows()).toEqual(rows);
  expect(await countPendingMigrations((sql) => database.query(sql))).toBe(0);
  expect(await migrate(database.ownerUrl)).toEqual([]);
});

test('one that lacks what came last of before gets it', async () => {
  await database.query(`
    delete from _prisma_migrations where migration_name = '20261124000100_pending_file_removals';
    drop table "PendingFileRemoval"; drop function note_file_removal cascade;
    drop function pending_file_removals; drop function file_removals_done`);
  expect(await migrate(database.ownerUrl)).toEqual([
    'engine/20261124000100_pending_file_removals',
    'domain/20261124000100_attachment_file_removals',
  ]);
});

test('what came after is applied in the same run', async () => {
  await writeFile(join(folder, 'domain/29990101000000_later.sql'), 'create table later ();');
  expect(await migrate(database.ownerUrl, copy())).toEqual(['domain/29990101000000_later']);
});

test('an earlier state is refused with what to do, and stays as it is', async () => {
  await database.query(`delete from _prisma_migrations where migration_name > '20261123001100_known_networks'`);
  const names = await recorded();
  expect(await messageOf(migrate(database.ownerUrl))).toBe(
    'This database was migrated by an earlier version of Fieldgate, and lacks its migration 20261123001200_delegation. ' +
      "Run that version's db:migrate on it, up to 20261124000000_sealed_functions, and then this one's; " +
      'or, where nothing in it is needed, run npm run db:reset.',
  );
  expect(await recorded()).toEqual(names);
});

test('one whose migrations were edited is refused by name', async () => {
  await database.query(
    `update _prisma_migrations set checksum = repeat('0', 64) where migration_name = '20261123000200_lookups'`,
  );
  expect(await messageOf(migrate(database.ownerUrl))).toBe(
    'Migration 20261123000200_lookups was edited after it had been applied.',
  );
});

test('one with a migration that failed halfway is refused until somebody repairs it', async () => {
  await database.query(
    `update _prisma_migrations set finished_at = null where migration_name = '20261124000000_sealed_functions'`,
  );
  expect(await messageOf(migrate(database.ownerUrl))).toBe(
    'Migration 20261124000000_sealed_functions failed halfway; repair the database, then remove its row from _prisma_migrations.',
  );
});

test('one with migrations of its own says where to move them, and is taken over once they are there', async () => {
  const sql = 'create table own ();\n';
  await remember('20261125000000_own', checksumOf(sql));
  const names = await recorded();
  expect(await messageOf(migrate(database.ownerUrl, copy()))).toBe(
    'Migration 20261125000000_own is applied in the database, but is not in prisma/migrations: ' +
      'move its text, unchanged, to prisma/migrations/domain/20261125000000_own.sql.',
  );
  expect(await recorded()).toEqual(names);
  await writeFile(join(folder, 'domain/20261125000000_own.sql'), sql);
  expect(await migrate(database.ownerUrl, copy())).toEqual([]);
  expect(await recorded()).toContain('domain/20261125000000_own');
});

test('without the domain’s files it is refused by the name of what nothing here knows', async () => {
  const names = await recorded();
  await rm(join(folder, 'domain'), { recursive: true });
  expect(await messageOf(migrate(database.ownerUrl, copy()))).toBe(
    ['domain/20261123000000_work', 'domain/20261124000100_attachment_file_removals']
      .map((name) => `Migration ${name} is applied in the database, but is not in prisma/migrations.`)
      .join('\n'),
  );
  expect(await recorded()).toEqual(names);
});
