/** What a declaration cannot do with projects: put them into the archive, and say who works on them. */
import { notFound } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import { recordAuditEvent } from '../../nouns/audit-log.ts';
import { mayBeAssigned } from '../../nouns/people.ts';
import { holdRow } from '../../nouns/row-lock.ts';
import { requireVisible } from '../../nouns/row-service.ts';
import { assertUnchanged, nextVersion } from '../../nouns/versions.ts';
import type { Database } from '../../stores/database.ts';

/** Each gives the id of the project that it is about. Ids are the database's; null for one that names nothing. */
export interface ProjectService {
  /**
   * Sets or clears `archivedAt`; nothing happens to a project that is so already.
   * @param expected the `updatedAt` that the caller read.
   * @throws NOT_FOUND, CONFLICT.
   */
  setArchived(
    actor: Actor,
    id: string | null,
    expected: Date | null | undefined,
    archived: boolean,
  ): Promise<{ id: string }>;
  /** @throws NOT_FOUND for a project or a member that is not there. */
  addMember(actor: Actor, projectId: string | null, userId: string | null): Promise<{ id: string }>;
  /** @throws NOT_FOUND for a project, or somebody who is not on it. */
  removeMember(actor: Actor, projectId: string | null, userId: string | null): Promise<{ id: string }>;
}

declare module '../../nouns/services.ts' {
  interface ServiceRegister {
    readonly projects: ProjectService;
  }
}

/** Makes the service. */
export function createProjectService({ db }: { readonly db: Database }): ProjectService {
  return {
    setArchived: (actor, id, expected, archived) =>
      db.$transaction(async (tx) => {
        await holdRow(tx, 'Project', id);
        const project = await requireVisible(tx, actor.viewer, 'Project', id);
        assertUnchanged(project, expected);
        const { count } = await tx.project.updateMany({
          where: { id: project.id, archivedAt: archived ? null : { not: null } },
          data: { archivedAt: archived ? new Date() : null, updatedAt: nextVersion(project) },
        });
        if (count === 0) return { id: project.id };
        const action = archived ? 'project.archive' : 'project.restore';
        await recordAuditEvent(tx, actor, { action, target: { type: 'Project', id: project.id } });
        return { id: project.id };
      }),

    addMember: (actor, projectId, userId) =>
      db.$transaction(async (tx) => {
        const { id } = await requireVisible(tx, actor.viewer, 'Project', projectId);
        if (userId === null || !(await mayBeAssigned(tx, actor.viewer, userId))) throw notFound('User');
        const { count } = await tx.projectMember.createMany({
          data: [{ projectId: id, userId } as never],
          skipDuplicates: true,
        });
        const target = { type: 'Project', id };
        if (count > 0) await recordAuditEvent(tx, actor, { action: 'project.addMember', target, details: { userId } });
        return { id };
      }),

    removeMember: (actor, projectId, userId) =>
      db.$transaction(async (tx) => {
        const { id } = await requireVisible(tx, actor.viewer, 'Project', projectId);
        const { count } =
          userId === null ? { count: 0 } : await tx.projectMember.deleteMany({ where: { projectId: id, userId } });
        if (count === 0) throw notFound('User');
        const target = { type: 'Project', id };
        await recordAuditEvent(tx, actor, { action: 'project.removeMember', target, details: { userId } });
        return { id };
      }),
  };
}
