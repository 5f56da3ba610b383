/**
 * Approval, suspension and reinstatement: of a membership in the current organization, never of the account in others. Felt by
 * every replica within a second.
 */

import { anyOf } from '../../authorization/any-of.ts';
import type { AuditAction } from '../../authorization/audit-actions.ts';
import { permissionsOfRoles } from '../../authorization/roles.ts';
import { visibleRows } from '../../authorization/visibility.ts';
import { badUserInput, conflict, notFound } from '../../errors.ts';
import type { MembershipStatus, Prisma } from '../../generated/prisma/client.ts';
import type { Actor } from '../../nouns/actor.ts';
import { recordAuditEvent } from '../../nouns/audit-log.ts';
import type { BackgroundWork } from '../../nouns/background-work.ts';
import type { DatabaseTransaction } from '../../stores/database.ts';
import type { AccountMails } from '../account/account-mails.ts';
import type { SendMail } from '../account/send-mail.ts';
import type { OrganizationTransaction } from '../organization/organization-transaction.ts';
import { nameableRoles } from '../role/role-service.ts';
import { assertMayActOn, assertMayGrant, assertNotLastOwner, permissionsOfMembership } from './delegation.ts';

/** Changes the state of memberships. Each method answers with the account's id. */
export interface MemberStatusService {
  /**
   * Lets somebody in who waits, with a role.
   * @throws NOT_FOUND unless they are in the organization; CONFLICT unless they wait; FORBIDDEN for a role beyond the actor's.
   */
  approve(actor: Actor, input: { userId: string; roleKey: string }): Promise<string>;
  /**
   * @throws NOT_FOUND; CONFLICT unless they are active, for oneself and for the last owner; FORBIDDEN when they hold permissions
   * that the actor lacks.
   */
  suspend(actor: Actor, input: { userId: string }): Promise<string>;
  /** @throws NOT_FOUND; CONFLICT unless they are suspended; FORBIDDEN when they hold permissions that the actor lacks. */
  reinstate(actor: Actor, input: { userId: string }): Promise<string>;
}

/** What the service needs. */
export interface MemberStatusDependencies {
  readonly inOrganization: OrganizationTransaction;
  readonly mails: AccountMails;
  readonly sendMail: SendMail;
  readonly background: BackgroundWork;
}

/** Makes the service. */
export function createMemberStatusService({
  inOrganization,
  mails,
  sendMail,
  background,
}: MemberStatusDependencies): MemberStatusService {
  /** A membership that the actor can see. @throws NOT_FOUND */
  const membershipOf = async (tx: DatabaseTransaction, { viewer }: Actor, userId: string) => {
    const waiting: Prisma.MembershipWhereInput[] = viewer.permissions.has('user:approve')
      ? [{ status: 'PENDING', user: { emailVerified: true } }]
      : [];
    const membership = await tx.membership.findFirst({
      where: { userId, AND: [anyOf(visibleRows('Membership', viewer), ...waiting)] },
      select: { id: true, status: true },
    });
    if (!membership) throw notFound('User');
    return membership;
  };

  const move = async (
    tx: DatabaseTransaction,
    actor: Actor,
    { userId, membershipId, from, to, action, details }: Move,
  ): Promise<void> => {
    const { count } = await tx.membership.updateMany({
      where: { id: membershipId, status: from },
      data: { status: to },
    });
    if (count !== 1) throw conflict(`This member is not ${from.toLowerCase()}.`);
    await recordAuditEvent(tx, actor, { action, target: { type: 'User', id: userId }, details: details ?? {} });
  };

  return {
    async approve(actor, { userId, roleKey }) {
      const { email, organization } = await inOrganization(actor, async ({ tx, organizationId, permissions }) => {
        const { id: membershipId } = await membershipOf(tx, actor, userId);
        const role = await tx.role.findFirst({
          where: { key: roleKey, AND: [nameableRoles(actor.viewer)] },
          select: { id: true, key: true, system: true, permissions: true },
        });
        if (!role) throw badUserInput([{ path: ['input', 'roleKey'], message: 'The organization has no such role.' }]);
        assertMayActOn(permissions, await permissionsOfMembership(tx, membershipId));
        assertMayGrant(permissions, permissionsOfRoles([role]));
        await move(tx, actor, {
          userId,
          membershipId,
          from: 'PENDING',
          to: 'ACTIVE',
          action: 'member.approve',
          details: { role: role.key },
        });
        await tx.membershipRole.deleteMany({ where: { membershipId } });
        await tx.membershipRole.createMany({ data: [{ organizationId, membershipId, roleId: role.id }] });
        const user = await tx.user.findFirstOrThrow({ where: { id: userId }, select: { email: true } });
        const { name } = await tx.organization.findFirstOrThrow({
          where: { id: organizationId },
          select: { name: true },
        });
        return { email: user.email, organization: name };
      });
      background.start('mail about an approval', () => sendMail(mails.approved(email, organization)));
      return userId;
    },

    async suspend(actor, { userId }) {
      if (actor.viewer.kind === 'user' && actor.viewer.userId === userId)
        throw conflict('You cannot suspend yourself: leave the organization instead.');
      await inOrganization(actor, async ({ tx, organizationId, permissions }) => {
        const { id: membershipId } = await membershipOf(tx, actor, userId);
        assertMayActOn(permissions, await permissionsOfMembership(tx, membershipId));
        await assertNotLastOwner(tx, organizationId, membershipId);
        const state = { userId, membershipId, from: 'ACTIVE', to: 'SUSPENDED', action: 'member.suspend' } as const;
        await move(tx, actor, state);
      });
      return userId;
    },

    async reinstate(actor, { userId }) {
      await inOrganization(actor, async ({ tx, permissions }) => {
        const { id: membershipId } = await membershipOf(tx, actor, userId);
        assertMayActOn(permissions, await permissionsOfMembership(tx, membershipId));
        const state = { userId, membershipId, from: 'SUSPENDED', to: 'ACTIVE', action: 'member.reinstate' } as const;
        await move(tx, actor, state);
      });
      return userId;
    },
  };
}

interface Move {
  readonly userId: string;
  readonly membershipId: string;
  readonly from: MembershipStatus;
  readonly to: MembershipStatus;
  readonly action: AuditAction;
  readonly details?: { readonly role: string };
}
