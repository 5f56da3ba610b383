/**
 * A Pothos plugin: what scope-auth refuses becomes null and one recorded denial for the coordinate, instead of one thrown
 * error for each row. Non-null fields keep the error: coverage makes sure that none is guarded more narrowly than its type.
 */
import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';
import { type GraphQLResolveInfo, responsePathAsArray } from 'graphql';
import { type Rule, requiredPermissions } from './rules.ts';
import type { AuthorizationState } from './state.ts';

const pluginName = 'denial' as const;
export default pluginName;

interface WithAuthorization {
  readonly authorization: AuthorizationState;
}

/** Null for the field, and the denial on record. */
export function resolveDenied(rule: Rule) {
  const requires = requiredPermissions(rule);
  return (_parent: unknown, _args: unknown, context: unknown, info: GraphQLResolveInfo): null => {
    (context as WithAuthorization).authorization.deny({
      coordinate: `${info.parentType.name}.${info.fieldName}`,
      requires,
      path: responsePathAsArray(info.path),
    });
    return null;
  };
}

class DenialPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(fieldConfig: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const options = fieldConfig.pothosOptions as { authScopes?: Rule; unauthorizedResolver?: unknown };
    if (options.authScopes && !isNonNull(fieldConfig))
      options.unauthorizedResolver ??= resolveDenied(options.authScopes);
    return fieldConfig;
  }
}

function isNonNull(fieldConfig: { type: { nullable: boolean } }): boolean {
  return !fieldConfig.type.nullable;
}

SchemaBuilder.registerPlugin(pluginName, DenialPlugin);

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      denial: DenialPlugin<Types>;
    }
  }
}
