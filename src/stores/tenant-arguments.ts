/**
 * Adds the organization to the arguments of a statement. Which models belong to a tenant is read off the data model, so that a
 * new one cannot be forgotten. An undefined filter is dropped silently by Prisma: here the organization is never undefined.
 */
import { getDatamodel } from '../generated/pothos.ts';

/** No organization has this id: what a statement without a tenant is filtered by, so that it finds nothing. */
const nobodysId = '00000000-0000-0000-0000-000000000000';

/** How a model belongs to a tenant: always, or only where its `organizationId` is set. */
type Tenancy = 'always' | 'sometimes';

const tenancies: ReadonlyMap<string, Tenancy> = new Map(
  Object.entries(getDatamodel().datamodel.models).flatMap(([model, { fields }]) => {
    const column = fields.find(({ name }) => name === 'organizationId');
    return column ? [[model, column.isRequired ? 'always' : 'sometimes'] as const] : [];
  }),
);

const modelFields: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(getDatamodel().datamodel.models).map(([model, { fields }]) => [
    model,
    new Set(fields.map(({ name }) => name)),
  ]),
);

const relationsOf: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(getDatamodel().datamodel.models).map(([model, { fields }]) => [
    model,
    new Set(fields.flatMap(({ name, kind }) => (kind === 'object' ? [name] : []))),
  ]),
);

type Args = Readonly<Record<string, unknown>>;

/** Thrown when a statement would write outside of its scope's organization: a fault of the program, never of a client. */
export class TenantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TenantError';
  }
}

/** Whether a model's rows belong to organizations. */
export function isTenantModel(model: string): boolean {
  return tenancies.has(model);
}

/**
 * The arguments with the organization in them.
 * @throws TenantError for a write without an organization or into another one, and for one that writes through a relation.
 */
export function withTenant(model: string, operation: string, args: Args, organizationId: string | null): Args {
  for (const rows of [args.data, args.create, args.update]) refuseRelations(model, rows);
  const tenancy = tenancies.get(model);
  if (!tenancy) return args;
  const filter =
    tenancy === 'always'
      ? { organizationId: organizationId ?? nobodysId }
      : organizationId === null
        ? { organizationId: null }
        : // Shared rows (a deployment's operations) are readable; row-level security says which.
          { OR: [{ organizationId }, { organizationId: null }] };
  switch (operation) {
    case 'create':
      return { ...args, data: ownedRow(model, args.data, organizationId, tenancy) };
    case 'createMany':
    case 'createManyAndReturn': {
      const rows = Array.isArray(args.data) ? args.data : [args.data];
      return { ...args, data: rows.map((row) => ownedRow(model, row, organizationId, tenancy)) };
    }
    case 'upsert':
      return {
        ...args,
        where: narrowed(args.where, ownFilter(model, organizationId)),
        create: ownedRow(model, args.create, organizationId, tenancy),
        update: keptRow(model, args.update, organizationId),
      };
    case 'update':
    case 'updateMany':
    case 'updateManyAndReturn':
      return {
        ...args,
        where: narrowed(args.where, ownFilter(model, organizationId)),
        data: keptRow(model, args.data, organizationId),
      };
    case 'delete':
    case 'deleteMany':
      return { ...args, where: narrowed(args.where, ownFilter(model, organizationId)) };
    default:
      return { ...args, where: narrowed(args.where, filter) };
  }
}

/**
 * A where clause of compound unique keys, flattened: `{ organizationId_id: { … } }` becomes `{ … }`.
 * @throws TenantError for a key without a value: Prisma would drop it, and answer any row.
 */
export function flattenUnique(model: string, where: Args): Args {
  const fields = modelFields.get(model);
  const flat = Object.entries(where).flatMap(([name, value]) =>
    fields?.has(name) || name === 'AND' || name === 'OR' || name === 'NOT'
      ? [[name, value] as const]
      : Object.entries(isRecord(value) ? value : { [name]: undefined }),
  );
  const missing = flat.find(([, value]) => value === undefined);
  if (missing || flat.length === 0)
    throw new TenantError(`A look-up of ${model} by ${missing?.[0] ?? 'nothing'} has no value for it.`);
  return Object.fromEntries(flat);
}

/** A row written through a relation would get round the organization that is added here: each row is written by itself. */
function refuseRelations(model: string, rows: unknown): void {
  const relations = relationsOf.get(model);
  for (const row of Array.isArray(rows) ? rows : [rows])
    for (const [name, value] of isRecord(row) ? Object.entries(row) : [])
      if (value !== undefined && relations?.has(name))
        throw new TenantError(`${model}.${name} is a relation: write its rows, or its key, by themselves.`);
}

function ownFilter(model: string, organizationId: string | null): Args {
  if (organizationId === null) throw new TenantError(`A write to ${model} needs an organization.`);
  return { organizationId };
}

/** Keeps the unique key at the top, where Prisma wants it, and adds a filter beside it. */
function narrowed(where: unknown, filter: Args): Args {
  const given = isRecord(where) ? where : {};
  const earlier = given.AND === undefined ? [] : Array.isArray(given.AND) ? given.AND : [given.AND];
  return { ...given, AND: [...earlier, filter] };
}

function ownedRow(model: string, row: unknown, organizationId: string | null, tenancy: Tenancy): Args {
  const given = isRecord(row) ? row : {};
  if (tenancy === 'sometimes' && given.organizationId === null) return given;
  if (organizationId === null) throw new TenantError(`A row of ${model} needs an organization.`);
  keptRow(model, given, organizationId);
  return { ...given, organizationId };
}

/** A row whose organization is not changed. */
function keptRow(model: string, row: unknown, organizationId: string | null): Args {
  const given = isRecord(row) ? row : {};
  if (given.organizationId !== undefined && given.organizationId !== organizationId)
    throw new TenantError(`A row of ${model} may not go to another organization.`);
  return given;
}

function isRecord(value: unknown): value is Args {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
