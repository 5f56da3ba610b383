/** Registration, and the proof of an address. */

import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { policies } from '../policies.ts';
import { createPlainPayload, done } from './plain-payload.ts';

const RegisterInput = builder.inputType('RegisterInput', {
  description: 'Who registers.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Display name, 1 to 200 characters.' }),
    email: t.string({ required: true, description: 'The e-mail address; a link to confirm it is sent there.' }),
    password: t.string({
      required: true,
      description:
        '10 to 1024 characters, none of the commonest passwords. Without an invitation it does not count until `verifyEmail` says it again: whoever reads the mail decides.',
    }),
    organization: t.string({ description: 'The slug of the organization to join, where one must approve.' }),
    invitationToken: t.string({ description: 'The token of an invitation, where registration is by invitation.' }),
  }),
});

const VerifyEmailInput = builder.inputType('VerifyEmailInput', {
  description: 'The proof of an address.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'The token out of the mail.' }),
    password: t.string({
      description:
        'The password of the account from now on, the one of `register` or another. Needed at a registration. At a change of address the one of the account, unless one is signed in there.',
    }),
  }),
});

const ResendVerificationInput = builder.inputType('ResendVerificationInput', {
  description: 'Where to send the link again.',
  fields: (t) => ({ email: t.string({ required: true, description: 'The address.' }) }),
});

const RegisterPayload = createPlainPayload('RegisterPayload', 'Received: the rest is in a mail.');
const VerifyEmailPayload = createPlainPayload('VerifyEmailPayload', 'The address is confirmed.');
const ResendVerificationPayload = createPlainPayload('ResendVerificationPayload', 'Received: the rest is in a mail.');

builder.mutationFields((t) => ({
  register: t.field({
    type: RegisterPayload,
    nullable: true,
    description:
      'Registers an account. The answer is the same whether the address is known or not: a mail says the rest. BAD_USER_INPUT where registration is by invitation and there is none.',
    authScopes: policies['Mutation.register'],
    args: { input: t.arg({ type: RegisterInput, required: true, description: 'Who registers.' }) },
    resolve: async (_root, { input }, context) => {
      await context.services.registration.register(actorOf(context), {
        name: input.name,
        email: input.email,
        password: input.password,
        organization: input.organization ?? null,
        invitationToken: input.invitationToken ?? null,
      });
      return done;
    },
  }),
  verifyEmail: t.field({
    type: VerifyEmailPayload,
    nullable: true,
    description:
      'Confirms an e-mail address: at a registration together with the password that counts from then on; at a change of address signed in to the account, or with its password, and it ends all sessions. NOT_FOUND for a token that is unknown, used or too old; BAD_USER_INPUT without a password where one is needed.',
    authScopes: policies['Mutation.verifyEmail'],
    args: { input: t.arg({ type: VerifyEmailInput, required: true, description: 'The proof.' }) },
    resolve: async (_root, { input }, context) => {
      await context.services.registration.verifyEmail(actorOf(context), {
        token: input.token,
        password: input.password ?? null,
      });
      return done;
    },
  }),
  resendVerification: t.field({
    type: ResendVerificationPayload,
    nullable: true,
    description: 'Sends the link again, if an account waits for it; the answer does not tell.',
    authScopes: policies['Mutation.resendVerification'],
    args: { input: t.arg({ type: ResendVerificationInput, required: true, description: 'Where to.' }) },
    resolve: async (_root, { input }, context) => {
      await context.services.registration.resendVerification(actorOf(context), input);
      return done;
    },
  }),
}));
