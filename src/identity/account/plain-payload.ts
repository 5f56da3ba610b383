/** Payloads that say no more than that it is done. */

import { builder } from '../../nouns/builder.ts';
import { policies } from '../policies.ts';

/** Their names. */
type PlainPayloadName =
  | 'RegisterPayload'
  | 'VerifyEmailPayload'
  | 'ResendVerificationPayload'
  | 'ChangeEmailPayload'
  | 'RequestPasswordResetPayload'
  | 'ResetPasswordPayload'
  | 'DisableTotpPayload'
  | 'DeleteAccountPayload';

/** Makes one. */
export function createPlainPayload(name: PlainPayloadName, description: string) {
  return builder.objectRef<{ ok: true }>(name).implement({
    description,
    authScopes: policies[name],
    fields: (t) => ({
      ok: t.exposeBoolean('ok', {
        description: 'Always true: what fails is an error.',
        authScopes: policies[`${name}.ok`],
      }),
    }),
  });
}

/** What they are resolved from. */
export const done = { ok: true } as const;
