/** A database of a test file's own with every table and no row in it, for tests that know each row they look at. */
import type { Database } from '../../src/stores/database.ts';
import { createTestDatabase } from './postgres.ts';

/** An open database. */
export interface TestDatabase {
  /** As the gateway opens it. */
  readonly db: Database;
  /** Of the gateway's own role. */
  readonly url: string;
  /** Of the owner, whom no policy binds. */
  readonly ownerUrl: string;
  /** Runs a statement as the owner. */
  asOwner(sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Closes the connections and drops the database. */
  close(): Promise<void>;
}

/** Makes a copy of the migrated database, and empties it. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const { db, gatewayUrl, ownerUrl, query, close } = await createTestDatabase();
  await query('truncate "Organization", "User", "PersistedOperation", "AuditEvent" cascade');
  return { db, url: gatewayUrl, ownerUrl, asOwner: (sql, values) => query(sql, values), close };
}
