/**
 * Applies `prisma/migrations` without Prisma's engine binary: the schema engine as WebAssembly over the ordinary driver, under
 * an advisory lock, so that replicas which start together wait for each other. An edited or failed history is refused.
 */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { DatabaseClient, type DatabaseClientConfig } from './database-client.ts';
import { closeToPublic } from './gateway-role.ts';

const require = createRequire(import.meta.url);
const migrationsFolder = new URL('../../prisma/migrations/', import.meta.url);

/** Any number that nobody else locks: "fieldgate" in a phone's letters. */
const advisoryLock = 343_534_283;

/** How long an unreachable database is waited for, in milliseconds. */
const connectTimeoutMs = 10_000;

/** How long one migration may run, and another replica's be waited for: beyond it the connection is taken for dead. */
const migrationTimeoutMs = 30 * 60_000;

/** Thrown when the history in the database does not fit the one in the folder; the message names the migration. */
export class MigrationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MigrationError';
  }
}

interface Engine {
  applyMigrations(input: object): Promise<{ appliedMigrationNames: string[] }>;
  diagnoseMigrationHistory(input: object): Promise<{
    editedMigrationNames: string[];
    failedMigrationNames: string[];
    history: { diagnostic: string; unappliedMigrationNames?: string[]; unpersistedMigrationNames?: string[] } | null;
  }>;
  free(): void;
}

interface EngineModule {
  SchemaEngine: { new: (options: object, log: () => void, adapter: object) => Promise<Engine> };
  __wbg_set_wasm(exports: unknown): void;
}

let loading: Promise<EngineModule> | undefined;

function loadEngine(): Promise<EngineModule> {
  loading ??= (async () => {
    const gluePath = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg');
    const glue = (await import(pathToFileURL(gluePath).href)) as EngineModule;
    const bytes = await readFile(gluePath.replace(/\.js$/, '.wasm'));
    const { instance } = await WebAssembly.instantiate(bytes, {
      './schema_engine_bg.js': glue as unknown as WebAssembly.ModuleImports,
    });
    glue.__wbg_set_wasm(instance.exports);
    const start = instance.exports.__wbindgen_start;
    if (typeof start === 'function') start();
    return glue;
  })();
  return loading;
}

async function readMigrations(folder: URL) {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const migrationDirectories = await Promise.all(
    names.sort().map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: await readFile(new URL(`${name}/migration.sql`, folder), 'utf8') },
      },
    })),
  );
  return {
    baseDir: 'prisma/migrations',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories,
  };
}

const filters = { externalTables: [], externalEnums: [] };

/** The driver, sending a migration as one script: the original splits at each semicolon, also inside of function bodies. */
class ScriptAdapter extends PrismaPg {
  readonly #opened: { dispose(): Promise<void> }[] = [];

  /** What PostgreSQL said of the script that failed: the engine tells only where it was. */
  failure: string | null = null;

  override async connect() {
    const adapter = await super.connect();
    this.#opened.push(adapter);
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(script);
      } catch (error) {
        this.failure = messageOf(error);
        throw error;
      }
    };
    return adapter;
  }

  /** Closes its connections: the engine itself leaves them open. */
  async close(): Promise<void> {
    await Promise.all(this.#opened.map((adapter) => adapter.dispose()));
  }
}

async function withEngine<T>(connectionString: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  const { SchemaEngine } = await loadEngine();
  const pool = new pg.Pool({
    connectionString,
    max: 1,
    connectionTimeoutMillis: connectTimeoutMs,
    answerTimeoutMs: migrationTimeoutMs,
    Client: DatabaseClient,
  } as DatabaseClientConfig & { readonly max: number });
  pool.on('error', () => undefined);
  const scripts = new ScriptAdapter(pool, { disposeExternalPool: true });
  const adapter = bindMigrationAwareSqlAdapterFactory(scripts);
  const datamodel = 'datasource db {\n  provider = "postgresql"\n}\n';
  const engine = await SchemaEngine.new({ datamodels: [['schema.prisma', datamodel]] }, () => undefined, adapter);
  try {
    return await work(engine);
  } catch (error) {
    const name = /migration_name="([^"]+)"/.exec(messageOf(error))?.[1];
    throw name && scripts.failure ? new MigrationError(`Migration ${name} failed: ${scripts.failure}`) : error;
  } finally {
    engine.free();
    await scripts.close();
  }
}

/** What the folder has and the database lacks; and what makes the history unusable. */
interface Diagnosis {
  readonly pending: readonly string[];
  readonly faults: readonly string[];
}

async function diagnose(connectionString: string, folder: URL): Promise<Diagnosis> {
  const migrationsList = await readMigrations(folder);
  const { editedMigrationNames, failedMigrationNames, history } = await withEngine(connectionString, (engine) =>
    engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters }),
  );
  const unknown = history?.unpersistedMigrationNames ?? [];
  return {
    pending: history?.unappliedMigrationNames ?? [],
    faults: [
      ...editedMigrationNames.map((name) => `Migration ${name} was edited after it had been applied.`),
      ...failedMigrationNames.map(
        (name) => `Migration ${name} failed halfway; repair the database, then remove its row from _prisma_migrations.`,
      ),
      ...unknown.map((name) => `Migration ${name} is applied in the database, but is not in prisma/migrations.`),
    ],
  };
}

/**
 * Applies what is pending, and takes from everybody what PostgreSQL gives to everybody.
 * @param connectionString of the role that owns the tables.
 * @returns the names of the migrations applied now; empty when there was nothing to do.
 * @throws MigrationError for an edited, failed or foreign history, and for a migration that fails now.
 */
export async function migrate(connectionString: string, folder: URL = migrationsFolder): Promise<readonly string[]> {
  const lock = new DatabaseClient({
    connectionString,
    connectionTimeoutMillis: connectTimeoutMs,
    answerTimeoutMs: migrationTimeoutMs,
  });
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock($1)', [advisoryLock]);
    const { pending, faults } = await diagnose(connectionString, folder);
    if (faults.length > 0) throw new MigrationError(faults.join('\n'));
    const first = await lock.query("select to_regclass('public._prisma_migrations') is null as fresh");
    if (pending.length === 0 && !first.rows[0].fresh) {
      await closeToPublic(lock);
      return [];
    }
    const migrationsList = await readMigrations(folder);
    const { appliedMigrationNames } = await withEngine(connectionString, (engine) =>
      engine.applyMigrations({ migrationsList, filters }),
    );
    await closeToPublic(lock);
    return appliedMigrationNames;
  } catch (error) {
    throw error instanceof MigrationError ? error : new MigrationError(messageOf(error));
  } finally {
    await lock.end();
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
  const { migrationDirectories } = await readMigrations(migrationsFolder);
  return migrationDirectories.filter(({ path }) => !applied.has(path)).length;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
