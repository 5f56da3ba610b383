/** Root types and what belongs to no noun. */
import { definePolicies } from '../authorization/policies.ts';
import { anyone, authenticated, inherited } from '../authorization/rules.ts';

export const rootPolicies = definePolicies({
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
});
