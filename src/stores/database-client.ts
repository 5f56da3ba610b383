/**
 * A connection to PostgreSQL that never ends the process and is never waited for without end. One that loses its server while nobody
 * listens says so to its next statement; one that gives no answer in time is destroyed, since no later answer could be told from an
 * earlier one's.
 */
import { Socket } from 'node:net';
import pg, { type ClientConfig } from 'pg';
import { DatabaseConnectionError } from './database-faults.ts';
import { startPatientTimer } from './patient-timer.ts';

/** After how long without traffic the kernel asks whether the other side is still there, in milliseconds. */
const keepAliveDelayMs = 10_000;
/** How long a goodbye may take, in milliseconds: a silent server never answers it. */
const goodbyeMs = 1_000;

/** Hears of a statement as it is sent. @returns what hears how it ended, its error or null; undefined when nothing need. */
export type StatementListener = (text: string, client: DatabaseClient) => ((error: unknown) => void) | undefined;

/** Options of a {@link DatabaseClient}. */
export interface DatabaseClientConfig extends ClientConfig {
  /** How long one statement may stay without an answer, in milliseconds; beyond the server's own `statement_timeout`. */
  readonly answerTimeoutMs: number;
  readonly onStatement?: StatementListener;
}

/** The connection; `pg` makes those of a pool out of the pool's configuration. */
export class DatabaseClient extends pg.Client {
  readonly #socket: Socket;

  constructor(config: DatabaseClientConfig) {
    const socket = new Socket();
    super({ ...config, keepAlive: true, keepAliveInitialDelayMillis: keepAliveDelayMs, stream: () => socket });
    this.#socket = socket;
    // Without a listener an error ends the process. Whoever waits for a statement gets it there.
    this.on('error', () => undefined);
    const { answerTimeoutMs, onStatement } = config;
    const send = this.query.bind(this) as (...args: unknown[]) => unknown;
    const watched = (...args: unknown[]): unknown => {
      const onEnd = onStatement?.(textOf(args[0]), this);
      const callOff = startPatientTimer(answerTimeoutMs, () =>
        this.destroy(new DatabaseConnectionError(`The database gave no answer for ${answerTimeoutMs} ms.`)),
      );
      const settle = (error: unknown): void => {
        callOff();
        onEnd?.(error);
      };
      const callback = args.at(-1);
      if (typeof callback === 'function')
        return send(...args.slice(0, -1), (error: unknown, result: unknown) => {
          settle(error ?? null);
          callback(error, result);
        });
      const answer = send(...args) as Promise<unknown>;
      answer.then(() => settle(null), settle);
      return answer;
    };
    this.query = watched as typeof this.query;
  }

  /** Ends the connection at once; statements that wait for an answer fail with this error. */
  destroy(error: Error): void {
    this.#socket.destroy(error);
  }

  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | undefined {
    setTimeout(() => this.#socket.destroy(), goodbyeMs).unref();
    if (!callback) return super.end();
    super.end(callback);
    return undefined;
  }
}

/** Opens one connection for a piece of work, and closes it after it. @throws the driver's error when it cannot be had. */
export async function withDatabaseClient<T>(
  config: DatabaseClientConfig,
  work: (client: DatabaseClient) => Promise<T>,
): Promise<T> {
  const client = new DatabaseClient({ connectionTimeoutMillis: 5_000, ...config });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  return (statement as { readonly text?: string } | null)?.text ?? '';
}
