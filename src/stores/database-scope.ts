/**
 * For whom the database is asked. Every statement reads the scope from here: the connection is bound to its organization
 * and account (row-level security), the client adds the organization and calls the guard. Without a scope no statement
 * runs at all.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { WriteLog } from './write-log.ts';

/** Refuses a statement that names a column which the viewer lacks. @throws a GraphQLError FORBIDDEN. */
export type StatementGuard = (model: string, operation: string, args: unknown) => void;

/** What every statement of a request runs under. */
export interface DatabaseScope {
  /** The tenant, or null: then no tenant row is visible at all. */
  readonly organizationId: string | null;
  /** The account whose own rows (sessions, factors) are visible, or null. */
  readonly userId: string | null;
  /** The column guard of the viewer; null for the gateway's own services, which are no viewer. */
  readonly guard: StatementGuard | null;
  /** Called with the SQL text of each statement as it is sent; for logs of slow requests and for tests that count. */
  readonly onStatement?: (sql: string) => void;
  /** Learns what of the operation may have lasted; scopes within this one write into it too. */
  readonly writes?: WriteLog;
}

const storage = new AsyncLocalStorage<DatabaseScope>();

/**
 * Runs `work` under a scope. The work must *await* its Prisma promises inside: they are lazy, and one that is awaited
 * outside runs under the outer scope.
 */
export function runInDatabaseScope<T>(scope: DatabaseScope, work: () => Promise<T>): Promise<T> {
  const writes = scope.writes ?? storage.getStore()?.writes;
  return storage.run(writes === scope.writes ? scope : { ...scope, writes }, work);
}

/** The current scope, or undefined outside of any. */
export function currentDatabaseScope(): DatabaseScope | undefined {
  return storage.getStore();
}
