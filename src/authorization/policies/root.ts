/** Root types and what belongs to no noun. */
import type { PolicyTable } from '../policy-table.ts';
import { anyone, authenticated } from '../rules.ts';

export const rootPolicies = {
  Query: anyone,
  Mutation: anyone,
  'Query.node': authenticated,
  'Query.node(id:)': authenticated,
  'Query.nodes': authenticated,
  'Query.nodes(ids:)': authenticated,
  Node: authenticated,
  'Node.id': authenticated,
  PageInfo: anyone,
  'PageInfo.hasNextPage': anyone,
  'PageInfo.hasPreviousPage': anyone,
  'PageInfo.startCursor': anyone,
  'PageInfo.endCursor': anyone,
} satisfies PolicyTable;
