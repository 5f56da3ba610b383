/**
 * The permission catalogue: permissions are data, `noun:verb` or `noun.field:verb`. A role, a key's scopes and a rule may
 * name these and nothing else.
 */

/** What a person reads about a permission before granting it. */
export interface PermissionDescription {
  readonly title: string;
  readonly description: string;
  /** Set when granting it deserves a second thought. */
  readonly warning?: string;
}

export const permissionCatalogue = {
  'organization:update': { title: 'Edit organization', description: 'Change the name of the organization.' },
  'organization.plan:read': { title: 'See plan', description: 'Read which plan the organization is on.' },
  'organization:delete': {
    title: 'Delete organization',
    description: 'Delete the organization with everything in it.',
    warning: 'Cannot be undone.',
  },
  'member:list': { title: 'List members', description: 'List members and look up users of the organization.' },
  'member:invite': { title: 'Invite members', description: 'Invite people, with roles whose permissions one holds.' },
  'member:update': { title: 'Set roles', description: 'Change which roles a member has.' },
  'member:remove': {
    title: 'Remove members',
    description: 'End a membership. The keys that the member made are revoked.',
  },
  'user:approve': { title: 'Approve registrations', description: 'Let a pending account into the organization.' },
  'user:suspend': { title: 'Suspend members', description: 'Suspend and reinstate a membership.' },
  'role:list': { title: 'List roles', description: 'Read the roles of the organization and what they grant.' },
  'role:manage': {
    title: 'Manage roles',
    description: 'Create, edit and delete custom roles, within the permissions that one holds.',
  },
  'user.contact:read': {
    title: 'See contact data',
    description: 'Read the e-mail address and phone number of others.',
  },
  'user.security:read': {
    title: 'See security data',
    description: 'Read last sign-in, second factor and status of others.',
  },
  'project:read': { title: 'Read projects', description: 'Read projects, without their money.' },
  'project:create': { title: 'Create projects', description: 'Create projects.' },
  'project:update': { title: 'Edit projects', description: 'Edit projects and their members.' },
  'project:archive': { title: 'Archive projects', description: 'Archive and restore projects.' },
  'project:delete': {
    title: 'Delete projects',
    description: 'Delete projects with their tasks.',
    warning: 'Cannot be undone.',
  },
  'project.budget:read': { title: 'See budgets', description: 'Read, filter and sort by budget and money spent.' },
  'project.budget:write': { title: 'Set budgets', description: 'Set the budget of a project.' },
  'task:read': { title: 'Read tasks', description: 'Read tasks, without internal notes and estimates.' },
  'task:create': { title: 'Create tasks', description: 'Create tasks.' },
  'task:update': { title: 'Edit tasks', description: 'Edit tasks.' },
  'task:delete': { title: 'Delete tasks', description: 'Delete tasks.' },
  'task.internal:read': { title: 'See internals', description: 'Read internal notes and estimates of tasks.' },
  'task.internal:write': { title: 'Write internals', description: 'Write internal notes and estimates of tasks.' },
  'comment:read': { title: 'Read comments', description: 'Read comments that are not internal.' },
  'comment:create': { title: 'Comment', description: 'Write comments, and edit and delete one’s own.' },
  'comment.internal:read': { title: 'Internal comments', description: 'Read and write internal comments.' },
  'comment:moderate': { title: 'Moderate comments', description: 'Delete comments of others.' },
  'attachment:read': { title: 'Read attachments', description: 'List and download attachments.' },
  'attachment:create': { title: 'Attach files', description: 'Upload attachments.' },
  'attachment:delete': { title: 'Delete attachments', description: 'Delete attachments.' },
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
  },
  'access:explain': {
    title: 'Explain access',
    description: 'Ask what another person, role or key may see; view as a role or key.',
  },
  'schema:introspect': {
    title: 'Introspect',
    description:
      'Introspect the schema in production, and send unregistered operations where only registered ones run.',
  },
} as const satisfies Record<string, PermissionDescription>;

/** The name of a permission of the catalogue. */
export type Permission = keyof typeof permissionCatalogue;

/** All names, in the catalogue's order. */
export const permissionNames = Object.keys(permissionCatalogue) as readonly Permission[];

/** Whether a string names a permission of the catalogue. */
export function isPermission(name: string): name is Permission {
  return Object.hasOwn(permissionCatalogue, name);
}
