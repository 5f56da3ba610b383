/**
 * A domain of the tests' own over the demo's tables: rows that are somebody's own, rows that go by their parent's, both at once, and
 * owners that may be nobody. Loaded in place of the installed one by files that say so, each in a process of its own.
 */
import { describeRoles } from '../../../src/authorization/roles.ts';
import { attachmentPermissions } from '../../../src/domain/attachment/permissions.ts';
import { commentPermissions } from '../../../src/domain/comment/permissions.ts';
import { projectPermissions } from '../../../src/domain/project/permissions.ts';
import { taskPermissions } from '../../../src/domain/task/permissions.ts';
import { takeNumber } from '../../../src/domain/task/service.ts';
import { defineNoun } from '../../../src/nouns/define-noun.ts';
import { noDomain } from '../../../src/nouns/domain.ts';
import { foreign, identifier, instant, integer, relation, text } from '../../../src/nouns/fields.ts';
import { allOf, anyOf, holds, own, visible } from '../../../src/nouns/row-rules.ts';

describeRoles({ manager: 'One.', member: 'Two.', guest: 'Three.', auditor: 'Four.', partner: 'Five.' });

/** One's own, where the owner may be nobody. */
defineNoun('Project', {
  description: 'Something that one person owns, or nobody.',
  plural: 'projects',
  permissions: projectPermissions,
  read: 'project:read',
  rows: anyOf(holds('project.budget:read'), own('lead')),
  queries: { one: 'project', all: 'projects' },
  fields: {
    id: identifier({ filter: true }),
    key: text({ description: 'Its key.', create: 'required', max: 20, filter: true, order: true }),
    name: text({ description: 'Its name.', create: 'required', max: 200, audited: true, filter: true, order: true }),
    lead: relation({ description: 'Whose it is.', create: 'optional', audited: true, filter: true }),
    createdAt: instant({ description: 'When.', filter: true, order: 'default' }),
    updatedAt: instant({ description: 'When it changed.', order: true }),
  },
  writes: { create: 'project:create', update: 'project:update', delete: 'project:delete' },
  exported: { by: 'lead', columns: ['id', 'name'] },
});

/** By the parent, or one's own below a parent that one does not see. */
defineNoun('Task', {
  description: 'Something below it.',
  plural: 'tasks',
  permissions: taskPermissions,
  read: 'task:read',
  rows: anyOf(visible('project'), own('assignee')),
  queries: { one: 'task', all: 'tasks' },
  parent: { relation: 'project', read: foreign('project:read'), list: { name: 'tasks', filter: true } },
  fields: {
    id: identifier({ filter: true }),
    number: integer({ description: 'Its number.', filter: true, order: 'default' }),
    title: text({ description: 'Its title.', create: 'required', max: 300, audited: true, filter: true, order: true }),
    assignee: relation({ description: 'Whose it is.', create: 'optional', filter: true }),
    reporter: relation({ description: 'Who asked.', set: 'viewer', filter: true }),
    project: relation({ description: 'Above it.', read: foreign('project:read'), filter: true }),
    updatedAt: instant({ description: 'When it changed.', order: true }),
  },
  writes: { create: 'task:create', update: 'task:update', delete: 'task:delete', beforeCreate: takeNumber },
  events: true,
  exported: { by: 'reporter', columns: ['id', 'title'] },
});

/** One's own, whatever one sees above them. */
defineNoun('Comment', {
  description: 'Something that somebody wrote.',
  plural: 'comments',
  permissions: commentPermissions,
  read: 'comment:read',
  rows: anyOf(holds('comment.internal:read'), own('author')),
  queries: { one: 'comment', all: 'comments' },
  parent: { relation: 'task', read: foreign('task:read'), list: { name: 'comments', filter: true } },
  fields: {
    id: identifier({ filter: true }),
    author: relation({ description: 'Whose it is.', set: 'viewer', filter: true }),
    body: text({ description: 'Its text.', create: 'required', max: 200, audited: true, filter: true, order: true }),
    task: relation({ description: 'Above it.', read: foreign('task:read'), filter: true }),
    createdAt: instant({ description: 'When.', filter: true, order: 'default' }),
    updatedAt: instant({ description: 'When it changed.', order: true }),
  },
  writes: { create: 'comment:create', update: 'comment:create', delete: 'comment:moderate' },
  events: true,
  exported: { by: 'author', columns: ['id', 'body'] },
});

/** By the parent and one's own, both. */
defineNoun('Attachment', {
  description: 'Something below it that is one’s own too.',
  plural: 'attachments',
  permissions: attachmentPermissions,
  read: 'attachment:read',
  rows: allOf(visible('task'), anyOf(holds('attachment:delete'), own('uploadedBy'))),
  queries: { one: 'attachment', all: 'attachments' },
  parent: { relation: 'task', read: foreign('task:read'), list: { name: 'attachments', filter: true } },
  fields: {
    id: identifier({ filter: true }),
    filename: text({ description: 'Its name.', filter: true, order: true }),
    uploadedBy: relation({ description: 'Whose it is.', filter: true }),
    task: relation({ description: 'Above it.', read: foreign('task:read'), filter: true }),
    createdAt: instant({ description: 'When.', filter: true, order: 'default' }),
  },
  exported: { by: 'uploadedBy', columns: ['id', 'filename'] },
});

/** Nothing of it needs a service. */
export const domain = noDomain;
