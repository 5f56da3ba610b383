/** The permissions about tasks. */
import { definePermissions, type NamesOf } from '../../authorization/permissions.ts';

export const taskPermissions = definePermissions({
  'task:read': {
    title: 'Read tasks',
    description: 'Read tasks, without internal notes and estimates.',
    roles: ['manager', 'member', 'guest', 'auditor', 'partner'],
  },
  'task:create': { title: 'Create tasks', description: 'Create tasks.', roles: ['manager', 'member'] },
  'task:update': { title: 'Edit tasks', description: 'Edit tasks.', roles: ['manager', 'member'] },
  'task:delete': { title: 'Delete tasks', description: 'Delete tasks.', roles: ['manager'] },
  'task.internal:read': {
    title: 'See internals',
    description: 'Read internal notes and estimates of tasks.',
    roles: ['manager', 'member'],
  },
  'task.internal:write': {
    title: 'Write internals',
    description: 'Write internal notes and estimates of tasks.',
    roles: ['manager', 'member'],
  },
});

declare module '../../authorization/permissions.ts' {
  interface PermissionRegister extends NamesOf<typeof taskPermissions> {}
}
