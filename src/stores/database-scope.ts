/**
 * For whom the database is asked. Every statement reads the scope from here: the connection is bound to its organization
 * and account (row-level security), the client adds the organization and calls the guard. Without a scope no statement
 * runs at all.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

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
}

const storage = new AsyncLocalStorage<DatabaseScope>();

/**
 * Runs `work` under a scope. The work must *await* its Prisma promises inside: they are lazy, and one that is awaited
 * outside runs under the outer scope.
 */
export function runInDatabaseScope<T>(scope: DatabaseScope, work: () => Promise<T>): Promise<T> {
  return storage.run(scope, work);
}

/** The current scope, or undefined outside of any. */
export function currentDatabaseScope(): DatabaseScope | undefined {
  return storage.getStore();
}

/**
 * Runs `work` past the viewer's guard, in the same organization and for the same account. For what a service must know in
 * order to decide (locks, uniqueness, standing, cascades): nothing that is read so may reach the answer without a condition of its own.
 * @throws Error outside of any scope.
 */
export function runAsService<T>(work: () => Promise<T>): Promise<T> {
  const scope = storage.getStore();
  if (!scope) throw new Error('There is no scope to step out of: wrap the work in runInDatabaseScope.');
  return storage.run({ ...scope, guard: null }, work);
}
