/** Writes of tasks and comments: each in one transaction with its audit event, announced after it is kept. */
import { v7 as makeId } from 'uuid';
import type { Viewer } from '../authentication/viewer.ts';
import { anyOf } from '../authorization/any-of.ts';
import { changed } from '../authorization/audit-actions.ts';
import { visibleComments, visibleTasks } from '../authorization/visibility.ts';
import { forbidden, notFound } from '../errors.ts';
import type { TaskPriority, TaskStatus } from '../generated/prisma/enums.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';
import { runAsService } from '../stores/database-scope.ts';
import type { Events } from '../stores/events.ts';
import type { Actor } from './actor.ts';
import { recordAuditEvent } from './audit-log.ts';
import { assertUnchanged, authorOf, mayBeAssigned, nextVersion, requireProject } from './project-service.ts';
import { holdRow } from './row-lock.ts';
import { type RemoveFiles, storedFilesBelow } from './stored-files.ts';
import { Issues } from './validation.ts';

/** What a task is made of. Ids are the database's; null for one that names nothing. */
export interface TaskContent {
  readonly title?: string | null;
  readonly description?: string | null;
  readonly status?: TaskStatus | null;
  readonly priority?: TaskPriority | null;
  readonly assigneeId?: string | null;
  readonly dueAt?: Date | null;
  readonly estimateMinutes?: number | null;
  readonly internalNotes?: string | null;
}

/** Writes of tasks. */
export interface TaskService {
  /** @throws NOT_FOUND for the project, BAD_USER_INPUT. */
  create(actor: Actor, input: TaskContent & { readonly projectId: string | null }): Promise<{ id: string }>;
  /** @throws NOT_FOUND, BAD_USER_INPUT, CONFLICT. */
  update(
    actor: Actor,
    input: TaskContent & { readonly id: string | null; readonly expectedUpdatedAt?: Date | null },
  ): Promise<{ id: string }>;
  /** @throws NOT_FOUND. */
  delete(actor: Actor, id: string | null): Promise<{ id: string }>;
}

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

interface Dependencies {
  readonly db: Database;
  readonly events: Pick<Events, 'taskChanged' | 'commentAdded'>;
  /** Removes what was stored for deleted rows; left out where nothing is stored. */
  readonly removeFiles?: RemoveFiles;
}

/** Finds a task that the viewer may see. @throws NOT_FOUND */
export async function requireTask(tx: Pick<DatabaseTransaction, 'task'>, viewer: Viewer, id: string | null) {
  const task =
    id === null
      ? null
      : await tx.task.findFirst({
          where: { AND: [{ id }, visibleTasks(viewer)] },
          select: { id: true, projectId: true, updatedAt: true },
        });
  if (!task) throw notFound('Task');
  return task;
}

/**
 * Takes the project's next number, and holds its row until the transaction ends, so that two tasks never get one number. As a
 * statement of its own, since a new task is no change of the project: its `updatedAt` stays, whoever else changes it meanwhile.
 */
async function takeNumber(tx: DatabaseTransaction, projectId: string): Promise<number> {
  const [row] = await tx.$queryRaw<{ number: number }[]>`
    update "Project" set "lastTaskNumber" = "lastTaskNumber" + 1
    where "id" = ${projectId}::uuid and "organizationId" = current_organization_id()
    returning "lastTaskNumber" as "number"`;
  if (!row) throw notFound('Project');
  return row.number;
}

/** Makes the service of tasks. */
export function createTaskService({ db, events, removeFiles }: Dependencies): TaskService {
  const check = async (tx: DatabaseTransaction, viewer: Viewer, input: TaskContent, isNew: boolean): Promise<void> => {
    const issues = new Issues();
    if (isNew || input.title !== undefined) issues.optionalText('title', input.title, { min: 1, max: 300 });
    issues.optionalText('description', input.description, { max: 20_000 });
    issues.present('status', input.status);
    issues.present('priority', input.priority);
    if (input.internalNotes) issues.text('internalNotes', input.internalNotes, { max: 20_000 });
    if (input.estimateMinutes && (input.estimateMinutes < 0 || input.estimateMinutes > 1_000_000))
      issues.add('estimateMinutes', 'Use 0 to 1,000,000 minutes.');
    if (input.assigneeId && !(await mayBeAssigned(tx, viewer, input.assigneeId)))
      issues.add('assigneeId', 'No such member.');
    issues.throwIfAny();
  };

  const columns = (input: TaskContent) =>
    Object.fromEntries(
      Object.entries({
        title: input.title?.normalize('NFC'),
        description: input.description?.normalize('NFC'),
        status: input.status ?? undefined,
        priority: input.priority ?? undefined,
        assigneeId: input.assigneeId,
        dueAt: input.dueAt,
        estimateMinutes: input.estimateMinutes,
        internalNotes: input.internalNotes?.normalize('NFC') ?? input.internalNotes,
      }).filter(([, value]) => value !== undefined),
    );

  const details = (input: TaskContent) =>
    Object.fromEntries(
      Object.entries(columns(input)).map(([name, value]) => [
        name,
        name === 'status' || name === 'priority' || name === 'assigneeId' ? (value as string | null) : changed,
      ]),
    );

  const organizationOf = (actor: Actor): string => {
    const id = actor.viewer.organization?.id;
    if (!id) throw notFound('Organization');
    return id;
  };

  return {
    async create(actor, { projectId, ...input }) {
      const task = await db.$transaction(async (tx) => {
        const project = await requireProject(tx, actor.viewer, projectId);
        await check(tx, actor.viewer, input, true);
        const number = await takeNumber(tx, project.id);
        const id = makeId();
        const own = { id, projectId: project.id, number, reporterId: authorOf(actor.viewer) };
        // Added without being read: whoever makes tasks need not read any.
        await tx.task.createMany({ data: [{ ...columns(input), ...own } as never] });
        await recordAuditEvent(tx, actor, {
          action: 'task.create',
          target: { type: 'Task', id },
          details: details(input),
        });
        return { id, projectId: project.id };
      });
      events.taskChanged(organizationOf(actor), task.projectId, { kind: 'CREATED', taskId: task.id });
      return { id: task.id };
    },

    async update(actor, { id, expectedUpdatedAt, ...input }) {
      const task = await db.$transaction(async (tx) => {
        await holdRow(tx, 'Task', id);
        const row = await requireTask(tx, actor.viewer, id);
        assertUnchanged(row, expectedUpdatedAt);
        await check(tx, actor.viewer, input, false);
        const data = columns(input);
        if (Object.keys(data).length === 0) return { ...row, isChanged: false };
        const { count } = await tx.task.updateMany({
          where: { id: row.id },
          data: { ...data, updatedAt: nextVersion(row) },
        });
        if (count === 0) throw notFound('Task');
        await recordAuditEvent(tx, actor, {
          action: 'task.update',
          target: { type: 'Task', id: row.id },
          details: details(input),
        });
        return { ...row, isChanged: true };
      });
      if (task.isChanged)
        events.taskChanged(organizationOf(actor), task.projectId, { kind: 'UPDATED', taskId: task.id });
      return { id: task.id };
    },

    async delete(actor, id) {
      const stored = id === null ? [] : await storedFilesBelow(db, actor.viewer, { taskId: id });
      const task = await db.$transaction(async (tx) => {
        const row = await requireTask(tx, actor.viewer, id);
        const { count } = await tx.task.deleteMany({ where: { id: row.id } });
        if (count === 0) throw notFound('Task');
        await recordAuditEvent(tx, actor, { action: 'task.delete', target: { type: 'Task', id: row.id } });
        return row;
      });
      await removeFiles?.(stored);
      events.taskChanged(organizationOf(actor), task.projectId, { kind: 'DELETED', taskId: task.id });
      return { id: task.id };
    },
  };
}

/** Makes the service of comments. */
export function createCommentService({ db, events }: Dependencies): CommentService {
  /** A comment that the viewer may see, or wrote: whatever else they may not read, they know of their own. @throws NOT_FOUND */
  const requireComment = async (tx: DatabaseTransaction, viewer: Viewer, id: string | null) => {
    const author = authorOf(viewer);
    const known = author === null ? visibleComments(viewer) : anyOf(visibleComments(viewer), { authorId: author });
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
    runAsService(async () => db.$transaction(work));

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
        const row = await requireTask(tx, actor.viewer, taskId);
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
      if (organizationId) events.commentAdded(organizationId, task.id, { commentId: comment.id });
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
