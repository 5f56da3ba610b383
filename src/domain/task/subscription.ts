/** What can be listened to. An event carries ids alone; what a listener gets of it is read anew, through their own visibility. */

import { localId, toGlobalId } from '../../authorization/global-id.ts';
import { SkippedEvent } from '../../authorization/skipped-event.ts';
import { notFound } from '../../errors.ts';
import { builder } from '../../nouns/builder.ts';
import { findVisible } from '../../nouns/node.ts';
import type { CommentAddedEvent, TaskChangedEvent } from '../../stores/events.ts';
import { Comment } from '../comment/comment.ts';
import { policies } from '../policies.ts';
import { Task } from './task.ts';

/** No row has this id. */
const nobodysId = '00000000-0000-0000-0000-000000000000';

const TaskChangeKind = builder.enumType('TaskChangeKind', {
  description: 'What happened to a task.',
  values: {
    CREATED: { value: 'CREATED', description: 'It was made.' },
    UPDATED: { value: 'UPDATED', description: 'It changed.' },
    DELETED: { value: 'DELETED', description: 'It was deleted.' },
  } as const,
});

const TaskChange = builder.objectRef<TaskChangedEvent>('TaskChange').implement({
  description: 'Something that happened to a task.',
  authScopes: policies.TaskChange,
  fields: (t) => ({
    kind: t.field({
      type: TaskChangeKind,
      description: 'What happened.',
      authScopes: policies['TaskChange.kind'],
      resolve: ({ kind }) => kind,
    }),
    taskId: t.id({
      description: 'The global id of the task.',
      authScopes: policies['TaskChange.taskId'],
      resolve: ({ taskId }) => toGlobalId('Task', taskId),
    }),
    task: t.field({
      type: Task,
      nullable: true,
      description: 'The task as it is now; null when it is gone.',
      authScopes: policies['TaskChange.task'],
      resolve: async ({ taskId }, _args, context, info) =>
        ((await findVisible('Task', [taskId], context, info))[0] ?? null) as never,
    }),
  }),
});

builder.subscriptionType({ description: 'Everything that can be listened to.', authScopes: policies.Subscription });

builder.subscriptionFields((t) => ({
  taskChanged: t.field({
    type: TaskChange,
    description: 'Changes of the tasks of a project.',
    authScopes: policies['Subscription.taskChanged'],
    args: { projectId: t.arg.id({ required: true, description: 'The global id of the project.' }) },
    subscribe: async (_root, { projectId }, { db, events, viewer }) => {
      const where = { id: localId(projectId, 'Project') ?? nobodysId };
      const project = await db.project.findFirst({ where, select: { id: true } });
      if (!project || !viewer.organization) throw notFound('Project');
      return events.onTaskChanged(viewer.organization.id, project.id);
    },
    resolve: (event) => event as TaskChangedEvent,
  }),
  commentAdded: t.field({
    type: Comment,
    description: 'New comments on a task; internal ones for those who may read them.',
    authScopes: policies['Subscription.commentAdded'],
    args: { taskId: t.arg.id({ required: true, description: 'The global id of the task.' }) },
    subscribe: async (_root, { taskId }, { db, events, viewer }) => {
      const where = { id: localId(taskId, 'Task') ?? nobodysId };
      const task = await db.task.findFirst({ where, select: { id: true } });
      if (!task || !viewer.organization) throw notFound('Task');
      return events.onCommentAdded(viewer.organization.id, task.id);
    },
    resolve: async (event, _args, context, info) => {
      const [comment] = await findVisible('Comment', [(event as CommentAddedEvent).commentId], context, info);
      if (!comment) throw new SkippedEvent();
      return comment as never;
    },
  }),
}));
