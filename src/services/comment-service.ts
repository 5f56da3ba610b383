/** Writes of comments. Who wrote one may change and delete it; a moderator may delete it; an invisible one does not exist. */
import { z } from 'zod';
import { visibleComments, visibleTasks } from '../authorization/visibility.ts';
import { conflict, forbidden, notFound } from '../errors.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';
import type { Actor } from './actor.ts';
import { changed, recordAuditEvent } from './audit-log.ts';
import { assertHolds, inOrganization, laterThan } from './in-organization.ts';
import { parseInput, prose } from './parse-input.ts';
import type { WorkEvents } from './work-events.ts';

/** A new comment. */
export interface NewComment {
  readonly taskId: string;
  readonly body: string;
  /** Whether only those see it who may read internal comments; left out and null mean no. */
  readonly internal?: boolean | null;
}

/** What to change; what is left out stays. */
export interface CommentChanges {
  readonly id: string;
  /** When the caller last read it; a later change is a CONFLICT. Left out or null: whatever it is now. */
  readonly expectedUpdatedAt?: Date | null;
  readonly body: string;
}

/**
 * Writes of comments. All ids are the database's. Each throws FORBIDDEN without its permission, NOT_FOUND for a comment or task
 * that is missing, foreign or invisible, and BAD_USER_INPUT with an issue for each faulty field.
 */
export interface CommentService {
  /** @returns the new id. @throws FORBIDDEN for an internal one by somebody who could not read it. */
  add(actor: Actor, input: NewComment): Promise<string>;
  /** @throws FORBIDDEN for anybody but the author; CONFLICT when it changed since `expectedUpdatedAt`. */
  update(actor: Actor, input: CommentChanges): Promise<void>;
  /** @throws FORBIDDEN for anybody but the author and those who hold `comment:moderate`. */
  delete(actor: Actor, input: { readonly id: string }): Promise<void>;
}

/** What the service needs. */
export interface CommentServiceDependencies {
  readonly db: Database;
  readonly events: WorkEvents;
}

const body = z.object({ body: prose(1, 10_000) });

/** Makes the service. */
export function createCommentService({ db, events }: CommentServiceDependencies): CommentService {
  return {
    async add(actor, input) {
      const { viewer } = actor;
      assertHolds(actor, 'comment:create', 'Mutation.addComment');
      const { taskId, internal } = input;
      if (internal !== undefined) assertHolds(actor, 'comment.internal:read', 'AddCommentInput.internal');
      const given = parseInput(body, input);
      const { id, organizationId } = await inOrganization(db, actor, async (tx, organizationId) => {
        const task = await tx.task.findFirst({
          where: { AND: [{ id: taskId }, visibleTasks(viewer)] },
          select: { id: true },
        });
        if (!task) throw notFound('Task');
        const { id } = await tx.comment.create({
          data: {
            ...given,
            organizationId,
            taskId,
            internal: internal ?? false,
            authorId: viewer.kind === 'user' ? viewer.userId : null,
          },
          select: { id: true },
        });
        await recordAuditEvent(tx, actor, {
          action: 'comment.create',
          target: { type: 'Comment', id },
          details: { taskId },
        });
        return { id, organizationId };
      });
      events.commentAdded(organizationId, { commentId: id, taskId });
      return id;
    },

    async update(actor, input) {
      assertHolds(actor, 'comment:create', 'Mutation.updateComment');
      const given = parseInput(body, input);
      const { id, expectedUpdatedAt } = input;
      await inOrganization(db, actor, async (tx) => {
        const { updatedAt, authorId, taskId } = await readComment(tx, actor, id);
        if (!isAuthor(actor, authorId))
          throw forbidden('Mutation.updateComment', [], 'Only its author may change a comment.');
        if (expectedUpdatedAt && expectedUpdatedAt.getTime() !== updatedAt.getTime()) throw commentChanged();
        // Asked again with the write: another change may have come between, and of two only one may find what it expected.
        const { count } = await tx.comment.updateMany({
          where: expectedUpdatedAt ? { id, updatedAt } : { id },
          data: { ...given, updatedAt: laterThan(updatedAt) },
        });
        if (count === 0) throw expectedUpdatedAt ? commentChanged() : notFound('Comment');
        await recordAuditEvent(tx, actor, {
          action: 'comment.update',
          target: { type: 'Comment', id },
          details: { taskId, body: changed },
        });
      });
    },

    async delete(actor, { id }) {
      await inOrganization(db, actor, async (tx) => {
        const { authorId, taskId } = await readComment(tx, actor, id);
        if (!isAuthor(actor, authorId)) assertHolds(actor, 'comment:moderate', 'Mutation.deleteComment');
        const { count } = await tx.comment.deleteMany({ where: { id } });
        if (count === 0) throw notFound('Comment');
        await recordAuditEvent(tx, actor, {
          action: 'comment.delete',
          target: { type: 'Comment', id },
          details: { taskId, authorId },
        });
      });
    },
  };
}

const commentChanged = () => conflict('The comment changed since you read it. Read it again.');

/** A key writes without an author, and so is nobody's author. */
function isAuthor({ viewer }: Actor, authorId: string | null): boolean {
  return viewer.kind === 'user' && viewer.userId === authorId;
}

const storedColumns = { authorId: true, taskId: true, updatedAt: true } as const;

async function readComment(
  tx: DatabaseTransaction,
  { viewer }: Actor,
  id: string,
): Promise<Prisma.CommentGetPayload<{ select: typeof storedColumns }>> {
  const comment = await tx.comment.findFirst({
    where: { AND: [{ id }, visibleComments(viewer)] },
    select: storedColumns,
  });
  if (!comment) throw notFound('Comment');
  return comment;
}
