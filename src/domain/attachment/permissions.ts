/** The permissions about attachments. */
import { definePermissions, type NamesOf } from '../../authorization/permissions.ts';

export const attachmentPermissions = definePermissions({
  'attachment:read': {
    title: 'Read attachments',
    description: 'List and download attachments.',
    roles: ['manager', 'member', 'guest'],
  },
  'attachment:create': { title: 'Attach files', description: 'Upload attachments.', roles: ['manager', 'member'] },
  'attachment:delete': { title: 'Delete attachments', description: 'Delete attachments.', roles: ['manager'] },
});

declare module '../../authorization/permissions.ts' {
  interface PermissionRegister extends NamesOf<typeof attachmentPermissions> {}
}
