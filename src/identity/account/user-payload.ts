/** Payloads with one user: the id of the account stands behind them. */

import { builder } from '../../nouns/builder.ts';
import { findVisible } from '../../nouns/node.ts';
import { policies } from '../policies.ts';
import { User } from './user.ts';

/** Their names. */
type UserPayloadName = 'UpdateProfilePayload' | 'ApproveUserPayload' | 'SuspendUserPayload' | 'ReinstateUserPayload';

/** Makes one. */
export function createUserPayload(name: UserPayloadName, description: string) {
  return builder.objectRef<{ userId: string }>(name).implement({
    description,
    authScopes: policies[name],
    fields: (t) => ({
      user: t.field({
        type: User,
        nullable: true,
        description: 'The person, as they are now.',
        authScopes: policies[`${name}.user`],
        resolve: async ({ userId }, _args, context, info) => {
          const [row] = await findVisible('User', [userId], context, info);
          return (row ?? null) as never;
        },
      }),
    }),
  });
}
