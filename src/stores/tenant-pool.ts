/**
 * A pool whose connections are bound to the organization and the account of the statement that runs on them, so that
 * row-level security knows for whom it answers. The binding is sent only when it differs from the connection's last one.
 *
 * Needs a direct connection, or a pooler in session mode: a pooler in transaction mode would hand the binding to others.
 */
import pg, { type PoolClient, type PoolConfig } from 'pg';
import { DatabaseClient, type DatabaseClientConfig, type StatementListener } from './database-client.ts';
import { DatabaseConnectionError, databaseFaultOf } from './database-faults.ts';
import { currentDatabaseScope } from './database-scope.ts';
import { commits } from './write-log.ts';

/** Options of {@link createTenantPool}. */
export interface TenantPoolOptions {
  /** The gateway's own role; it must own nothing. */
  readonly connectionString: string;
  /** The largest number of connections. */
  readonly max: number;
  /** After how many milliseconds a statement is cancelled. */
  readonly statementTimeoutMs: number;
  /** After how many milliseconds without an answer a connection is given up; a little more than the above unless given. */
  readonly answerTimeoutMs?: number;
}

const binding = {
  name: 'fieldgate_bind',
  text: "select set_config('app.organization_id', $1, false), set_config('app.user_id', $2, false)",
};

type ConnectCallback = (error: Error | undefined, client?: PoolClient, done?: (release?: unknown) => void) => void;

/** How much longer than the server's own limit a statement is waited for, in milliseconds: the server speaks first where it can. */
const answerMarginMs = 2_000;

/** The pool. Outside of any scope a connection is bound to nobody: no tenant row is visible. */
export class TenantPool extends pg.Pool {
  /** What each connection was last bound to; absent for a new one, which is bound to nobody. */
  readonly #bound = new WeakMap<PoolClient, string>();
  /** When each connection answered last, and when the last statement was sent that got no answer. */
  readonly #answeredAt = new WeakMap<object, number>();
  #silenceBegan = Number.NEGATIVE_INFINITY;
  #failingSince: number | null = null;

  /** Since when every statement and connection failed for want of the database, by the monotonic clock; null while they do not. */
  get failingSince(): number | null {
    return this.#failingSince;
  }

  override connect(): Promise<PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<PoolClient> | undefined {
    const bound = this.#take(() => super.connect());
    if (!callback) return bound;
    bound.then(
      (client) => callback(undefined, client, (release) => client.release(release as boolean | Error | undefined)),
      (error: Error) => callback(error),
    );
    return undefined;
  }

  async #take(connect: () => Promise<PoolClient>): Promise<PoolClient> {
    for (;;) {
      const client = await connect().catch((error: unknown) => {
        this.#note(error);
        throw error;
      });
      if ((this.#answeredAt.get(client) ?? Number.POSITIVE_INFINITY) >= this.#silenceBegan) return this.#bind(client);
      // Whatever swallowed one connection's bytes may have swallowed those of all that were open: a new one costs little.
      client.release(true);
    }
  }

  async #bind(client: PoolClient): Promise<PoolClient> {
    takeBackWhenEnded(client);
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

  /** Tells the scope of each statement that its request sends, and how those ended that make something last. */
  readonly hear: StatementListener = (text, client) => {
    const scope = currentDatabaseScope();
    if (text !== '' && text !== binding.text) scope?.onStatement?.(text);
    const written = scope?.writes && commits(text, client.getTransactionStatus()) ? scope.writes.sent() : undefined;
    const sentAt = performance.now();
    return (error) => {
      written?.(error);
      this.#note(error);
      if (error instanceof DatabaseConnectionError) this.#silenceBegan = Math.max(this.#silenceBegan, sentAt);
      else this.#answeredAt.set(client, performance.now());
    };
  };

  #note(error: unknown): void {
    if (error === null || !databaseFaultOf(error)) this.#failingSince = null;
    else this.#failingSince ??= performance.now();
  }
}

/**
 * Gives a connection back as soon as it has ended, whoever holds it: a holder that has failed with it may never do so, and one place
 * of the pool less each time is none in the end.
 */
function takeBackWhenEnded(client: PoolClient): void {
  const release = client.release.bind(client);
  let isReleased = false;
  const once = (error?: Error | boolean): void => {
    if (isReleased) return;
    isReleased = true;
    client.off('end', onEnd);
    release(error);
  };
  const onEnd = (): void => once(true);
  client.on('end', onEnd);
  client.release = once;
}

/** Makes the pool. Errors of idle connections are swallowed here: the next statement meets them anyway. */
export function createTenantPool(options: TenantPoolOptions): TenantPool {
  const config: PoolConfig & DatabaseClientConfig = {
    connectionString: options.connectionString,
    max: options.max,
    statement_timeout: options.statementTimeoutMs,
    answerTimeoutMs: options.answerTimeoutMs ?? options.statementTimeoutMs + answerMarginMs,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    application_name: 'fieldgate',
    Client: DatabaseClient as unknown as PoolConfig['Client'],
    onStatement: (text, client) => pool.hear(text, client),
  };
  const pool = new TenantPool(config);
  pool.on('error', () => undefined);
  return pool;
}
