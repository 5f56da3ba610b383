/**
 * Limits of single fields, for those that an attacker would call over and over, charged before anything of the operation executes. Each call
 * counts, aliases and fragments included. Declared in `field-limit-table.ts`; the limiter is that of @envelop/rate-limiter, over a store
 * that charges atomically (`plugins/rate-limiter.ts`).
 */
import { createHash } from 'node:crypto';
import { defaultFieldResolver, type GraphQLError, type GraphQLSchema, getArgumentValues, isObjectType } from 'graphql';
import type { Plan } from '../authorization/plan.ts';
import { type Viewer, viewerUserId } from '../authorization/viewer.ts';
import { rateLimited } from '../errors.ts';
import { networkOf } from '../http/client-address.ts';
import type { Charge } from '../stores/budget-store.ts';
import type { FieldLimit } from './field-limit-table.ts';
import type { RunRequest } from './run.ts';
import type { FieldVisit } from './walk.ts';

/** Charges the limited fields of an operation. @returns RATE_LIMITED by response key, for those that are over a limit. */
export type FieldLimiter = (request: RunRequest, plan: Plan) => Promise<ReadonlyMap<string, GraphQLError>>;

/** One call of a limited field: what it is charged, all at once, and how long it has to wait then. */
export interface FieldCall {
  readonly charges: readonly Charge[];
  /** In milliseconds; 0 when it may run. */
  waitMs: number;
}

/** The limiter that @envelop/rate-limiter puts into the context. @returns a message where the call is over a limit. */
export type RateLimiterFn = (
  fieldName: string,
  call: { readonly args: object; readonly context: FieldCall },
  config: { readonly max: number; readonly window: string },
) => Promise<string | undefined>;

/** More than no call within a moment is too many: the store answers with one where a limit is passed. */
const oneCall = { max: 1, window: '1s' } as const;

const none: ReadonlyMap<string, GraphQLError> = new Map();
const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** A window in milliseconds. @throws Error for what is none. */
export function parseWindow(window: string): number {
  const [, count, unit] = /^(\d+)([smh])$/.exec(window) ?? [];
  if (count === undefined || unit === undefined) throw new Error(`Not a window of time: ${window}`);
  return Number(count) * (unitMs[unit] ?? 0);
}

/** Makes a limiter. Limits are of root fields alone, so that a response key names one call. */
export function createFieldLimiter(limits: readonly FieldLimit[]): FieldLimiter {
  const byCoordinate = new Map<string, FieldLimit[]>();
  for (const limit of limits) {
    const coordinate = `${limit.type}.${limit.field}`;
    byCoordinate.set(coordinate, [...(byCoordinate.get(coordinate) ?? []), limit]);
  }

  return async ({ operation, viewer, context }, plan) => {
    const refusals = new Map<string, GraphQLError>();
    const charged = new Set<string>();
    for (const visit of operation.definition.operation === 'mutation' ? operation.rootFields : []) {
      const coordinate = coordinateOf(visit);
      const own = byCoordinate.get(coordinate);
      const responseKey = (visit.node.alias ?? visit.node.name).value;
      // Two fields under one key are one call. A denied field is none.
      if (!own || charged.has(responseKey) || plan.isDenied(coordinate)) continue;
      charged.add(responseKey);
      const args = getArgumentValues(visit.declared, visit.node, operation.variables ?? {});
      const charges = own.map((limit) => chargeOf(coordinate, limit, args, viewer, context.requestFacts.ip));
      const call: FieldCall = { charges, waitMs: 0 };
      const refused = await context.rateLimiterFn(visit.node.name.value, { args: {}, context: call }, oneCall);
      if (refused !== undefined) refusals.set(responseKey, rateLimited(Math.max(1, Math.ceil(call.waitMs / 1_000))));
    }
    return refusals.size === 0 ? none : refusals;
  };
}

/**
 * Lets limited fields of a schema that executes be refused, in place: one that was refused is null with its error, and the other fields of
 * the operation go on. Fields that the schema lacks are passed over.
 */
export function refuseLimitedFields(schema: GraphQLSchema, limits: readonly FieldLimit[]): void {
  for (const { type: typeName, field: fieldName } of new Map(
    limits.map((one) => [`${one.type}.${one.field}`, one]),
  ).values()) {
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
    if (!field) continue;
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = (parent, args, context: { readonly refusals: ReadonlyMap<string, GraphQLError> }, info) => {
      const refusal = context.refusals.get(String(info.path.key));
      if (refusal) throw refusal;
      return resolve(parent, args, context, info);
    };
  }
}

function coordinateOf({ node, staticType }: FieldVisit): string {
  return `${staticType.name}.${node.name.value}`;
}

function chargeOf(
  coordinate: string,
  { by, max, window }: FieldLimit,
  args: Readonly<Record<string, unknown>>,
  viewer: Viewer,
  ip: string,
): Charge {
  const key = `field:${coordinate}:${by}:${identityOf(by, args, viewer, ip)}`;
  return { key, points: 1, capacity: max, windowMs: parseWindow(window) };
}

function identityOf(by: FieldLimit['by'], args: Readonly<Record<string, unknown>>, viewer: Viewer, ip: string): string {
  const network = networkOf(ip);
  if (by === 'network') return network;
  if (by === 'account') return viewerUserId(viewer) ?? network;
  let value: unknown = args;
  for (const key of by.split('.'))
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Readonly<Record<string, unknown>>)[key]
        : undefined;
  // A digest: addresses of people have no business in the names of Redis keys.
  return createHash('sha256')
    .update(
      String(value ?? '')
        .trim()
        .toLowerCase(),
    )
    .digest('base64url');
}
