/** The operator's connection for command lines: of the role that owns the tables, opened for one piece of work. */
import type pg from 'pg';
import { type Config, parseConfig } from '../config.ts';
import { DatabaseClient } from '../stores/database-client.ts';

/** Thrown for what the operator must put right; its message is one line for them. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandError';
  }
}

/** Variables as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads what a command line needs. In production as anywhere, that is less than what the gateway needs: an operator's job has no
 * signing keys.
 * @throws ConfigError with all faults at once.
 */
export function parseOperatorConfig(env: Environment): Config {
  return parseConfig({ ...env, NODE_ENV: env.NODE_ENV === 'production' ? 'development' : env.NODE_ENV });
}

/**
 * Runs work over a connection of DATABASE_MIGRATION_URL.
 * @throws CommandError when the variable is missing or the database cannot be reached.
 */
export async function withOperatorConnection<T>(config: Config, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const connectionString = config.DATABASE_MIGRATION_URL;
  if (!connectionString)
    throw new CommandError(
      'Set DATABASE_MIGRATION_URL, or DATABASE_MIGRATION_URL_FILE, to the role that owns the tables.',
    );
  // Pruning years of audit events takes its time; a connection that is silent for longer is dead.
  const client = new DatabaseClient({
    connectionString,
    connectionTimeoutMillis: 5_000,
    answerTimeoutMs: 30 * 60_000,
  });
  try {
    await client.connect();
  } catch (error) {
    throw new CommandError(
      `DATABASE_MIGRATION_URL: the database cannot be reached (${error instanceof Error ? error.message : String(error)}).`,
    );
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Where a command line writes. */
export interface CommandOutput {
  out(line: string): void;
  error(line: string): void;
}

/** The terminal. */
export const terminal: CommandOutput = { out: (line) => console.log(line), error: (line) => console.error(line) };

/** Runs a command and turns faults of the operator's into one line and exit code 1. @returns the exit code. */
export async function runCommand(output: CommandOutput, command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    const isTheirs = error instanceof CommandError || (error instanceof Error && error.name === 'ConfigError');
    const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    if (!isTheirs && !isUsage) throw error;
    output.error((error as Error).message);
    return 1;
  }
}
