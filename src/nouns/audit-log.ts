/**
 * The audit log: who did what to what, appended in the transaction of the deed itself. Which details an event has, and who reads
 * them, `authorization/audit-actions.ts` says.
 */

import type { AuditAction } from '../authorization/audit-actions.ts';
import type { Viewer } from '../authorization/viewer.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { DatabaseTransaction } from '../stores/database.ts';
import type { Actor } from './actor.ts';

/** An event to record. */
export interface AuditEntry {
  readonly action: AuditAction;
  readonly target: { readonly type: string; readonly id: string | null };
  /** Ids, names of what is public within the organization, and {@link changed}; never a secret, an address or a guarded value. */
  readonly details?: Prisma.InputJsonObject;
  /** The organization that the event belongs to: the actor's by default; null for an event of the account alone. */
  readonly organizationId?: string | null;
  /** The account that acted, where the actor is not signed in yet. */
  readonly userId?: string;
}

function partyOf(viewer: Viewer, userId: string | undefined): { actorType: string; actorId: string | null } {
  if (viewer.kind === 'user') return { actorType: 'User', actorId: viewer.userId };
  if (viewer.kind === 'apiKey') return { actorType: 'ApiKey', actorId: viewer.apiKeyId };
  return userId === undefined ? { actorType: 'Anonymous', actorId: null } : { actorType: 'User', actorId: userId };
}

/**
 * Appends an event.
 * @param tx the transaction of the deed: both are kept, or neither.
 */
export async function recordAuditEvent(
  tx: Pick<DatabaseTransaction, 'auditEvent'>,
  actor: Actor,
  entry: AuditEntry,
): Promise<void> {
  const { viewer, ip, requestId } = actor;
  const organizationId = entry.organizationId === undefined ? (viewer.organization?.id ?? null) : entry.organizationId;
  // Without RETURNING: whoever appends need not be allowed to read.
  await tx.auditEvent.createMany({
    data: [
      {
        organizationId,
        ...partyOf(viewer, entry.userId),
        action: entry.action,
        targetType: entry.target.type,
        targetId: entry.target.id,
        ip,
        requestId,
        details: entry.details ?? {},
      },
    ],
  });
}
