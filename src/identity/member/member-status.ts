/** The state of members: let in, suspended, reinstated. */

import { parseGlobalId } from '../../authorization/global-id.ts';
import { badUserInput } from '../../errors.ts';
import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { createUserPayload } from '../account/user-payload.ts';
import { policies } from '../policies.ts';

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

const ApproveUserPayload = createUserPayload('ApproveUserPayload', 'The member is in.');
const SuspendUserPayload = createUserPayload('SuspendUserPayload', 'The member is suspended.');
const ReinstateUserPayload = createUserPayload('ReinstateUserPayload', 'The member is back.');

/** The account behind a global id. @throws BAD_USER_INPUT for the id of something else. */
function accountIdOf(globalId: string | number): string {
  const parsed = parseGlobalId(String(globalId));
  if (parsed?.type === 'User') return parsed.id;
  throw badUserInput([{ path: ['input', 'userId'], message: 'This is not the id of a user.' }]);
}

builder.mutationFields((t) => ({
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
