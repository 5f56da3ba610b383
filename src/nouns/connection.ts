/**
 * Connections: one way for root lists and for lists below a row. The latter are loaded with their parent's statement, so that the
 * number of statements does not grow with the number of parents; the count is asked for only where it is selected.
 */
import type { InterfaceRef, ObjectRef } from '@pothos/core';
import { queryFromInfo } from '@pothos/plugin-prisma';
import {
  type GraphQLDirective,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  type SelectionNode,
} from 'graphql';
import { type ColumnPath, reads } from '../authorization/column-uses.ts';
import { policyOf } from '../authorization/policies.ts';
import type { Viewer } from '../authorization/viewer.ts';
import type { GatewayContext } from '../context.ts';
import { type BuilderTypes, builder } from './builder.ts';
import { type FilterSpec, toWhere } from './filter.ts';
import { type OrderColumn, type Page, type PageArguments, type PageOf, type PageRow, readPage } from './page.ts';

type Where = Readonly<Record<string, unknown>>;

/** What is selected under a connection that are rows. */
const nodePaths = [['nodes'], ['edges', 'node']];
const nestedNodePaths = nodePaths.map((path) => path.map((name) => ({ name })));

/** A kind of list: what it lists, how it is filtered and sorted. */
export interface ListKind {
  /** The object type and the Prisma model of the same name. */
  readonly name: string;
  /** Which of the rows that the viewer may know of it lists; all when left out. The client keeps the others out by itself. */
  readonly only?: (viewer: Viewer) => Where;
  /** Null for a list that is not filtered. */
  readonly filter: FilterSpec | null;
  /** Value of the ordering enum to column. */
  readonly orders: Readonly<Record<string, OrderColumn>>;
  /** The order when the client does not say. */
  readonly defaultOrder: { readonly field: string; readonly direction: 'asc' | 'desc' };
}

/** The arguments of a connection field, as coerced. */
export interface ListArguments extends PageArguments {
  readonly filter?: unknown;
  readonly orderBy?: { readonly field?: string | null; readonly direction?: 'asc' | 'desc' | null } | null;
}

/** A connection's value. */
export interface ConnectionValue<Row> extends PageOf<Row> {
  /** Null when it was not asked for. */
  readonly totalCount: number | null;
}

/** Ascending or descending. */
export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which end comes first.',
  values: {
    ASC: { value: 'asc', description: 'The smallest first; rows without a value last.' },
    DESC: { value: 'desc', description: 'The largest first; rows without a value first.' },
  } as const,
});

type NodeRef = ObjectRef<BuilderTypesOf, unknown> | InterfaceRef<BuilderTypesOf, unknown>;
type BuilderTypesOf = PothosSchemaTypes.ExtendDefaultTypes<BuilderTypes>;

/** Makes `<Name>Connection` and `<Name>Edge`, guarded like their nodes. */
export function createConnection<Ref extends NodeRef>(name: string, type: Ref) {
  const rule = policyOf;
  const edge = builder.edgeObject({
    name: `${name}Edge`,
    type: type as ObjectRef<BuilderTypesOf, unknown>,
    description: `One ${name} of a page, with its cursor.`,
    authScopes: rule(`${name}Edge`) as never,
    nodeField: { description: 'The item.', authScopes: rule(`${name}Edge.node`) as never } as never,
    cursorField: {
      description: 'Where the item stands; opaque.',
      authScopes: rule(`${name}Edge.cursor`) as never,
    } as never,
  } as never);
  const connection = builder.connectionObject(
    {
      name: `${name}Connection`,
      type: type as ObjectRef<BuilderTypesOf, unknown>,
      description: `A page of ${name} items.`,
      authScopes: rule(`${name}Connection`) as never,
      edgesField: {
        description: 'The items with their cursors.',
        authScopes: rule(`${name}Connection.edges`) as never,
      },
      nodesField: { description: 'The items.', authScopes: rule(`${name}Connection.nodes`) as never },
      pageInfoField: { description: 'Whether there is more.', authScopes: rule(`${name}Connection.pageInfo`) as never },
      fields: (t: PothosSchemaTypes.ObjectFieldBuilder<BuilderTypesOf, ConnectionValue<unknown>>) => ({
        totalCount: t.int({
          description: 'How many items match, on all pages together.',
          authScopes: rule(`${name}Connection.totalCount`) as never,
          resolve: (value) => value.totalCount ?? 0,
        }),
      }),
    } as never,
    edge as never,
  );
  return { connection, edge };
}

function orderOf(kind: ListKind, args: ListArguments) {
  const field = args.orderBy?.field ?? kind.defaultOrder.field;
  const order = Object.hasOwn(kind.orders, field) ? kind.orders[field] : undefined;
  if (!order) throw new Error(`${kind.name} has no order ${field}.`);
  const direction = args.orderBy ? (args.orderBy.direction ?? 'asc') : kind.defaultOrder.direction;
  if (direction !== 'asc' && direction !== 'desc') throw new Error(`${kind.name} has no direction ${direction}.`);
  return { order, direction };
}

function pageOf(
  kind: ListKind,
  coordinate: string,
  args: ListArguments,
  context: GatewayContext,
): { page: Page; where: Where } {
  const page = readPage(args, { coordinate, ...orderOf(kind, args), filter: args.filter }, context);
  const filtered = kind.filter ? toWhere(kind.filter, args.filter, context.viewer) : {};
  const where = { AND: [kind.only?.(context.viewer) ?? {}, filtered] };
  return { page, where };
}

interface Delegate {
  findMany(args: Where): Promise<PageRow[]>;
  count(args: Where): Promise<number>;
}

/**
 * Resolves a root list.
 * @throws BAD_USER_INPUT for faulty arguments.
 */
export async function resolveList(
  kind: ListKind,
  args: ListArguments,
  context: GatewayContext,
  info: GraphQLResolveInfo,
): Promise<ConnectionValue<PageRow>> {
  const { page, where } = pageOf(kind, `${info.parentType.name}.${info.fieldName}`, args, context);
  const delegate = context.db[
    (kind.name.charAt(0).toLowerCase() + kind.name.slice(1)) as 'user'
  ] as unknown as Delegate;
  const selected = selectedNames(info);
  const query = queryFromInfo({
    context,
    info,
    typeName: kind.name,
    select: page.select as never,
    paths: nodePaths as never,
  }) as Where;
  const bounded = page.where ? { AND: [where, page.where] } : where;
  const [rows, totalCount] = await Promise.all([
    selected.rows ? delegate.findMany({ ...query, where: bounded, orderBy: page.orderBy, take: page.take }) : [],
    selected.totalCount ? delegate.count({ where }) : null,
  ]);
  return { ...page.connect(rows), totalCount };
}

/** Whether rows and the count are asked for, as `@skip` and `@include` leave them. */
function selectedNames(info: GraphQLResolveInfo): { rows: boolean; totalCount: boolean } {
  const names = new Set<string>();
  const condition = (directive: GraphQLDirective, selection: SelectionNode) =>
    getDirectiveValues(directive, selection, info.variableValues)?.if;
  const collect = (set: (typeof info.fieldNodes)[number]['selectionSet']): void => {
    for (const selection of set?.selections ?? []) {
      if (condition(GraphQLSkipDirective, selection) === true) continue;
      if (condition(GraphQLIncludeDirective, selection) === false) continue;
      if (selection.kind === 'Field') names.add(selection.name.value);
      else if (selection.kind === 'InlineFragment') collect(selection.selectionSet);
      else collect(info.fragments[selection.name.value]?.selectionSet);
    }
  };
  for (const node of info.fieldNodes) collect(node.selectionSet);
  return { rows: ['nodes', 'edges', 'pageInfo'].some((name) => names.has(name)), totalCount: names.has('totalCount') };
}

type NestedQuery = (query: Where, options: { getType: () => string; paths: unknown }) => Where & { select?: Where };
type GetSelection = () => ReadonlySet<string>;

/**
 * Options of a connection field below a row: `extensions` that load it with the row, and `resolve`.
 * @param coordinate `Type.field`.
 * @param relation the name of the relation on the parent's model.
 */
export function nestedList(kind: ListKind, coordinate: string, relation: string) {
  const select = (
    args: ListArguments,
    context: GatewayContext,
    nestedQuery: NestedQuery,
    getSelection: GetSelection,
  ) => {
    let read: ReturnType<typeof pageOf>;
    try {
      read = pageOf(kind, coordinate, args, context);
    } catch {
      // Faulty arguments are this field's error, not its parent's: the resolver meets and throws it.
      return { select: {} };
    }
    const { page, where } = read;
    const bounded = page.where ? { AND: [where, page.where] } : where;
    const nested = nestedQuery(
      { where: bounded, orderBy: page.orderBy, take: page.take },
      { getType: () => kind.name, paths: nestedNodePaths },
    );
    const names = getSelection();
    return {
      select: {
        [relation]: { ...nested, select: { ...page.select, ...nested.select } },
        ...(names.has('totalCount') ? { _count: { select: { [relation]: { where } } } } : {}),
      },
    };
  };
  return {
    extensions: {
      ...reads(`${coordinate.split('.')[0]}.${relation}` as ColumnPath),
      pothosPrismaSelect: select,
      pothosPrismaLoaded: (row: Where) => row[relation] !== undefined,
    },
    resolve: (row: unknown, args: ListArguments, context: GatewayContext): ConnectionValue<PageRow> => {
      const { page } = pageOf(kind, coordinate, args, context);
      const loaded = row as Where & { _count?: Readonly<Record<string, number>> };
      return { ...page.connect((loaded[relation] ?? []) as PageRow[]), totalCount: loaded._count?.[relation] ?? null };
    },
  };
}
