/**
 * Reads single rows by id with one prepared statement, for what is compiled ahead: without Prisma, which would compile it for every
 * request. The same walls stand around it: the scope's guard sees the columns, its visibility wall must be open for the model, the
 * organization is in the condition, and row-level security sees the connection's binding.
 */
import { createHash } from 'node:crypto';
import { getDatamodel } from '../generated/pothos.ts';
import { currentDatabaseScope } from './database-scope.ts';
import { isTenantModel } from './tenant-arguments.ts';
import type { TenantPool } from './tenant-pool.ts';

/** A row as the driver gives it: numbers of exact types as text, instants as dates. */
export type Row = Readonly<Record<string, unknown>>;

/** Reads one row; null for none that the scope's organization has. @throws what the scope's guard throws, and the driver's errors. */
export type RowStatement = (id: string) => Promise<Row | null>;

/** Prepares statements. @returns null for a model that belongs to no organization, and for columns that are no plain ones. */
export type RowReader = (model: string, columns: readonly string[]) => RowStatement | null;

/** How many different statements are kept; each is parsed by PostgreSQL once for each connection. */
const maxStatements = 500;

/** Makes the reader. */
export function createRowReader(pool: Pick<TenantPool, 'query'>): RowReader {
  const { models } = getDatamodel().datamodel;
  const statements = new Map<string, RowStatement>();

  const make = (model: string, columns: readonly string[]): RowStatement | null => {
    const plain = new Set(
      (models[model]?.fields ?? []).filter(({ kind, isList }) => kind !== 'object' && !isList).map(({ name }) => name),
    );
    if (!isTenantModel(model) || !columns.every((column) => plain.has(column))) return null;
    // Names out of the data model alone, never out of a request.
    const selected = columns.length === 0 ? '1' : columns.map((column) => `"${column}"`).join(', ');
    const text = `select ${selected} from "${model}" where "id" = $1 and "organizationId" = $2`;
    const name = `fg_row_${createHash('sha256').update(text).digest('base64url').slice(0, 24)}`;
    const select = Object.fromEntries(columns.map((column) => [column, true]));
    return async (id) => {
      const scope = currentDatabaseScope();
      if (!scope) throw new Error('A statement outside of any database scope: wrap the work in runInDatabaseScope.');
      const { organizationId, guard, wall } = scope;
      guard?.(model, 'findFirst', { select, where: { id, organizationId } });
      // The text has no place for a condition: whoever may not see all rows is the executor's to serve.
      if (wall && !wall.isOpen(model, columns))
        throw new Error(`Not every ${model} can be seen: this is no point read.`);
      if (organizationId === null) return null;
      const { rows } = await pool.query<Row>({ name, text, values: [id, organizationId] });
      return rows[0] ?? null;
    };
  };

  return (model, columns) => {
    const key = `${model} ${columns.join(' ')}`;
    const known = statements.get(key);
    if (known) return known;
    if (statements.size >= maxStatements) return null;
    const statement = make(model, columns);
    if (statement) statements.set(key, statement);
    return statement;
  };
}
