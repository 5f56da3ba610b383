/** Invitations as whoever holds one uses them: found by the token of the mail, and used once, by the address that it went to. */
import { digestOf } from '../authentication/api-key.ts';
import { PermissionSet } from '../authentication/permission-set.ts';
import { permissionsOfRoles } from '../authorization/roles.ts';
import { notFound } from '../errors.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';
import { runInDatabaseScope } from '../stores/database-scope.ts';
import { lockOrganization, permissionsOfMembership } from './delegation.ts';
import { nobodysScope, normalizeEmail } from './own-account.ts';

/** An invitation that was found open; whether it still is, {@link consumeInvitation} says. */
export interface OpenInvitation {
  readonly id: string;
  readonly organizationId: string;
  readonly email: string;
  readonly roleId: string;
}

interface InvitationRow extends OpenInvitation {
  readonly expiresAt: Date;
  readonly acceptedAt: Date | null;
  readonly revokedAt: Date | null;
}

async function read(source: Pick<DatabaseTransaction, '$queryRaw'>, digest: string): Promise<OpenInvitation> {
  const [row] = await source.$queryRaw<InvitationRow[]>`select * from auth_invitation(${digest})`;
  if (!row || row.acceptedAt || row.revokedAt || row.expiresAt <= new Date()) throw notFound('Invitation');
  return row;
}

/** @throws NOT_FOUND for a token that is unknown, used, expired, revoked, or whose sender is no active member any more. */
export function findInvitation(db: Database, token: string): Promise<OpenInvitation> {
  return runInDatabaseScope(nobodysScope, async () => read(db, digestOf(token)));
}

/**
 * Uses an invitation up: holds the organization's lock from here on, so that it neither ends nor is used twice meanwhile.
 * @param tx in the organization's scope.
 * @throws NOT_FOUND when it has ended since it was found, or when its sender could not send it any more.
 */
export async function consumeInvitation(tx: DatabaseTransaction, token: string): Promise<OpenInvitation> {
  const digest = digestOf(token);
  const { organizationId } = await read(tx, digest);
  await lockOrganization(tx, organizationId);
  const invitation = await read(tx, digest);
  await assertStillGranted(tx, invitation);
  await tx.invitation.updateMany({ where: { id: invitation.id }, data: { acceptedAt: new Date() } });
  return invitation;
}

/** What an invitation grants is granted when it is used: whoever sent it must hold it still. */
async function assertStillGranted(tx: DatabaseTransaction, { id }: OpenInvitation): Promise<void> {
  const { invitedById, role } = await tx.invitation.findFirstOrThrow({
    where: { id },
    select: { invitedById: true, role: { select: { key: true, system: true, permissions: true } } },
  });
  if (invitedById === null) return;
  const sender = await tx.membership.findFirst({
    where: { userId: invitedById, status: 'ACTIVE' },
    select: { id: true },
  });
  const held = sender ? await permissionsOfMembership(tx, sender.id) : PermissionSet.none;
  if (!sender || held.missingFrom(permissionsOfRoles([role])).length > 0) throw notFound('Invitation');
}

/** Whether an invitation went to an address. */
export function isFor(invitation: OpenInvitation, email: string): boolean {
  return normalizeEmail(invitation.email) === normalizeEmail(email);
}
