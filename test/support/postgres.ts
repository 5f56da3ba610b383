/** A database of a test file's own: a copy of the migrated and seeded one. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { createDatabase, type Database } from '../../src/stores/database.ts';
import { closeToPublic } from '../../src/stores/gateway-role.ts';
import { createTenantPool, type TenantPool } from '../../src/stores/tenant-pool.ts';

/** A database under test. */
export interface TestDatabase {
  /** Of the role that owns the tables. */
  readonly ownerUrl: string;
  /** Of the gateway's role. */
  readonly gatewayUrl: string;
  /** The gateway's connections. */
  readonly pool: TenantPool;
  /** The gateway's client. */
  readonly db: Database;
  /** Asks as the owner, past row-level security: for what a test must know and no viewer may. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

function withDatabase(url: string, name: string, user?: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${name}`;
  if (user) {
    parsed.username = user;
    parsed.password = 'gateway';
  }
  return parsed.href;
}

/** Options of {@link createTestDatabase}. */
export interface TestDatabaseOptions {
  /** An empty database, with nothing in it at all. */
  readonly empty?: boolean;
  /** Leads the gateway's connections elsewhere, such as through a proxy. */
  through?(url: string): string;
  readonly statementTimeoutMs?: number;
  readonly answerTimeoutMs?: number;
}

/** Makes a copy of the seeded database. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const ownerUrl = inject('ownerUrl');
  const name = `fieldgate_test_${randomBytes(6).toString('hex')}`;
  const maintenance = new pg.Client({ connectionString: ownerUrl });
  await maintenance.connect();
  await maintenance.query(
    options.empty ? `create database ${name}` : `create database ${name} template ${inject('templateName')}`,
  );
  const owner = new pg.Pool({ connectionString: withDatabase(ownerUrl, name), max: 2 });
  owner.on('error', () => undefined);
  // What a template's owner took from everybody, a copy of it has again.
  const setUp = await owner.connect();
  await closeToPublic(setUp);
  setUp.release();
  const gatewayUrl = withDatabase(ownerUrl, name, 'gateway_under_test');
  const pool = createTenantPool({
    connectionString: options.through?.(gatewayUrl) ?? gatewayUrl,
    max: 4,
    statementTimeoutMs: options.statementTimeoutMs ?? 10_000,
    answerTimeoutMs: options.answerTimeoutMs,
  });
  const { db, close } = createDatabase({ pool });
  return {
    ownerUrl: withDatabase(ownerUrl, name),
    gatewayUrl,
    pool,
    db,
    async query<Row extends object>(sql: string, values: readonly unknown[] = []) {
      return (await owner.query(sql, [...values])).rows as Row[];
    },
    async close() {
      await close();
      await owner.end();
      await maintenance.query(`drop database ${name} with (force)`);
      await maintenance.end();
    },
  };
}
