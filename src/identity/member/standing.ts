/**
 * What an actor may do as of now, read within the transaction that writes. A request's viewer may be half a second old, and
 * have waited for a lock besides: enough for somebody who was just demoted to take their role back.
 */
import type { PermissionSet } from '../../authorization/permission-set.ts';
import { permissionsOfRoles, type StoredRole } from '../../authorization/roles.ts';
import type { ApiKeyViewer, UserViewer } from '../../authorization/viewer.ts';
import { createError, notFound, unauthenticated } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import type { DatabaseTransaction } from '../../stores/database.ts';
import type { KeyBounds } from '../api-key/key-bounds.ts';
import { keyPermissionColumns, permissionsOfKey } from '../api-key/key-permissions.ts';

/** What somebody is in an organization while a transaction runs. */
export interface Standing {
  readonly permissions: PermissionSet;
  /** The person who answers for what is written: the actor, or who stands behind the key; null for a key that nobody made. */
  readonly responsibleUserId: string | null;
  /** The key that acts, with what bounds it; null for a person. */
  readonly key: { readonly id: string; readonly bounds: KeyBounds } | null;
}

interface SessionRow {
  readonly revokedAt: Date | null;
  readonly expiresAt: Date;
  readonly erasedAt: Date | null;
  readonly membershipId: string | null;
  readonly status: string | null;
  readonly roles: readonly StoredRole[];
}

/**
 * Reads the actor's standing.
 * @param tx in the organization's scope.
 * @throws UNAUTHENTICATED when the session or the key has ended; NOT_FOUND, ACCOUNT_PENDING or ACCOUNT_SUSPENDED for whoever is
 * no active member any more; FORBIDDEN when a permission was lost with which the operation was planned.
 */
export async function readStanding(tx: DatabaseTransaction, actor: Actor, organizationId: string): Promise<Standing> {
  const { viewer } = actor;
  if (viewer.kind === 'anonymous') throw notFound('Organization');
  const standing =
    viewer.kind === 'user' ? await standingOfUser(tx, viewer, organizationId) : await standingOfKey(tx, viewer);
  const lost = standing.permissions.missingFrom(viewer.permissions);
  if (lost.length > 0)
    throw createError('FORBIDDEN', 'Your permissions have changed.', { extensions: { requires: lost } });
  return standing;
}

/**
 * Holds an account until the transaction ends: nobody erases it meanwhile. Comes before any lock of an organization, as an erasure takes
 * them in that order, too.
 */
export async function holdAccount(tx: DatabaseTransaction, userId: string): Promise<void> {
  await tx.$queryRaw`select "id"::text from "User" where "id" = ${userId}::uuid for share`;
}

/**
 * Reads an account's session as of now.
 * @param wanted the organization whose membership is read with it; null for any.
 * @throws UNAUTHENTICATED when the session has ended.
 */
export async function requireSession(
  tx: DatabaseTransaction,
  { sessionId }: Pick<UserViewer, 'sessionId'>,
  wanted: string | null,
): Promise<SessionRow> {
  const [row] = await tx.$queryRaw<
    SessionRow[]
  >`select "revokedAt", "expiresAt", "erasedAt", "membershipId", "status", "roles" from auth_session(${sessionId}::uuid, ${wanted}::text)`;
  if (!row || row.revokedAt || row.erasedAt || row.expiresAt <= new Date())
    throw unauthenticated('The credential has ended.');
  return row;
}

async function standingOfUser(tx: DatabaseTransaction, viewer: UserViewer, organizationId: string): Promise<Standing> {
  const row = await requireSession(tx, viewer, organizationId);
  if (row.membershipId === null) throw notFound('Organization');
  if (row.status === 'PENDING') throw createError('ACCOUNT_PENDING', 'Your membership waits for approval.');
  if (row.status !== 'ACTIVE') throw createError('ACCOUNT_SUSPENDED', 'Your membership is suspended.');
  return { permissions: permissionsOfRoles(row.roles), responsibleUserId: viewer.userId, key: null };
}

async function standingOfKey(tx: DatabaseTransaction, { apiKeyId, prefix }: ApiKeyViewer): Promise<Standing> {
  const row = await tx.apiKey.findFirst({
    where: { id: apiKeyId, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] },
    select: {
      ...keyPermissionColumns,
      prefix: true,
      client: true,
      allowAdHoc: true,
      expiresAt: true,
      allowedNetworks: true,
      budget: true,
      requestsPerMinute: true,
    },
  });
  const permissions = row && (await permissionsOfKey(tx, row));
  if (!row || !permissions) throw unauthenticated('The credential has ended.');
  // The old secret works on for a while, so that a client can change over; whoever found it must not make it last.
  if (row.prefix !== prefix) throw unauthenticated('The credential has been replaced: use the new one.');
  const { client, allowAdHoc, expiresAt, allowedNetworks, budget, requestsPerMinute } = row;
  const bounds = { client, allowAdHoc, expiresAt, allowedNetworks, budget, requestsPerMinute };
  return { permissions, responsibleUserId: row.createdById, key: { id: apiKeyId, bounds } };
}
