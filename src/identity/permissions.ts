/** The permissions about accounts, organizations, roles, keys, registered operations and the audit log. */
import { definePermissions, type NamesOf } from '../authorization/permissions.ts';

export const identityPermissions = definePermissions({
  'organization:update': { title: 'Edit organization', description: 'Change the name of the organization.' },
  'organization.plan:read': { title: 'See plan', description: 'Read which plan the organization is on.' },
  'organization:delete': {
    title: 'Delete organization',
    description: 'Delete the organization with everything in it.',
    warning: 'Cannot be undone.',
    ownerOnly: true,
  },
  'member:list': {
    title: 'List members',
    description: 'List members and look up users of the organization.',
    roles: ['manager', 'member', 'auditor'],
  },
  'member:invite': { title: 'Invite members', description: 'Invite people, with roles whose permissions one holds.' },
  'member:update': { title: 'Set roles', description: 'Change which roles a member has.' },
  'member:remove': {
    title: 'Remove members',
    description: 'End a membership. The keys that the member made are revoked.',
  },
  'user:approve': { title: 'Approve registrations', description: 'Let a pending account into the organization.' },
  'user:suspend': { title: 'Suspend members', description: 'Suspend and reinstate a membership.' },
  'role:list': {
    title: 'List roles',
    description: 'Read the roles of the organization and what they grant.',
    roles: ['manager', 'auditor'],
  },
  'role:manage': {
    title: 'Manage roles',
    description: 'Create, edit and delete custom roles, within the permissions that one holds.',
  },
  'user.contact:read': {
    title: 'See contact data',
    description: 'Read the e-mail address and phone number of others.',
    roles: ['manager'],
  },
  'user.security:read': {
    title: 'See security data',
    description: 'Read last sign-in, second factor and status of others.',
    roles: ['auditor'],
  },
  'apiKey:list': { title: 'List API keys', description: 'Read the API keys of the organization, never their secrets.' },
  'apiKey:manage': {
    title: 'Manage API keys',
    description: 'Create, rotate and revoke API keys, within the permissions that one holds.',
    warning: 'A key acts without a person and without a second factor.',
  },
  'operation:list': { title: 'List operations', description: 'Read registered operations and their use.' },
  'operation:manage': { title: 'Register operations', description: 'Register and retire operations.' },
  'audit:read': {
    title: 'Read the audit log',
    description: 'Read the audit events of the organization.',
    warning: 'Shows who did what when, sign-ins and changes of second factors and memberships among it.',
    roles: ['auditor'],
  },
  'access:explain': {
    title: 'Explain access',
    description: 'Ask what another person, role or key may see; view as a role or key.',
    roles: ['auditor'],
  },
  'schema:introspect': {
    title: 'Introspect',
    description:
      'Introspect the schema in production, and send unregistered operations where only registered ones run.',
    roles: ['manager', 'member'],
  },
});

declare module '../authorization/permissions.ts' {
  interface PermissionRegister extends NamesOf<typeof identityPermissions> {}
}
