/** The permissions about comments. */
import { definePermissions, type NamesOf } from '../../authorization/permissions.ts';

export const commentPermissions = definePermissions({
  'comment:read': {
    title: 'Read comments',
    description: 'Read comments that are not internal.',
    roles: ['manager', 'member', 'guest', 'auditor', 'partner'],
  },
  'comment:create': {
    title: 'Comment',
    description: 'Write comments, and edit and delete one’s own.',
    roles: ['manager', 'member'],
  },
  'comment.internal:read': {
    title: 'Internal comments',
    description: 'Read and write internal comments.',
    roles: ['manager', 'member'],
  },
  'comment:moderate': { title: 'Moderate comments', description: 'Delete comments of others.', roles: ['manager'] },
});

declare module '../../authorization/permissions.ts' {
  interface PermissionRegister extends NamesOf<typeof commentPermissions> {}
}
