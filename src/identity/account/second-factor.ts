/** The second factor: enrolment, recovery codes, and its end. */

import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { policies } from '../policies.ts';
import { codesOf } from './codes-of.ts';
import { createPlainPayload, done } from './plain-payload.ts';

const StartTotpEnrolmentInput = builder.inputType('StartTotpEnrolmentInput', {
  description: 'Who enrols.',
  fields: (t) => ({ password: t.string({ required: true, description: 'The password, once more.' }) }),
});

const ConfirmTotpEnrolmentInput = builder.inputType('ConfirmTotpEnrolmentInput', {
  description: 'The proof that the app has the secret.',
  fields: (t) => ({ totp: t.string({ required: true, description: 'The code that the app shows.' }) }),
});

const DisableTotpInput = builder.inputType('DisableTotpInput', {
  description: 'Both factors, for the last time.',
  fields: (t) => ({
    password: t.string({ required: true, description: 'The password, once more.' }),
    totp: t.string({ description: 'The code that the app shows.' }),
    recoveryCode: t.string({ description: 'A recovery code in its place.' }),
  }),
});

const NewRecoveryCodesInput = builder.inputType('NewRecoveryCodesInput', {
  description: 'Both factors.',
  fields: (t) => ({
    password: t.string({ required: true, description: 'The password, once more.' }),
    totp: t.string({ required: true, description: 'The code that the app shows.' }),
  }),
});

const DisableTotpPayload = createPlainPayload('DisableTotpPayload', 'The second factor is off.');
const StartTotpEnrolmentPayload = builder
  .objectRef<{ secret: string; uri: string }>('StartTotpEnrolmentPayload')
  .implement({
    description: 'What to put into the authenticator app; shown this once.',
    authScopes: policies.StartTotpEnrolmentPayload,
    fields: (t) => ({
      secret: t.exposeString('secret', {
        description: 'The secret in Base32, for typing.',
        authScopes: policies['StartTotpEnrolmentPayload.secret'],
      }),
      uri: t.exposeString('uri', {
        description: 'The same as an `otpauth:` URI, for a QR code.',
        authScopes: policies['StartTotpEnrolmentPayload.uri'],
      }),
    }),
  });

/** Payloads with recovery codes. */
function createCodesPayload(name: 'ConfirmTotpEnrolmentPayload' | 'NewRecoveryCodesPayload', description: string) {
  return builder.objectRef<{ recoveryCodes: readonly string[] }>(name).implement({
    description,
    authScopes: policies[name],
    fields: (t) => ({
      recoveryCodes: t.stringList({
        description: 'For the loss of the app; each works once. Shown this once.',
        authScopes: policies[`${name}.recoveryCodes`],
        resolve: ({ recoveryCodes }) => [...recoveryCodes],
      }),
    }),
  });
}

const ConfirmTotpEnrolmentPayload = createCodesPayload('ConfirmTotpEnrolmentPayload', 'The second factor is on.');
const NewRecoveryCodesPayload = createCodesPayload('NewRecoveryCodesPayload', 'The earlier codes are void.');

builder.mutationFields((t) => ({
  startTotpEnrolment: t.field({
    type: StartTotpEnrolmentPayload,
    nullable: true,
    description: 'Begins to switch a second factor on; it counts once it is confirmed.',
    authScopes: policies['Mutation.startTotpEnrolment'],
    args: { input: t.arg({ type: StartTotpEnrolmentInput, required: true, description: 'Who enrols.' }) },
    resolve: (_root, { input }, context) => context.services.secondFactor.startEnrolment(actorOf(context), input),
  }),
  confirmTotpEnrolment: t.field({
    type: ConfirmTotpEnrolmentPayload,
    nullable: true,
    description: 'Switches the second factor on.',
    authScopes: policies['Mutation.confirmTotpEnrolment'],
    args: { input: t.arg({ type: ConfirmTotpEnrolmentInput, required: true, description: 'The proof.' }) },
    resolve: async (_root, { input }, context) => ({
      recoveryCodes: await context.services.secondFactor.confirmEnrolment(actorOf(context), input),
    }),
  }),
  disableTotp: t.field({
    type: DisableTotpPayload,
    nullable: true,
    description: 'Switches the second factor off.',
    authScopes: policies['Mutation.disableTotp'],
    args: { input: t.arg({ type: DisableTotpInput, required: true, description: 'Both factors.' }) },
    resolve: async (_root, { input }, context) => {
      await context.services.secondFactor.disable(actorOf(context), { ...input, ...codesOf(input) });
      return done;
    },
  }),
  newRecoveryCodes: t.field({
    type: NewRecoveryCodesPayload,
    nullable: true,
    description: 'Replaces all recovery codes.',
    authScopes: policies['Mutation.newRecoveryCodes'],
    args: { input: t.arg({ type: NewRecoveryCodesInput, required: true, description: 'Both factors.' }) },
    resolve: async (_root, { input }, context) => ({
      recoveryCodes: await context.services.secondFactor.newRecoveryCodes(actorOf(context), input),
    }),
  }),
}));
