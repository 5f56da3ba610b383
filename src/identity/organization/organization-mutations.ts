/** Writes of organizations, members, invitations and roles. */

import { localId, toGlobalId } from '../../authorization/global-id.ts';
import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { deletedPayload, rowPayload } from '../../nouns/payload.ts';
import { policies } from '../policies.ts';
import { Role } from '../role/role.ts';
import { ViewerOrganization } from '../session/viewer.ts';
import { Membership, Organization } from './organization.ts';

const input = 'What to do it with.';

export const Invitation = builder.prismaNode('Invitation', {
  description: 'An address that may join the organization.',
  authScopes: policies.Invitation,
  select: { id: true },
  id: { field: 'id', description: 'The global id.', authScopes: policies['Invitation.id'] },
  fields: (t) => ({
    email: t.exposeString('email', {
      nullable: true,
      description: 'Where the invitation went. Null when denied.',
      authScopes: policies['Invitation.email'],
    }),
    role: t.relation('role', {
      nullable: true,
      description: 'The role that it gives. Null for one that the viewer cannot see.',
      authScopes: policies['Invitation.role'],
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was sent.',
      authScopes: policies['Invitation.createdAt'],
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'Until when it can be accepted.',
      authScopes: policies['Invitation.expiresAt'],
    }),
    acceptedAt: t.expose('acceptedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was accepted; null while it was not.',
      authScopes: policies['Invitation.acceptedAt'],
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was taken back; null while it was not.',
      authScopes: policies['Invitation.revokedAt'],
    }),
  }),
});

builder.prismaObjectField('Organization', 'invitations', (t) =>
  t.relation('invitations', {
    nullable: true,
    description: 'Open invitations, the latest first; at most 100. Null when denied.',
    authScopes: policies['Organization.invitations'],
    query: { where: { acceptedAt: null, revokedAt: null }, orderBy: { createdAt: 'desc' }, take: 100 },
  }),
);

const CreateOrganizationInput = builder.inputType('CreateOrganizationInput', {
  description: 'A new organization; whoever makes it is its owner.',
  fields: (t) => ({
    slug: t.string({ required: true, description: 'Short name: 2 to 63 lower-case letters, digits, hyphens; unique.' }),
    name: t.string({ required: true, description: 'Display name, 1 to 200 characters.' }),
  }),
});
const UpdateOrganizationInput = builder.inputType('UpdateOrganizationInput', {
  description: 'What changes in the current organization.',
  fields: (t) => ({ name: t.string({ required: true, description: 'Display name, 1 to 200 characters.' }) }),
});
const DeleteOrganizationInput = builder.inputType('DeleteOrganizationInput', {
  description: 'Confirms the deletion of the current organization.',
  fields: (t) => ({
    slug: t.string({ required: true, description: 'The slug of the current organization, repeated.' }),
  }),
});
const InviteMemberInput = builder.inputType('InviteMemberInput', {
  description: 'Whom to invite.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The address.' }),
    roleKey: t.string({ required: true, description: 'The key of the role that the person gets.' }),
  }),
});
const RevokeInvitationInput = builder.inputType('RevokeInvitationInput', {
  description: 'Which invitation to take back.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The global id.' }) }),
});
const AcceptInvitationInput = builder.inputType('AcceptInvitationInput', {
  description: 'Which invitation to accept.',
  fields: (t) => ({ token: t.string({ required: true, description: 'The token of the mail.' }) }),
});
const LeaveOrganizationInput = builder.inputType('LeaveOrganizationInput', {
  description: 'Confirms that one leaves the current organization.',
  fields: (t) => ({
    slug: t.string({ required: true, description: 'The slug of the current organization, repeated.' }),
  }),
});
const SetMemberRolesInput = builder.inputType('SetMemberRolesInput', {
  description: 'The roles that a member shall have, instead of those before.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'The global id of the person.' }),
    roleKeys: t.stringList({ required: true, description: 'Keys of the roles, at least one.' }),
  }),
});
const RemoveMemberInput = builder.inputType('RemoveMemberInput', {
  description: 'Whose membership to end.',
  fields: (t) => ({ userId: t.id({ required: true, description: 'The global id of the person.' }) }),
});
const CreateRoleInput = builder.inputType('CreateRoleInput', {
  description: 'A new role.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Short name: 2 to 40 lower-case letters, digits, hyphens; unique.' }),
    name: t.string({ required: true, description: 'Display name, 1 to 100 characters.' }),
    description: t.string({ description: 'What it is for.' }),
    permissions: t.stringList({ required: true, description: 'Permissions of the catalogue that the viewer holds.' }),
  }),
});
const UpdateRoleInput = builder.inputType('UpdateRoleInput', {
  description: 'What changes; what is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The global id.' }),
    key: t.string({ description: 'Short name.' }),
    name: t.string({ description: 'Display name.' }),
    description: t.string({ description: 'What it is for.' }),
    permissions: t.stringList({ description: 'Permissions of the catalogue that the viewer holds.' }),
  }),
});
const DeleteRoleInput = builder.inputType('DeleteRoleInput', {
  description: 'Which role to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The global id.' }) }),
});

const AcceptInvitationPayload = builder.objectRef<{ id: string }>('AcceptInvitationPayload').implement({
  description: 'What `acceptInvitation` answers.',
  authScopes: policies.AcceptInvitationPayload,
  fields: (t) => ({
    organization: t.field({
      type: ViewerOrganization,
      nullable: true,
      description: 'The organization, as the viewer may choose it now with `x-organization`.',
      authScopes: policies['AcceptInvitationPayload.organization'],
      resolve: async ({ id }, _args, { services, viewer }) =>
        (await services.viewer.organizationsOf(viewer)).find(({ organizationId }) => organizationId === id) ?? null,
    }),
    organizationId: t.id({
      description: 'The global id of the organization; choose it with `x-organization`.',
      authScopes: policies['AcceptInvitationPayload.organizationId'],
      resolve: ({ id }) => toGlobalId('Organization', id),
    }),
  }),
});
const CreateOrganizationPayload = builder
  .objectRef<{ id: string; slug: string }>('CreateOrganizationPayload')
  .implement({
    description: 'What `createOrganization` answers.',
    authScopes: policies.CreateOrganizationPayload,
    fields: (t) => ({
      organization: t.field({
        type: ViewerOrganization,
        nullable: true,
        description: 'The organization, as the viewer may choose it now with `x-organization`.',
        authScopes: policies['CreateOrganizationPayload.organization'],
        resolve: async ({ id }, _args, { services, viewer }) =>
          (await services.viewer.organizationsOf(viewer)).find(({ organizationId }) => organizationId === id) ?? null,
      }),
      organizationId: t.id({
        description: 'The global id of the organization.',
        authScopes: policies['CreateOrganizationPayload.organizationId'],
        resolve: ({ id }) => toGlobalId('Organization', id),
      }),
      slug: t.exposeString('slug', {
        description: 'The short name, as `x-organization` takes it.',
        authScopes: policies['CreateOrganizationPayload.slug'],
      }),
    }),
  });

builder.mutationFields((t) => ({
  createOrganization: t.field({
    type: CreateOrganizationPayload,
    nullable: true,
    description: 'Makes an organization, with the viewer as owner.',
    authScopes: policies['Mutation.createOrganization'],
    args: { input: t.arg({ type: CreateOrganizationInput, required: true, description: input }) },
    resolve: async (_root, args, context) => ({
      ...(await context.services.organizations.create(actorOf(context), args.input)),
      slug: args.input.slug,
    }),
  }),
  updateOrganization: t.field({
    type: rowPayload('updateOrganization', 'organization', 'Organization', Organization),
    nullable: true,
    description: 'Changes the current organization.',
    authScopes: policies['Mutation.updateOrganization'],
    args: { input: t.arg({ type: UpdateOrganizationInput, required: true, description: input }) },
    resolve: (_root, args, context) => context.services.organizations.update(actorOf(context), args.input),
  }),
  deleteOrganization: t.field({
    type: deletedPayload('deleteOrganization', 'Organization'),
    nullable: true,
    description: 'Deletes the current organization with everything in it.',
    authScopes: policies['Mutation.deleteOrganization'],
    args: { input: t.arg({ type: DeleteOrganizationInput, required: true, description: input }) },
    resolve: (_root, args, context) => context.services.organizations.delete(actorOf(context), args.input),
  }),
  inviteMember: t.field({
    type: rowPayload('inviteMember', 'invitation', 'Invitation', Invitation),
    nullable: true,
    description: 'Invites an address, by mail.',
    authScopes: policies['Mutation.inviteMember'],
    args: { input: t.arg({ type: InviteMemberInput, required: true, description: input }) },
    resolve: (_root, args, context) => context.services.members.invite(actorOf(context), args.input),
  }),
  revokeInvitation: t.field({
    type: rowPayload('revokeInvitation', 'invitation', 'Invitation', Invitation),
    nullable: true,
    description: 'Takes an invitation back.',
    authScopes: policies['Mutation.revokeInvitation'],
    args: { input: t.arg({ type: RevokeInvitationInput, required: true, description: input }) },
    resolve: (_root, args, context) =>
      context.services.members.revokeInvitation(actorOf(context), localId(args.input.id, 'Invitation')),
  }),
  acceptInvitation: t.field({
    type: AcceptInvitationPayload,
    nullable: true,
    description: 'Joins the organization that an invitation of one’s own is from.',
    authScopes: policies['Mutation.acceptInvitation'],
    args: { input: t.arg({ type: AcceptInvitationInput, required: true, description: input }) },
    resolve: (_root, args, context) => context.services.members.acceptInvitation(actorOf(context), args.input.token),
  }),
  leaveOrganization: t.field({
    type: deletedPayload('leaveOrganization', 'Organization'),
    nullable: true,
    description: 'Ends one’s own membership in the current organization.',
    authScopes: policies['Mutation.leaveOrganization'],
    args: { input: t.arg({ type: LeaveOrganizationInput, required: true, description: input }) },
    resolve: (_root, args, context) => context.services.members.leave(actorOf(context), args.input.slug),
  }),
  setMemberRoles: t.field({
    type: rowPayload('setMemberRoles', 'membership', 'Membership', Membership),
    nullable: true,
    description: 'Sets the roles of a member.',
    authScopes: policies['Mutation.setMemberRoles'],
    args: { input: t.arg({ type: SetMemberRolesInput, required: true, description: input }) },
    resolve: (_root, args, context) =>
      context.services.members.setRoles(actorOf(context), {
        userId: localId(args.input.userId, 'User'),
        roleKeys: args.input.roleKeys,
      }),
  }),
  removeMember: t.field({
    type: deletedPayload('removeMember', 'User'),
    nullable: true,
    description:
      'Ends a membership and revokes the keys that the member made. The account stays, and so does the member’s work.',
    authScopes: policies['Mutation.removeMember'],
    args: { input: t.arg({ type: RemoveMemberInput, required: true, description: input }) },
    resolve: (_root, args, context) =>
      context.services.members.remove(actorOf(context), localId(args.input.userId, 'User')),
  }),
  createRole: t.field({
    type: rowPayload('createRole', 'role', 'Role', Role),
    nullable: true,
    description: 'Makes a role, of permissions that the viewer holds.',
    authScopes: policies['Mutation.createRole'],
    args: { input: t.arg({ type: CreateRoleInput, required: true, description: input }) },
    resolve: (_root, args, context) => context.services.roles.create(actorOf(context), args.input),
  }),
  updateRole: t.field({
    type: rowPayload('updateRole', 'role', 'Role', Role),
    nullable: true,
    description: 'Changes a role that is no system role.',
    authScopes: policies['Mutation.updateRole'],
    args: { input: t.arg({ type: UpdateRoleInput, required: true, description: input }) },
    resolve: (_root, { input: { id, ...rest } }, context) =>
      context.services.roles.update(actorOf(context), { ...rest, id: localId(id, 'Role') }),
  }),
  deleteRole: t.field({
    type: deletedPayload('deleteRole', 'Role'),
    nullable: true,
    description: 'Deletes a role that nobody has.',
    authScopes: policies['Mutation.deleteRole'],
    args: { input: t.arg({ type: DeleteRoleInput, required: true, description: input }) },
    resolve: (_root, args, context) => context.services.roles.delete(actorOf(context), localId(args.input.id, 'Role')),
  }),
}));
