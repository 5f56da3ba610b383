/** Tasks: everybody in the organization reads them; internal notes and estimates are guarded. */

import { defineNoun } from '../../nouns/define-noun.ts';
import { defineEnum } from '../../nouns/enums.ts';
import { enumeration, foreign, identifier, instant, integer, relation, text } from '../../nouns/fields.ts';
import { taskPermissions } from './permissions.ts';
import { takeNumber } from './service.ts';

const status = defineEnum('TaskStatus', 'Where a task stands.', ['TODO', 'IN_PROGRESS', 'IN_REVIEW', 'DONE'], {
  TODO: 'Not begun.',
  IN_PROGRESS: 'Under way.',
  IN_REVIEW: 'Waiting for a second pair of eyes.',
  DONE: 'Done.',
});

const priority = defineEnum('TaskPriority', 'How urgent a task is.', ['LOW', 'MEDIUM', 'HIGH', 'URGENT'], {
  LOW: 'Can wait.',
  MEDIUM: 'In its turn.',
  HIGH: 'Soon.',
  URGENT: 'Now.',
});

export const task = defineNoun('Task', {
  description: 'One piece of work in a project.',
  plural: 'tasks',
  permissions: taskPermissions,
  read: 'task:read',
  queries: { one: 'task', all: 'tasks' },
  parent: { relation: 'project', read: foreign('project:read'), list: { name: 'tasks', filter: true } },
  fields: {
    id: identifier({ filter: true }),
    number: integer({ description: 'The number within the project.', filter: true, order: 'default' }),
    title: text({
      description: 'What is to be done.',
      create: 'required',
      min: 1,
      max: 300,
      filter: true,
      order: true,
    }),
    description: text({ description: 'In more words.', create: 'optional', max: 20_000, filter: true }),
    status: enumeration(status, {
      description: 'Where it stands.',
      create: 'optional',
      leftOut: 'TODO',
      audited: true,
      filter: true,
      order: true,
    }),
    priority: enumeration(priority, {
      description: 'How urgent it is.',
      create: 'optional',
      leftOut: 'MEDIUM',
      audited: true,
      filter: true,
      order: true,
    }),
    assignee: relation({
      description: 'Who does it; null for nobody.',
      by: 'who does it',
      create: 'optional',
      audited: true,
      filter: true,
    }),
    reporter: relation({
      description: 'Who asked for it; null for an API key.',
      by: 'who asked for it',
      set: 'viewer',
      filter: true,
    }),
    dueAt: instant({
      description: 'Until when; null for no date.',
      by: 'date',
      create: 'optional',
      filter: true,
      order: true,
    }),
    estimateMinutes: integer({
      description: 'Estimated work in minutes. Null when unset, or when denied.',
      by: 'estimated work',
      read: 'task.internal:read',
      write: 'task.internal:write',
      create: 'optional',
      min: 0,
      max: 1_000_000,
      filter: true,
      order: true,
    }),
    internalNotes: text({
      description: 'Notes that guests and partners do not see. Null when unset, or when denied.',
      read: 'task.internal:read',
      write: 'task.internal:write',
      create: 'optional',
      max: 20_000,
      filter: true,
    }),
    project: relation({
      description: 'The project. Null when denied.',
      by: 'its project',
      read: foreign('project:read'),
      filter: true,
    }),
    createdAt: instant({ description: 'When it was made.', by: 'age', filter: true, order: true }),
    updatedAt: instant({
      description: 'When it last changed; `expectedUpdatedAt` takes it.',
      by: 'last change',
      filter: true,
      order: true,
    }),
  },
  writes: {
    create: 'task:create',
    update: 'task:update',
    delete: 'task:delete',
    words: {
      create: 'Makes a task, with the next number of its project.',
      delete: 'Deletes a task with its comments and attachments.',
    },
    beforeCreate: takeNumber,
  },
  events: true,
});
