/**
 * Audit events of an account, such as a sign-in: on record in each organization that the account is in, so that every one of
 * their auditors sees them; in none where it is in none.
 */

import type { AuditAction } from '../../authorization/audit-actions.ts';
import { viewerUserId } from '../../authorization/viewer.ts';
import type { Prisma } from '../../generated/prisma/client.ts';
import type { Actor } from '../../nouns/actor.ts';
import type { DatabaseTransaction } from '../../stores/database.ts';

/** What happened to an account. */
export interface AccountEvent {
  /** The account that it happened to; null for one that does not exist, so that a failure costs the same for both. */
  readonly userId: string | null;
  /** Whether its owner has proven to be there: only then does the event name the account as the one who acted. */
  readonly proven: boolean;
  readonly action: AuditAction;
  /** The account itself when left out. */
  readonly target?: { readonly type: string; readonly id: string };
  /** Never a secret, an address or a guarded value. */
  readonly details?: Prisma.InputJsonObject;
}

/**
 * Appends the event, in the transaction of the deed.
 * @param tx bound to the account: the database takes events of no other, and names nobody else as the one who acted.
 */
export async function recordAccountEvent(
  tx: Pick<DatabaseTransaction, '$queryRaw'>,
  actor: Actor,
  { userId, proven, action, target, details }: AccountEvent,
): Promise<void> {
  // Whoever knocks at somebody else's account while signed in to their own is a stranger to it.
  const actorId = userId !== null && (proven || viewerUserId(actor.viewer) === userId) ? userId : null;
  await tx.$queryRaw`select auth_record_account_event(${userId}::uuid, ${actorId === null ? 'Anonymous' : 'User'},
    ${actorId}::uuid, ${action}, ${target?.type ?? 'User'}, ${target?.id ?? userId}, ${actor.ip}, ${actor.requestId},
    ${JSON.stringify(details ?? {})}::jsonb)::text`;
}
