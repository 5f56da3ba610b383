/** Writes of organizations, members, invitations and roles. What may be granted, and to whom, the services decide. */
import { definePolicies } from '../../authorization/policies.ts';
import { authenticated, can, inherited, person } from '../../authorization/rules.ts';

const invite = can('member:invite');
// A write tells whether somebody is a member, and whether a key is taken: whoever writes may read it.
const manageRoles = can('role:manage', 'role:list');
const setRoles = can('member:update', 'member:list');
const remove = can('member:remove', 'member:list');

export const organizationPolicies = definePolicies({
  Invitation: invite,
  'Invitation.id': invite,
  'Invitation.email': invite,
  'Invitation.role': invite,
  'Invitation.createdAt': invite,
  'Invitation.expiresAt': invite,
  'Invitation.acceptedAt': invite,
  'Invitation.revokedAt': invite,
  'Organization.invitations': invite,

  'Mutation.createOrganization': person,
  'Mutation.createOrganization(input:)': inherited,
  CreateOrganizationInput: inherited,
  'CreateOrganizationInput.slug': inherited,
  'CreateOrganizationInput.name': inherited,
  CreateOrganizationPayload: authenticated,
  'CreateOrganizationPayload.organizationId': authenticated,
  'CreateOrganizationPayload.organization': authenticated,
  'CreateOrganizationPayload.slug': authenticated,

  'Mutation.updateOrganization': can('organization:update'),
  'Mutation.updateOrganization(input:)': inherited,
  UpdateOrganizationInput: inherited,
  'UpdateOrganizationInput.name': inherited,
  UpdateOrganizationPayload: can('organization:update'),
  'UpdateOrganizationPayload.organization': can('organization:update'),

  'Mutation.deleteOrganization': can('organization:delete'),
  'Mutation.deleteOrganization(input:)': inherited,
  DeleteOrganizationInput: inherited,
  'DeleteOrganizationInput.slug': inherited,
  DeleteOrganizationPayload: can('organization:delete'),
  'DeleteOrganizationPayload.deletedId': can('organization:delete'),

  'Mutation.inviteMember': invite,
  'Mutation.inviteMember(input:)': inherited,
  InviteMemberInput: inherited,
  'InviteMemberInput.email': inherited,
  'InviteMemberInput.roleKey': inherited,
  InviteMemberPayload: invite,
  'InviteMemberPayload.invitation': invite,

  'Mutation.revokeInvitation': invite,
  'Mutation.revokeInvitation(input:)': inherited,
  RevokeInvitationInput: inherited,
  'RevokeInvitationInput.id': inherited,
  RevokeInvitationPayload: invite,
  'RevokeInvitationPayload.invitation': invite,

  'Mutation.acceptInvitation': person,
  'Mutation.acceptInvitation(input:)': inherited,
  AcceptInvitationInput: inherited,
  'AcceptInvitationInput.token': inherited,
  AcceptInvitationPayload: authenticated,
  'AcceptInvitationPayload.organizationId': authenticated,
  'AcceptInvitationPayload.organization': authenticated,

  'Mutation.leaveOrganization': person,
  'Mutation.leaveOrganization(input:)': inherited,
  LeaveOrganizationInput: inherited,
  'LeaveOrganizationInput.slug': inherited,
  LeaveOrganizationPayload: authenticated,
  'LeaveOrganizationPayload.deletedId': authenticated,

  'Mutation.setMemberRoles': setRoles,
  'Mutation.setMemberRoles(input:)': inherited,
  SetMemberRolesInput: inherited,
  'SetMemberRolesInput.userId': inherited,
  'SetMemberRolesInput.roleKeys': inherited,
  SetMemberRolesPayload: setRoles,
  'SetMemberRolesPayload.membership': setRoles,

  'Mutation.removeMember': remove,
  'Mutation.removeMember(input:)': inherited,
  RemoveMemberInput: inherited,
  'RemoveMemberInput.userId': inherited,
  RemoveMemberPayload: remove,
  'RemoveMemberPayload.deletedId': remove,

  'Mutation.createRole': manageRoles,
  'Mutation.createRole(input:)': inherited,
  CreateRoleInput: inherited,
  'CreateRoleInput.key': inherited,
  'CreateRoleInput.name': inherited,
  'CreateRoleInput.description': inherited,
  'CreateRoleInput.permissions': inherited,
  CreateRolePayload: manageRoles,
  'CreateRolePayload.role': manageRoles,

  'Mutation.updateRole': manageRoles,
  'Mutation.updateRole(input:)': inherited,
  UpdateRoleInput: inherited,
  'UpdateRoleInput.id': inherited,
  'UpdateRoleInput.key': inherited,
  'UpdateRoleInput.name': inherited,
  'UpdateRoleInput.description': inherited,
  'UpdateRoleInput.permissions': inherited,
  UpdateRolePayload: manageRoles,
  'UpdateRolePayload.role': manageRoles,

  'Mutation.deleteRole': manageRoles,
  'Mutation.deleteRole(input:)': inherited,
  DeleteRoleInput: inherited,
  'DeleteRoleInput.id': inherited,
  DeleteRolePayload: manageRoles,
  'DeleteRolePayload.deletedId': manageRoles,
});
