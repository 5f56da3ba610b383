/** Invitations as whoever holds one uses them: found by the token of the mail, and used once, by the address that it went to. */

import type { PermissionSet } from '../../authorization/permission-set.ts';
import { permissionsOfRoles } from '../../authorization/roles.ts';
import { notFound } from '../../errors.ts';
import type { Database, DatabaseTransaction } from '../../stores/database.ts';
import { asNobody, normalizeEmail } from '../account/own-account.ts';
import { keyPermissionColumns, permissionsOfKey } from '../api-key/key-permissions.ts';
import { digestOf } from '../authentication/api-key.ts';
import { lockOrganization, permissionsOfActiveMember } from './delegation.ts';

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
  return asNobody(async () => read(db, digestOf(token)));
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
  // One opens the door once: others to the same address must not open it again after its holder was put out.
  await endInvitationsTo(tx, invitation.email);
  return invitation;
}

/** What an invitation grants is granted when it is used: whoever sent it must hold it still. */
async function assertStillGranted(tx: DatabaseTransaction, { id }: OpenInvitation): Promise<void> {
  const { invitedById, invitedByKey, role } = await tx.invitation.findFirstOrThrow({
    where: { id },
    select: {
      invitedById: true,
      invitedByKey: { select: { ...keyPermissionColumns, revokedAt: true, expiresAt: true } },
      role: { select: { key: true, system: true, permissions: true } },
    },
  });
  const granted = permissionsOfRoles([role]);
  const assertHeld = (held: PermissionSet | null): void => {
    if (!held || held.missingFrom(granted).length > 0) throw notFound('Invitation');
  };
  if (invitedById !== null) assertHeld(await permissionsOfActiveMember(tx, invitedById));
  if (!invitedByKey) return;
  const isOver = invitedByKey.revokedAt || (invitedByKey.expiresAt && invitedByKey.expiresAt <= new Date());
  assertHeld(isOver ? null : await permissionsOfKey(tx, invitedByKey));
}

/** Ends every invitation of the organization that is open for an address. */
export async function endInvitationsTo(tx: DatabaseTransaction, email: string): Promise<void> {
  await tx.invitation.updateMany({
    where: { email: { equals: normalizeEmail(email), mode: 'insensitive' }, acceptedAt: null, revokedAt: null },
    data: { revokedAt: new Date() },
  });
}

/** Whether an invitation went to an address. */
export function isFor(invitation: OpenInvitation, email: string): boolean {
  return normalizeEmail(invitation.email) === normalizeEmail(email);
}
