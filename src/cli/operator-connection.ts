/** The operator's connection for command lines: of the role that owns the tables, opened for one piece of work. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type pg from 'pg';
import { type Config, parseConfig } from '../config.ts';
import { startEmbeddedDatabase } from '../dev/embedded-database.ts';
import { type Environment, loadEnvironment } from '../environment.ts';
import { DatabaseClient } from '../stores/database-client.ts';
import { migrate } from '../stores/migrations.ts';

/** Thrown for what the operator must put right; its message is one line for them. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandError';
  }
}

/**
 * Reads what a command line needs. In production as anywhere, that is less than what the gateway needs: an operator's job has no
 * signing keys.
 * @throws ConfigError with all faults at once.
 */
export function parseOperatorConfig(env: Environment): Config {
  const isProduction = env.NODE_ENV === 'production';
  return { ...parseConfig({ ...env, NODE_ENV: isProduction ? 'development' : env.NODE_ENV }), isProduction };
}

/** The database as the owner of its tables sees it. */
export interface OperatorDatabase {
  readonly ownerUrl: string;
  /** Whether it is the embedded one. */
  readonly isEmbedded: boolean;
  /** Stops what was started for it. */
  close(): Promise<void>;
}

/**
 * Opens the database of DATABASE_MIGRATION_URL or, where no database is named and this is no production, the embedded one that
 * `npm start` runs on, whether it runs at the moment or not.
 * @param options.alone whether no gateway may run on it meanwhile.
 * @throws CommandError, EmbeddedDatabaseError
 */
export async function openOperatorDatabase(
  config: Config,
  options: { readonly alone?: boolean } = {},
): Promise<OperatorDatabase> {
  if (config.DATABASE_MIGRATION_URL)
    return { ownerUrl: config.DATABASE_MIGRATION_URL, isEmbedded: false, close: async () => undefined };
  if (config.DATABASE_URL || config.isProduction)
    throw new CommandError(
      'Set DATABASE_MIGRATION_URL, or DATABASE_MIGRATION_URL_FILE, to the role that owns the tables.',
    );
  const { ownerUrl, stop } = await startEmbeddedDatabase(resolve(config.DATA_DIR), options);
  return { ownerUrl, isEmbedded: true, close: stop };
}

/**
 * Runs work over a connection of the owner. The embedded database is migrated first: it may be new.
 * @throws CommandError when there is no database or it cannot be reached.
 */
export async function withOperatorConnection<T>(config: Config, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const database = await openOperatorDatabase(config);
  try {
    if (database.isEmbedded) await migrate(database.ownerUrl);
    // Pruning years of audit events takes its time; a connection that is silent for longer is dead.
    const client = new DatabaseClient({
      connectionString: database.ownerUrl,
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
  } finally {
    await database.close();
  }
}

/** Where a command line writes. */
export interface CommandOutput {
  out(line: string): void;
  error(line: string): void;
}

/** The terminal. */
const terminal: CommandOutput = { out: (line) => console.log(line), error: (line) => console.error(line) };

/**
 * Runs a command. Whatever goes wrong is told in lines for a person, without a stack.
 * @returns the exit code.
 */
export async function runCommand(output: CommandOutput, command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    const { message, code } = error as { message?: string; code?: string };
    // A connection that several addresses refused has no message of its own.
    output.error(message || code || String(error));
    return 1;
  }
}

/** A command line: its words, the environment, and where it writes. */
export type Command = (argv: readonly string[], env: Environment, output: CommandOutput) => Promise<number>;

/** Runs a module's command when it is the program that was started, and nothing when it was imported. */
export async function runAsProgram(moduleUrl: string, command: Command): Promise<void> {
  if (moduleUrl !== pathToFileURL(process.argv[1] ?? '').href) return;
  process.exitCode = await runCommand(terminal, () => command(process.argv.slice(2), loadEnvironment(), terminal));
}
