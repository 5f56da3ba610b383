/** Imports every noun and builds the schemas. Nothing else may call `toSchema`. */
import { type GraphQLSchema, specifiedDirectives } from 'graphql';
import './access.ts';
import './account.ts';
import './api-key.ts';
import './attachment-mutations.ts';
import './audit-event.ts';
import './member-status.ts';
import './node.ts';
import './organization.ts';
import './organization-mutations.ts';
import './password.ts';
import './persisted-operation.ts';
import './project.ts';
import './project-mutations.ts';
import './registration.ts';
import './root.ts';
import './scalars.ts';
import './second-factor.ts';
import './subscription.ts';
import './session-mutations.ts';
import './task.ts';
import './task-mutations.ts';
import './user.ts';
import './viewer.ts';
import { assertCoverage } from '../authorization/coverage.ts';
import { annotateSchema, authenticatedDirective, requiresScopesDirective } from '../authorization/directives.ts';
import { assertEdgeCoverage } from '../authorization/edge-coverage.ts';
import { makePlannedSchema, makeScopedSchema } from '../authorization/executable-schema.ts';
import { policies } from '../authorization/policies.ts';
import { impliedEdges, visibleModels } from '../authorization/visibility.ts';
import { annotateCosts, costDirective, listSizeDirective } from '../operation/cost-directives.ts';
import { annotateFieldLimits, rateLimitDirective } from '../operation/field-limit-table.ts';
import { builder } from './builder.ts';

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
  assertCoverage({ schema, policies, visibleModels });
  assertEdgeCoverage(schema, impliedEdges);
  annotateSchema(schema, policies);
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
    ? makePlannedSchema(builder.toSchema({ sortSchema: false, disableScopeAuth: true }), publicSchema, policies)
    : makeScopedSchema(builder.toSchema({ sortSchema: false }));
  return { publicSchema, executableSchema };
}
