/** Comments. Internal ones are rows that some do not see: visibility, and no rule of a field. */

import { defineNoun } from '../../nouns/define-noun.ts';
import { boolean, foreign, instant, relation, text } from '../../nouns/fields.ts';
import { anyOf, equals, holds } from '../../nouns/row-rules.ts';
import { commentPermissions } from './permissions.ts';

export const comment = defineNoun('Comment', {
  description: 'Something that somebody wrote about a task.',
  plural: 'comments',
  permissions: commentPermissions,
  read: 'comment:read',
  rows: anyOf(holds('comment.internal:read'), equals('internal', false)),
  queries: false,
  parent: {
    relation: 'task',
    read: foreign('task:read'),
    list: {
      name: 'comments',
      filter: true,
      description: 'What people wrote about it; internal comments for those who may read them. Null when denied.',
    },
  },
  fields: {
    author: relation({ description: 'Who wrote it; null for an API key.', by: 'who wrote them', filter: true }),
    body: text({ description: 'The text.', by: 'text', filter: true }),
    internal: boolean({
      description: 'Whether only those who may read internal comments see it.',
      compare: 'comment.internal:read',
      by: 'whether they are internal',
      filter: true,
    }),
    task: relation({ description: 'The task. Null when denied.', read: foreign('task:read') }),
    createdAt: instant({ description: 'When it was written.', by: 'age', filter: true, order: 'default' }),
    updatedAt: instant({ description: 'When it last changed; `expectedUpdatedAt` takes it.' }),
  },
  exported: { by: 'author', columns: ['id', 'taskId', 'body', 'createdAt'] },
});
