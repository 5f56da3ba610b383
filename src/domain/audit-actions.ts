/** What is on record about the domain's nouns. */
import { defineAuditActions } from '../authorization/audit-actions.ts';
import type { NamesOf } from '../authorization/permissions.ts';
import { can, inherited } from '../authorization/rules.ts';

const project = {
  key: can('project:read'),
  name: inherited,
  description: inherited,
  status: can('project:read'),
  leadId: can('project:read'),
  budget: inherited,
};
const task = {
  projectId: can('task:read'),
  title: inherited,
  description: inherited,
  status: can('task:read'),
  priority: can('task:read'),
  assigneeId: can('task:read'),
  dueAt: can('task:read'),
  estimateMinutes: inherited,
  internalNotes: inherited,
};

export const domainActions = defineAuditActions({
  'attachment.create': { taskId: can('attachment:read'), sha256: can('attachment:read'), size: can('attachment:read') },
  'attachment.delete': {},
  'comment.create': { taskId: can('comment:read'), internal: can('comment.internal:read') },
  'comment.delete': { internal: can('comment.internal:read') },
  'comment.update': { internal: can('comment.internal:read') },
  'project.addMember': { userId: can('member:list') },
  'project.archive': {},
  'project.create': project,
  'project.delete': {},
  'project.removeMember': { userId: can('member:list') },
  'project.restore': {},
  'project.update': project,
  'task.create': task,
  'task.delete': {},
  'task.update': task,
});

declare module '../authorization/audit-actions.ts' {
  interface AuditActionRegister extends NamesOf<typeof domainActions> {}
}
