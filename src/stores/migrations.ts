/**
 * Applies `prisma/migrations`: each file in a transaction of its own, with its name and checksum recorded in it, under
 * an advisory lock, so that replicas which start together wait for each other. An edited or foreign history is refused.
 */
import { randomUUID } from 'node:crypto';
import { DatabaseClient } from './database-client.ts';
import { type AppliedMigration, adoptEarlierHistory, isOfBefore } from './earlier-history.ts';
import { closeToPublic } from './gateway-role.ts';
import { MigrationError } from './migration-error.ts';
import { type MigrationFile, migrationsFolder, readMigrationNames, readMigrations } from './migration-files.ts';

/** Any number that nobody else locks: "fieldgate" in a phone's letters. */
const advisoryLock = 343_534_283;

/** How long an unreachable database is waited for, in milliseconds. */
const connectTimeoutMs = 10_000;

/** How long one migration may run, and another replica's be waited for: beyond it the connection is taken for dead. */
const migrationTimeoutMs = 30 * 60_000;

/** What is recorded, as Prisma's own tools lay it out: they read it, and databases of before have it. */
const historyTable = `
  create table if not exists public._prisma_migrations (
    id varchar(36) primary key not null,
    checksum varchar(64) not null,
    finished_at timestamptz,
    migration_name varchar(255) not null,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz not null default now(),
    applied_steps_count integer not null default 0
  )`;

interface HistoryRow extends AppliedMigration {
  readonly finished: boolean;
}

async function readHistory(client: DatabaseClient): Promise<readonly HistoryRow[]> {
  const { rows } = await client.query<HistoryRow>(
    `select migration_name as name, checksum, finished_at is not null as finished
     from public._prisma_migrations where rolled_back_at is null order by started_at, migration_name`,
  );
  return rows;
}

async function record(client: DatabaseClient, { name, checksum }: AppliedMigration): Promise<void> {
  await client.query(
    `insert into public._prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     values ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  );
}

/** @throws MigrationError with every reason why the history of a database is not one of these files. */
function assertFits(applied: readonly AppliedMigration[], files: readonly MigrationFile[]): void {
  const checksums = new Map(files.map(({ name, checksum }) => [name, checksum]));
  const faults = applied
    .filter((migration) => !isOfBefore(migration))
    .flatMap(({ name, checksum }) => {
      const expected = checksums.get(name);
      if (expected === undefined)
        return [`Migration ${name} is applied in the database, but is not in prisma/migrations.`];
      return expected === checksum ? [] : [`Migration ${name} was edited after it had been applied.`];
    });
  if (faults.length > 0) throw new MigrationError(faults.join('\n'));
}

async function inTransaction(client: DatabaseClient, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    // On a connection that is gone there is nothing left to roll back; what happened is the first error.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function apply(client: DatabaseClient, migration: MigrationFile): Promise<void> {
  try {
    await inTransaction(client, async () => {
      await client.query(migration.sql);
      await record(client, migration);
    });
    // What a migration set for itself is not the next one's.
    await client.query('reset all');
  } catch (error) {
    throw new MigrationError(`Migration ${migration.name} failed: ${messageOf(error)}`);
  }
}

/** Brings the history into today's names, and tells what the database lacks. */
async function readPending(client: DatabaseClient, files: readonly MigrationFile[]): Promise<readonly MigrationFile[]> {
  await client.query(historyTable);
  const history = await readHistory(client);
  const failed = history.filter(({ finished }) => !finished);
  if (failed.length > 0)
    throw new MigrationError(
      failed
        .map(
          ({ name }) =>
            `Migration ${name} failed halfway; repair the database, then remove its row from _prisma_migrations.`,
        )
        .join('\n'),
    );
  const adopted = adoptEarlierHistory(history, files);
  const applied = [...history, ...adopted];
  assertFits(applied, files);
  if (adopted.length > 0)
    await inTransaction(client, async () => {
      for (const migration of adopted) await record(client, migration);
    });
  const names = new Set(applied.map(({ name }) => name));
  return files.filter(({ name }) => !names.has(name));
}

/**
 * Applies what is pending, the engine's before the domain's, and takes from everybody what PostgreSQL gives to
 * everybody.
 * @param connectionString of the role that owns the tables.
 * @returns the names of the migrations applied now; empty when there was nothing to do.
 * @throws MigrationError for an edited or foreign history, for one of before that this version does not take over, and
 * for a migration that fails now: nothing of it stays, and the next run tries it again.
 */
export async function migrate(connectionString: string, folder: URL = migrationsFolder): Promise<readonly string[]> {
  const client = new DatabaseClient({
    connectionString,
    connectionTimeoutMillis: connectTimeoutMs,
    answerTimeoutMs: migrationTimeoutMs,
  });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [advisoryLock]);
    const pending = await readPending(client, await readMigrations(folder));
    for (const migration of pending) await apply(client, migration);
    await closeToPublic(client);
    return pending.map(({ name }) => name);
  } catch (error) {
    throw error instanceof MigrationError ? error : new MigrationError(messageOf(error));
  } finally {
    await client.end();
  }
}

/**
 * How many migrations of the folder the database lacks, read with one statement, also by the gateway's own role.
 * @returns the number; the gateway is not ready unless it is 0.
 */
export async function countPendingMigrations(
  query: (sql: string) => Promise<readonly { name: string }[]>,
): Promise<number> {
  const applied = new Set((await query('select name from applied_migrations()')).map(({ name }) => name));
  return (await readMigrationNames()).filter((name) => !applied.has(name)).length;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
