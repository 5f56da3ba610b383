/** A schema small enough to count by hand, with everything that costs and limits look at. */
import { buildSchema, type GraphQLSchema } from 'graphql';
import { annotateCosts } from '../../src/operation/cost-directives.ts';
import type { DocumentLimits } from '../../src/operation/document.ts';

/** The contract's limits. */
export const limits: DocumentLimits = {
  maxTokens: 2_000,
  maxDepth: 15,
  maxAliases: 30,
  maxRootFields: 20,
  maxDirectives: 50,
  maxFragmentSpreads: 50,
  maxOperationNameLength: 128,
};

/** Makes the schema. */
export function smallSchema(): GraphQLSchema {
  const schema = buildSchema(`
    interface Node { id: ID! }
    type Query { hello: String viewer: User node(id: ID!): Node nodes(ids: [ID!]!): [Node]! projects(first: Int, last: Int): ProjectConnection echo(text: String, list: [Int], object: In): User }
    type Mutation { signIn: User }
    type User implements Node { id: ID! name: String friend: User other: User roles: [Role!]! }
    type Role { key: String }
    type ProjectConnection { totalCount: Int pageInfo: PageInfo! edges: [ProjectEdge!]! nodes: [Project!]! }
    type ProjectEdge { cursor: String! node: Project! }
    type PageInfo { hasNextPage: Boolean! }
    type Project implements Node { id: ID! name: String lead: User tasks(first: Int, last: Int): TaskConnection }
    type TaskConnection { nodes: [Task!]! }
    type Task implements Node { id: ID! assignee: User }
    input In { a: In b: [In] c: Int }
  `);
  annotateCosts(schema);
  return schema;
}
