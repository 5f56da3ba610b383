/**
 * Asks the database how it is over a connection of its own: a pool that is busy is no reason to leave the balancer, and one that is
 * broken is no reason to believe that the database is.
 */
import { DatabaseClient } from './database-client.ts';

/** How long the database may take to answer, and to let in, in milliseconds. */
const answerTimeoutMs = 2_000;

/** A connection for checks. */
export interface DatabaseProbe {
  /** Asks; connects first where it must. @throws what the driver says. */
  query<Row extends object>(sql: string): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** Makes the probe; it connects with the first question, and again after its connection was lost. */
export function createDatabaseProbe(connectionString: string): DatabaseProbe {
  let connecting: Promise<DatabaseClient> | null = null;

  const connected = (): Promise<DatabaseClient> => {
    if (connecting) return connecting;
    const client = new DatabaseClient({
      connectionString,
      answerTimeoutMs,
      statement_timeout: answerTimeoutMs,
      connectionTimeoutMillis: answerTimeoutMs,
      application_name: 'fieldgate health',
    });
    const own = client.connect().then(() => client);
    connecting = own;
    const forget = (): void => {
      if (connecting === own) connecting = null;
    };
    client.once('error', forget);
    client.once('end', forget);
    own.catch(forget);
    return own;
  };

  return {
    async query<Row extends object>(sql: string) {
      const client = await connected();
      return (await client.query<Row>(sql)).rows;
    },
    async close() {
      const client = await connecting?.catch(() => null);
      await client?.end();
    },
  };
}
