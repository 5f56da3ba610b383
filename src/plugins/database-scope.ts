/**
 * The last before execution: everything that resolvers ask of the database is asked for the viewer's organization and
 * account, under the viewer's column guard. Subscriptions' events too, each as it is pulled.
 */
import type { Plugin } from 'graphql-yoga';
import { type Viewer, viewerUserId } from '../authentication/viewer.ts';
import type { GatewayContext } from '../context.ts';
import { type DatabaseScope, runInDatabaseScope, type StatementGuard } from '../stores/database-scope.ts';
import { WriteLog } from '../stores/write-log.ts';
import { isStream } from './extensions.ts';

/** Options of {@link useDatabaseScope}. */
export interface DatabaseScopeOptions {
  guardOf(viewer: Viewer): StatementGuard;
  /** Told of each statement of a request; tests count with it. */
  onStatement?(requestId: string, sql: string): void;
}

/** The scope of everything that is asked of the database for a viewer, in a request. */
export function viewerScope(
  viewer: Viewer,
  requestId: string,
  { guardOf, onStatement }: DatabaseScopeOptions,
): DatabaseScope {
  return {
    organizationId: viewer.organization?.id ?? null,
    userId: viewerUserId(viewer),
    guard: guardOf(viewer),
    ...(onStatement ? { onStatement: (sql: string) => onStatement(requestId, sql) } : {}),
  };
}

/** Makes the plugin. */
export function useDatabaseScope(options: DatabaseScopeOptions): Plugin<GatewayContext> {
  const scopeOf = ({ viewer, requestFacts }: GatewayContext): DatabaseScope =>
    viewerScope(viewer, requestFacts.requestId, options);
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => {
        const context = args.contextValue as GatewayContext;
        const writes = new WriteLog();
        // What becomes of a fault of the database depends on it.
        context.exchange.operation.writes = writes;
        return runInDatabaseScope({ ...scopeOf(context), writes }, async () => executeFn(args));
      });
    },
    onSubscribe({ subscribeFn, setSubscribeFn }) {
      setSubscribeFn(async (args) => {
        const scope = scopeOf(args.contextValue as GatewayContext);
        const result: unknown = await runInDatabaseScope(scope, async () => subscribeFn(args));
        return isStream(result) ? inScope(result, scope) : result;
      });
    },
  };
}

function inScope<T>(stream: AsyncIterable<T>, scope: DatabaseScope): AsyncIterableIterator<T> {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    next: () => runInDatabaseScope(scope, () => iterator.next()),
    return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    throw: async (error) => (await iterator.throw?.(error)) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
