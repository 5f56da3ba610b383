/**
 * Prisma's schema engine as WebAssembly over the ordinary driver: what the engine binary does, without a download. Only
 * what writes or checks migrations needs it, never the gateway.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import pg from 'pg';
import { DatabaseClient, type DatabaseClientConfig } from './database-client.ts';

const require = createRequire(import.meta.url);

/** How long a statement of the engine may take: it reads catalogues, of few tables. */
const answerTimeoutMs = 60_000;

interface EngineModule {
  readonly SchemaEngine: typeof SchemaEngine;
  __wbg_set_wasm(exports: unknown): void;
}

let loading: Promise<EngineModule> | undefined;

/** The package's own loader is for bundlers: here its two halves are put together by hand. */
function loadEngine(): Promise<EngineModule> {
  loading ??= (async () => {
    const gluePath = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg');
    const glue = (await import(pathToFileURL(gluePath).href)) as EngineModule & WebAssembly.ModuleImports;
    const bytes = await readFile(gluePath.replace(/\.js$/, '.wasm'));
    const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': glue });
    glue.__wbg_set_wasm(instance.exports);
    const start = instance.exports.__wbindgen_start;
    if (typeof start === 'function') start();
    return glue;
  })();
  return loading;
}

/**
 * PostgreSQL's own one-byte type, which its catalogues use and Prisma's driver does not know; and a type of text that
 * it knows.
 */
const [oneByte, text] = [18, 1042];

/**
 * The driver, with PostgreSQL's catalogues readable; it closes what it opened, since the engine leaves connections
 * open.
 */
class CatalogueAdapter extends PrismaPg {
  readonly #opened: { dispose(): Promise<void> }[] = [];
  /** Rows of a result to the places of its columns of one byte. */
  readonly #oneByteColumns = new WeakMap<object, readonly number[]>();

  constructor(pool: pg.Pool) {
    super(pool, { disposeExternalPool: true });
    const send = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryArrayResult>;
    const query = async (...args: unknown[]) => {
      const result = await send(...args);
      const columns = result.fields.flatMap(({ dataTypeID }, index) => (dataTypeID === oneByte ? [index] : []));
      for (const index of columns) (result.fields[index] as pg.FieldDef).dataTypeID = text;
      this.#oneByteColumns.set(result.rows, columns);
      return result;
    };
    pool.query = query as typeof pool.query;
  }

  override async connect() {
    const adapter = await super.connect();
    this.#opened.push(adapter);
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query);
      for (const index of this.#oneByteColumns.get(result.rows) ?? [])
        result.columnTypes[index] = ColumnTypeEnum.Character;
      return result;
    };
    return adapter;
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((adapter) => adapter.dispose()));
  }
}

/** Runs a piece of work with an engine that is connected to a database, as the role that owns the tables. */
export async function withSchemaEngine<T>(
  connectionString: string,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine: Engine } = await loadEngine();
  const pool = new pg.Pool({
    connectionString,
    max: 1,
    connectionTimeoutMillis: 10_000,
    answerTimeoutMs,
    Client: DatabaseClient,
  } as DatabaseClientConfig & { readonly max: number });
  pool.on('error', () => undefined);
  const driver = new CatalogueAdapter(pool);
  const datamodel = 'datasource db {\n  provider = "postgresql"\n}\n';
  const engine = await Engine.new(
    { datamodels: [['schema.prisma', datamodel]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(driver),
  );
  try {
    return await work(engine);
  } finally {
    engine.free();
    await driver.close();
  }
}
