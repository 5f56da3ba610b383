/**
 * What the table of a tenant's noun has beside its columns, as SQL: the rights of the gateway's role, row-level security,
 * the policy that shows the bound organization's rows alone, and an index for each order and filter. Written by
 * generated migrations, and looked for by `npm run noun:check`.
 */
import pg from 'pg';
import { gatewayGroup } from './gateway-role.ts';

/** A noun, as far as its table must serve it. */
export interface NounTable {
  /** Name of the Prisma model. */
  readonly model: string;
  /** Name of the table. */
  readonly table: string;
  /** Columns that lists are ordered by. */
  readonly orders: readonly string[];
  /** Columns that lists are filtered by. */
  readonly filters: readonly string[];
}

/** What the gateway's role may do with a tenant's table: what row-level security binds, and nothing that it does not. */
export const tenantRights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;

/** The name of the policy of a tenant's table. */
export const tenantPolicy = 'tenant';

const condition = '"organizationId" = (select public.current_organization_id())';

const nameOf = (table: string): string => `public.${pg.escapeIdentifier(table)}`;

/** A right as a catalogue has it, `UPDATE (joinedAt)`, as a statement has it. */
const statementOf = (right: string): string =>
  right.replace(/^(\w+)(?: \((.*)\))?$/, (_, verb: string, column?: string) =>
    column ? `${verb.toLowerCase()} (${pg.escapeIdentifier(column)})` : verb.toLowerCase(),
  );

/** Gives rights to the gateway's role. */
export const grantRights = (table: string, rights: readonly string[] = tenantRights): string =>
  `grant ${rights.map(statementOf).join(', ')} on ${nameOf(table)} to ${gatewayGroup};`;

/** Takes rights from a role. */
export const revokeRights = (table: string, rights: readonly string[], from: string): string =>
  `revoke ${rights.map(statementOf).join(', ')} on ${nameOf(table)} from ${from};`;

/** Without it the policies of a table bind nobody. */
export const enableRowSecurity = (table: string): string => `alter table ${nameOf(table)} enable row level security;`;

/** Lets a view read as whoever asks it, whom the policies bind. */
export const makeViewInvoker = (view: string): string => `alter view ${nameOf(view)} set (security_invoker = true);`;

/** Shows and takes the rows of the organization that the connection is bound to. */
export const createTenantPolicy = (table: string): string =>
  `create policy ${tenantPolicy} on ${nameOf(table)} to ${gatewayGroup}\n  using (${condition})\n  with check (${condition});`;

/** Removes a policy. */
export const dropPolicy = (table: string, policy: string): string =>
  `drop policy ${pg.escapeIdentifier(policy)} on ${nameOf(table)};`;

/** The columns of an index that a list by this order reads from one end to the other, within its organization. */
export const orderColumns = (column: string): readonly string[] =>
  column === 'id' ? ['organizationId', 'id'] : ['organizationId', column, 'id'];

/** PostgreSQL cuts names at 63 bytes; Prisma cuts them so that the ending stays. */
const indexNameOf = (table: string, columns: readonly string[]): string => {
  const ending = '_idx';
  return `${[table, ...columns].join('_').slice(0, 63 - ending.length)}${ending}`;
};

/** Makes an index, by the name that Prisma gives to `@@index` of the same columns. */
export const createIndex = (table: string, columns: readonly string[]): string =>
  `create index ${pg.escapeIdentifier(indexNameOf(table, columns))} on ${nameOf(table)} ` +
  `(${columns.map((column) => pg.escapeIdentifier(column)).join(', ')});`;

/** The same index in the Prisma schema. */
export const indexAttribute = (columns: readonly string[]): string => `@@index([${columns.join(', ')}])`;

/** An index, as far as it matters here: its columns in order, and whether it tells two rows apart. */
export interface IndexColumns {
  readonly columns: readonly string[];
  readonly isUnique: boolean;
}

const opensWith = (index: IndexColumns, columns: readonly string[]): boolean =>
  columns.every((column, place) => index.columns[place] === column);

/** Whether an index serves a filter: within the organization it finds the rows at once. */
export const servesFilter = (index: IndexColumns, column: string): boolean =>
  opensWith(index, ['organizationId', column]);

/** Whether an index serves an order, which ends with the row's id unless the column itself is unique. */
export const servesOrder = (index: IndexColumns, column: string): boolean =>
  opensWith(index, orderColumns(column)) ||
  (index.isUnique && index.columns.length === 2 && servesFilter(index, column));

/**
 * The indexes that a noun needs and does not have.
 * @returns their columns, without repetitions; an order's index serves a filter by the same column, too.
 */
export function missingIndexes(noun: NounTable, indexes: readonly IndexColumns[]): readonly (readonly string[])[] {
  const made: IndexColumns[] = [];
  const add = (columns: readonly string[]) => made.push({ columns, isUnique: false });
  const isServed = (serves: (index: IndexColumns) => boolean) => [...indexes, ...made].some(serves);
  for (const column of noun.orders) if (!isServed((index) => servesOrder(index, column))) add(orderColumns(column));
  for (const column of noun.filters)
    if (!isServed((index) => servesFilter(index, column))) add(['organizationId', column]);
  return made.map(({ columns }) => columns);
}
