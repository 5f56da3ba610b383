/** The tasks of projects, as they are read. */

import { builder } from '../../nouns/builder.ts';
import { createConnection, type ListKind, nestedList, resolveList } from '../../nouns/connection.ts';
import { findOne, readsById } from '../../nouns/node.ts';
import { createOrderInput } from '../../nouns/order-input.ts';
import {
  Attachment,
  AttachmentOrder,
  attachmentConnection,
  attachmentEdge,
  attachments,
} from '../attachment/attachment.ts';
import { Comment, CommentOrder, commentConnection, commentEdge, comments } from '../comment/comment.ts';
import { taskPriority, taskStatus } from '../enums.ts';
import { policies } from '../policies.ts';
import { commentFilter, taskFilter } from './work-filters.ts';

const taskComments = nestedList(comments, 'Task.comments', 'comments');
const taskAttachments = nestedList(attachments, 'Task.attachments', 'attachments');

export const Task = builder.prismaNode('Task', {
  description: 'One piece of work in a project.',
  authScopes: policies.Task,
  select: { id: true },
  id: { field: 'id', description: 'The global id.', authScopes: policies['Task.id'] },
  fields: (t) => ({
    number: t.exposeInt('number', {
      description: 'The number within the project.',
      authScopes: policies['Task.number'],
    }),
    title: t.exposeString('title', { description: 'What is to be done.', authScopes: policies['Task.title'] }),
    description: t.exposeString('description', {
      description: 'In more words.',
      authScopes: policies['Task.description'],
    }),
    status: t.expose('status', {
      type: taskStatus.type,
      description: 'Where it stands.',
      authScopes: policies['Task.status'],
    }),
    priority: t.expose('priority', {
      type: taskPriority.type,
      description: 'How urgent it is.',
      authScopes: policies['Task.priority'],
    }),
    assignee: t.relation('assignee', {
      nullable: true,
      description: 'Who does it; null for nobody.',
      authScopes: policies['Task.assignee'],
    }),
    reporter: t.relation('reporter', {
      nullable: true,
      description: 'Who asked for it; null for an API key.',
      authScopes: policies['Task.reporter'],
    }),
    dueAt: t.expose('dueAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when; null for no date.',
      authScopes: policies['Task.dueAt'],
    }),
    estimateMinutes: t.exposeInt('estimateMinutes', {
      nullable: true,
      description: 'Estimated work in minutes. Null when unset, or when denied.',
      authScopes: policies['Task.estimateMinutes'],
    }),
    internalNotes: t.exposeString('internalNotes', {
      nullable: true,
      description: 'Notes that guests and partners do not see. Null when unset, or when denied.',
      authScopes: policies['Task.internalNotes'],
    }),
    comments: t.connection(
      {
        type: Comment,
        nullable: true,
        description: 'What people wrote about it; internal comments for those who may read them. Null when denied.',
        authScopes: policies['Task.comments'],
        args: {
          filter: t.arg({ type: commentFilter.input, description: 'Which of them; all when left out.' }),
          orderBy: t.arg({ type: CommentOrder, description: 'In which order; oldest first when left out.' }),
        },
        ...(taskComments as object),
        resolve: (task, args, context) => taskComments.resolve(task, args, context) as never,
      },
      commentConnection as never,
      commentEdge as never,
    ),
    attachments: t.connection(
      {
        type: Attachment,
        nullable: true,
        description: 'Its files. Null when denied.',
        authScopes: policies['Task.attachments'],
        args: { orderBy: t.arg({ type: AttachmentOrder, description: 'In which order; oldest first when left out.' }) },
        ...(taskAttachments as object),
        resolve: (task, args, context) => taskAttachments.resolve(task, args, context) as never,
      },
      attachmentConnection as never,
      attachmentEdge as never,
    ),
    project: t.relation('project', {
      nullable: true,
      description: 'The project. Null when denied.',
      authScopes: policies['Task.project'],
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was made.',
      authScopes: policies['Task.createdAt'],
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it last changed; `expectedUpdatedAt` takes it.',
      authScopes: policies['Task.updatedAt'],
    }),
  }),
});

const orders = {
  NUMBER: { column: 'number', kind: 'number', description: 'By number.' },
  TITLE: { column: 'title', kind: 'text', description: 'By title.' },
  STATUS: { column: 'status', kind: 'enum', values: taskStatus.values, description: 'By status.' },
  PRIORITY: { column: 'priority', kind: 'enum', values: taskPriority.values, description: 'By priority.' },
  DUE_AT: { column: 'dueAt', kind: 'date', nullable: true, description: 'By date.' },
  ESTIMATE_MINUTES: { column: 'estimateMinutes', kind: 'number', nullable: true, description: 'By estimated work.' },
  CREATED_AT: { column: 'createdAt', kind: 'date', description: 'By age.' },
  UPDATED_AT: { column: 'updatedAt', kind: 'date', description: 'By last change.' },
} as const;
export const TaskOrder = createOrderInput('Task', orders);

const made = createConnection('Task', Task as never);
export const taskConnection = made.connection;
export const taskEdge = made.edge;

/** Tasks as a list. */
export const tasks: ListKind = {
  name: 'Task',
  filter: taskFilter,
  orders,
  defaultOrder: { field: 'NUMBER', direction: 'asc' },
};

builder.queryFields((t) => ({
  task: t.field({
    type: Task,
    nullable: true,
    description: 'A task. Null when there is none with this id.',
    authScopes: policies['Query.task'],
    extensions: readsById('Task'),
    args: { id: t.arg.id({ required: true, description: 'The global id.' }) },
    resolve: async (_root, { id }, context, info) => (await findOne('Task', String(id), context, info)) as never,
  }),
  tasks: t.connection(
    {
      type: Task,
      nullable: true,
      description: 'The tasks of the organization, over all projects.',
      authScopes: policies['Query.tasks'],
      args: {
        filter: t.arg({ type: taskFilter.input, description: 'Which of them; all when left out.' }),
        orderBy: t.arg({ type: TaskOrder, description: 'In which order; by number when left out.' }),
      },
      resolve: async (_root, args, context, info) => (await resolveList(tasks, args, context, info)) as never,
    },
    taskConnection as never,
    taskEdge as never,
  ),
}));
