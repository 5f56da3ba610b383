/** Writes of comments: authors keep a say over their own, whatever else they may. */

import { v7 as makeId } from 'uuid';
import { anyOf } from '../../authorization/any-of.ts';
import type { Viewer } from '../../authorization/viewer.ts';
import { visibleRows } from '../../authorization/visibility.ts';
import { forbidden, notFound } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import { recordAuditEvent } from '../../nouns/audit-log.ts';
import { authorOf } from '../../nouns/people.ts';
import { holdRow } from '../../nouns/row-lock.ts';
import { requireVisible } from '../../nouns/row-service.ts';
import { Issues } from '../../nouns/validation.ts';
import { assertUnchanged, nextVersion } from '../../nouns/versions.ts';
import type { Database, DatabaseTransaction } from '../../stores/database.ts';
import { continueAsService } from '../../stores/database-scope.ts';
import type { Events } from '../../stores/events.ts';

/** Writes of comments. */
export interface CommentService {
  /** @throws NOT_FOUND for the task, BAD_USER_INPUT. */
  add(
    actor: Actor,
    input: { readonly taskId: string | null; readonly body: string; readonly internal?: boolean | null },
  ): Promise<{ id: string }>;
  /** One's own only. @throws NOT_FOUND, FORBIDDEN for somebody else's, BAD_USER_INPUT, CONFLICT. */
  update(
    actor: Actor,
    input: { readonly id: string | null; readonly body: string; readonly expectedUpdatedAt?: Date | null },
  ): Promise<{ id: string }>;
  /** One's own, or any with `comment:moderate`. @throws NOT_FOUND, FORBIDDEN. */
  delete(actor: Actor, id: string | null): Promise<{ id: string }>;
}

declare module '../../nouns/services.ts' {
  interface ServiceRegister {
    readonly comments: CommentService;
  }
}

/** Makes the service of comments. */
export function createCommentService({
  db,
  events,
}: {
  readonly db: Database;
  readonly events: Pick<Events, 'rowChanged'>;
}): CommentService {
  /** A comment that the viewer may see, or wrote: whatever else they may not read, they know of their own. @throws NOT_FOUND */
  const requireComment = async (tx: DatabaseTransaction, viewer: Viewer, id: string | null) => {
    const author = authorOf(viewer);
    const known =
      author === null ? visibleRows('Comment', viewer) : anyOf(visibleRows('Comment', viewer), { authorId: author });
    const comment =
      id === null
        ? null
        : await tx.comment.findFirst({
            where: { AND: [{ id }, known] },
            select: { id: true, authorId: true, updatedAt: true, internal: true },
          });
    if (!comment) throw notFound('Comment');
    return comment;
  };

  /** One's own comment is written without any right to read comments: as the service, which has asked whose it is. */
  const write = <T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> =>
    continueAsService('ownComment', async () => db.$transaction(work));

  const isAuthor = (viewer: Viewer, comment: { authorId: string | null }): boolean =>
    comment.authorId !== null && comment.authorId === authorOf(viewer);

  const checkBody = (body: string): string => {
    const issues = new Issues();
    const text = issues.text('body', body, { min: 1, max: 20_000 });
    issues.throwIfAny();
    return text;
  };

  return {
    async add(actor, { taskId, body, internal }) {
      const text = checkBody(body);
      const { comment, task } = await db.$transaction(async (tx) => {
        const row = await requireVisible(tx, actor.viewer, 'Task', taskId);
        const id = makeId();
        // Named only where it was said: writing it takes a permission, leaving it out does not.
        const said = internal === undefined || internal === null ? {} : { internal };
        const data = { id, taskId: row.id, body: text, ...said, authorId: authorOf(actor.viewer) };
        // Added without being read, as a task is.
        await tx.comment.createMany({ data: [data as never] });
        await recordAuditEvent(tx, actor, {
          action: 'comment.create',
          target: { type: 'Comment', id },
          // Whoever may not read internal comments does not see events of them either: visibility goes by this.
          details: { taskId: row.id, internal: internal ?? false },
        });
        return { comment: { id }, task: row };
      });
      const organizationId = actor.viewer.organization?.id;
      if (organizationId)
        events.rowChanged('Comment', organizationId, task.id, {
          kind: 'CREATED',
          id: comment.id,
          recorded: { internal: internal ?? false },
        });
      return comment;
    },

    update: (actor, { id, body, expectedUpdatedAt }) => {
      const text = checkBody(body);
      return write(async (tx) => {
        await holdRow(tx, 'Comment', id);
        const comment = await requireComment(tx, actor.viewer, id);
        if (!isAuthor(actor.viewer, comment))
          throw forbidden('Mutation.updateComment', [], 'Only the author may edit a comment.');
        // A new text is a new internal comment: whoever may not write those any more may only take theirs back.
        if (comment.internal && !actor.viewer.permissions.has('comment.internal:read')) throw notFound('Comment');
        assertUnchanged(comment, expectedUpdatedAt);
        const { count } = await tx.comment.updateMany({
          where: { id: comment.id },
          data: { body: text, updatedAt: nextVersion(comment) },
        });
        if (count === 0) throw notFound('Comment');
        const target = { type: 'Comment', id: comment.id };
        const details = { internal: comment.internal };
        await recordAuditEvent(tx, actor, { action: 'comment.update', target, details });
        return { id: comment.id };
      });
    },

    delete: (actor, id) =>
      write(async (tx) => {
        const comment = await requireComment(tx, actor.viewer, id);
        if (!isAuthor(actor.viewer, comment) && !actor.viewer.permissions.has('comment:moderate'))
          throw forbidden('Mutation.deleteComment', ['comment:moderate'], 'You may delete your own comments only.');
        const { count } = await tx.comment.deleteMany({ where: { id: comment.id } });
        if (count === 0) throw notFound('Comment');
        const target = { type: 'Comment', id: comment.id };
        const details = { internal: comment.internal };
        await recordAuditEvent(tx, actor, { action: 'comment.delete', target, details });
        return { id: comment.id };
      }),
  };
}
