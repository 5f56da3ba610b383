/**
 * For whom the database is asked. Every statement reads the scope from here: the connection is bound to its organization
 * and account (row-level security), the client adds the organization, calls the guard and adds the visibility wall. Without a
 * scope no statement runs at all.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServiceReason } from './service-reasons.ts';
import type { WriteLog } from './write-log.ts';

/** Refuses a statement that names a column which the viewer lacks. @throws a GraphQLError FORBIDDEN. */
export type StatementGuard = (model: string, operation: string, args: unknown) => void;

type Args = Readonly<Record<string, unknown>>;

/** Asks which rows of a model, of some ids, meet a condition; of the scope's organization. */
export type FindIds = (model: string, ids: readonly string[], where: Args) => Promise<ReadonlySet<string>>;

/** A statement as the wall leaves it. */
export interface WalledStatement {
  readonly args: Args;
  /** Takes out of the result what no `where` could keep out of it; null where there is nothing of that kind. */
  readonly finish: ((result: unknown, find: FindIds) => Promise<void>) | null;
}

/** Adds to every statement what the viewer may know of. One for each scope: it works out a model's visibility once. */
export interface VisibilityWall {
  /**
   * Narrows a statement that the guard has passed.
   * @throws Error for what cannot be narrowed (a cursor, an order through an edge): a fault of the program, never of a client.
   */
  narrow(model: string, operation: string, args: Args): WalledStatement;
  /** Whether every row of the organization can be seen, with all of these columns. */
  isOpen(model: string, columns: readonly string[]): boolean;
}

/** Whose rows a connection shows. */
export interface BoundScope {
  /** The tenant, or null: then no tenant row is visible at all. */
  readonly organizationId: string | null;
  /** The account whose own rows (sessions, factors) are visible, or null. */
  readonly userId: string | null;
  /** Called with the SQL text of each statement as it is sent; for logs of slow requests and for tests that count. */
  readonly onStatement?: (sql: string) => void;
  /** Learns what of the operation may have lasted; scopes within this one write into it too. */
  readonly writes?: WriteLog;
}

/** What a request's statements run under: with the guard always goes the wall. */
export interface ViewerScope extends BoundScope {
  readonly guard: StatementGuard;
  readonly wall: VisibilityWall;
}

/** What the gateway's own services run under: past guard and wall. {@link runAsService} alone makes one. */
interface ServiceScope extends BoundScope {
  readonly guard: null;
  readonly wall: null;
  readonly why: ServiceReason;
}

/** What every statement runs under. */
export type DatabaseScope = ViewerScope | ServiceScope;

const storage = new AsyncLocalStorage<DatabaseScope>();

function runIn<T>(scope: DatabaseScope, work: () => Promise<T>): Promise<T> {
  const writes = scope.writes ?? storage.getStore()?.writes;
  return storage.run(writes === scope.writes ? scope : { ...scope, writes }, work);
}

/**
 * Runs `work` for a viewer, behind guard and wall. The work must *await* its Prisma promises inside: they are lazy, and one that is
 * awaited outside runs under the outer scope.
 */
export function runInDatabaseScope<T>(scope: ViewerScope, work: () => Promise<T>): Promise<T> {
  return runIn(scope, work);
}

/** The current scope, or undefined outside of any. */
export function currentDatabaseScope(): DatabaseScope | undefined {
  return storage.getStore();
}

/**
 * Runs `work` past any viewer's guard and wall, for an organization and an account. For what a service must know in order to decide
 * (locks, uniqueness, standing, cascades): nothing that is read so may reach the answer without a condition of its own.
 * @param why one of a closed list, so that each service that does so can be found and its reason read.
 */
export function runAsService<T>(why: ServiceReason, scope: BoundScope, work: () => Promise<T>): Promise<T> {
  return runIn({ ...scope, guard: null, wall: null, why }, work);
}

/**
 * The same in the organization and for the account of the current scope.
 * @throws Error outside of any scope.
 */
export function continueAsService<T>(why: ServiceReason, work: () => Promise<T>): Promise<T> {
  const scope = storage.getStore();
  if (!scope) throw new Error('There is no scope to step out of: wrap the work in runInDatabaseScope.');
  return runAsService(why, scope, work);
}
