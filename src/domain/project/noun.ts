/** Projects: everybody in the organization reads them; their money is guarded. */

import { defineNoun } from '../../nouns/define-noun.ts';
import { defineEnum } from '../../nouns/enums.ts';
import { decimal, enumeration, identifier, instant, relation, text } from '../../nouns/fields.ts';
import { projectPermissions } from './permissions.ts';

const status = defineEnum('ProjectStatus', 'Where a project stands.', ['PLANNED', 'ACTIVE', 'ON_HOLD', 'COMPLETED'], {
  PLANNED: 'Not begun.',
  ACTIVE: 'Under way.',
  ON_HOLD: 'Paused.',
  COMPLETED: 'Done.',
});

export const project = defineNoun('Project', {
  description: 'Work owned by one organization.',
  plural: 'projects',
  permissions: projectPermissions,
  read: 'project:read',
  queries: { one: 'project', all: 'projects' },
  fields: {
    id: identifier({ filter: true }),
    key: text({
      description: 'The short name, unique in the organization.',
      by: 'short name',
      create: 'required',
      min: 2,
      max: 20,
      form: {
        pattern: /^[A-Z][A-Z0-9-]*$/,
        words: 'Use capital letters, digits and hyphens, beginning with a letter.',
      },
      audited: true,
      filter: true,
      order: true,
    }),
    name: text({
      description: 'Display name.',
      by: 'display name',
      create: 'required',
      min: 1,
      max: 200,
      filter: true,
      order: true,
    }),
    description: text({ description: 'What it is about.', create: 'optional', max: 10_000, filter: true }),
    status: enumeration(status, {
      description: 'Where it stands.',
      create: 'optional',
      leftOut: 'PLANNED',
      audited: true,
      filter: true,
      order: true,
    }),
    lead: relation({
      description: 'Who leads it; null for nobody.',
      by: 'who leads it',
      create: 'optional',
      audited: true,
      filter: true,
    }),
    budget: decimal({
      description: 'Planned cost. Null when unset, or when denied.',
      by: 'planned cost',
      read: 'project.budget:read',
      write: 'project.budget:write',
      create: 'optional',
      min: 0,
      filter: true,
      order: true,
    }),
    spent: decimal({
      description: 'Cost so far. Null when denied.',
      by: 'cost so far',
      read: 'project.budget:read',
      filter: true,
      order: true,
    }),
    createdAt: instant({ description: 'When it was made.', by: 'age', filter: true, order: 'default' }),
    updatedAt: instant({
      description: 'When it last changed; `expectedUpdatedAt` takes it.',
      by: 'last change',
      filter: true,
      order: true,
    }),
    archivedAt: instant({
      description: 'When it was archived; null while it is not.',
      by: 'the day of archiving',
      filter: true,
    }),
  },
  writes: {
    create: 'project:create',
    update: 'project:update',
    delete: 'project:delete',
    words: { delete: 'Deletes a project with its tasks, comments and attachments.' },
    taken: 'A project with this key exists.',
  },
});
