/** Models whose rows are all or nothing: the permission without which there are none. */
import type { Permission } from './permissions.ts';

/** Model to permission. */
export const permissionsSeeing = {
  Project: 'project:read',
  Task: 'task:read',
  Comment: 'comment:read',
  Attachment: 'attachment:read',
  Invitation: 'member:invite',
  PersistedOperation: 'operation:list',
  PersistedOperationUse: 'operation:list',
} as const satisfies Record<string, Permission>;
