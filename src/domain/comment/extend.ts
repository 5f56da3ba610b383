/** What a declaration cannot say of comments: what their authors may, and that one listens to new ones alone. */
import { defineAuditActions } from '../../authorization/audit-actions.ts';
import { writes } from '../../authorization/column-uses.ts';
import { localId } from '../../authorization/global-id.ts';
import type { NamesOf } from '../../authorization/permissions.ts';
import { definePolicies } from '../../authorization/policies.ts';
import { openArguments } from '../../authorization/policy-table.ts';
import { authenticated, can, canAsAuthor, canOrAuthor, inherited } from '../../authorization/rules.ts';
import { SkippedEvent } from '../../authorization/skipped-event.ts';
import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { findVisible } from '../../nouns/node.ts';
import { defineSubscriptions, listenBelow } from '../../nouns/noun-events.ts';
import { expectedUpdatedAt } from '../../nouns/noun-writes.ts';
import { deletedPayload, rowPayload } from '../../nouns/payload.ts';
import type { RowChange } from '../../stores/events.ts';
import { comment } from './noun.ts';

const read = can('comment:read');
// A write tells whether the task is there: whoever writes may read it.
const add = can('comment:create', 'task:read');

const policies = definePolicies({
  'Mutation.addComment': add,
  'Mutation.addComment(input:)': inherited,
  AddCommentInput: inherited,
  'AddCommentInput.taskId': inherited,
  'AddCommentInput.body': inherited,
  'AddCommentInput.internal': can('comment.internal:read'),
  AddCommentPayload: add,
  'AddCommentPayload.comment': read,

  'Mutation.updateComment': canAsAuthor('comment:create'),
  'Mutation.updateComment(input:)': inherited,
  UpdateCommentInput: inherited,
  'UpdateCommentInput.id': inherited,
  'UpdateCommentInput.expectedUpdatedAt': inherited,
  'UpdateCommentInput.body': inherited,
  UpdateCommentPayload: can('comment:create'),
  'UpdateCommentPayload.comment': read,

  'Mutation.deleteComment': canOrAuthor('comment:moderate', 'comment:read'),
  'Mutation.deleteComment(input:)': inherited,
  DeleteCommentInput: inherited,
  'DeleteCommentInput.id': inherited,
  DeleteCommentPayload: authenticated,
  'DeleteCommentPayload.deletedId': authenticated,

  'Subscription.commentAdded': read,
  ...openArguments('Subscription.commentAdded', 'taskId'),
});

const internal = can('comment.internal:read');
const actions = defineAuditActions({
  'comment.create': { taskId: read, internal },
  'comment.delete': { internal },
  'comment.update': { internal },
});

declare module '../../authorization/audit-actions.ts' {
  interface AuditActionRegister extends NamesOf<typeof actions> {}
}

const DeleteCommentInput = builder.inputType('DeleteCommentInput', {
  description: 'The comment to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The global id.' }) }),
});

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

const input = 'What to do it with.';

builder.mutationFields((t) => ({
  addComment: t.field({
    type: rowPayload('addComment', 'comment', 'Comment', comment.type),
    nullable: true,
    description: 'Writes a comment.',
    authScopes: policies['Mutation.addComment'],
    args: { input: t.arg({ type: AddCommentInput, required: true, description: input }) },
    resolve: (_root, { input: { taskId, ...rest } }, context) =>
      context.services.comments.add(actorOf(context), { ...rest, taskId: localId(taskId, 'Task') }),
  }),
  updateComment: t.field({
    type: rowPayload('updateComment', 'comment', 'Comment', comment.type),
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

defineSubscriptions();

builder.subscriptionField('commentAdded', (t) =>
  t.field({
    type: comment.type as never,
    description: 'New comments on a task; internal ones for those who may read them.',
    authScopes: policies['Subscription.commentAdded'],
    args: { taskId: t.arg.id({ required: true, description: 'The global id of the task.' }) },
    subscribe: (_root, { taskId }, context) => listenBelow('Comment', 'Task', taskId, context),
    resolve: async (event, _args, context, info) => {
      const [row] = await findVisible('Comment', [(event as RowChange).id], context, info);
      if (!row) throw new SkippedEvent();
      return row as never;
    },
  }),
);
