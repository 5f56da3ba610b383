/**
 * Writes the migration of a tenant's noun out of the difference between database and Prisma schema: what Prisma says of
 * table, keys and indexes, then what it cannot say, so that no table is made without its walls.
 */
import { MigrationError } from './migration-error.ts';
import type { SchemaStep } from './schema-diff.ts';
import {
  createIndex,
  createTenantPolicy,
  enableRowSecurity,
  grantRights,
  type IndexColumns,
  indexAttribute,
  missingIndexes,
  type NounTable,
} from './tenant-walls.ts';

/** Which table a statement of Prisma's changes; null for one that makes a type. */
function tableOf(sql: string): string | null {
  const index = /^CREATE (?:UNIQUE )?INDEX "[^"]+" ON "([^"]+)"/.exec(sql);
  return (index ?? /^(?:CREATE|ALTER) TABLE "([^"]+)"/.exec(sql))?.[1] ?? null;
}

const makesType = (sql: string): boolean => /^CREATE TYPE /.test(sql);

/** What a migration of one noun may hold. What removes something is for a person to write. */
function belongs({ sql }: SchemaStep, table: string): boolean {
  if (/\bDROP\b/.test(sql.replace(/"[^"]*"|'[^']*'/g, ''))) return false;
  return makesType(sql) || tableOf(sql) === table;
}

/** The indexes that Prisma's statements make. */
function indexesOf(steps: readonly SchemaStep[]): readonly IndexColumns[] {
  return steps.flatMap(({ sql }) => {
    const [, unique, columns] = /^CREATE (UNIQUE )?INDEX "[^"]+" ON "[^"]+"\((.*)\)/.exec(sql) ?? [];
    return columns === undefined
      ? []
      : [{ isUnique: unique !== undefined, columns: [...columns.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name) }];
  });
}

/**
 * The migration of a noun: of a new one, or of one that has got columns.
 * @param noun with the orders and filters that need indexes. What its schema forgot is made here, with a line that says
 * what to add there: otherwise `npm run noun:check` finds the index to be none of the schema's.
 * @param steps from the database to the schema.
 * @param indexes that the table has already.
 * @returns SQL with a line end at its end; null when nothing is to be done.
 * @throws MigrationError when the schema differs elsewhere, too, or wants something removed.
 */
export function migrationFor(
  noun: NounTable,
  steps: readonly SchemaStep[],
  indexes: readonly IndexColumns[] = [],
): string | null {
  const { model, table } = noun;
  const foreign = steps.filter((step) => !belongs(step, table));
  if (foreign.length > 0)
    throw new MigrationError(
      `The Prisma schema differs from the database by more than what ${model} gets. Write this migration yourself first: ` +
        foreign.map(({ sql }) => sql.replace(/\s+/g, ' ')).join(' '),
    );
  const isNew = steps.some(({ sql }) => sql.startsWith(`CREATE TABLE "${table}"`));
  const missing = missingIndexes(noun, [...indexes, ...indexesOf(steps)]);
  if (steps.length === 0 && missing.length === 0) return null;
  const parts = [
    ...steps.map(({ what, sql }) => `-- ${what}\n${sql}`),
    ...(isNew
      ? [
          '-- The walls: the gateway’s role sees and writes the rows of the bound organization, and no other.\n' +
            [grantRights(table), enableRowSecurity(table), createTenantPolicy(table)].join('\n'),
        ]
      : []),
    ...missing.map(
      (columns) => `-- In the Prisma schema, too: ${indexAttribute(columns)}\n${createIndex(table, columns)}`,
    ),
  ];
  return `-- ${model}.\n\n${parts.join('\n\n')}\n`;
}

/**
 * A name for the next migration of the domain, behind all that are there.
 * @param existing names of migrations, such as `domain/20261123000000_work`.
 * @param title in words, such as `add invoices`.
 */
export function nextMigrationName(existing: readonly string[], title: string, now: Date): string {
  const stamps = existing.flatMap((name) => /^domain\/(\d{14})_/.exec(name)?.[1] ?? []);
  const stamp = now.toISOString().replace(/\D/g, '').slice(0, 14);
  const last = stamps.sort().at(-1) ?? '';
  // A clock that is behind, or two in one second: one more than the last.
  const next = stamp > last ? stamp : String(Number(last) + 1);
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? ['change'];
  return `domain/${next}_${words.join('_')}`;
}
