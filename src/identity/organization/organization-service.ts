/** Organizations themselves: made with their system roles and their maker as owner, renamed, and deleted with everything in them. */
import { v7 as makeId } from 'uuid';
import { notFound, unauthenticated } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import { recordAuditEvent } from '../../nouns/audit-log.ts';
import { type FileRemoval, storedFilesOfOrganization } from '../../nouns/stored-files.ts';
import { Issues } from '../../nouns/validation.ts';
import { orConflict } from '../../nouns/write-errors.ts';
import type { Database } from '../../stores/database.ts';
import { runAsService } from '../../stores/database-scope.ts';
import { holdAccount, requireSession } from '../member/standing.ts';
import { systemRoleRows } from '../role/role-service.ts';
import type { OrganizationTransaction } from './organization-transaction.ts';

/** Writes of organizations. Each gives the organization's id. */
export interface OrganizationService {
  /** @throws UNAUTHENTICATED for a key or nobody; BAD_USER_INPUT; CONFLICT for a slug that is taken. */
  create(actor: Actor, input: { readonly slug: string; readonly name: string }): Promise<{ id: string }>;
  /** @throws BAD_USER_INPUT. */
  update(actor: Actor, input: { readonly name: string }): Promise<{ id: string }>;
  /** Deletes the actor's organization. @throws BAD_USER_INPUT unless its slug is repeated. */
  delete(actor: Actor, input: { readonly slug: string }): Promise<{ id: string }>;
}

const slugForm = {
  pattern: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
  message: 'Use lower-case letters, digits and hyphens, not at either end.',
};

/** Makes the service. */
export function createOrganizationService({
  db,
  inOrganization,
  fileRemoval,
}: {
  readonly db: Database;
  readonly inOrganization: OrganizationTransaction;
  readonly fileRemoval: Pick<FileRemoval, 'later'>;
}): OrganizationService {
  return {
    create(actor, input) {
      const { viewer } = actor;
      if (viewer.kind !== 'user') throw unauthenticated();
      const issues = new Issues();
      const slug = issues.text('slug', input.slug, { min: 2, max: 63, form: slugForm });
      const name = issues.text('name', input.name, { min: 1, max: 200 });
      issues.throwIfAny();
      const id = makeId();
      return orConflict('An organization with this slug exists.', () =>
        runAsService('joining', { organizationId: id, userId: viewer.userId }, async () =>
          db.$transaction(async (tx) => {
            await holdAccount(tx, viewer.userId);
            await requireSession(tx, viewer, null);
            await tx.organization.create({ data: { id, slug, name }, select: { id: true } });
            await tx.role.createMany({ data: systemRoleRows() as never });
            const owner = await tx.role.findFirst({ where: { key: 'owner' }, select: { id: true } });
            const membership = await tx.membership.create({
              data: { userId: viewer.userId } as never,
              select: { id: true },
            });
            if (!owner) throw notFound('Role');
            await tx.membershipRole.createMany({ data: [{ membershipId: membership.id, roleId: owner.id } as never] });
            await recordAuditEvent(tx, actor, {
              action: 'organization.create',
              target: { type: 'Organization', id },
              details: { slug },
              organizationId: id,
            });
            return { id };
          }),
        ),
      );
    },

    update: (actor, input) => {
      const issues = new Issues();
      const name = issues.text('name', input.name, { min: 1, max: 200 });
      issues.throwIfAny();
      return inOrganization(actor, async ({ tx, organizationId: id }) => {
        await tx.organization.updateMany({ where: { id }, data: { name } });
        await recordAuditEvent(tx, actor, {
          action: 'organization.update',
          target: { type: 'Organization', id },
          details: { name },
        });
        return { id };
      });
    },

    async delete(actor, input) {
      const { id, stored } = await inOrganization(actor, async ({ tx, organizationId: id }) => {
        const issues = new Issues();
        if (input.slug !== actor.viewer.organization?.slug)
          issues.add('slug', 'Repeat the slug of the current organization.');
        issues.throwIfAny();
        await recordAuditEvent(tx, actor, {
          action: 'organization.delete',
          target: { type: 'Organization', id },
          details: { slug: input.slug },
        });
        const stored = await storedFilesOfOrganization(tx);
        await tx.organization.deleteMany({ where: { id } });
        return { id, stored };
      });
      // Only now is it certain that no row names them.
      fileRemoval.later(stored);
      return { id };
    },
  };
}
