/**
 * Compiles a query that reads single rows by id (`{ project(id: $id) { name status } }`) to prepared statements: once for a document
 * and a permission set, after the plan has allowed every coordinate of it. Whatever a row would have to decide, and every field that
 * is no plain column, is left to the executor.
 */
import {
  type FieldNode,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isLeafType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { type NodeType, parseGlobalId, toGlobalId } from '../../authorization/global-id.ts';
import type { Plan } from '../../authorization/plan.ts';
import type { Viewer } from '../../authorization/viewer.ts';
import { isEveryRow, visibleRows } from '../../authorization/visibility.ts';
import type { Database } from '../../stores/database.ts';
import type { Row, RowStatement } from '../../stores/row-reader.ts';
import type { Variables } from '../variables.ts';

/** A compiled query: gives the data, or null where this viewer's rows need more than the organization's filter. */
export type CompiledRead = (viewer: Viewer, variables: Variables) => Promise<Record<string, unknown>> | null;

/** One field of the answer, out of the row. */
interface CompiledField {
  readonly responseKey: string;
  read(row: Row, id: string): unknown;
}

/** One root field. */
interface CompiledRoot {
  readonly responseKey: string;
  readonly model: NodeType;
  readonly fields: readonly CompiledField[];
  readonly read: RowStatement;
  idOf(variables: Variables): string | null;
}

/** Compiles a query. @returns null for one that is more than point reads of plain columns, or not allowed as a whole. */
export function compilePointRead(
  schema: GraphQLSchema,
  definition: OperationDefinitionNode,
  plan: Plan,
  db: Pick<Database, '$rowStatement'>,
): CompiledRead | null {
  if (definition.operation !== 'query') return null;
  const isAllowed = plan.denials.length === 0 && plan.coordinates.every(({ decision }) => decision === 'allowed');
  const query = schema.getQueryType();
  const selected = isAllowed && query ? plainFields(definition.selectionSet) : null;
  if (!query || !selected || (definition.directives?.length ?? 0) > 0) return null;
  const roots = selected.map((node) => compileRoot(query, node, db));
  if (!roots.every((root) => root !== null)) return null;

  return (viewer, variables) => {
    // Only where every row of the organization may be seen; anything narrower is a condition, and Prisma's to write.
    if (!roots.every(({ model }) => isEveryRow(visibleRows(model, viewer)))) return null;
    return readAll(roots, variables);
  };
}

async function readAll(roots: readonly CompiledRoot[], variables: Variables): Promise<Record<string, unknown>> {
  const rows = await Promise.all(
    roots.map(async ({ read, idOf, fields }) => {
      const id = idOf(variables);
      const row = id === null ? null : await read(id);
      if (id === null || row === null) return null;
      const object: Record<string, unknown> = Object.create(null);
      for (const field of fields) object[field.responseKey] = field.read(row, id);
      return object;
    }),
  );
  const data: Record<string, unknown> = Object.create(null);
  for (const [index, { responseKey }] of roots.entries()) data[responseKey] = rows[index] ?? null;
  return data;
}

/** The fields of a selection that is fields alone, each once; null for any other. */
function plainFields({ selections }: SelectionSetNode): readonly FieldNode[] | null {
  const fields = selections.filter(
    (one) => one.kind === Kind.FIELD && (one.directives?.length ?? 0) === 0,
  ) as FieldNode[];
  const keys = new Set(fields.map(({ alias, name }) => (alias ?? name).value));
  return fields.length === selections.length && keys.size === fields.length ? fields : null;
}

function compileRoot(
  query: GraphQLObjectType,
  node: FieldNode,
  db: Pick<Database, '$rowStatement'>,
): CompiledRoot | null {
  const field = query.getFields()[node.name.value];
  const model = (field?.extensions.readsById ?? null) as NodeType | null;
  const type = field ? getNamedType(field.type) : null;
  const [argument, ...others] = node.arguments ?? [];
  const selected = node.selectionSet ? plainFields(node.selectionSet) : null;
  if (!model || !isObjectType(type) || type.name !== model || !selected) return null;
  if (argument?.name.value !== 'id' || others.length > 0) return null;
  const columns = new Set<string>();
  const fields: CompiledField[] = [];
  for (const one of selected) {
    const compiled = compileField(type, one, columns);
    if (!compiled) return null;
    fields.push(compiled);
  }
  const read = db.$rowStatement(model, [...columns].sort());
  if (!read) return null;
  const { value } = argument;
  const globalIdOf = (variables: Variables): unknown => {
    if (value.kind === Kind.VARIABLE) return variables[value.name.value] ?? notAnId();
    return value.kind === Kind.STRING || value.kind === Kind.INT ? value.value : null;
  };
  return {
    responseKey: (node.alias ?? node.name).value,
    model,
    fields,
    read,
    idOf(variables) {
      const parsed = parseGlobalId(String(globalIdOf(variables)));
      return parsed?.type === model ? parsed.id : null;
    },
  };
}

/** What fits no argument is for the executor to refuse. */
function notAnId(): never {
  throw new TypeError('The id is null.');
}

/** A field of a row: its type's name, its id, or an exposed column. @param columns gets the column. */
function compileField(type: GraphQLObjectType, node: FieldNode, columns: Set<string>): CompiledField | null {
  const responseKey = (node.alias ?? node.name).value;
  const name = node.name.value;
  if (node.selectionSet || (node.arguments?.length ?? 0) > 0) return null;
  if (name === '__typename') return { responseKey, read: () => type.name };
  if (name === 'id') return { responseKey, read: (_row, id) => toGlobalId(type.name, id) };
  const field = type.getFields()[name];
  const column = field ? exposedColumnOf(field) : null;
  const leaf = field ? getNullableType(field.type) : null;
  if (!column || !isLeafType(leaf)) return null;
  columns.add(column);
  return { responseKey, read: (row) => serialize(leaf, row[column]) };
}

function serialize(leaf: GraphQLLeafType, value: unknown): unknown {
  return value === null || value === undefined ? null : leaf.serialize(value);
}

/** The column that a field shows as it is. */
function exposedColumnOf({ extensions }: GraphQLField<unknown, unknown>): string | null {
  const column = extensions.pothosExposedField;
  return typeof column === 'string' ? column : null;
}
