/** Passwords: forgotten, reset, changed. */

import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { policies } from '../policies.ts';
import { createSessionPayload, deliver } from '../session/session-mutations.ts';
import { codesOf } from './codes-of.ts';
import { createPlainPayload, done } from './plain-payload.ts';

const RequestPasswordResetInput = builder.inputType('RequestPasswordResetInput', {
  description: 'Whose password was forgotten.',
  fields: (t) => ({ email: t.string({ required: true, description: 'The address of the account.' }) }),
});

const ResetPasswordInput = builder.inputType('ResetPasswordInput', {
  description: 'A new password.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'The token out of the mail; good for 30 minutes, once.' }),
    password: t.string({ required: true, description: 'The new password.' }),
  }),
});

const ChangePasswordInput = builder.inputType('ChangePasswordInput', {
  description: 'The old and the new password.',
  fields: (t) => ({
    currentPassword: t.string({ required: true, description: 'The password so far.' }),
    newPassword: t.string({ required: true, description: 'The new one.' }),
    totp: t.string({ description: 'The code of the authenticator app, where a second factor is on.' }),
    recoveryCode: t.string({ description: 'A recovery code in its place; each works once.' }),
  }),
});

const RequestPasswordResetPayload = createPlainPayload(
  'RequestPasswordResetPayload',
  'Received: the rest is in a mail, if there is such an account.',
);
const ResetPasswordPayload = createPlainPayload('ResetPasswordPayload', 'The password is set, and all sessions ended.');
const ChangePasswordPayload = createSessionPayload(
  'ChangePasswordPayload',
  'The password is set; all sessions ended, and this one takes their place.',
);

builder.mutationFields((t) => ({
  requestPasswordReset: t.field({
    type: RequestPasswordResetPayload,
    nullable: true,
    description: 'Sends a link for a new password, if there is such an account; the answer does not tell.',
    authScopes: policies['Mutation.requestPasswordReset'],
    args: { input: t.arg({ type: RequestPasswordResetInput, required: true, description: 'Whose.' }) },
    resolve: async (_root, { input }, context) => {
      await context.services.passwords.requestPasswordReset(actorOf(context), input);
      return done;
    },
  }),
  resetPassword: t.field({
    type: ResetPasswordPayload,
    nullable: true,
    description: 'Sets a password by a mailed token and ends all sessions. NOT_FOUND for a void token.',
    authScopes: policies['Mutation.resetPassword'],
    args: { input: t.arg({ type: ResetPasswordInput, required: true, description: 'The new password.' }) },
    resolve: async (_root, { input }, context) => {
      await context.services.passwords.resetPassword(actorOf(context), input);
      return done;
    },
  }),
  changePassword: t.field({
    type: ChangePasswordPayload,
    nullable: true,
    description:
      'Sets a password, ends all sessions, and starts a new one for the caller. MFA_REQUIRED where a second factor is on and no code is given.',
    authScopes: policies['Mutation.changePassword'],
    args: { input: t.arg({ type: ChangePasswordInput, required: true, description: 'Old and new.' }) },
    resolve: async (_root, { input }, context) =>
      deliver(
        context,
        await context.services.passwords.changePassword(actorOf(context), { ...input, ...codesOf(input) }),
      ),
  }),
}));
