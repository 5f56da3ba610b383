/** Payloads of mutations: what they return is read anew, through the viewer's own visibility, like any other read. */
import type { ObjectRef } from '@pothos/core';
import { toGlobalId } from '../authorization/global-id.ts';
import { policyOf } from '../authorization/policies.ts';
import type { ModelName } from '../authorization/visibility.ts';
import { builder } from './builder.ts';
import { findVisible } from './node.ts';

const ruleOf = (coordinate: string) => policyOf(coordinate) as never;

/**
 * Makes `<Mutation>Payload` with one field that reads a row by the id which the service gave.
 * @param extensions of the field: what stands behind its rule where that is narrower than the row's type.
 */
export function rowPayload(
  mutation: string,
  field: string,
  typeName: ModelName,
  type: unknown,
  extensions: Readonly<Record<string, unknown>> = {},
) {
  const name = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`;
  return builder.objectRef<{ id: string }>(name).implement({
    description: `What \`${mutation}\` answers.`,
    authScopes: ruleOf(name),
    fields: (t) => ({
      [field]: t.field({
        type: type as ObjectRef<PothosSchemaTypes.ExtendDefaultTypes<never>, unknown> as never,
        nullable: true,
        description: `The ${typeName} as it is now, as far as the viewer may see it.`,
        authScopes: ruleOf(`${name}.${field}`),
        extensions,
        resolve: async ({ id }, _args, context, info) =>
          ((await findVisible(typeName, [id], context, info))[0] ?? null) as never,
      }),
    }),
  });
}

/** Makes `<Mutation>Payload` with the global id of what was deleted. */
export function deletedPayload(mutation: string, typeName: string) {
  const name = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`;
  return builder.objectRef<{ id: string }>(name).implement({
    description: `What \`${mutation}\` answers.`,
    authScopes: ruleOf(name),
    fields: (t) => ({
      deletedId: t.id({
        description: `The global id that the ${typeName} had.`,
        authScopes: ruleOf(`${name}.deletedId`),
        resolve: ({ id }) => toGlobalId(typeName, id),
      }),
    }),
  });
}
