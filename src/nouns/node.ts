/** Global ids: `node` and `nodes` go through the client's visibility wall, as every list does; what may not be seen does not exist. */
import { brandWithType } from '@pothos/core';
import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import { noColumn } from '../authorization/column-uses.ts';
import { type NodeType, parseGlobalId } from '../authorization/global-id.ts';
import { policyOf } from '../authorization/policies.ts';
import { decide } from '../authorization/rules.ts';
import type { GatewayContext } from '../context.ts';
import { badUserInput } from '../errors.ts';
import { builder } from './builder.ts';
import { rootPolicies as policies } from './root-policies.ts';

/** The most ids of one `nodes`. */
const maxIds = 100;

interface Delegate {
  findMany(args: object): Promise<{ id: string }[]>;
}

/**
 * Loads rows of one type by id, as far as the viewer may see them.
 * @returns rows in no particular order; missing, foreign and invisible ones are left out.
 */
export async function findVisible(
  type: NodeType,
  ids: readonly string[],
  context: GatewayContext,
  info: GraphQLResolveInfo,
): Promise<readonly { id: string }[]> {
  const { viewer } = context;
  if (decide(policyOf(type), viewer) === 'denied') return [];
  const query = queryFromInfo({ context, info, typeName: type, select: { id: true } as never });
  const delegate = context.db[(type.charAt(0).toLowerCase() + type.slice(1)) as 'user'] as unknown as Delegate;
  const rows = await delegate.findMany({ ...query, where: { id: { in: ids } } });
  for (const row of rows) brandWithType(row, type as never);
  return rows;
}

/** One row by its global id; null for one that is of another type, malformed, missing, foreign or invisible. */
export async function findOne(type: NodeType, globalId: string, context: GatewayContext, info: GraphQLResolveInfo) {
  const parsed = parseGlobalId(globalId);
  if (parsed?.type !== type) return null;
  const [row] = await findVisible(type, [parsed.id], context, info);
  return row ?? null;
}

/** Marks a root field that is {@link findOne} of a type and nothing else, so that it may be compiled. */
export const readsById = (type: NodeType) => ({ readsById: type });

/** Why the column guard asks nothing of the field itself. */
const ofEachType = 'Each type that it can answer has a rule of its own.';

builder.queryFields((t) => ({
  node: t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    description: 'Something by its global id. Null when it does not exist or may not be seen.',
    authScopes: policies['Query.node'],
    extensions: noColumn(ofEachType),
    args: { id: t.arg.id({ required: true, description: 'The global id.' }) },
    resolve: async (_root, { id }, context, info) => {
      const parsed = parseGlobalId(String(id));
      if (!parsed) return null;
      const [row] = await findVisible(parsed.type, [parsed.id], context, info);
      return row ?? null;
    },
  }),
  nodes: t.field({
    type: [builder.nodeInterfaceRef()],
    nullable: { list: true, items: true },
    description:
      'Several things by their global ids, in the order of the ids; null for each that does not exist or may not be seen.',
    authScopes: policies['Query.nodes'],
    extensions: noColumn(ofEachType),
    args: { ids: t.arg.idList({ required: true, description: `The global ids, at most ${maxIds}.` }) },
    resolve: async (_root, { ids }, context, info) => {
      if (ids.length > maxIds) throw badUserInput([{ path: ['ids'], message: `Use at most ${maxIds} ids.` }]);
      const parsed = ids.map((id) => parseGlobalId(String(id)));
      const byType = new Map<NodeType, Set<string>>();
      for (const one of parsed) if (one) byType.set(one.type, (byType.get(one.type) ?? new Set()).add(one.id));
      const found = new Map<string, { id: string }>();
      await Promise.all(
        [...byType].map(async ([type, wanted]) => {
          for (const row of await findVisible(type, [...wanted], context, info)) found.set(`${type}:${row.id}`, row);
        }),
      );
      return parsed.map((one) => (one ? (found.get(`${one.type}:${one.id}`) ?? null) : null));
    },
  }),
}));
