/** Loads every noun, closes their catalogue, and builds the schemas. Nothing else may call `toSchema`. */
import { type GraphQLSchema, specifiedDirectives } from 'graphql';
import './identity/audit/actions.ts';
import './identity/field-weights.ts';
import './identity/visibility.ts';
import './registry/audit-actions.ts';
import './registry/visibility.ts';
import './nouns/filter-policies.ts';
import './installed-domain.ts';

import './identity/access/access.ts';
import './identity/account/account.ts';
import './identity/api-key/api-key.ts';
import './identity/audit/audit-event.ts';
import './identity/member/member-status.ts';
import './nouns/node.ts';
import './identity/organization/organization.ts';
import './identity/organization/organization-mutations.ts';
import './identity/account/password.ts';
import './registry/persisted-operation.ts';
import './identity/account/registration.ts';
import './nouns/root.ts';
import './nouns/scalars.ts';
import './identity/account/second-factor.ts';
import './identity/session/session-mutations.ts';
import './identity/account/user.ts';
import './identity/session/viewer.ts';
import { closeCatalogue } from './authorization/catalogue.ts';
import { assertCoverage } from './authorization/coverage.ts';
import { annotateSchema, authenticatedDirective, requiresScopesDirective } from './authorization/directives.ts';
import { assertEdgeCoverage } from './authorization/edge-coverage.ts';
import { makePlannedSchema, makeScopedSchema } from './authorization/executable-schema.ts';
import { policyTable } from './authorization/policies.ts';
import { impliedEdges, visibleModels } from './authorization/visibility.ts';
import { builder } from './nouns/builder.ts';
import { annotateCosts, costDirective, listSizeDirective } from './operation/cost-directives.ts';
import { annotateFieldLimits, rateLimitDirective } from './operation/field-limit-table.ts';

closeCatalogue();

/** The schema that clients know, and the one that operations execute on. */
export interface Schemas {
  /** For validation, introspection, printing, plans and cost. */
  readonly publicSchema: GraphQLSchema;
  /** For execution only. */
  readonly executableSchema: GraphQLSchema;
}

// The list replaces GraphQL's own: without them no operation could say @skip or @include.
const directives = [
  ...specifiedDirectives,
  authenticatedDirective,
  requiresScopesDirective,
  costDirective,
  listSizeDirective,
  rateLimitDirective,
];

/** The schema that clients know. @throws CoverageError unless schema and policies agree in everything. */
export function buildPublicSchema(): GraphQLSchema {
  const schema = builder.toSchema({ sortSchema: false, directives });
  assertCoverage({ schema, policies: policyTable(), visibleModels: new Set(visibleModels().keys()) });
  assertEdgeCoverage(schema, impliedEdges());
  annotateSchema(schema, policyTable());
  annotateCosts(schema);
  annotateFieldLimits(schema);
  return schema;
}

/**
 * Builds both schemas.
 * @param options.planned false runs every scope for every row instead of going by the plan.
 * @throws CoverageError unless schema and policies agree in everything.
 */
export function buildSchemas(options: { readonly planned: boolean }): Schemas {
  const publicSchema = buildPublicSchema();
  const executableSchema = options.planned
    ? makePlannedSchema(builder.toSchema({ sortSchema: false, disableScopeAuth: true }), publicSchema, policyTable())
    : makeScopedSchema(builder.toSchema({ sortSchema: false }));
  return { publicSchema, executableSchema };
}
