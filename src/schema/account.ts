/** One's account: registration, address, password, second factor, profile, export, erasure; and the state of members. */
import { policies } from '../authorization/policies.ts';
import type { GatewayContext } from '../context.ts';
import { badUserInput } from '../errors.ts';
import { actorOf } from './actor-of.ts';
import { builder } from './builder.ts';
import { parseGlobalId } from './global-id.ts';
import { findVisible } from './node.ts';
import { createSessionPayload, deliver } from './session-mutations.ts';
import { User } from './user.ts';

/** Payloads that say no more than that it is done. */
type PlainPayloadName =
  | 'RegisterPayload'
  | 'VerifyEmailPayload'
  | 'ResendVerificationPayload'
  | 'ChangeEmailPayload'
  | 'RequestPasswordResetPayload'
  | 'ResetPasswordPayload'
  | 'DisableTotpPayload'
  | 'DeleteAccountPayload';

function createPlainPayload(name: PlainPayloadName, description: string) {
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

const done = { ok: true } as const;

/** Payloads with one user: the id of the account stands behind them. */
type UserPayloadName = 'UpdateProfilePayload' | 'ApproveUserPayload' | 'SuspendUserPayload' | 'ReinstateUserPayload';

function createUserPayload(name: UserPayloadName, description: string) {
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

const RegisterInput = builder.inputType('RegisterInput', {
  description: 'Who registers.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Display name, 1 to 200 characters.' }),
    email: t.string({ required: true, description: 'The e-mail address; a link to confirm it is sent there.' }),
    password: t.string({ required: true, description: '10 to 1024 characters, none of the commonest passwords.' }),
    organization: t.string({ description: 'The slug of the organization to join, where one must approve.' }),
    invitationToken: t.string({ description: 'The token of an invitation, where registration is by invitation.' }),
  }),
});

const VerifyEmailInput = builder.inputType('VerifyEmailInput', {
  description: 'The proof of an address.',
  fields: (t) => ({ token: t.string({ required: true, description: 'The token out of the mail.' }) }),
});

const ResendVerificationInput = builder.inputType('ResendVerificationInput', {
  description: 'Where to send the link again.',
  fields: (t) => ({ email: t.string({ required: true, description: 'The address.' }) }),
});

const ChangeEmailInput = builder.inputType('ChangeEmailInput', {
  description: 'The new address.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The new address; it counts once it is confirmed.' }),
    password: t.string({ required: true, description: 'The password, once more.' }),
  }),
});

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
  }),
});

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
  fields: (t) => ({ password: t.string({ required: true, description: 'The password, once more.' }) }),
});

const DeleteAccountInput = builder.inputType('DeleteAccountInput', {
  description: 'Who goes.',
  fields: (t) => ({
    password: t.string({ required: true, description: 'The password, once more.' }),
    totp: t.string({ description: 'The code of the second factor, where one is on.' }),
    recoveryCode: t.string({ description: 'A recovery code in its place.' }),
  }),
});

const ApproveUserInput = builder.inputType('ApproveUserInput', {
  description: 'Whom to let in.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'The global id of somebody who waits.' }),
    roleKey: t.string({ description: 'The role to give, within one’s own permissions.', defaultValue: 'member' }),
  }),
});

const SuspendUserInput = builder.inputType('SuspendUserInput', {
  description: 'Whom to suspend.',
  fields: (t) => ({ userId: t.id({ required: true, description: 'The global id of a member.' }) }),
});

const ReinstateUserInput = builder.inputType('ReinstateUserInput', {
  description: 'Whom to reinstate.',
  fields: (t) => ({ userId: t.id({ required: true, description: 'The global id of a suspended member.' }) }),
});

const RegisterPayload = createPlainPayload('RegisterPayload', 'Received: the rest is in a mail.');
const VerifyEmailPayload = createPlainPayload('VerifyEmailPayload', 'The address is confirmed.');
const ResendVerificationPayload = createPlainPayload('ResendVerificationPayload', 'Received: the rest is in a mail.');
const ChangeEmailPayload = createPlainPayload('ChangeEmailPayload', 'Received: the rest is in a mail.');
const RequestPasswordResetPayload = createPlainPayload(
  'RequestPasswordResetPayload',
  'Received: the rest is in a mail, if there is such an account.',
);
const ResetPasswordPayload = createPlainPayload('ResetPasswordPayload', 'The password is set, and all sessions ended.');
const DisableTotpPayload = createPlainPayload('DisableTotpPayload', 'The second factor is off.');
const DeleteAccountPayload = createPlainPayload('DeleteAccountPayload', 'The account is erased.');
const ChangePasswordPayload = createSessionPayload(
  'ChangePasswordPayload',
  'The password is set; all sessions ended, and this one takes their place.',
);
const UpdateProfilePayload = createUserPayload('UpdateProfilePayload', 'The profile is changed.');
const ApproveUserPayload = createUserPayload('ApproveUserPayload', 'The member is in.');
const SuspendUserPayload = createUserPayload('SuspendUserPayload', 'The member is suspended.');
const ReinstateUserPayload = createUserPayload('ReinstateUserPayload', 'The member is back.');

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

/** The account behind a global id. @throws BAD_USER_INPUT for the id of something else. */
function accountIdOf(globalId: string | number): string {
  const parsed = parseGlobalId(String(globalId));
  if (parsed?.type === 'User') return parsed.id;
  throw badUserInput([{ path: ['input', 'userId'], message: 'This is not the id of a user.' }]);
}

const accounts = ({ services }: GatewayContext) => services.accounts;

builder.mutationFields((t) => ({
  register: t.field({
    type: RegisterPayload,
    nullable: true,
    description:
      'Registers an account. The answer is the same whether the address is known or not: a mail says the rest. FORBIDDEN where registration is by invitation and there is none.',
    authScopes: policies['Mutation.register'],
    args: { input: t.arg({ type: RegisterInput, required: true, description: 'Who registers.' }) },
    resolve: async (_root, { input }, context) => {
      await accounts(context).register(actorOf(context), {
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
    description: 'Confirms an e-mail address. NOT_FOUND for a token that is unknown, used or too old.',
    authScopes: policies['Mutation.verifyEmail'],
    args: { input: t.arg({ type: VerifyEmailInput, required: true, description: 'The proof.' }) },
    resolve: async (_root, { input }, context) => {
      await accounts(context).verifyEmail(actorOf(context), input);
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
      await accounts(context).resendVerification(actorOf(context), input);
      return done;
    },
  }),
  changeEmail: t.field({
    type: ChangeEmailPayload,
    nullable: true,
    description: 'Asks for another address, which counts once it is confirmed by `verifyEmail`.',
    authScopes: policies['Mutation.changeEmail'],
    args: { input: t.arg({ type: ChangeEmailInput, required: true, description: 'The new address.' }) },
    resolve: async (_root, { input }, context) => {
      await accounts(context).changeEmail(actorOf(context), input);
      return done;
    },
  }),
  requestPasswordReset: t.field({
    type: RequestPasswordResetPayload,
    nullable: true,
    description: 'Sends a link for a new password, if there is such an account; the answer does not tell.',
    authScopes: policies['Mutation.requestPasswordReset'],
    args: { input: t.arg({ type: RequestPasswordResetInput, required: true, description: 'Whose.' }) },
    resolve: async (_root, { input }, context) => {
      await accounts(context).requestPasswordReset(actorOf(context), input);
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
      await accounts(context).resetPassword(actorOf(context), input);
      return done;
    },
  }),
  changePassword: t.field({
    type: ChangePasswordPayload,
    nullable: true,
    description: 'Sets a password, ends all sessions, and starts a new one for the caller.',
    authScopes: policies['Mutation.changePassword'],
    args: { input: t.arg({ type: ChangePasswordInput, required: true, description: 'Old and new.' }) },
    resolve: async (_root, { input }, context, info) =>
      deliver(context, String(info.path.key), await accounts(context).changePassword(actorOf(context), input)),
  }),
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
      await context.services.secondFactor.disable(actorOf(context), {
        password: input.password,
        totp: input.totp ?? null,
        recoveryCode: input.recoveryCode ?? null,
      });
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
  updateProfile: t.field({
    type: UpdateProfilePayload,
    nullable: true,
    description: 'Changes one’s profile.',
    authScopes: policies['Mutation.updateProfile'],
    args: { input: t.arg({ type: UpdateProfileInput, required: true, description: 'What to change.' }) },
    resolve: async (_root, { input }, context) => {
      await accounts(context).updateProfile(actorOf(context), input);
      return { userId: context.viewer.kind === 'user' ? context.viewer.userId : '' };
    },
  }),
  exportAccount: t.field({
    type: ExportAccountPayload,
    nullable: true,
    description: 'Everything that is kept about one’s account.',
    authScopes: policies['Mutation.exportAccount'],
    args: { input: t.arg({ type: ExportAccountInput, required: true, description: 'Who asks.' }) },
    resolve: async (_root, { input }, context) => ({
      data: await accounts(context).exportAccount(actorOf(context), input),
    }),
  }),
  deleteAccount: t.field({
    type: DeleteAccountPayload,
    nullable: true,
    description:
      'Erases one’s account: what one wrote stays, without a name. CONFLICT for the last owner of an organization.',
    authScopes: policies['Mutation.deleteAccount'],
    args: { input: t.arg({ type: DeleteAccountInput, required: true, description: 'Who goes.' }) },
    resolve: async (_root, { input }, context) => {
      await accounts(context).deleteAccount(actorOf(context), {
        password: input.password,
        totp: input.totp ?? null,
        recoveryCode: input.recoveryCode ?? null,
      });
      return done;
    },
  }),
  approveUser: t.field({
    type: ApproveUserPayload,
    nullable: true,
    description: 'Lets somebody in who registered with the organization.',
    authScopes: policies['Mutation.approveUser'],
    args: { input: t.arg({ type: ApproveUserInput, required: true, description: 'Whom.' }) },
    resolve: async (_root, { input }, context) => ({
      userId: await context.services.memberStatus.approve(actorOf(context), {
        userId: accountIdOf(input.userId),
        roleKey: input.roleKey ?? 'member',
      }),
    }),
  }),
  suspendUser: t.field({
    type: SuspendUserPayload,
    nullable: true,
    description: 'Suspends a membership: from within a second on, that person may only sign out here.',
    authScopes: policies['Mutation.suspendUser'],
    args: { input: t.arg({ type: SuspendUserInput, required: true, description: 'Whom.' }) },
    resolve: async (_root, { input }, context) => ({
      userId: await context.services.memberStatus.suspend(actorOf(context), { userId: accountIdOf(input.userId) }),
    }),
  }),
  reinstateUser: t.field({
    type: ReinstateUserPayload,
    nullable: true,
    description: 'Ends a suspension.',
    authScopes: policies['Mutation.reinstateUser'],
    args: { input: t.arg({ type: ReinstateUserInput, required: true, description: 'Whom.' }) },
    resolve: async (_root, { input }, context) => ({
      userId: await context.services.memberStatus.reinstate(actorOf(context), { userId: accountIdOf(input.userId) }),
    }),
  }),
}));
