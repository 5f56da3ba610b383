/** Root types and what belongs to no noun. */
import type { PolicyTable } from '../authorization/policy-table.ts';
import { anyone, authenticated, inherited } from '../authorization/rules.ts';

export const rootPolicies = {
  Query: anyone,
  Mutation: anyone,
  'Query.node': authenticated,
  'Query.node(id:)': inherited,
  'Query.nodes': authenticated,
  'Query.nodes(ids:)': inherited,
  Node: authenticated,
  'Node.id': authenticated,
  PageInfo: anyone,
  'PageInfo.hasNextPage': anyone,
  'PageInfo.hasPreviousPage': anyone,
  'PageInfo.startCursor': anyone,
  'PageInfo.endCursor': anyone,
} satisfies PolicyTable;
