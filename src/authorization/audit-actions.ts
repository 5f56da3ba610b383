/**
 * The catalogue of what is ever on record, with the details of each action and what it takes to read them. An auditor reads no
 * detail that their role denies them elsewhere: it is "changed" to them, and so is one that is not listed here.
 *
 * Details name people by id. Never a secret or an address of mail, and no value of a guarded column: those are recorded as "changed".
 */

import type { Permission } from './permissions.ts';
import { type Viewer, viewerUserId } from './viewer.ts';

/** What stands in for a value that a rule guards. */
export const changed = 'changed';

/** Permissions that it takes, all of them; none for what whoever reads the event may read. */
type Needed = readonly Permission[];

const open: Needed = [];
const apiKeys: Needed = ['apiKey:list'];
const attachments: Needed = ['attachment:read'];
const comments: Needed = ['comment:read'];
const internal: Needed = ['comment.internal:read'];
const members: Needed = ['member:list'];
const memberRoles: Needed = ['member:list', 'role:list'];
const operations: Needed = ['operation:list'];
const projects: Needed = ['project:read'];
const roles: Needed = ['role:list'];
const security: Needed = ['user.security:read'];
const tasks: Needed = ['task:read'];

const project = { key: projects, name: open, description: open, status: projects, leadId: projects, budget: open };
const task = {
  projectId: tasks,
  title: open,
  description: open,
  status: tasks,
  priority: tasks,
  assigneeId: tasks,
  dueAt: tasks,
  estimateMinutes: open,
  internalNotes: open,
};

/** Every action, with its details. */
export const auditActions = {
  'access.viewAs': {},
  'account.register': {},
  'account.verifyEmail': {},
  'account.changeEmail': {},
  'account.updateProfile': { changed: open },
  'account.export': {},
  'account.delete': {},
  'apiKey.create': { client: apiKeys, roleKey: [...apiKeys, ...roles], scopes: apiKeys, allowAdHoc: apiKeys },
  'apiKey.revoke': { withKeys: apiKeys },
  'apiKey.rotate': { overlapMinutes: open },
  'attachment.create': { taskId: attachments, sha256: attachments, size: attachments },
  'attachment.delete': {},
  'comment.create': { taskId: comments, internal: internal },
  'comment.delete': { internal: internal },
  'comment.update': { internal: internal },
  'invitation.accept': {},
  'invitation.create': { roleKey: ['member:invite', ...roles] },
  'invitation.revoke': {},
  'member.approve': { role: memberRoles },
  'member.leave': { revokedKeys: apiKeys },
  'member.reinstate': {},
  'member.remove': { revokedKeys: apiKeys },
  'member.setRoles': { before: memberRoles, after: memberRoles },
  'member.suspend': {},
  'operation.register': { client: operations, count: operations, operations: operations },
  'operation.retire': { client: operations, name: operations, sha256: operations },
  'organization.create': { slug: open },
  'organization.delete': { slug: open },
  'organization.update': { name: open },
  'password.change': {},
  'password.requestReset': {},
  'password.reset': {},
  'project.addMember': { userId: members },
  'project.archive': {},
  'project.create': project,
  'project.delete': {},
  'project.removeMember': { userId: members },
  'project.restore': {},
  'project.update': project,
  'role.create': { key: roles, permissions: roles },
  'role.delete': { key: roles },
  'role.update': { before: roles, after: roles },
  'secondFactor.disable': {},
  'secondFactor.enable': {},
  'secondFactor.newRecoveryCodes': {},
  'session.refreshReuse': {},
  'session.revoke': {},
  'session.signIn': { secondFactor: security },
  'session.signInFailed': { reason: security },
  'session.signOut': {},
  'session.signOutEverywhere': {},
  'task.create': task,
  'task.delete': {},
  'task.update': task,
} as const satisfies Readonly<Record<string, Readonly<Record<string, Needed>>>>;

/** One action of the catalogue. */
export type AuditAction = keyof typeof auditActions;

/** An event as it was recorded. */
export interface RecordedEvent {
  readonly action: string;
  readonly actorType: string;
  readonly actorId: string | null;
  readonly details: unknown;
}

/** The details of an event as somebody may read them; what is no object has none. */
export function readableDetails(
  { action, actorType, actorId, details }: RecordedEvent,
  viewer: Viewer,
): Record<string, unknown> {
  if (typeof details !== 'object' || details === null) return {};
  const listed: Readonly<Record<string, Needed>> = Object.hasOwn(auditActions, action)
    ? auditActions[action as AuditAction]
    : {};
  const isOwn = actorType === 'User' && actorId !== null && actorId === viewerUserId(viewer);
  const mayRead = (needed: Needed | undefined): boolean =>
    needed !== undefined &&
    // Everybody sees how they themselves are secured.
    ((isOwn && needed === security) || needed.every((permission) => viewer.permissions.has(permission)));
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      mayRead(Object.hasOwn(listed, name) ? listed[name] : undefined) ? value : changed,
    ]),
  );
}
