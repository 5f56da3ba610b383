/** What the declared nouns ask of their tables: the columns by which lists are ordered and filtered, within an organization. */
import { modelMembers } from '../authorization/data-model.ts';
import type { AnyNoun } from '../nouns/declaration.ts';
import type { AnyField } from '../nouns/fields.ts';
import type { ModelTable } from '../stores/database-check.ts';
import type { NounTable } from '../stores/tenant-walls.ts';

/** A field's column: a relation's is the one that leads to the other row, beside the organization. */
function columnOf(model: string, field: string): string {
  const columns = modelMembers.get(model)?.get(field)?.relationFromFields ?? [field];
  return columns.find((column) => column !== 'organizationId') ?? field;
}

/**
 * Whether an index helps a filter. Not for texts, which are searched within and may be longer than an index takes; nor for
 * booleans, which leave half of the rows.
 */
const isFound = ({ kind, options }: AnyField): boolean =>
  'filter' in options && options.filter === true && kind !== 'text' && kind !== 'boolean';

/**
 * A noun that is listed below its parent alone is found by the parent: its few rows there are sorted and filtered as they
 * are. Filters by a relation are served all the same: through them other nouns' lists are filtered.
 */
function columnsOf(noun: AnyNoun): Pick<NounTable, 'orders' | 'filters'> {
  const fields = Object.entries(noun.fields);
  const isListed = noun.queries !== false && noun.queries !== undefined;
  const named = (list: typeof fields) => list.map(([name]) => columnOf(noun.name, name));
  return {
    orders: isListed ? named(fields.filter(([, { options }]) => 'order' in options && options.order)) : [],
    filters: [
      ...(noun.parent ? [columnOf(noun.name, noun.parent.relation)] : []),
      ...named(fields.filter(([, field]) => isFound(field) && (isListed || field.kind === 'relation'))),
    ],
  };
}

/** The tables of declared nouns. @param models of the Prisma schema, for the names of tables. */
export function declaredTables(nouns: readonly AnyNoun[], models: readonly ModelTable[]): readonly NounTable[] {
  const tables = new Map(models.map(({ model, table }) => [model, table]));
  return nouns.map((noun) => ({
    model: noun.name,
    table: tables.get(noun.name) ?? noun.name,
    ...columnsOf(noun),
  }));
}
