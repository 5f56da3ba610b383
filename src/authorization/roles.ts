/**
 * The system roles that exist in every organization and cannot be edited. The code is the authority: the database's rows
 * carry a copy for readers of SQL, and what a stored role grants is always cut to the catalogue.
 */

import { PermissionSet } from './permission-set.ts';
import { type GrantedRole, isPermission, type Permission, permissionCatalogue } from './permissions.ts';

/** A system role's name, description and permissions. */
export interface SystemRole {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly Permission[];
}

/** The key of a system role. */
export type SystemRoleKey = 'owner' | 'admin' | GrantedRole;

/** Keys of the system roles, most powerful first. */
export const systemRoleKeys = [
  'owner',
  'admin',
  'manager',
  'member',
  'guest',
  'auditor',
  'partner',
] as const satisfies readonly SystemRoleKey[];

const names: Readonly<Record<SystemRoleKey, string>> = {
  owner: 'Owner',
  admin: 'Administrator',
  manager: 'Manager',
  member: 'Member',
  guest: 'Guest',
  auditor: 'Auditor',
  partner: 'Partner',
};

/** What each is for; a domain says it in words of its own with {@link describeRoles}. */
const descriptions: Record<SystemRoleKey, string> = {
  owner: 'May do everything, and delete the organization.',
  admin: 'May do everything but delete the organization.',
  manager: 'Runs the work.',
  member: 'Works.',
  guest: 'Reads what is not internal.',
  auditor: 'Reads members and the audit log; changes nothing.',
  partner: 'What an integration needs.',
};

/** Says in the words of a domain what roles are for. */
export function describeRoles(words: Readonly<Partial<Record<SystemRoleKey, string>>>): void {
  Object.assign(descriptions, words);
}

const known = new Map<SystemRoleKey, SystemRole>();

/** A system role. */
export function systemRole(key: SystemRoleKey): SystemRole {
  const role = known.get(key) ?? {
    name: names[key],
    description: descriptions[key],
    permissions: [...permissionCatalogue()].flatMap(([name, { roles = [], ownerOnly = false }]) => {
      if (key === 'owner' || (key === 'admin' && !ownerOnly)) return [name];
      return key !== 'admin' && roles.includes(key) ? [name] : [];
    }),
  };
  known.set(key, role);
  return role;
}

/** Whether a role's key is one of the system roles'. */
export function isSystemRoleKey(key: string): key is SystemRoleKey {
  return (systemRoleKeys as readonly string[]).includes(key);
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
        ? [...systemRole(role.key).permissions]
        : role.permissions.filter(isPermission),
    ),
  );
}
