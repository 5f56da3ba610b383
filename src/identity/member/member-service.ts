/** Who is in an organization, and with which roles: invitations, roles of members, and the end of a membership. */

import { randomBytes } from 'node:crypto';
import { permissionsOfRoles } from '../../authorization/roles.ts';
import { visibleRows } from '../../authorization/visibility.ts';
import { conflict, createError, notFound, unauthenticated } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import { recordAuditEvent } from '../../nouns/audit-log.ts';
import type { BackgroundWork } from '../../nouns/background-work.ts';
import { endJoinsOf } from '../../nouns/define-join.ts';
import { Issues } from '../../nouns/validation.ts';
import type { Database, DatabaseTransaction } from '../../stores/database.ts';
import { runAsService } from '../../stores/database-scope.ts';
import type { Events } from '../../stores/events.ts';
import { normalizeEmail } from '../account/own-account.ts';
import type { SendMail } from '../account/send-mail.ts';
import { digestOf } from '../authentication/api-key.ts';
import type { OrganizationTransaction } from '../organization/organization-transaction.ts';
import { requireRole } from '../role/role-service.ts';
import { assertMayActOn, assertMayGrant, assertNotLastOwner, permissionsOfMembership } from './delegation.ts';
import { consumeInvitation, endInvitationsTo, findInvitation, isFor } from './invitation.ts';
import { holdAccount, requireSession } from './standing.ts';

/** How long an invitation can be accepted, in days. */
const invitationTtlDays = 7;

/** Writes of memberships. */
export interface MemberService {
  /**
   * Invites an address; a link goes there by mail.
   * @throws BAD_USER_INPUT; NOT_FOUND for the role; FORBIDDEN for a role beyond the actor's permissions; CONFLICT for a
   * member, told to those who may list members and read their addresses.
   */
  invite(actor: Actor, input: { readonly email: string; readonly roleKey: string }): Promise<{ id: string }>;
  /** @throws NOT_FOUND for an invitation that is not open; FORBIDDEN when its role holds what the actor lacks. */
  revokeInvitation(actor: Actor, id: string | null): Promise<{ id: string }>;
  /**
   * Joins the organization that a token invites to, as the address that it was sent to.
   * @returns the organization's id.
   * @throws UNAUTHENTICATED for a key or nobody; NOT_FOUND for a token that is unknown, used, expired, revoked or somebody else's.
   */
  acceptInvitation(actor: Actor, token: string): Promise<{ id: string }>;
  /** Ends one's own membership. @param slug of the current organization, repeated. @throws BAD_USER_INPUT; CONFLICT for the last owner. */
  leave(actor: Actor, slug: string): Promise<{ id: string }>;
  /**
   * Sets a member's roles.
   * @throws NOT_FOUND for the member or a role; BAD_USER_INPUT without any role; FORBIDDEN when the member holds, or would hold, what the
   * actor lacks; CONFLICT for the last owner.
   */
  setRoles(
    actor: Actor,
    input: { readonly userId: string | null; readonly roleKeys: readonly string[] },
  ): Promise<{ id: string }>;
  /** Ends a membership, and revokes the keys that the member made and the invitations that they sent. @throws NOT_FOUND, FORBIDDEN, CONFLICT. */
  remove(actor: Actor, userId: string | null): Promise<{ id: string }>;
}

/** What the service needs. */
export interface MemberServiceDependencies {
  readonly db: Database;
  readonly events: Pick<Events, 'accessChanged'>;
  readonly inOrganization: OrganizationTransaction;
  readonly sendMail: SendMail;
  readonly background: Pick<BackgroundWork, 'start'>;
  /** Links in mails go there, and never where a request says. */
  readonly publicUrl: URL;
}

/** Makes the service. */
export function createMemberService(dependencies: MemberServiceDependencies): MemberService {
  const { db, events, inOrganization, sendMail, background, publicUrl } = dependencies;

  /** A member whom the actor can see as one. @throws NOT_FOUND */
  const requireMember = async (tx: DatabaseTransaction, { viewer }: Actor, userId: string | null) => {
    const membership =
      userId === null
        ? null
        : await tx.membership.findFirst({
            where: { userId, AND: [visibleRows('Membership', viewer)] },
            select: { id: true, userId: true },
          });
    if (!membership) throw notFound('User');
    return membership;
  };

  /** Ends a membership with everything that depends on it. The row stays, for the sake of the member's work. */
  const end = async (
    tx: DatabaseTransaction,
    organizationId: string,
    membership: { id: string; userId: string },
  ): Promise<number> => {
    await assertNotLastOwner(tx, organizationId, membership.id);
    await tx.membershipRole.deleteMany({ where: { membershipId: membership.id } });
    await endJoinsOf(tx, membership.userId);
    await tx.membership.updateMany({ where: { id: membership.id }, data: { status: 'REMOVED' } });
    const revokedAt = new Date();
    // One that is open for them would let them in again.
    const user = await tx.user.findFirst({ where: { id: membership.userId }, select: { email: true } });
    if (user) await endInvitationsTo(tx, user.email);
    await tx.invitation.updateMany({
      where: { invitedById: membership.userId, acceptedAt: null, revokedAt: null },
      data: { revokedAt },
    });
    const { count } = await tx.apiKey.updateMany({
      where: { createdById: membership.userId, revokedAt: null },
      data: { revokedAt },
    });
    return count;
  };

  return {
    async invite(actor, input) {
      const issues = new Issues();
      const email = normalizeEmail(input.email);
      if (email.length > 254 || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
        issues.add('email', 'This is no e-mail address.');
      issues.throwIfAny();
      const token = `fgi_${randomBytes(32).toString('base64url')}`;
      const invitation = await inOrganization(actor, async ({ tx, permissions, responsibleUserId, key }) => {
        const role = await requireRole(tx, actor.viewer, input.roleKey);
        assertMayGrant(permissions, role.permissions);
        // Whoever may not read addresses is not told of one either: the invitation then opens nothing to a member.
        const mayKnow = permissions.has('user.contact:read') && permissions.has('member:list');
        const isMember = await tx.membership.count({
          where: {
            AND: [visibleRows('Membership', actor.viewer)],
            user: { email: { equals: email, mode: 'insensitive' } },
          },
        });
        if (mayKnow && isMember > 0) throw conflict('They are a member already.');
        const created = await tx.invitation.create({
          data: {
            email,
            roleId: role.id,
            digest: digestOf(token),
            invitedById: responsibleUserId,
            invitedByKeyId: key?.id ?? null,
            expiresAt: new Date(Date.now() + invitationTtlDays * 86_400_000),
          } as never,
          select: { id: true },
        });
        const details = { roleKey: input.roleKey };
        await recordAuditEvent(tx, actor, {
          action: 'invitation.create',
          target: { type: 'Invitation', id: created.id },
          details,
        });
        return created;
      });
      const link = new URL('/accept-invitation', publicUrl);
      link.hash = `token=${token}`;
      background.start('invitation mail', () =>
        sendMail({
          to: email,
          subject: 'You are invited',
          text: `You are invited to ${actor.viewer.organization?.slug ?? 'an organization'}. Sign in and accept within ${invitationTtlDays} days:\n\n${link.href}\n`,
        }),
      );
      return invitation;
    },

    revokeInvitation: (actor, id) =>
      inOrganization(actor, async ({ tx, permissions }) => {
        const invitation =
          id === null
            ? null
            : await tx.invitation.findFirst({
                where: { id, acceptedAt: null, revokedAt: null },
                select: { id: true, role: { select: { key: true, system: true, permissions: true } } },
              });
        if (!invitation) throw notFound('Invitation');
        assertMayActOn(permissions, permissionsOfRoles([invitation.role]));
        await tx.invitation.updateMany({ where: { id: invitation.id }, data: { revokedAt: new Date() } });
        await recordAuditEvent(tx, actor, {
          action: 'invitation.revoke',
          target: { type: 'Invitation', id: invitation.id },
        });
        return { id: invitation.id };
      }),

    async acceptInvitation(actor, token) {
      const { viewer } = actor;
      if (viewer.kind !== 'user') throw unauthenticated();
      const { organizationId } = await findInvitation(db, token);
      await runAsService('joining', { organizationId, userId: viewer.userId }, async () =>
        db.$transaction(async (tx) => {
          await holdAccount(tx, viewer.userId);
          await requireSession(tx, viewer, null);
          const invitation = await consumeInvitation(tx, token);
          const user = await tx.user.findFirst({
            where: { id: viewer.userId },
            select: { email: true, emailVerified: true },
          });
          // Whoever found the mail of somebody else learns nothing: not even that there is an invitation.
          if (!user?.emailVerified || !isFor(invitation, user.email)) throw notFound('Invitation');
          const former = await tx.membership.findFirst({
            where: { userId: viewer.userId },
            select: { id: true, status: true },
          });
          if (former && former.status !== 'REMOVED') throw conflict('You are a member already.');
          const membership = former
            ? await tx.membership.update({
                where: { id: former.id },
                data: { status: 'ACTIVE', joinedAt: new Date() },
                select: { id: true },
              })
            : await tx.membership.create({
                data: { userId: viewer.userId, status: 'ACTIVE' } as never,
                select: { id: true },
              });
          await tx.membershipRole.createMany({
            data: [{ membershipId: membership.id, roleId: invitation.roleId } as never],
          });
          await recordAuditEvent(tx, actor, {
            action: 'invitation.accept',
            target: { type: 'Invitation', id: invitation.id },
            organizationId,
          });
        }),
      );
      events.accessChanged({ kind: 'organization', organizationId });
      return { id: organizationId };
    },

    leave: (actor, slug) =>
      inOrganization(actor, async ({ tx, organizationId }) => {
        const { viewer } = actor;
        const issues = new Issues();
        if (slug !== viewer.organization?.slug) issues.add('slug', 'Repeat the slug of the current organization.');
        issues.throwIfAny();
        if (viewer.kind !== 'user') throw createError('FORBIDDEN', 'A key is no member: revoke it instead.');
        const membership = await requireMember(tx, actor, viewer.userId);
        const revokedKeys = await end(tx, organizationId, membership);
        const target = { type: 'User', id: viewer.userId };
        await recordAuditEvent(tx, actor, { action: 'member.leave', target, details: { revokedKeys } });
        return { id: organizationId };
      }),

    setRoles: (actor, { userId, roleKeys }) =>
      inOrganization(actor, async ({ tx, organizationId, permissions }) => {
        const issues = new Issues();
        if (roleKeys.length === 0)
          issues.add('roleKeys', 'Give at least one role; use removeMember to end a membership.');
        if (roleKeys.length > 20) issues.add('roleKeys', 'Use at most 20 roles.');
        issues.throwIfAny();
        const membership = await requireMember(tx, actor, userId);
        const held = await permissionsOfMembership(tx, membership.id);
        assertMayActOn(permissions, held);
        const keys = [...new Set(roleKeys)];
        const roles = await Promise.all(keys.map((key) => requireRole(tx, actor.viewer, key)));
        for (const role of roles) assertMayGrant(permissions, role.permissions);
        if (!keys.includes('owner')) await assertNotLastOwner(tx, organizationId, membership.id);
        const before = await tx.membershipRole.findMany({
          where: { membershipId: membership.id },
          select: { role: { select: { key: true } } },
        });
        await tx.membershipRole.deleteMany({ where: { membershipId: membership.id } });
        await tx.membershipRole.createMany({
          data: roles.map(({ id }) => ({ membershipId: membership.id, roleId: id })) as never,
        });
        await recordAuditEvent(tx, actor, {
          action: 'member.setRoles',
          target: { type: 'User', id: membership.userId },
          details: { before: before.map(({ role }) => role.key).sort(), after: keys.sort() },
        });
        return { id: membership.id };
      }),

    remove: (actor, userId) =>
      inOrganization(actor, async ({ tx, organizationId, permissions }) => {
        const membership = await requireMember(tx, actor, userId);
        assertMayActOn(permissions, await permissionsOfMembership(tx, membership.id));
        const revokedKeys = await end(tx, organizationId, membership);
        const target = { type: 'User', id: membership.userId };
        await recordAuditEvent(tx, actor, { action: 'member.remove', target, details: { revokedKeys } });
        return { id: membership.userId };
      }),
  };
}
