/** What PostgreSQL's catalogues say of each table in `public`: row-level security, policies, rights, keys and indexes. */
import type pg from 'pg';
import { gatewayGroup } from './gateway-role.ts';

/** A policy of row-level security. */
export interface PolicyFacts {
  readonly name: string;
  /** Policies that are not restrictive add up: each opens rows of its own. */
  readonly isRestrictive: boolean;
  readonly roles: readonly string[];
  /** `ALL`, or one kind of statement. */
  readonly command: string;
  /** Which rows are seen, as PostgreSQL prints it with every name qualified; null where the command sees none. */
  readonly using: string | null;
  /** Which rows may be written. */
  readonly check: string | null;
}

/** A foreign key. */
export interface ForeignKeyFacts {
  readonly name: string;
  readonly columns: readonly string[];
  readonly target: string;
  readonly targetColumns: readonly string[];
}

/** An index of all rows; partial ones and expressions are left out. */
export interface IndexFacts {
  readonly name: string;
  readonly columns: readonly string[];
  readonly isUnique: boolean;
}

/** A table. */
export interface TableFacts {
  readonly name: string;
  readonly hasRowSecurity: boolean;
  /** Column to whether it may be null. */
  readonly columns: Readonly<Record<string, boolean>>;
  readonly policies: readonly PolicyFacts[];
  /** Rights of the gateway's role, such as `SELECT`, or `UPDATE (status)` of one column. */
  readonly rights: readonly string[];
  /** Rights of everybody. */
  readonly publicRights: readonly string[];
  readonly foreignKeys: readonly ForeignKeyFacts[];
  readonly indexes: readonly IndexFacts[];
}

const columnNames = (table: string, keys: string): string => `
  (select json_agg(a.attname order by n.place) from unnest(${keys}) with ordinality n (number, place)
    join pg_attribute a on a.attrelid = ${table} and a.attnum = n.number)`;

const rightsOf = (grantee: string): string => `
  (select coalesce(json_agg(r.name order by r.name), '[]') from (
    select x.privilege_type as name from aclexplode(c.relacl) x where x.grantee = ${grantee}
    union all
    select format('%s (%s)', x.privilege_type, a.attname) from pg_attribute a, aclexplode(a.attacl) x
      where a.attrelid = c.oid and not a.attisdropped and x.grantee = ${grantee}) r)`;

const statement = `
  select c.relname as "name", c.relrowsecurity as "hasRowSecurity",
    (select coalesce(json_object_agg(a.attname, not a.attnotnull), '{}') from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as "columns",
    (select coalesce(json_agg(json_build_object('name', p.policyname, 'isRestrictive', p.permissive = 'RESTRICTIVE',
        'roles', p.roles, 'command', p.cmd, 'using', p.qual, 'check', p.with_check) order by p.policyname), '[]')
      from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname) as "policies",
    ${rightsOf('(select oid from pg_roles where rolname = $1)')} as "rights",
    ${rightsOf('0')} as "publicRights",
    (select coalesce(json_agg(json_build_object('name', k.conname, 'columns', ${columnNames('k.conrelid', 'k.conkey')},
        'target', t.relname, 'targetColumns', ${columnNames('k.confrelid', 'k.confkey')}) order by k.conname), '[]')
      from pg_constraint k join pg_class t on t.oid = k.confrelid where k.conrelid = c.oid and k.contype = 'f')
      as "foreignKeys",
    (select coalesce(json_agg(json_build_object('name', o.relname, 'isUnique', i.indisunique,
        'columns', ${columnNames('c.oid', '(i.indkey::int2[])[0:i.indnkeyatts - 1]')}) order by o.relname), '[]')
      from pg_index i join pg_class o on o.oid = i.indexrelid
      where i.indrelid = c.oid and i.indisvalid and i.indpred is null and i.indexprs is null) as "indexes"
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
  order by c.relname`;

/** Reads all tables of `public`. @param client of the role that owns them; its search path is set and reset. */
export async function readDatabaseFacts(client: Pick<pg.ClientBase, 'query'>): Promise<readonly TableFacts[]> {
  // With nothing but the catalogues in sight PostgreSQL prints every other name with its schema: no name is ambiguous.
  await client.query('set search_path = pg_catalog');
  try {
    const { rows } = await client.query<TableFacts>(statement, [gatewayGroup]);
    return rows;
  } finally {
    await client.query('reset search_path');
  }
}

/** A view that runs as its owner, whom no policy binds, and that somebody else may read or write. */
export interface OpenView {
  readonly name: string;
  /** Materialized views are tables of their own, without policies. */
  readonly isMaterialized: boolean;
}

/** Reads the views of `public` through which the gateway's role, or everybody, gets past row-level security. */
export async function readOpenViews(client: Pick<pg.ClientBase, 'query'>): Promise<readonly OpenView[]> {
  const { rows } = await client.query<OpenView>(
    `select c.relname as "name", c.relkind = 'm' as "isMaterialized" from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm')
       and not exists (select from pg_options_to_table(c.reloptions)
         where option_name = 'security_invoker' and option_value in ('true', 'on', 'yes', '1'))
       and exists (select from aclexplode(c.relacl) x
         where x.grantee = 0 or x.grantee = (select oid from pg_roles where rolname = $1))
     order by c.relname`,
    [gatewayGroup],
  );
  return rows;
}
