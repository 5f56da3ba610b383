/** What people write about tasks, as it is read. */

import { builder } from '../../nouns/builder.ts';
import { createConnection, type ListKind } from '../../nouns/connection.ts';
import { createOrderInput } from '../../nouns/order-input.ts';
import { policies } from '../policies.ts';
import { commentFilter } from '../task/work-filters.ts';

export const Comment = builder.prismaNode('Comment', {
  description: 'Something that somebody wrote about a task.',
  authScopes: policies.Comment,
  select: { id: true },
  id: { field: 'id', description: 'The global id.', authScopes: policies['Comment.id'] },
  fields: (t) => ({
    author: t.relation('author', {
      nullable: true,
      description: 'Who wrote it; null for an API key.',
      authScopes: policies['Comment.author'],
    }),
    body: t.exposeString('body', { description: 'The text.', authScopes: policies['Comment.body'] }),
    internal: t.exposeBoolean('internal', {
      description: 'Whether only those who may read internal comments see it.',
      authScopes: policies['Comment.internal'],
    }),
    task: t.relation('task', {
      nullable: true,
      description: 'The task. Null when denied.',
      authScopes: policies['Comment.task'],
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was written.',
      authScopes: policies['Comment.createdAt'],
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it last changed; `expectedUpdatedAt` takes it.',
      authScopes: policies['Comment.updatedAt'],
    }),
  }),
});

const orders = { CREATED_AT: { column: 'createdAt', kind: 'date', description: 'By age.' } } as const;
export const CommentOrder = createOrderInput('Comment', orders);

const made = createConnection('Comment', Comment as never);
export const commentConnection = made.connection;
export const commentEdge = made.edge;

/** Comments as a list. */
export const comments: ListKind = {
  name: 'Comment',
  filter: commentFilter,
  orders,
  defaultOrder: { field: 'CREATED_AT', direction: 'asc' },
};
