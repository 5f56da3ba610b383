/**
 * Limits of single fields, declared in the words of @envelop/rate-limiter and printed as its `@rateLimit`, so that whoever reads the schema
 * knows them. `field-limits.ts` holds to them.
 */
import { type ConfigByField, DIRECTIVE_SDL } from '@envelop/rate-limiter';
import { buildSchema, GraphQLDirective, type GraphQLSchema, isObjectType } from 'graphql';

/** One limit: `max` calls in a `window` (`30s`, `15m`, `1h`) for whoever `by` names. A field may have several. */
export interface FieldLimit extends Pick<ConfigByField, 'type' | 'field'> {
  readonly max: number;
  readonly window: string;
  /** The client's network, the signed-in account, or the path of an argument such as `input.email`. */
  readonly by: 'network' | 'account' | `input.${string}`;
}

/** Each mail costs somebody's patience, each guess at a token or code is one of few. */
export const fieldLimits: readonly FieldLimit[] = [
  { type: 'Mutation', field: 'register', by: 'network', max: 10, window: '10m' },
  { type: 'Mutation', field: 'register', by: 'input.email', max: 3, window: '1h' },
  { type: 'Mutation', field: 'requestPasswordReset', by: 'network', max: 20, window: '10m' },
  { type: 'Mutation', field: 'requestPasswordReset', by: 'input.email', max: 3, window: '15m' },
  { type: 'Mutation', field: 'resetPassword', by: 'network', max: 20, window: '10m' },
  { type: 'Mutation', field: 'verifyEmail', by: 'network', max: 30, window: '10m' },
  { type: 'Mutation', field: 'resendVerification', by: 'network', max: 20, window: '10m' },
  { type: 'Mutation', field: 'resendVerification', by: 'input.email', max: 3, window: '15m' },
  { type: 'Mutation', field: 'acceptInvitation', by: 'network', max: 30, window: '10m' },
  { type: 'Mutation', field: 'refreshSession', by: 'network', max: 120, window: '1m' },
  { type: 'Mutation', field: 'changeEmail', by: 'account', max: 5, window: '1h' },
  { type: 'Mutation', field: 'changePassword', by: 'account', max: 10, window: '15m' },
  { type: 'Mutation', field: 'confirmTotpEnrolment', by: 'account', max: 10, window: '5m' },
  { type: 'Mutation', field: 'disableTotp', by: 'account', max: 10, window: '15m' },
  { type: 'Mutation', field: 'newRecoveryCodes', by: 'account', max: 10, window: '15m' },
  { type: 'Mutation', field: 'exportAccount', by: 'account', max: 5, window: '1h' },
  { type: 'Mutation', field: 'inviteMember', by: 'account', max: 100, window: '1h' },
  { type: 'Mutation', field: 'inviteMember', by: 'input.email', max: 5, window: '1h' },
  { type: 'Mutation', field: 'createOrganization', by: 'account', max: 20, window: '1h' },
];

/** The package's own directive; here a field may have several, each for another identity. */
export const rateLimitDirective: GraphQLDirective = (() => {
  const declared = buildSchema(`${DIRECTIVE_SDL} type Query { _: Int }`).getDirective('rateLimit');
  if (!declared) throw new Error('@envelop/rate-limiter declares no @rateLimit.');
  return new GraphQLDirective({
    ...declared.toConfig(),
    isRepeatable: true,
    description:
      'At most `max` calls in a `window`, for each value of the arguments `identityArgs`; without them, for each account or network.',
  });
})();

/** Puts the directives on a schema, in place; once for a schema. */
export function annotateFieldLimits(schema: GraphQLSchema, limits: readonly FieldLimit[] = fieldLimits): void {
  for (const { type: typeName, field: fieldName, max, window, by } of limits) {
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
    if (!field) throw new Error(`A limit is declared for ${typeName}.${fieldName}, which the schema lacks.`);
    if (type !== schema.getMutationType())
      throw new Error(`A limit is declared for ${typeName}.${fieldName}, which is no mutation.`);
    const args = { max, window, ...(by.startsWith('input.') ? { identityArgs: [by] } : {}) };
    const earlier = field.extensions.directives;
    const directives = [...(Array.isArray(earlier) ? earlier : []), { name: rateLimitDirective.name, args }];
    field.extensions = { ...field.extensions, directives };
  }
}
