/**
 * What each coordinate of the schema does with the data model: which columns a field reads, a filter or an order compares, an input
 * writes. Most of it the schema says already (`expose`, `relation`, a plain `select`); the rest is declared in `extensions`, on
 * the field, argument, input field or ordering value itself. The column guard derives its rules from it.
 */
import {
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from 'graphql';
import type PrismaTypes from '../generated/pothos.ts';

/** What is done with a column. Filters, orders, groups and aggregates compare. */
export type Purpose = 'read' | 'compare' | 'write';

type ModelName = keyof PrismaTypes & string;
type RelationOf<Name extends ModelName> = PrismaTypes[Name]['RelationName'] & string;
type ColumnOf<Name extends ModelName> = keyof PrismaTypes[Name]['Shape'] & string;

/** A column, a whole relation, or a column through relations: `Project.budget`, `Project.members`, `User.memberships.status`. */
export type ColumnPath = {
  [Name in ModelName]: `${Name}.${ColumnOf<Name> | RelationOf<Name>}` | `${Name}.${RelationOf<Name>}.${string}`;
}[ModelName];

/** One thing that a coordinate does. */
export interface ColumnUse {
  readonly coordinate: string;
  /** The type, input or enum that the coordinate belongs to: its rule holds as well. */
  readonly owner: string;
  readonly purpose: Purpose;
  /** A {@link ColumnPath}, or a model's name alone where rows of it are answered. */
  readonly path: string;
}

/** What {@link columnUsesOf} finds. */
export interface ColumnUses {
  readonly uses: readonly ColumnUse[];
  /** Coordinates that are declared to name no column, with the reason in words. */
  readonly without: ReadonlyMap<string, string>;
  /** Model to the names of the types that show its rows. */
  readonly types: ReadonlyMap<string, readonly string[]>;
}

/** What stands in `extensions`. A type, not an interface: those fit no `Record`. */
type Declaration = {
  readonly columns: { readonly purpose: Purpose; readonly paths: readonly string[] } | { readonly without: string };
};

const declare = (purpose: Purpose, paths: readonly string[]): Declaration => ({ columns: { purpose, paths } });

/** Extensions of a field that reads these columns, besides what it exposes or selects. */
export const reads = (...paths: readonly ColumnPath[]): Declaration => declare('read', paths);

/** Extensions of a filter's member or an ordering value that compares these columns. */
export const compares = (...paths: readonly ColumnPath[]): Declaration => declare('compare', paths);

/** Extensions of an input field that writes these columns. */
export const writes = (...paths: readonly ColumnPath[]): Declaration => declare('write', paths);

/** Extensions of a narrowed coordinate that stands for no column. @param reason in words: what guards it instead. */
export const noColumn = (reason: string): Declaration => ({ columns: { without: reason } });

interface Extended {
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** Reads off the schema what each coordinate does. */
export function columnUsesOf(schema: GraphQLSchema): ColumnUses {
  const uses: ColumnUse[] = [];
  const without = new Map<string, string>();
  const types = new Map<string, string[]>();

  const declared = (owner: string, coordinate: string, { extensions }: Extended): void => {
    const { columns } = extensions as Partial<Declaration>;
    if (!columns) return;
    if ('without' in columns) without.set(coordinate, columns.without);
    else for (const path of columns.paths) uses.push({ owner, coordinate, purpose: columns.purpose, path });
  };

  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    const owner = type.name;
    if (isObjectType(type) || isInterfaceType(type)) {
      const model = modelOf(type);
      if (model) types.set(model, [...(types.get(model) ?? []), owner]);
      for (const field of Object.values(type.getFields())) {
        const coordinate = `${owner}.${field.name}`;
        const read = (path: string) => uses.push({ owner, coordinate, purpose: 'read', path });
        for (const argument of field.args) declared(owner, `${coordinate}(${argument.name}:)`, argument);
        declared(owner, coordinate, field);
        if (model) for (const name of namesIn(field.extensions)) read(`${model}.${name}`);
        const answered = modelOf(rowType(field.type));
        if (answered) read(answered);
      }
    } else if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) declared(owner, `${owner}.${field.name}`, field);
    else if (isEnumType(type)) for (const value of type.getValues()) declared(owner, `${owner}.${value.name}`, value);
  }
  return { uses, without, types };
}

/** Paths below the model that a field exposes, follows or plainly selects. */
function namesIn(extensions: Readonly<Record<string, unknown>>): readonly string[] {
  const { pothosExposedField, pothosPrismaRelationField, pothosPrismaSelect } = extensions;
  if (typeof pothosExposedField === 'string') return [pothosExposedField];
  const relation = pothosPrismaRelationField as { readonly name?: unknown } | undefined;
  if (typeof relation?.name === 'string') return [relation.name];
  return typeof pothosPrismaSelect === 'object' && pothosPrismaSelect !== null ? selectedIn(pothosPrismaSelect) : [];
}

function selectedIn(select: object): readonly string[] {
  return Object.entries(select).flatMap(([name, value]: [string, unknown]) => {
    const inner = typeof value === 'object' && value !== null && 'select' in value ? value.select : null;
    if (typeof inner === 'object' && inner !== null) return selectedIn(inner).map((path) => `${name}.${path}`);
    return value === false || value === undefined ? [] : [name];
  });
}

/** The named type of a field, or what a connection has as its nodes. */
function rowType(type: Parameters<typeof getNamedType>[0]): Extended | undefined {
  const named = getNamedType(type);
  const nodes = isObjectType(named) ? named.getFields().nodes : undefined;
  return nodes ? getNamedType(nodes.type) : named;
}

function modelOf(type: Extended | undefined): string | undefined {
  const model = type?.extensions.pothosPrismaModel;
  return typeof model === 'string' ? model : undefined;
}
