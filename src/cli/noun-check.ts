/**
 * `npm run noun:check`: migrates the database, and compares it with the Prisma schema and with what every tenant's table
 * must have: row-level security, policy, rights, keys that carry the organization, an index for each order and filter. Each
 * difference is one line with what to do; exit code 1 when there is one.
 */
// Every noun, declared.
import '../schema.ts';
import type { Environment } from '../environment.ts';
import { declaredNouns } from '../nouns/register.ts';
import { checkTables, checkViews, describeSteps, modelTablesOf } from '../stores/database-check.ts';
import { withDatabaseClient } from '../stores/database-client.ts';
import { readDatabaseFacts, readOpenViews } from '../stores/database-facts.ts';
import { migrate } from '../stores/migrations.ts';
import { diffToSchema, readPrismaSchema, type SchemaFile } from '../stores/schema-diff.ts';
import type { NounTable } from '../stores/tenant-walls.ts';
import { declaredTables } from './declared-tables.ts';
import {
  CommandError,
  type CommandOutput,
  openOperatorDatabase,
  parseOperatorConfig,
  runAsProgram,
  runCommand,
} from './operator-connection.ts';

/** How long a look into the catalogues may take, in milliseconds. */
const answerTimeoutMs = 60_000;

/**
 * Everything that differs in a migrated database.
 * @param ownerUrl of the role that owns the tables.
 * @param schema to compare with; null for the one that this version has.
 */
export async function findDifferences(
  ownerUrl: string,
  nouns: readonly NounTable[],
  schema: readonly SchemaFile[] | null = null,
): Promise<readonly string[]> {
  const files = schema ?? (await readPrismaSchema());
  const steps = await diffToSchema(ownerUrl, files);
  const { tables, views } = await withDatabaseClient(
    { connectionString: ownerUrl, answerTimeoutMs },
    async (client) => ({ tables: await readDatabaseFacts(client), views: await readOpenViews(client) }),
  );
  return [...describeSteps(steps), ...checkTables(tables, modelTablesOf(files), nouns), ...checkViews(views)];
}

/**
 * Runs the command.
 * @param nouns what tables must serve; null for the nouns that are declared.
 * @returns the exit code.
 */
export function nounCheck(
  argv: readonly string[],
  env: Environment,
  output: CommandOutput,
  nouns: readonly NounTable[] | null = null,
): Promise<number> {
  return runCommand(output, async () => {
    if (argv.length > 0) throw new CommandError('noun:check takes no arguments.');
    const database = await openOperatorDatabase(parseOperatorConfig(env));
    try {
      await migrate(database.ownerUrl);
      const tables = nouns ?? declaredTables(declaredNouns(), modelTablesOf(await readPrismaSchema()));
      const differences = await findDifferences(database.ownerUrl, tables);
      for (const line of differences) output.error(line);
      if (differences.length === 0) output.out('Schema, database, row-level security, rights and indexes agree.');
      return differences.length === 0 ? 0 : 1;
    } finally {
      await database.close();
    }
  });
}

await runAsProgram(import.meta.url, (argv, env, output) => nounCheck(argv, env, output));
