/** Writes of tasks and comments. */
import { writes } from '../../authorization/column-uses.ts';
import { localId } from '../../authorization/global-id.ts';
import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { deletedPayload, rowPayload } from '../../nouns/payload.ts';
import { Comment } from '../comment/comment.ts';
import { taskPriority, taskStatus } from '../enums.ts';
import { policies } from '../policies.ts';
import { Task } from './task.ts';

const expectedUpdatedAt =
  'The `updatedAt` that was read: CONFLICT when the row changed since. Left out: whatever it is now.';
const input = 'What to do it with.';

const CreateTaskInput = builder.inputType('CreateTaskInput', {
  description: 'A new task.',
  fields: (t) => ({
    projectId: t.id({ required: true, description: 'The global id of the project.' }),
    title: t.string({ required: true, description: 'What is to be done, 1 to 300 characters.' }),
    description: t.string({ description: 'In more words, at most 20,000 characters.' }),
    status: t.field({ type: taskStatus.type, description: 'Where it stands; TODO when left out.' }),
    priority: t.field({ type: taskPriority.type, description: 'How urgent it is; MEDIUM when left out.' }),
    assigneeId: t.id({ description: 'Who does it: the global id of a member.' }),
    dueAt: t.field({ type: 'DateTime', description: 'Until when.' }),
    estimateMinutes: t.int({ description: 'Estimated work in minutes.', extensions: writes('Task.estimateMinutes') }),
    internalNotes: t.string({
      description: 'Notes that guests and partners do not see.',
      extensions: writes('Task.internalNotes'),
    }),
  }),
});

const UpdateTaskInput = builder.inputType('UpdateTaskInput', {
  description: 'What changes; what is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The global id.' }),
    expectedUpdatedAt: t.field({ type: 'DateTime', description: expectedUpdatedAt }),
    title: t.string({ description: 'What is to be done.' }),
    description: t.string({ description: 'In more words.' }),
    status: t.field({ type: taskStatus.type, description: 'Where it stands.' }),
    priority: t.field({ type: taskPriority.type, description: 'How urgent it is.' }),
    assigneeId: t.id({ description: 'Who does it; null for nobody.' }),
    dueAt: t.field({ type: 'DateTime', description: 'Until when; null for no date.' }),
    estimateMinutes: t.int({
      description: 'Estimated work in minutes; null for none.',
      extensions: writes('Task.estimateMinutes'),
    }),
    internalNotes: t.string({
      description: 'Notes that guests and partners do not see; null for none.',
      extensions: writes('Task.internalNotes'),
    }),
  }),
});

const idInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({ id: t.id({ required: true, description: 'The global id.' }) }),
  });
const DeleteTaskInput = idInput('DeleteTaskInput', 'The task to delete.');
const DeleteCommentInput = idInput('DeleteCommentInput', 'The comment to delete.');

const AddCommentInput = builder.inputType('AddCommentInput', {
  description: 'A new comment.',
  fields: (t) => ({
    taskId: t.id({ required: true, description: 'The global id of the task.' }),
    body: t.string({ required: true, description: 'The text, 1 to 20,000 characters.' }),
    internal: t.boolean({
      description: 'Whether only those who may read internal comments see it.',
      extensions: writes('Comment.internal'),
    }),
  }),
});

const UpdateCommentInput = builder.inputType('UpdateCommentInput', {
  description: 'A new text for a comment of one’s own.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The global id.' }),
    expectedUpdatedAt: t.field({ type: 'DateTime', description: expectedUpdatedAt }),
    body: t.string({ required: true, description: 'The text, 1 to 20,000 characters.' }),
  }),
});

const memberId = (id: string | null | undefined) =>
  id === undefined || id === null ? id : (localId(id, 'User') ?? '00000000-0000-0000-0000-000000000000');

builder.mutationFields((t) => ({
  createTask: t.field({
    type: rowPayload('createTask', 'task', 'Task', Task),
    nullable: true,
    description: 'Makes a task, with the next number of its project.',
    authScopes: policies['Mutation.createTask'],
    args: { input: t.arg({ type: CreateTaskInput, required: true, description: input }) },
    resolve: (_root, { input: { projectId, assigneeId, ...rest } }, context) =>
      context.services.tasks.create(actorOf(context), {
        ...rest,
        projectId: localId(projectId, 'Project'),
        assigneeId: memberId(assigneeId),
      }),
  }),
  updateTask: t.field({
    type: rowPayload('updateTask', 'task', 'Task', Task),
    nullable: true,
    description: 'Changes a task.',
    authScopes: policies['Mutation.updateTask'],
    args: { input: t.arg({ type: UpdateTaskInput, required: true, description: input }) },
    resolve: (_root, { input: { id, assigneeId, ...rest } }, context) =>
      context.services.tasks.update(actorOf(context), {
        ...rest,
        id: localId(id, 'Task'),
        assigneeId: memberId(assigneeId),
      }),
  }),
  deleteTask: t.field({
    type: deletedPayload('deleteTask', 'Task'),
    nullable: true,
    description: 'Deletes a task with its comments and attachments.',
    authScopes: policies['Mutation.deleteTask'],
    args: { input: t.arg({ type: DeleteTaskInput, required: true, description: input }) },
    resolve: (_root, args, context) => context.services.tasks.delete(actorOf(context), localId(args.input.id, 'Task')),
  }),
  addComment: t.field({
    type: rowPayload('addComment', 'comment', 'Comment', Comment),
    nullable: true,
    description: 'Writes a comment.',
    authScopes: policies['Mutation.addComment'],
    args: { input: t.arg({ type: AddCommentInput, required: true, description: input }) },
    resolve: (_root, { input: { taskId, ...rest } }, context) =>
      context.services.comments.add(actorOf(context), { ...rest, taskId: localId(taskId, 'Task') }),
  }),
  updateComment: t.field({
    type: rowPayload('updateComment', 'comment', 'Comment', Comment),
    nullable: true,
    description: 'Changes a comment of one’s own.',
    authScopes: policies['Mutation.updateComment'],
    args: { input: t.arg({ type: UpdateCommentInput, required: true, description: input }) },
    resolve: (_root, { input: { id, ...rest } }, context) =>
      context.services.comments.update(actorOf(context), { ...rest, id: localId(id, 'Comment') }),
  }),
  deleteComment: t.field({
    type: deletedPayload('deleteComment', 'Comment'),
    nullable: true,
    description: 'Deletes a comment of one’s own, or anybody’s with `comment:moderate`.',
    authScopes: policies['Mutation.deleteComment'],
    args: { input: t.arg({ type: DeleteCommentInput, required: true, description: input }) },
    resolve: (_root, args, context) =>
      context.services.comments.delete(actorOf(context), localId(args.input.id, 'Comment')),
  }),
}));
