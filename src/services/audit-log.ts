/**
 * The audit log: who did what to what, appended in the transaction of the deed itself. Details name people by id, and values
 * that a rule guards as "changed", so that an auditor reads nothing here that their role denies them elsewhere.
 */
import type { Viewer } from '../authentication/viewer.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { DatabaseTransaction } from '../stores/database.ts';
import type { Actor } from './actor.ts';

/** Every action that is ever on record. */
export const auditActions = [
  'access.viewAs',
  'account.register',
  'account.verifyEmail',
  'account.changeEmail',
  'account.updateProfile',
  'account.export',
  'account.delete',
  'apiKey.create',
  'apiKey.revoke',
  'apiKey.rotate',
  'attachment.create',
  'attachment.delete',
  'comment.create',
  'comment.delete',
  'comment.update',
  'invitation.accept',
  'invitation.create',
  'invitation.revoke',
  'member.approve',
  'member.leave',
  'member.reinstate',
  'member.remove',
  'member.setRoles',
  'member.suspend',
  'operation.register',
  'operation.retire',
  'organization.create',
  'organization.delete',
  'organization.update',
  'password.change',
  'password.requestReset',
  'password.reset',
  'project.addMember',
  'project.archive',
  'project.create',
  'project.delete',
  'project.removeMember',
  'project.restore',
  'project.update',
  'role.create',
  'role.delete',
  'role.update',
  'secondFactor.disable',
  'secondFactor.enable',
  'secondFactor.newRecoveryCodes',
  'session.refreshReuse',
  'session.revoke',
  'session.signIn',
  'session.signInFailed',
  'session.signOut',
  'session.signOutEverywhere',
  'task.create',
  'task.delete',
  'task.update',
] as const;

/** One action of the list. */
export type AuditAction = (typeof auditActions)[number];

/** What stands in for a value that a rule guards. */
export const changed = 'changed';

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
