/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "subscription TaskChanges($projectId: ID!) {\n  taskChanged(projectId: $projectId) {\n    kind\n    task {\n      number\n      title\n      status\n    }\n  }\n}": typeof types.TaskChangesDocument,
    "query Dashboard($first: Int = 10) {\n  viewer {\n    user {\n      name\n    }\n    organization {\n      name\n    }\n  }\n  projects(\n    first: $first\n    filter: {archivedAt: {isNull: true}}\n    orderBy: {field: NAME}\n  ) {\n    totalCount\n    nodes {\n      id\n      key\n      name\n      status\n      budget\n    }\n  }\n}": typeof types.DashboardDocument,
    "mutation SignIn($email: String!, $password: String!, $totp: String) {\n  signIn(\n    input: {email: $email, password: $password, totp: $totp, refreshTokenDelivery: COOKIE}\n  ) {\n    accessToken\n    accessTokenExpiresAt\n  }\n}\n\nmutation RefreshSession {\n  refreshSession {\n    accessToken\n    accessTokenExpiresAt\n  }\n}\n\nmutation SignOut {\n  signOut {\n    ok\n  }\n}": typeof types.SignInDocument,
};
const documents: Documents = {
    "subscription TaskChanges($projectId: ID!) {\n  taskChanged(projectId: $projectId) {\n    kind\n    task {\n      number\n      title\n      status\n    }\n  }\n}": types.TaskChangesDocument,
    "query Dashboard($first: Int = 10) {\n  viewer {\n    user {\n      name\n    }\n    organization {\n      name\n    }\n  }\n  projects(\n    first: $first\n    filter: {archivedAt: {isNull: true}}\n    orderBy: {field: NAME}\n  ) {\n    totalCount\n    nodes {\n      id\n      key\n      name\n      status\n      budget\n    }\n  }\n}": types.DashboardDocument,
    "mutation SignIn($email: String!, $password: String!, $totp: String) {\n  signIn(\n    input: {email: $email, password: $password, totp: $totp, refreshTokenDelivery: COOKIE}\n  ) {\n    accessToken\n    accessTokenExpiresAt\n  }\n}\n\nmutation RefreshSession {\n  refreshSession {\n    accessToken\n    accessTokenExpiresAt\n  }\n}\n\nmutation SignOut {\n  signOut {\n    ok\n  }\n}": types.SignInDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription TaskChanges($projectId: ID!) {\n  taskChanged(projectId: $projectId) {\n    kind\n    task {\n      number\n      title\n      status\n    }\n  }\n}"): typeof import('./graphql.js').TaskChangesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Dashboard($first: Int = 10) {\n  viewer {\n    user {\n      name\n    }\n    organization {\n      name\n    }\n  }\n  projects(\n    first: $first\n    filter: {archivedAt: {isNull: true}}\n    orderBy: {field: NAME}\n  ) {\n    totalCount\n    nodes {\n      id\n      key\n      name\n      status\n      budget\n    }\n  }\n}"): typeof import('./graphql.js').DashboardDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SignIn($email: String!, $password: String!, $totp: String) {\n  signIn(\n    input: {email: $email, password: $password, totp: $totp, refreshTokenDelivery: COOKIE}\n  ) {\n    accessToken\n    accessTokenExpiresAt\n  }\n}\n\nmutation RefreshSession {\n  refreshSession {\n    accessToken\n    accessTokenExpiresAt\n  }\n}\n\nmutation SignOut {\n  signOut {\n    ok\n  }\n}"): typeof import('./graphql.js').SignInDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
