/**
 * Limits of single fields, for those that an attacker would call over and over. Each call counts, aliases and fragments
 * included, since it is the resolver that counts. Declared in `limits/field-limit-table.ts`; what decides is the atomic budget
 * store, because @envelop/rate-limiter's own Redis store reads and then writes, so that parallel calls pass together.
 */
import { createHash } from 'node:crypto';
import { defaultFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { viewerUserId } from '../authentication/viewer.ts';
import type { GatewayContext } from '../context.ts';
import { rateLimited } from '../errors.ts';
import { networkOf } from '../http/client-address.ts';
import type { FieldLimit } from '../limits/field-limit-table.ts';
import type { BudgetStore, Charge } from '../stores/budget-store.ts';

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** A window in milliseconds. @throws Error for what is none. */
export function parseWindow(window: string): number {
  const [, count, unit] = /^(\d+)([smh])$/.exec(window) ?? [];
  if (count === undefined || unit === undefined) throw new Error(`Not a window of time: ${window}`);
  return Number(count) * (unitMs[unit] ?? 0);
}

/**
 * Puts the limits into the resolvers of a schema, in place: the executable one. Fields that the schema lacks are passed over.
 * Past a limit the field is null with RATE_LIMITED and `retryAfterSeconds`; other fields of the operation go on.
 */
export function limitFields(schema: GraphQLSchema, limits: readonly FieldLimit[], budgets: BudgetStore): void {
  for (const [coordinate, own] of groupByCoordinate(limits)) {
    const [typeName = '', fieldName = ''] = coordinate.split('.');
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
    if (!field) continue;
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = async (parent, args: Record<string, unknown>, context: GatewayContext, info) => {
      const states = await budgets.charge(own.map((limit) => chargeOf(coordinate, limit, args, context)));
      const waitMs = Math.max(0, ...states.filter(({ allowed }) => !allowed).map(({ retryMs }) => retryMs));
      if (waitMs > 0) throw rateLimited(Math.max(1, Math.ceil(waitMs / 1_000)));
      return resolve(parent, args, context, info);
    };
  }
}

function groupByCoordinate(limits: readonly FieldLimit[]): Map<string, FieldLimit[]> {
  const groups = new Map<string, FieldLimit[]>();
  for (const limit of limits) {
    const coordinate = `${limit.type}.${limit.field}`;
    groups.set(coordinate, [...(groups.get(coordinate) ?? []), limit]);
  }
  return groups;
}

function chargeOf(
  coordinate: string,
  { by, max, window }: FieldLimit,
  args: Record<string, unknown>,
  context: GatewayContext,
): Charge {
  const key = `field:${coordinate}:${by}:${identityOf(by, args, context)}`;
  return { key, points: 1, capacity: max, windowMs: parseWindow(window) };
}

function identityOf(by: FieldLimit['by'], args: Record<string, unknown>, context: GatewayContext): string {
  const network = networkOf(context.requestFacts.ip);
  if (by === 'network') return network;
  if (by === 'account') return viewerUserId(context.viewer) ?? network;
  let value: unknown = args;
  for (const key of by.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  // A digest: addresses of people have no business in the names of Redis keys.
  return createHash('sha256')
    .update(
      String(value ?? '')
        .trim()
        .toLowerCase(),
    )
    .digest('base64url');
}
