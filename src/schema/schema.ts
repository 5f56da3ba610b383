/** Imports every noun and builds the schema. Nothing else may call `toSchema`. */
import type { GraphQLSchema } from 'graphql';
import './root.ts';
import { builder } from './builder.ts';

/** Builds the schema with all rules attached. */
export function buildSchema(): GraphQLSchema {
  return builder.toSchema({ sortSchema: false });
}

/** The same schema without scope-auth's checks: for coordinates that a plan has decided before execution. */
export function buildOpenSchema(): GraphQLSchema {
  return builder.toSchema({ sortSchema: false, disableScopeAuth: true });
}
