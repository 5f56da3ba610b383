/**
 * What a database lacks to be what the Prisma schema says: tables, columns, enums, indexes and foreign keys. Row-level
 * security, grants, functions and checks are not Prisma's to say.
 */
import { readdir, readFile } from 'node:fs/promises';
import { withSchemaEngine } from './schema-engine.ts';

/** Where `scripts/prepare.mjs` puts the schema together. */
const assembledFolder = new URL('../generated/schema/', import.meta.url);

/** A file of the schema. */
export interface SchemaFile {
  readonly path: string;
  readonly content: string;
}

/** The schema as Prisma reads it: the engine's models with the fields that lead back from them to the domain's. */
export async function readPrismaSchema(folder: URL = assembledFolder): Promise<readonly SchemaFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.prisma')).sort();
  return Promise.all(names.map(async (path) => ({ path, content: await readFile(new URL(path, folder), 'utf8') })));
}

/** One statement of a migration, with what Prisma says it does. */
export interface SchemaStep {
  /** In words, such as `AddForeignKey`. */
  readonly what: string;
  readonly sql: string;
}

/**
 * The statements that lead from a database to a schema, in order; none where they agree.
 * @param connectionString of the role that owns the tables.
 */
export async function diffToSchema(
  connectionString: string,
  files: readonly SchemaFile[],
): Promise<readonly SchemaStep[]> {
  const { stdout } = await withSchemaEngine(connectionString, (engine) =>
    engine.diff({
      // The database that the engine is connected to.
      from: { tag: 'schemaDatasource', files: [...files], configDir: '' },
      to: { tag: 'schemaDatamodel', files: [...files] },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    }),
  );
  return splitSteps(stdout ?? '');
}

/** Each step of the engine's script opens with a comment of one or more words; the empty script is a comment alone. */
function splitSteps(script: string): readonly SchemaStep[] {
  return script
    .split(/^-- (?=\w+$)/m)
    .map((step) => step.trim())
    .flatMap((step) => {
      const [what = '', ...lines] = step.split('\n');
      const sql = lines.join('\n').trim();
      return sql === '' ? [] : [{ what, sql }];
    });
}
