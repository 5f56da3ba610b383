/** Custom roles: made and changed within the permissions that the actor holds. System roles are the code's and stay as they are. */

import { anyOf } from '../../authorization/any-of.ts';
import type { PermissionSet } from '../../authorization/permission-set.ts';
import { isPermission } from '../../authorization/permissions.ts';
import { permissionsOfRoles, systemRole, systemRoleKeys } from '../../authorization/roles.ts';
import type { Viewer } from '../../authorization/viewer.ts';
import { visibleRows } from '../../authorization/visibility.ts';
import { conflict, createError, notFound } from '../../errors.ts';
import type { Prisma } from '../../generated/prisma/client.ts';
import type { Actor } from '../../nouns/actor.ts';
import { recordAuditEvent } from '../../nouns/audit-log.ts';
import { Issues } from '../../nouns/validation.ts';
import { orConflict } from '../../nouns/write-errors.ts';
import type { DatabaseTransaction } from '../../stores/database.ts';
import { assertMayActOn, assertMayGrant } from '../member/delegation.ts';
import type { OrganizationTransaction, OrganizationWork } from '../organization/organization-transaction.ts';

/** What a role is made of; undefined leaves as it is. */
export interface RoleContent {
  readonly key?: string | null;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly permissions?: readonly string[] | null;
}

/** Writes of roles. Each gives the id of the role. */
export interface RoleService {
  /** @throws BAD_USER_INPUT; CONFLICT for a key that is taken; FORBIDDEN for a permission that the actor lacks. */
  create(actor: Actor, input: RoleContent): Promise<{ id: string }>;
  /** @throws NOT_FOUND; BAD_USER_INPUT; FORBIDDEN for a system role, and when the role holds, or would hold, what the actor lacks. */
  update(actor: Actor, input: RoleContent & { readonly id: string | null }): Promise<{ id: string }>;
  /** @throws NOT_FOUND; FORBIDDEN; CONFLICT while somebody, a key or an invitation has it. */
  delete(actor: Actor, id: string | null): Promise<{ id: string }>;
}

/** The rows of the system roles that every organization has. */
export function systemRoleRows(): {
  key: string;
  name: string;
  description: string;
  system: true;
  permissions: string[];
}[] {
  return systemRoleKeys.map((key) => ({
    key,
    name: systemRole(key).name,
    description: systemRole(key).description,
    system: true,
    permissions: [...systemRole(key).permissions],
  }));
}

const keyForm = {
  pattern: /^[a-z][a-z0-9-]*$/,
  message: 'Use lower-case letters, digits and hyphens, beginning with a letter.',
};

/** Makes the service. */
export function createRoleService({
  inOrganization,
}: {
  readonly inOrganization: OrganizationTransaction;
}): RoleService {
  const check = (input: RoleContent, isNew: boolean): void => {
    const issues = new Issues();
    if (isNew || input.key !== undefined) issues.optionalText('key', input.key, { min: 2, max: 40, form: keyForm });
    if (isNew || input.name !== undefined) issues.optionalText('name', input.name, { min: 1, max: 100 });
    issues.optionalText('description', input.description, { max: 1_000 });
    if (input.permissions === null) issues.add('permissions', 'Must not be null.');
    for (const [index, name] of (input.permissions ?? []).entries())
      if (!isPermission(name)) issues.add(`permissions.${index}`, 'There is no such permission.');
    issues.throwIfAny();
  };

  const columns = (input: RoleContent) => ({
    ...(input.key ? { key: input.key } : {}),
    ...(input.name ? { name: input.name.normalize('NFC') } : {}),
    ...(typeof input.description === 'string' ? { description: input.description.normalize('NFC') } : {}),
    ...(input.permissions ? { permissions: [...new Set(input.permissions)].sort() } : {}),
  });

  const requireCustom = async ({ tx, permissions }: OrganizationWork, id: string | null) => {
    const role =
      id === null
        ? null
        : await tx.role.findFirst({ where: { id }, select: { id: true, key: true, system: true, permissions: true } });
    if (!role) throw notFound('Role');
    if (role.system) throw createError('FORBIDDEN', 'System roles cannot be changed.');
    assertMayActOn(permissions, permissionsOfRoles([role]));
    return role;
  };

  const keyTaken = 'A role with this key exists.';

  return {
    create: (actor, input) =>
      orConflict(keyTaken, () =>
        inOrganization(actor, async ({ tx, permissions }) => {
          check(input, true);
          assertMayGrant(permissions, input.permissions ?? []);
          const role = await tx.role.create({
            data: { permissions: [], ...columns(input), system: false } as never,
            select: { id: true },
          });
          const details = { key: input.key ?? null, permissions: [...(input.permissions ?? [])] };
          await recordAuditEvent(tx, actor, { action: 'role.create', target: { type: 'Role', id: role.id }, details });
          return role;
        }),
      ),

    update: (actor, { id, ...input }) =>
      orConflict(keyTaken, () =>
        inOrganization(actor, async (work) => {
          const { tx, permissions } = work;
          check(input, false);
          const role = await requireCustom(work, id);
          assertMayGrant(permissions, input.permissions ?? []);
          await tx.role.updateMany({ where: { id: role.id }, data: columns(input) });
          const details = {
            before: { key: role.key, permissions: role.permissions },
            after: { key: input.key ?? role.key, permissions: [...(input.permissions ?? role.permissions)] },
          };
          await recordAuditEvent(tx, actor, { action: 'role.update', target: { type: 'Role', id: role.id }, details });
          return { id: role.id };
        }),
      ),

    delete: (actor, id) =>
      inOrganization(actor, async (work) => {
        const { tx } = work;
        const role = await requireCustom(work, id);
        const now = new Date();
        const open = { roleId: role.id, revokedAt: null };
        const uses = [
          await tx.membershipRole.count({ where: { roleId: role.id } }),
          await tx.apiKey.count({ where: { ...open, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] } }),
          await tx.invitation.count({ where: { ...open, acceptedAt: null, expiresAt: { gt: now } } }),
        ];
        if (uses.some((count) => count > 0))
          throw conflict('The role is in use: take it from members, keys and invitations first.');
        // Ended keys and invitations may point to it still: they go on as rows of the audit log alone.
        // Those that such keys sent end with them: without its row nobody could ask any more what the key holds.
        await tx.invitation.updateMany({
          where: { invitedByKey: { roleId: role.id }, acceptedAt: null, revokedAt: null },
          data: { revokedAt: now },
        });
        await tx.apiKey.deleteMany({ where: { roleId: role.id } });
        await tx.invitation.deleteMany({ where: { roleId: role.id } });
        await tx.role.deleteMany({ where: { id: role.id } });
        await recordAuditEvent(tx, actor, {
          action: 'role.delete',
          target: { type: 'Role', id: role.id },
          details: { key: role.key },
        });
        return { id: role.id };
      }),
  };
}

/**
 * Roles that a viewer may name: those that they see, and the system roles, which every organization has. Any other key is answered like one
 * that no role has: without `role:list` nobody finds out, by trying keys, what custom roles there are.
 */
export function nameableRoles(viewer: Viewer): Prisma.RoleWhereInput {
  return anyOf<Prisma.RoleWhereInput>({ system: true }, visibleRows('Role', viewer));
}

/** The role with a key that a viewer may name, with what it grants. @throws NOT_FOUND */
export async function requireRole(
  tx: Pick<DatabaseTransaction, 'role'>,
  viewer: Viewer,
  key: string,
): Promise<{ id: string; permissions: PermissionSet }> {
  const role = await tx.role.findFirst({
    where: { key, AND: [nameableRoles(viewer)] },
    select: { id: true, key: true, system: true, permissions: true },
  });
  if (!role) throw notFound('Role');
  return { id: role.id, permissions: permissionsOfRoles([role]) };
}
