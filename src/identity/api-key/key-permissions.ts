/** What a stored API key may do: what its role and its scopes both allow, as far as the person behind it still holds it. */
import { PermissionSet } from '../../authorization/permission-set.ts';
import { permissionsOfRoles, type StoredRole } from '../../authorization/roles.ts';
import type { DatabaseTransaction } from '../../stores/database.ts';
import { permissionsOfActiveMember } from '../member/delegation.ts';

/** Columns that it takes to know. */
export const keyPermissionColumns = {
  scopes: true,
  createdById: true,
  role: { select: { key: true, system: true, permissions: true } },
} as const;

/** A key with those columns. */
export interface KeyWithPermissions {
  readonly scopes: readonly string[];
  readonly createdById: string | null;
  readonly role: StoredRole;
}

/** @param tx in the key's organization. @returns null while the person behind it is no active member. */
export async function permissionsOfKey(
  tx: Pick<DatabaseTransaction, 'membership' | 'membershipRole'>,
  { scopes, createdById, role }: KeyWithPermissions,
): Promise<PermissionSet | null> {
  const own = permissionsOfRoles([role]).intersect(new PermissionSet(scopes));
  if (createdById === null) return own;
  const held = await permissionsOfActiveMember(tx, createdById);
  return held && own.intersect(held);
}
