/** One's account: address, profile, export, erasure. */

import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { policies } from '../policies.ts';
import { codesOf } from './codes-of.ts';
import { createPlainPayload, done } from './plain-payload.ts';
import { createUserPayload } from './user-payload.ts';

const ChangeEmailInput = builder.inputType('ChangeEmailInput', {
  description: 'The new address.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The new address; it counts once it is confirmed.' }),
    password: t.string({ required: true, description: 'The password, once more.' }),
    totp: t.string({ description: 'The code of the authenticator app, where a second factor is on.' }),
    recoveryCode: t.string({ description: 'A recovery code in its place; each works once.' }),
  }),
});

const UpdateProfileInput = builder.inputType('UpdateProfileInput', {
  description: 'What to change; what is left out stays.',
  fields: (t) => ({
    name: t.string({ description: 'Display name, 1 to 200 characters.' }),
    avatarUrl: t.string({ description: 'Where the picture is, an https URL; null for none.' }),
    phone: t.string({ description: 'Phone number; null for none.' }),
  }),
});

const ExportAccountInput = builder.inputType('ExportAccountInput', {
  description: 'Who asks.',
  fields: (t) => ({
    password: t.string({ required: true, description: 'The password, once more.' }),
    totp: t.string({ description: 'The code of the authenticator app, where a second factor is on.' }),
    recoveryCode: t.string({ description: 'A recovery code in its place; each works once.' }),
  }),
});

const DeleteAccountInput = builder.inputType('DeleteAccountInput', {
  description: 'Who goes.',
  fields: (t) => ({
    password: t.string({ required: true, description: 'The password, once more.' }),
    totp: t.string({ description: 'The code of the second factor, where one is on.' }),
    recoveryCode: t.string({ description: 'A recovery code in its place.' }),
  }),
});

const ChangeEmailPayload = createPlainPayload('ChangeEmailPayload', 'Received: the rest is in a mail.');
const UpdateProfilePayload = createUserPayload('UpdateProfilePayload', 'The profile is changed.');
const DeleteAccountPayload = createPlainPayload('DeleteAccountPayload', 'The account is erased.');
const ExportAccountPayload = builder.objectRef<{ data: Record<string, unknown> }>('ExportAccountPayload').implement({
  description: 'What is kept about the account.',
  authScopes: policies.ExportAccountPayload,
  fields: (t) => ({
    data: t.field({
      type: 'JSON',
      description: 'Profile, sessions, memberships and what one has written.',
      authScopes: policies['ExportAccountPayload.data'],
      resolve: ({ data }) => data,
    }),
  }),
});

builder.mutationFields((t) => ({
  changeEmail: t.field({
    type: ChangeEmailPayload,
    nullable: true,
    description:
      'Asks for another address, which counts once it is confirmed by `verifyEmail`, signed in or with the password: a mail that went to a stranger opens nothing. All sessions end then. MFA_REQUIRED where a second factor is on and no code is given.',
    authScopes: policies['Mutation.changeEmail'],
    args: { input: t.arg({ type: ChangeEmailInput, required: true, description: 'The new address.' }) },
    resolve: async (_root, { input }, context) => {
      await context.services.accounts.changeEmail(actorOf(context), { ...input, ...codesOf(input) });
      return done;
    },
  }),
  updateProfile: t.field({
    type: UpdateProfilePayload,
    nullable: true,
    description: 'Changes one’s profile.',
    authScopes: policies['Mutation.updateProfile'],
    args: { input: t.arg({ type: UpdateProfileInput, required: true, description: 'What to change.' }) },
    resolve: async (_root, { input }, context) => {
      await context.services.accounts.updateProfile(actorOf(context), input);
      return { userId: context.viewer.kind === 'user' ? context.viewer.userId : '' };
    },
  }),
  exportAccount: t.field({
    type: ExportAccountPayload,
    nullable: true,
    description:
      'Everything that is kept about one’s account. MFA_REQUIRED where a second factor is on and no code is given.',
    authScopes: policies['Mutation.exportAccount'],
    args: { input: t.arg({ type: ExportAccountInput, required: true, description: 'Who asks.' }) },
    resolve: async (_root, { input }, context) => ({
      data: await context.services.accounts.exportAccount(actorOf(context), { ...input, ...codesOf(input) }),
    }),
  }),
  deleteAccount: t.field({
    type: DeleteAccountPayload,
    nullable: true,
    description:
      'Erases one’s account: what one wrote stays, without a name. MFA_REQUIRED where a second factor is on and no code is given; CONFLICT for the last owner of an organization.',
    authScopes: policies['Mutation.deleteAccount'],
    args: { input: t.arg({ type: DeleteAccountInput, required: true, description: 'Who goes.' }) },
    resolve: async (_root, { input }, context) => {
      await context.services.accounts.deleteAccount(actorOf(context), { ...input, ...codesOf(input) });
      return done;
    },
  }),
}));
