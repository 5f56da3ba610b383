/**
 * Pages of a list by keyset: the order's column and the id, so that pages stay stable while rows come and go. A cursor is sealed
 * and bound to organization, list, order and filter: an edited or borrowed one does not open.
 */
import { Decimal } from 'decimal.js';
import type { GatewayContext } from '../context.ts';
import { badUserInput } from '../errors.ts';

/** The most items of a page. */
export const maxPageSize = 100;

/** The items of a page when the client does not say. */
export const defaultPageSize = 20;

/** What an order sorts by. */
export interface OrderColumn {
  readonly column: string;
  /** How the value is written into a cursor and read from it. */
  readonly kind: 'text' | 'number' | 'date' | 'decimal' | 'enum';
  readonly nullable?: boolean;
  /** The values of an enum, in the database's order; it has no other comparison. */
  readonly values?: readonly string[];
}

/** A direction, as Prisma says it. */
export type Direction = 'asc' | 'desc';

/** The arguments of a connection, as coerced. */
export interface PageArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

/** A page to ask the database for. */
export interface Page {
  /** Beyond which row to begin; null at either end. To be ANDed with the list's own filter. */
  readonly where: Where | null;
  readonly orderBy: readonly Where[];
  /** One more than the page, to know whether there is more. */
  readonly take: number;
  /** Columns that cursors are made of. */
  readonly select: Readonly<Record<string, true>>;
  /** Makes a connection of the rows that came back. */
  readonly connect: <Row extends PageRow>(rows: readonly Row[]) => PageOf<Row>;
}

type Where = Readonly<Record<string, unknown>>;

/** A row with its id and the order's column. */
export interface PageRow {
  readonly id: string;
}

/** A connection's edges and page info. */
export interface PageOf<Row> {
  readonly edges: { readonly cursor: string; readonly node: Row }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** What a page belongs to. */
export interface PageList {
  /** The coordinate of the connection field: part of what a cursor is bound to. */
  readonly coordinate: string;
  readonly order: OrderColumn;
  readonly direction: Direction;
  /** The filter as coerced; null without one. */
  readonly filter: unknown;
}

/**
 * Reads a page's arguments.
 * @throws BAD_USER_INPUT for a size outside of 1 to {@link maxPageSize}, for both ends at once, and for a cursor that does not open.
 */
export function readPage(
  args: PageArguments,
  list: PageList,
  context: Pick<GatewayContext, 'sealer' | 'viewer'>,
): Page {
  const { order, direction } = list;
  const backwards = args.last !== null && args.last !== undefined;
  if (backwards && args.first !== null && args.first !== undefined)
    throw badUserInput([{ path: ['last'], message: 'Use first or last, not both.' }]);
  const size = sizeOf(args.first, 'first') ?? sizeOf(args.last, 'last') ?? defaultPageSize;
  const bound = boundOf(list, context);
  const after = readCursor(args.after, 'after', order, bound, context);
  const before = readCursor(args.before, 'before', order, bound, context);
  const towards: Direction = backwards === (direction === 'asc') ? 'desc' : 'asc';
  const bounds = [
    after && beyond(after, order, direction),
    before && beyond(before, order, opposite(direction)),
  ].filter((part) => part !== null);
  const sealCursor = (row: PageRow): string => {
    const value = (row as unknown as Record<string, unknown>)[order.column];
    return context.sealer.seal('cursor', JSON.stringify([writeValue(value), row.id]), bound);
  };
  return {
    where: bounds.length === 0 ? null : { AND: bounds },
    orderBy: orderBy(order, towards),
    take: size + 1,
    select: { id: true, [order.column]: true },
    connect(rows) {
      const more = rows.length > size;
      const kept = more ? rows.slice(0, size) : [...rows];
      if (backwards) kept.reverse();
      const edges = kept.map((node) => ({ cursor: sealCursor(node), node }));
      return {
        edges,
        pageInfo: {
          // Beyond a cursor that bounds the page stands at least its own row.
          hasNextPage: before !== null || (!backwards && more),
          hasPreviousPage: after !== null || (backwards && more),
          startCursor: edges[0]?.cursor ?? null,
          endCursor: edges.at(-1)?.cursor ?? null,
        },
      };
    },
  };
}

function sizeOf(value: number | null | undefined, name: string): number | null {
  if (value === null || value === undefined) return null;
  if (value < 1 || value > maxPageSize) throw badUserInput([{ path: [name], message: `Use 1 to ${maxPageSize}.` }]);
  return value;
}

/** What a cursor is bound to; part of the sealed text's authenticated data, never sent. */
function boundOf(list: PageList, { viewer }: Pick<GatewayContext, 'viewer'>): string {
  return canonical([
    viewer.organization?.id ?? '',
    list.coordinate,
    list.order.column,
    list.direction,
    list.filter ?? null,
  ]);
}

/** JSON with sorted members, so that two spellings of one filter are one filter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item) && Object.getPrototypeOf(item) !== Date.prototype
      ? Object.fromEntries(Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1)))
      : item,
  );
}

interface Position {
  readonly value: unknown;
  readonly id: string;
}

function readCursor(
  cursor: string | null | undefined,
  name: string,
  order: OrderColumn,
  bound: string,
  { sealer }: Pick<GatewayContext, 'sealer'>,
): Position | null {
  if (cursor === null || cursor === undefined) return null;
  const text = sealer.open('cursor', cursor, bound);
  if (text === null) throw badUserInput([{ path: [name], message: 'This cursor does not belong to this list.' }]);
  const [value, id] = JSON.parse(text) as [string | number | null, string];
  return { value: readValue(value, order), id };
}

function writeValue(value: unknown): string | number | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'number' ? value : String(value);
}

function readValue(value: string | number | null, order: OrderColumn): unknown {
  if (value === null) return null;
  if (order.kind === 'date') return new Date(value);
  return order.kind === 'decimal' ? new Decimal(value) : value;
}

function opposite(direction: Direction): Direction {
  return direction === 'asc' ? 'desc' : 'asc';
}

/** Nulls count as the largest value: last upwards, first downwards, as PostgreSQL's indexes have them. */
function orderBy(order: OrderColumn, direction: Direction): Where[] {
  if (order.column === 'id') return [{ id: direction }];
  const sort = order.nullable ? { sort: direction, nulls: direction === 'asc' ? 'last' : 'first' } : direction;
  return [{ [order.column]: sort }, { id: direction }];
}

/** Rows that come after a position. */
function beyond({ value, id }: Position, order: OrderColumn, direction: Direction): Where {
  const { column } = order;
  const upwards = direction === 'asc';
  const further = { id: { [upwards ? 'gt' : 'lt']: id } };
  if (column === 'id') return further;
  if (value === null)
    return upwards
      ? { AND: [{ [column]: null }, further] }
      : { OR: [{ AND: [{ [column]: null }, further] }, { NOT: { [column]: null } }] };
  const same = { AND: [{ [column]: value }, further] };
  const onwards = {
    [column]: order.kind === 'enum' ? { in: enumBeyond(order, value, upwards) } : { [upwards ? 'gt' : 'lt']: value },
  };
  return { OR: upwards && order.nullable ? [onwards, same, { [column]: null }] : [onwards, same] };
}

function enumBeyond(order: OrderColumn, value: unknown, upwards: boolean): readonly string[] {
  const values = order.values ?? [];
  const at = values.indexOf(String(value));
  return upwards ? values.slice(at + 1) : values.slice(0, Math.max(at, 0));
}
