/**
 * The system roles that exist in every organization and cannot be edited. The code is the authority: the database's rows
 * carry a copy for readers of SQL, and what a stored role grants is always cut to the catalogue.
 */
import { PermissionSet } from './permission-set.ts';
import { isPermission, type Permission, permissionNames } from './permissions.ts';

/** A system role's name, description and permissions. */
export interface SystemRole {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly Permission[];
}

const everything = permissionNames;

const manager: readonly Permission[] = [
  'member:list',
  'role:list',
  'user.contact:read',
  'project:read',
  'project:create',
  'project:update',
  'project:archive',
  'project.budget:read',
  'project.budget:write',
  'task:read',
  'task:create',
  'task:update',
  'task:delete',
  'task.internal:read',
  'task.internal:write',
  'comment:read',
  'comment:create',
  'comment.internal:read',
  'comment:moderate',
  'attachment:read',
  'attachment:create',
  'attachment:delete',
  'schema:introspect',
];

const member: readonly Permission[] = [
  'member:list',
  'project:read',
  'task:read',
  'task:create',
  'task:update',
  'task.internal:read',
  'task.internal:write',
  'comment:read',
  'comment:create',
  'comment.internal:read',
  'attachment:read',
  'attachment:create',
  'schema:introspect',
];

/** The seven roles by key, from the most to the least powerful. */
export const systemRoles = {
  owner: { name: 'Owner', description: 'May do everything, and delete the organization.', permissions: everything },
  admin: {
    name: 'Administrator',
    description: 'May do everything but delete the organization.',
    permissions: everything.filter((name) => name !== 'organization:delete'),
  },
  manager: { name: 'Manager', description: 'Runs projects, with their money.', permissions: manager },
  member: { name: 'Member', description: 'Works on tasks.', permissions: member },
  guest: {
    name: 'Guest',
    description: 'Reads projects, tasks, comments and attachments that are not internal.',
    permissions: ['project:read', 'task:read', 'comment:read', 'attachment:read'],
  },
  auditor: {
    name: 'Auditor',
    description: 'Reads members, money and the audit log; changes nothing.',
    permissions: [
      'member:list',
      'role:list',
      'user.security:read',
      'project:read',
      'project.budget:read',
      'task:read',
      'comment:read',
      'audit:read',
      'access:explain',
    ],
  },
  partner: {
    name: 'Partner',
    description: 'What an integration needs: projects, tasks and comments that are not internal.',
    permissions: ['project:read', 'task:read', 'comment:read'],
  },
} as const satisfies Record<string, SystemRole>;

/** The key of a system role. */
export type SystemRoleKey = keyof typeof systemRoles;

/** Keys of the system roles, most powerful first. */
export const systemRoleKeys = Object.keys(systemRoles) as readonly SystemRoleKey[];

/** Whether a role's key is one of the system roles'. */
export function isSystemRoleKey(key: string): key is SystemRoleKey {
  return Object.hasOwn(systemRoles, key);
}

/** A role as it is stored. */
export interface StoredRole {
  readonly key: string;
  readonly system: boolean;
  readonly permissions: readonly string[];
}

/** What a set of stored roles grants together: system roles by the code, custom ones by their row, cut to the catalogue. */
export function permissionsOfRoles(roles: readonly StoredRole[]): PermissionSet {
  return new PermissionSet(
    roles.flatMap((role) =>
      role.system && isSystemRoleKey(role.key)
        ? [...systemRoles[role.key].permissions]
        : role.permissions.filter(isPermission),
    ),
  );
}
