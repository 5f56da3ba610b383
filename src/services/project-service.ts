/** Writes of projects: each in one transaction with its audit event, under the viewer's own guard. */
import type { Decimal } from 'decimal.js';
import { v7 as makeId } from 'uuid';
import { type Viewer, viewerUserId } from '../authentication/viewer.ts';
import { changed } from '../authorization/audit-actions.ts';
import { visibleMemberships, visibleProjects } from '../authorization/visibility.ts';
import { conflict, notFound } from '../errors.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { ProjectStatus } from '../generated/prisma/enums.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';
import { continueAsService } from '../stores/database-scope.ts';
import type { Actor } from './actor.ts';
import { recordAuditEvent } from './audit-log.ts';
import { holdRow } from './row-lock.ts';
import { type RemoveFiles, storedFilesBelow } from './stored-files.ts';
import { Issues } from './validation.ts';
import { orConflict } from './write-errors.ts';

/** What a new project is made of. Ids are the database's; null for one that names nothing. */
export interface CreateProject {
  readonly key: string;
  readonly name: string;
  readonly description?: string | null;
  readonly status?: ProjectStatus | null;
  /** Undefined: nobody. */
  readonly leadId?: string | null;
  readonly budget?: Decimal | null;
}

/** What changes; undefined leaves as it is, null clears where the column may be empty. */
export interface UpdateProject extends Partial<CreateProject> {
  readonly id: string | null;
  /** The `updatedAt` that the caller read; CONFLICT when the row changed since. */
  readonly expectedUpdatedAt?: Date | null;
}

/** Writes of projects. Each gives the id of the project that it is about. */
export interface ProjectService {
  /** @throws BAD_USER_INPUT, CONFLICT for a key that is taken. */
  create(actor: Actor, input: CreateProject): Promise<{ id: string }>;
  /** @throws NOT_FOUND, BAD_USER_INPUT, CONFLICT. */
  update(actor: Actor, input: UpdateProject): Promise<{ id: string }>;
  /** Sets or clears `archivedAt`; nothing happens to a project that is so already. @throws NOT_FOUND, CONFLICT. */
  setArchived(
    actor: Actor,
    input: { id: string | null; expectedUpdatedAt?: Date | null },
    archived: boolean,
  ): Promise<{ id: string }>;
  /** Deletes a project with everything in it. @throws NOT_FOUND. */
  delete(actor: Actor, id: string | null): Promise<{ id: string }>;
  /** @throws NOT_FOUND for a project or a member that is not there. */
  addMember(actor: Actor, input: { projectId: string | null; userId: string | null }): Promise<{ id: string }>;
  /** @throws NOT_FOUND for a project, or somebody who is not on it. */
  removeMember(actor: Actor, input: { projectId: string | null; userId: string | null }): Promise<{ id: string }>;
}

const keyForm = {
  pattern: /^[A-Z][A-Z0-9-]*$/,
  message: 'Use capital letters, digits and hyphens, beginning with a letter.',
};

/** Finds a project that the viewer may see. @throws NOT_FOUND */
export async function requireProject(
  tx: DatabaseTransaction,
  viewer: Viewer,
  id: string | null,
): Promise<{ id: string; updatedAt: Date; archivedAt: Date | null }> {
  const project =
    id === null
      ? null
      : await tx.project.findFirst({
          where: { AND: [{ id }, visibleProjects(viewer)] },
          select: { id: true, updatedAt: true, archivedAt: true },
        });
  if (!project) throw notFound('Project');
  return project;
}

/**
 * Whether the viewer may give work to an account: to a member whom they can see as one, so to nobody but themselves without
 * `member:list`. A suspended one keeps work and gets it: a refusal would tell of the suspension those who may not read it.
 */
export async function mayBeAssigned(tx: DatabaseTransaction, viewer: Viewer, userId: string): Promise<boolean> {
  // States of members are not every viewer's to read: the answer goes by what this viewer sees, and by nothing else.
  const where: Prisma.MembershipWhereInput = {
    userId,
    AND: [visibleMemberships(viewer), { status: { in: ['ACTIVE', 'SUSPENDED'] } }],
  };
  return (await continueAsService('assignment', async () => tx.membership.count({ where }))) > 0;
}

/** @throws CONFLICT unless the row is as the caller read it. */
export function assertUnchanged(row: { readonly updatedAt: Date }, expected: Date | null | undefined): void {
  if (expected && expected.getTime() !== row.updatedAt.getTime())
    throw conflict('This changed since it was read.', { updatedAt: row.updatedAt.toISOString() });
}

/** A `updatedAt` later than the last one, also within one millisecond: two writes in a row are two versions. */
export function nextVersion(row: { readonly updatedAt: Date }): Date {
  return new Date(Math.max(Date.now(), row.updatedAt.getTime() + 1));
}

/** Makes the service. */
export function createProjectService({
  db,
  removeFiles,
}: {
  readonly db: Database;
  /** Removes what was stored for deleted rows; left out where nothing is stored. */
  readonly removeFiles?: RemoveFiles;
}): ProjectService {
  const check = async (tx: DatabaseTransaction, viewer: Viewer, input: Partial<CreateProject>, isNew: boolean) => {
    const issues = new Issues();
    if (isNew || input.key !== undefined) issues.optionalText('key', input.key, { min: 2, max: 20, form: keyForm });
    if (isNew || input.name !== undefined) issues.optionalText('name', input.name, { min: 1, max: 200 });
    issues.optionalText('description', input.description, { max: 10_000 });
    issues.present('status', input.status);
    if (input.budget?.isNegative()) issues.add('budget', 'Must not be negative.');
    if (input.leadId && !(await mayBeAssigned(tx, viewer, input.leadId))) issues.add('leadId', 'No such member.');
    issues.throwIfAny();
  };

  const columns = (input: Partial<CreateProject>) => ({
    ...(input.key === undefined ? {} : { key: input.key.normalize('NFC') }),
    ...(input.name === undefined ? {} : { name: input.name.normalize('NFC') }),
    ...(input.description === undefined || input.description === null
      ? {}
      : { description: input.description.normalize('NFC') }),
    ...(input.status === undefined || input.status === null ? {} : { status: input.status }),
    ...(input.leadId === undefined ? {} : { leadId: input.leadId }),
    ...(input.budget === undefined ? {} : { budget: input.budget?.toFixed(2) ?? null }),
  });

  /** Names of what changed, and the values of what anybody who reads projects may know. */
  const details = (input: Partial<CreateProject>) => ({
    ...(input.key === undefined ? {} : { key: input.key }),
    ...(input.name === undefined ? {} : { name: changed }),
    ...(input.description === undefined ? {} : { description: changed }),
    ...(input.status ? { status: input.status } : {}),
    ...(input.leadId === undefined ? {} : { leadId: input.leadId }),
    ...(input.budget === undefined ? {} : { budget: changed }),
  });

  const keyTaken = 'A project with this key exists.';

  /** Changes a project that this transaction holds. */
  const write = async (tx: DatabaseTransaction, row: { id: string; updatedAt: Date }, data: object): Promise<void> => {
    const { count } = await tx.project.updateMany({
      where: { id: row.id },
      data: { ...data, updatedAt: nextVersion(row) },
    });
    if (count === 0) throw notFound('Project');
  };

  return {
    create: (actor, input) =>
      orConflict(keyTaken, () =>
        db.$transaction(async (tx) => {
          await check(tx, actor.viewer, input, true);
          const id = makeId();
          await tx.project.createMany({ data: [{ ...columns(input), id } as never] });
          await recordAuditEvent(tx, actor, {
            action: 'project.create',
            target: { type: 'Project', id },
            details: details(input),
          });
          return { id };
        }),
      ),

    update: (actor, { id, expectedUpdatedAt, ...input }) =>
      orConflict(keyTaken, () =>
        db.$transaction(async (tx) => {
          await holdRow(tx, 'Project', id);
          const project = await requireProject(tx, actor.viewer, id);
          assertUnchanged(project, expectedUpdatedAt);
          await check(tx, actor.viewer, input, false);
          const data = columns(input);
          if (Object.keys(data).length === 0) return { id: project.id };
          await write(tx, project, data);
          await recordAuditEvent(tx, actor, {
            action: 'project.update',
            target: { type: 'Project', id: project.id },
            details: details(input),
          });
          return { id: project.id };
        }),
      ),

    setArchived: (actor, { id, expectedUpdatedAt }, archived) =>
      db.$transaction(async (tx) => {
        await holdRow(tx, 'Project', id);
        const project = await requireProject(tx, actor.viewer, id);
        assertUnchanged(project, expectedUpdatedAt);
        if ((project.archivedAt !== null) === archived) return { id: project.id };
        await write(tx, project, { archivedAt: archived ? new Date() : null });
        const action = archived ? 'project.archive' : 'project.restore';
        await recordAuditEvent(tx, actor, { action, target: { type: 'Project', id: project.id } });
        return { id: project.id };
      }),

    delete: async (actor, id) => {
      const stored = id === null ? [] : await storedFilesBelow(db, actor.viewer, { task: { projectId: id } });
      const deleted = await db.$transaction(async (tx) => {
        const project = await requireProject(tx, actor.viewer, id);
        const { count } = await tx.project.deleteMany({ where: { id: project.id } });
        if (count === 0) throw notFound('Project');
        await recordAuditEvent(tx, actor, { action: 'project.delete', target: { type: 'Project', id: project.id } });
        return { id: project.id };
      });
      await removeFiles?.(stored);
      return deleted;
    },

    addMember: (actor, { projectId, userId }) =>
      db.$transaction(async (tx) => {
        const { id } = await requireProject(tx, actor.viewer, projectId);
        if (userId === null || !(await mayBeAssigned(tx, actor.viewer, userId))) throw notFound('User');
        const { count } = await tx.projectMember.createMany({
          data: [{ projectId: id, userId } as never],
          skipDuplicates: true,
        });
        if (count > 0)
          await recordAuditEvent(tx, actor, {
            action: 'project.addMember',
            target: { type: 'Project', id },
            details: { userId },
          });
        return { id };
      }),

    removeMember: (actor, { projectId, userId }) =>
      db.$transaction(async (tx) => {
        const { id } = await requireProject(tx, actor.viewer, projectId);
        const { count } =
          userId === null ? { count: 0 } : await tx.projectMember.deleteMany({ where: { projectId: id, userId } });
        if (count === 0) throw notFound('User');
        await recordAuditEvent(tx, actor, {
          action: 'project.removeMember',
          target: { type: 'Project', id },
          details: { userId },
        });
        return { id };
      }),
  };
}

/** The account that a row written by this viewer names; null for a key. */
export function authorOf(viewer: Viewer): string | null {
  return viewerUserId(viewer);
}
