/**
 * A pool whose connections are bound to the organization and the account of the statement that runs on them, so that
 * row-level security knows for whom it answers. The binding is sent only when it differs from the connection's last one.
 *
 * Needs a direct connection, or a pooler in session mode: a pooler in transaction mode would hand the binding to others.
 */
import pg, { type PoolClient, type PoolConfig } from 'pg';
import { currentDatabaseScope } from './database-scope.ts';

/** Options of {@link createTenantPool}. */
export interface TenantPoolOptions {
  /** The gateway's own role; it must own nothing. */
  readonly connectionString: string;
  /** The largest number of connections. */
  readonly max: number;
  /** After how many milliseconds a statement is cancelled. */
  readonly statementTimeoutMs: number;
}

const binding = {
  name: 'fieldgate_bind',
  text: "select set_config('app.organization_id', $1, false), set_config('app.user_id', $2, false)",
};

type ConnectCallback = (error: Error | undefined, client?: PoolClient, done?: (release?: unknown) => void) => void;

/** The pool. Outside of any scope a connection is bound to nobody: no tenant row is visible. */
export class TenantPool extends pg.Pool {
  /** What each connection was last bound to; absent for a new one, which is bound to nobody. */
  readonly #bound = new WeakMap<PoolClient, string>();
  readonly #watched = new WeakSet<PoolClient>();

  override connect(): Promise<PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<PoolClient> | undefined {
    const bound = super.connect().then((client) => this.#bind(client));
    if (!callback) return bound;
    bound.then(
      (client) => callback(undefined, client, (release) => client.release(release as boolean | Error | undefined)),
      (error: Error) => callback(error),
    );
    return undefined;
  }

  async #bind(client: PoolClient): Promise<PoolClient> {
    this.#watch(client);
    const scope = currentDatabaseScope();
    const organizationId = scope?.organizationId ?? '';
    const userId = scope?.userId ?? '';
    const wanted = `${organizationId}/${userId}`;
    if ((this.#bound.get(client) ?? '/') === wanted) return client;
    this.#bound.delete(client);
    try {
      await client.query({ ...binding, values: [organizationId, userId] });
    } catch (error) {
      // Nobody may use a connection of which it is not known for whom it answers.
      client.release(error instanceof Error ? error : true);
      throw error;
    }
    this.#bound.set(client, wanted);
    return client;
  }

  /** Tells the scope of each statement that its request sends. */
  #watch(client: PoolClient): void {
    if (this.#watched.has(client)) return;
    this.#watched.add(client);
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const watched = (...args: unknown[]): unknown => {
      const onStatement = currentDatabaseScope()?.onStatement;
      if (onStatement) {
        const [statement] = args;
        const text = typeof statement === 'string' ? statement : (statement as { text?: string } | null)?.text;
        if (text && text !== binding.text) onStatement(text);
      }
      return query(...args);
    };
    client.query = watched as typeof client.query;
  }
}

/** Makes the pool. Errors of idle connections are swallowed here: the next statement meets them anyway. */
export function createTenantPool(options: TenantPoolOptions): TenantPool {
  const config: PoolConfig = {
    connectionString: options.connectionString,
    max: options.max,
    statement_timeout: options.statementTimeoutMs,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    application_name: 'fieldgate',
  };
  const pool = new TenantPool(config);
  pool.on('error', () => undefined);
  return pool;
}
