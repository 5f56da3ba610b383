/** The permissions about projects. */
import { definePermissions, type NamesOf } from '../../authorization/permissions.ts';

export const projectPermissions = definePermissions({
  'project:read': {
    title: 'Read projects',
    description: 'Read projects, without their money.',
    roles: ['manager', 'member', 'guest', 'auditor', 'partner'],
  },
  'project:create': { title: 'Create projects', description: 'Create projects.', roles: ['manager'] },
  'project:update': { title: 'Edit projects', description: 'Edit projects and their members.', roles: ['manager'] },
  'project:archive': { title: 'Archive projects', description: 'Archive and restore projects.', roles: ['manager'] },
  'project:delete': {
    title: 'Delete projects',
    description: 'Delete projects with their tasks.',
    warning: 'Cannot be undone.',
  },
  'project.budget:read': {
    title: 'See budgets',
    description: 'Read, filter and sort by budget and money spent.',
    roles: ['manager', 'auditor'],
  },
  'project.budget:write': { title: 'Set budgets', description: 'Set the budget of a project.', roles: ['manager'] },
});

declare module '../../authorization/permissions.ts' {
  interface PermissionRegister extends NamesOf<typeof projectPermissions> {}
}
