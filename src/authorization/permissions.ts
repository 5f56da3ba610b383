/**
 * Permissions are data, `noun:verb` or `noun.field:verb`. Each noun declares its own; a role, a key's scopes and a rule may name
 * these and nothing else.
 */
import { Register } from './catalogue.ts';

/** The roles that a permission may be given to where it is declared. Owners hold everything, administrators almost. */
export type GrantedRole = 'manager' | 'member' | 'guest' | 'auditor' | 'partner';

/** What a person reads about a permission before granting it. */
export interface PermissionDescription {
  readonly title: string;
  readonly description: string;
  /** Set when granting it deserves a second thought. */
  readonly warning?: string;
}

/** A permission where it is declared: what it means, and which system roles hold it besides owners and administrators. */
export interface PermissionDeclaration extends PermissionDescription {
  readonly roles?: readonly GrantedRole[];
  /** Administrators do not hold it. */
  readonly ownerOnly?: boolean;
}

/**
 * Every permission's name as a member. Each noun adds its own to it, so that a misspelt one does not compile:
 * `declare module '…/authorization/permissions.ts' { interface PermissionRegister extends NamesOf<typeof permissions> {} }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the declarations of nouns.
export interface PermissionRegister {}

/** What a noun's permissions add to {@link PermissionRegister}. */
export type NamesOf<Declared> = { readonly [Name in keyof Declared]: true };

/** The name of a declared permission. */
export type Permission = keyof PermissionRegister & string;

const register = new Register<PermissionDeclaration>('permission');

/** Adds a noun's permissions. @returns them, for the noun's own types. */
export function definePermissions<const Declared extends Readonly<Record<string, PermissionDeclaration>>>(
  declared: Declared,
): Declared {
  for (const [name, declaration] of Object.entries(declared)) register.add(name, declaration);
  return declared;
}

/** What is declared of a permission. @throws Error for a name that no noun declares. */
export function permissionOf(name: Permission): PermissionDeclaration {
  return register.require(name);
}

/** Every permission, in the order of declaration. */
export function permissionCatalogue(): ReadonlyMap<Permission, PermissionDeclaration> {
  return register.all() as ReadonlyMap<string, PermissionDeclaration> as ReadonlyMap<Permission, PermissionDeclaration>;
}

/** All names, in the catalogue's order. */
export function permissionNames(): readonly Permission[] {
  return [...permissionCatalogue().keys()];
}

/** Whether a string names a declared permission. */
export function isPermission(name: string): name is Permission {
  return (permissionCatalogue() as ReadonlyMap<string, unknown>).has(name);
}
