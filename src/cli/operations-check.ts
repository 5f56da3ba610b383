/**
 * `npm run operations:check`: says which registered operations the schema no longer serves, and whose they are; exits with 1
 * when there is one. Checks what is registered in the database (DATABASE_MIGRATION_URL) and the manifests that are named;
 * without either, the manifests of `examples/`, as CI does.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { findBrokenOperations, type RegisteredText } from '../registry/check-operations.ts';
import { parseManifest } from '../registry/manifest.ts';
import { buildPublicSchema } from '../schema.ts';
import { createOperatorRegistry } from '../stores/operator-registry.ts';
import {
  CommandError,
  type CommandOutput,
  parseOperatorConfig,
  runAsProgram,
  runCommand,
  withOperatorConnection,
} from './operator-connection.ts';

const options = {
  /** The schema to check against; the code's own when left out. */
  schema: { type: 'string' },
  /** An earlier schema: finds changed types and new demands, which validation cannot see. */
  base: { type: 'string' },
  /** `<client>=<manifest.json>`, as often as wanted. */
  manifest: { type: 'string', multiple: true, default: [] as string[] },
} as const;

const examples = ['partner', 'frontend'].map(
  (client) =>
    `${client}=${fileURLToPath(new URL(`../../examples/${client}/generated/persisted-documents.json`, import.meta.url))}`,
);

/** Runs the command. @returns the exit code. */
export function operationsCheck(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  output: CommandOutput,
): Promise<number> {
  return runCommand(output, async () => {
    const { values } = parseArgs({ args: [...argv], options });
    const config = parseOperatorConfig(env);
    const schema = values.schema === undefined ? buildPublicSchema() : await readSchema(values.schema);
    const earlier = values.base === undefined ? null : await readSchema(values.base);
    const registered = config.DATABASE_MIGRATION_URL
      ? await withOperatorConnection(config, (connection) => createOperatorRegistry(connection).all())
      : [];
    const named = values.manifest.length > 0 || config.DATABASE_MIGRATION_URL ? values.manifest : examples;
    const listed = (await Promise.all(named.map(readManifest))).flat();
    const operations: readonly RegisteredText[] = [...registered, ...listed];
    const broken = findBrokenOperations(operations, schema, earlier);
    for (const { name, client, organization, sha256, reasons } of broken) {
      output.error(`${name} of ${client} (${organization ?? 'whole deployment'}), sha256:${sha256}`);
      for (const reason of reasons) output.error(`  ${reason}`);
    }
    if (broken.length > 0) {
      output.error(`${broken.length} of ${operations.length} registered operations would break.`);
      return 1;
    }
    output.out(`All ${operations.length} registered operations are served.`);
    return 0;
  });
}

async function readSchema(path: string): Promise<GraphQLSchema> {
  try {
    return buildSchema(await readFile(path, 'utf8'));
  } catch (error) {
    throw new CommandError(`${path} is not a schema: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function readManifest(named: string): Promise<readonly RegisteredText[]> {
  const at = named.indexOf('=');
  if (at < 1) throw new CommandError(`--manifest takes <client>=<file>, not ${named}.`);
  const client = named.slice(0, at);
  const path = named.slice(at + 1);
  let manifest: unknown;
  try {
    manifest = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new CommandError(`${path} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { operations, issues } = parseManifest(manifest);
  if (issues)
    throw new CommandError(issues.map((issue) => `${path}: ${issue.path.join('.')}: ${issue.message}`).join('\n'));
  return operations.map(({ name, sha256, body }) => ({ name, client, organization: null, sha256, body }));
}

await runAsProgram(import.meta.url, operationsCheck);
