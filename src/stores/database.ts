/**
 * The one Prisma client. Every statement needs a scope; the client asks the scope's guard, adds its visibility wall and its
 * organization, and makes look-ups by key safe: Prisma would merge those of one tick across requests, of different tenants.
 */

import { createHash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import DataLoader from 'dataloader';
import { Prisma, PrismaClient } from '../generated/prisma/client.ts';
import { currentDatabaseScope, type DatabaseScope, type FindIds } from './database-scope.ts';
import { createRowReader, type RowReader } from './row-reader.ts';
import { flattenUnique, withTenant } from './tenant-arguments.ts';
import type { TenantPool } from './tenant-pool.ts';

/** How many different statements get a name, and so are parsed by PostgreSQL once for each connection. */
const maxNamedStatements = 500;

type Args = Readonly<Record<string, unknown>>;
type Delegate = Readonly<Record<string, (args: Args) => Promise<unknown>>>;

function nameStatements(): (query: { readonly sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    // Beyond the bound a statement runs unnamed: the server's memory is not for whoever varies queries the most.
    if (names.size >= maxNamedStatements) return '';
    const name = `fg_${createHash('sha256').update(sql).digest('base64url').slice(0, 24)}`;
    names.set(sql, name);
    return name;
  };
}

/** A row that was looked up by its id. */
type Row = { readonly id: string };

/**
 * Look-ups by id of one scope and one tick, merged into one statement if they select the same: rows of one list that load a
 * field each would otherwise send one statement each. Nothing is kept: the next tick asks again.
 */
function createLookUp(send: (ids: readonly string[]) => Promise<readonly Row[]>): DataLoader<string, Row | null> {
  return new DataLoader(
    async (ids) => {
      const rows = await send([...new Set(ids)]);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    },
    {
      cache: false,
      // After the microtasks of this tick: the executor starts the fields of all rows before any of them continues.
      batchScheduleFn: (dispatch) => process.nextTick(() => setImmediate(dispatch)),
    },
  );
}

function notFoundError(model: string): Error {
  return new Prisma.PrismaClientKnownRequestError(`No ${model} found`, {
    code: 'P2025',
    clientVersion: Prisma.prismaVersion.client,
  });
}

function requireScope(): DatabaseScope {
  const scope = currentDatabaseScope();
  if (!scope) throw new Error('A statement outside of any database scope: wrap the work in runInDatabaseScope.');
  return scope;
}

function extend(base: PrismaClient, rows: RowReader) {
  /** By scope, model and selection; a scope is gone with its request. */
  const lookUps = new WeakMap<DatabaseScope, Map<string, DataLoader<string, Row | null>>>();
  const delegateOf = (model: string): Delegate =>
    (base as unknown as Record<string, Delegate>)[model.charAt(0).toLowerCase() + model.slice(1)] as Delegate;

  const findIds =
    (scope: DatabaseScope): FindIds =>
    async (model, ids, where) => {
      const args = { where: { AND: [{ id: { in: [...ids] } }, where] }, select: { id: true } };
      const rows = await delegateOf(model).findMany?.(withTenant(model, 'findMany', args, scope.organizationId));
      return new Set((rows as readonly { id: string }[]).map(({ id }) => id));
    };

  /** Sends a statement that the guard has passed: the wall's conditions come behind it, and are neither guarded nor walled again. */
  const send = async (
    scope: DatabaseScope,
    model: string,
    operation: string,
    args: Args,
    query: (args: Args) => Promise<unknown>,
    isInTransaction = false,
  ): Promise<unknown> => {
    if (!scope.wall) return query(withTenant(model, operation, args, scope.organizationId));
    const { args: walled, finish } = scope.wall.narrow(model, operation, args);
    const result = await query(withTenant(model, operation, walled, scope.organizationId));
    if (finish && isInTransaction)
      // It would ask on another connection, which does not see what this one wrote.
      throw new Error(
        `${model}.${operation} reads an edge of a viewer's within a transaction: read it after, or as a service.`,
      );
    await finish?.(result, findIds(scope));
    return result;
  };

  const findByKey = async (scope: DatabaseScope, model: string, args: Args): Promise<unknown> => {
    const where = flattenUnique(model, args.where as Args);
    const { where: _, select, include, ...rest } = args;
    const names = Object.keys(where);
    const id = where.id;
    const delegate = delegateOf(model);
    if (names.length !== 1 || typeof id !== 'string' || include || Object.keys(rest).length > 0)
      return send(scope, model, 'findFirst', { ...args, where }, async (given) => delegate.findFirst?.(given));
    let known = lookUps.get(scope);
    if (!known) {
      known = new Map();
      lookUps.set(scope, known);
    }
    const key = `${model} ${JSON.stringify(select ?? null)}`;
    let lookUp = known.get(key);
    if (!lookUp) {
      const selection = select ? { select: { ...(select as Args), id: true } } : {};
      lookUp = createLookUp(async (ids) => {
        const many = { ...selection, where: { id: { in: [...ids] } } };
        return (await send(scope, model, 'findMany', many, async (args) => delegate.findMany?.(args))) as Row[];
      });
      known.set(key, lookUp);
    }
    return lookUp.load(id);
  };

  return base.$extends({
    name: 'tenant',
    client: {
      /** Prepares the reading of single rows without Prisma; null where that cannot be done. */
      $rowStatement: rows,
    },
    query: {
      $allModels: {
        async $allOperations({ model, operation, args, query, ...internal }) {
          const scope = requireScope();
          const given = (args ?? {}) as Args;
          const { transaction, args: original } =
            (internal as { __internalParams?: { transaction?: unknown; args?: unknown } }).__internalParams ?? {};
          // Prisma hands over a copy; the marks of the gateway's own conditions are on what was given.
          scope.guard?.(model, operation, original ?? given);
          if ((operation === 'findUnique' || operation === 'findUniqueOrThrow') && !transaction) {
            const row = await findByKey(scope, model, given);
            if (row === null && operation === 'findUniqueOrThrow') throw notFoundError(model);
            return row;
          }
          return send(scope, model, operation, given, (walled) => query(walled as typeof args), Boolean(transaction));
        },
      },
      async $allOperations({ model, args, query }) {
        if (!model) requireScope();
        return query(args);
      },
    },
  });
}

/** The client that services and resolvers use. */
export type Database = ReturnType<typeof extend>;

/** The client inside of an interactive transaction. */
export type DatabaseTransaction = Parameters<Parameters<Database['$transaction']>[0]>[0];

/** An open database. */
export interface OpenDatabase {
  readonly db: Database;
  /** Ends the client and the pool. */
  close(): Promise<void>;
}

/** Makes the client over a pool; connects at the first statement. */
export function createDatabase({ pool }: { readonly pool: TenantPool }): OpenDatabase {
  const adapter = new PrismaPg(pool, { statementNameGenerator: nameStatements() });
  const base = new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 15_000 } });
  return {
    db: extend(base, createRowReader(pool)),
    async close() {
      await base.$disconnect();
      await pool.end();
    },
  };
}
