/** Nobody can grant what they do not hold, nor act on somebody who holds what they lack; and an owner always remains. */
import { PermissionSet } from '../../authorization/permission-set.ts';
import { permissionsOfRoles, type StoredRole } from '../../authorization/roles.ts';
import { createError } from '../../errors.ts';
import type { DatabaseTransaction } from '../../stores/database.ts';

/** @throws FORBIDDEN, naming what is lacking, unless the actor holds all of the permissions. */
export function assertMayGrant(actor: PermissionSet, permissions: Iterable<string>): void {
  const lacking = actor.missingFrom(new PermissionSet(permissions));
  if (lacking.length > 0)
    throw createError('FORBIDDEN', 'You cannot grant permissions that you do not hold.', {
      extensions: { requires: lacking },
    });
}

/** @throws FORBIDDEN when the target holds permissions that the actor lacks; it names them to those who may read what roles grant. */
export function assertMayActOn(actor: PermissionSet, target: PermissionSet): void {
  const lacking = actor.missingFrom(target);
  if (lacking.length > 0)
    throw createError('FORBIDDEN', 'You cannot act on somebody who holds permissions that you lack.', {
      extensions: { requires: actor.has('role:list') ? lacking : [] },
    });
}

/** What an active member holds. @returns null for whoever is none. */
export async function permissionsOfActiveMember(
  tx: Pick<DatabaseTransaction, 'membership' | 'membershipRole'>,
  userId: string,
): Promise<PermissionSet | null> {
  const membership = await tx.membership.findFirst({ where: { userId, status: 'ACTIVE' }, select: { id: true } });
  return membership && permissionsOfMembership(tx, membership.id);
}

/** What a membership's roles grant together. */
export async function permissionsOfMembership(
  tx: Pick<DatabaseTransaction, 'membershipRole'>,
  membershipId: string,
): Promise<PermissionSet> {
  const rows = await tx.membershipRole.findMany({
    where: { membershipId },
    select: { role: { select: { key: true, system: true, permissions: true } } },
  });
  return permissionsOfRoles(rows.map(({ role }): StoredRole => role));
}

/**
 * Makes sure that an organization keeps an active owner besides a membership that is about to lose the role. Locks the
 * organization's row, so that two owners who leave at once do not both succeed.
 * @throws CONFLICT for the last owner.
 */
export async function assertNotLastOwner(
  tx: DatabaseTransaction,
  organizationId: string,
  membershipId: string,
): Promise<void> {
  await lockOrganization(tx, organizationId);
  const owners = await tx.membershipRole.findMany({
    where: { role: { key: 'owner', system: true }, membership: { status: 'ACTIVE' } },
    select: { membershipId: true },
  });
  const isOwner = owners.some((owner) => owner.membershipId === membershipId);
  if (isOwner && owners.length === 1) throw createError('CONFLICT', 'An organization keeps at least one owner.');
}

/** Holds back every other change of memberships and roles in an organization until the transaction ends. */
export async function lockOrganization(tx: DatabaseTransaction, organizationId: string): Promise<void> {
  await tx.$queryRaw`select "id"::text from "Organization" where "id" = ${organizationId}::uuid for update`;
}
