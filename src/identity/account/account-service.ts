/** One's account: the change of its address, profile, export and erasure. */
import { conflict } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import { recordAuditEvent } from '../../nouns/audit-log.ts';
import type { BackgroundWork } from '../../nouns/background-work.ts';
import { exportedRows, noExportedRows } from '../../nouns/exported-rows.ts';
import type { Database } from '../../stores/database.ts';
import { runAsService } from '../../stores/database-scope.ts';
import type { Events } from '../../stores/events.ts';
import { permissionsOfMembership } from '../member/delegation.ts';
import type { SessionService } from '../session/session-service.ts';
import { recordAccountEvent } from './account-events.ts';
import { assertValid, avatarForm, emailForm, faultOf, nameForm, phoneForm } from './account-fields.ts';
import type { AccountMails } from './account-mails.ts';
import type { AccountProof } from './account-proof.ts';
import type { AccountTokens } from './account-tokens.ts';
import { asAccount, emailOf, findAccount, inAccount, normalizeEmail, requirePerson } from './own-account.ts';
import type { FactorProof, SecondFactorService } from './second-factor-service.ts';
import type { SendMail } from './send-mail.ts';

/** A change of one's profile: what is undefined stays, null clears. */
export interface ProfileChange {
  readonly name?: string | null;
  readonly avatarUrl?: string | null;
  readonly phone?: string | null;
}

/** Keeps accounts. */
export interface AccountService {
  /**
   * Sends a link to the new address, which counts from its confirmation on.
   * @throws BAD_USER_INPUT; MFA_REQUIRED where a second factor is on and no code is given.
   */
  changeEmail(actor: Actor, input: { email: string; password: string } & FactorProof): Promise<void>;
  /** @throws BAD_USER_INPUT for faulty fields. */
  updateProfile(actor: Actor, input: ProfileChange): Promise<void>;
  /**
   * Everything that is kept about the account.
   * @throws BAD_USER_INPUT for a wrong password or code; MFA_REQUIRED where a second factor is on and no code is given.
   */
  exportAccount(actor: Actor, input: { password: string } & FactorProof): Promise<Record<string, unknown>>;
  /**
   * Erases the account: its row stays without anything personal, so that what it wrote keeps an author.
   * @throws BAD_USER_INPUT for a wrong password or code; MFA_REQUIRED as above; CONFLICT for the last owner of an organization.
   */
  deleteAccount(actor: Actor, input: { password: string } & FactorProof): Promise<void>;
}

/** What the service needs. */
export interface AccountServiceDependencies {
  readonly db: Database;
  readonly tokens: AccountTokens;
  readonly mails: AccountMails;
  readonly sendMail: SendMail;
  readonly background: BackgroundWork;
  readonly sessions: Pick<SessionService, 'revokeAll'>;
  readonly proof: AccountProof;
  readonly secondFactor: Pick<SecondFactorService, 'assertIfOn'>;
  /** Told of changed permissions, after the commit. */
  readonly events: Pick<Events, 'accessChanged'>;
  /** The clock. */
  readonly now: () => Date;
}

/** The most rows of one kind in an export. */
const maxExportedRows = 10_000;

/** Makes the service. */
export function createAccountService(dependencies: AccountServiceDependencies): AccountService {
  const { db, tokens, mails, sendMail, background, sessions, proof, secondFactor, events, now } = dependencies;

  return {
    async changeEmail(actor, { email: given, password, ...code }) {
      const { userId } = requirePerson(actor);
      const email = normalizeEmail(given);
      assertValid(faultOf(emailForm, email, 'email', 'This is not an e-mail address.'));
      await secondFactor.assertIfOn(await proof.assertPassword(actor, password), code);
      background.start('change of an address', async () => {
        const taken = await findAccount(db, email);
        const current = await emailOf(db, userId);
        if (current !== null) await sendMail(mails.emailChanges(current));
        if (taken) {
          await sendMail(mails.alreadyRegistered(email));
          return;
        }
        const token = await inAccount(db, userId, (tx) => tokens.add(tx, userId, 'CHANGE_EMAIL', email));
        await sendMail(mails.changeEmail(email, token));
      });
    },

    async updateProfile(actor, { name, avatarUrl, phone }) {
      const { userId } = requirePerson(actor);
      assertValid([
        ...(name === undefined ? [] : faultOf(nameForm, name, 'name', 'Give a name of 1 to 200 characters.')),
        ...(avatarUrl ? faultOf(avatarForm, avatarUrl, 'avatarUrl', 'Give an https URL.') : []),
        ...(phone ? faultOf(phoneForm, phone, 'phone', 'This is not a phone number.') : []),
      ]);
      const data = {
        ...(typeof name === 'string' ? { name: name.trim() } : {}),
        ...(avatarUrl === undefined ? {} : { avatarUrl: avatarUrl || null }),
        ...(phone === undefined ? {} : { phone: phone || null }),
      };
      await inAccount(db, userId, async (tx) => {
        await tx.user.updateMany({ where: { id: userId }, data });
        await recordAccountEvent(tx, actor, {
          userId,
          proven: true,
          action: 'account.updateProfile',
          details: { changed: Object.keys(data) },
        });
      });
    },

    async exportAccount(actor, { password, ...code }) {
      const account = await proof.assertPassword(actor, password);
      const { userId } = account;
      await secondFactor.assertIfOn(account, code);
      const own = await inAccount(db, userId, async (tx) => {
        await recordAccountEvent(tx, actor, { userId, proven: true, action: 'account.export' });
        const user = await tx.user.findFirstOrThrow({
          where: { id: userId },
          select: {
            id: true,
            name: true,
            avatarUrl: true,
            email: true,
            emailVerified: true,
            phone: true,
            mfaEnabled: true,
            lastSignInAt: true,
            createdAt: true,
          },
        });
        const sessionRows = await tx.session.findMany({
          where: { userId },
          select: { id: true, userAgent: true, ip: true, createdAt: true, lastUsedAt: true, revokedAt: true },
          orderBy: { createdAt: 'desc' },
          take: maxExportedRows,
        });
        return { user, sessions: sessionRows };
      });
      const memberships = await asAccount(
        userId,
        async () =>
          await db.$queryRaw<
            { membershipId: string; organizationId: string; slug: string; name: string; status: string }[]
          >`
            select * from auth_memberships(${userId}::uuid)`,
      );
      const organizations = [];
      for (const { membershipId, organizationId, slug, name, status } of memberships) {
        // What is theirs, where they may still read it.
        const rows =
          status === 'ACTIVE'
            ? await runAsService('ownWork', { organizationId, userId }, async () =>
                exportedRows(db, userId, await permissionsOfMembership(db as never, membershipId)),
              )
            : noExportedRows();
        organizations.push({ slug, name, status, ...rows });
      }
      return JSON.parse(JSON.stringify({ exportedAt: now(), ...own, organizations })) as Record<string, unknown>;
    },

    async deleteAccount(actor, { password, ...code }) {
      const account = await proof.assertPassword(actor, password);
      const { userId } = account;
      await secondFactor.assertIfOn(account, code);
      const { organizationIds, announce } = await inAccount(db, userId, async (tx) => {
        const ended = await tx.$queryRaw<{ organizationId: string; lastOwner: boolean }[]>`
          select * from auth_end_memberships(${userId}::uuid, ${actor.ip}, ${actor.requestId})`;
        if (ended.some(({ lastOwner }) => lastOwner))
          throw conflict('You are the last owner of an organization: hand it over or delete it first.');
        const announceSessions = await sessions.revokeAll(tx, userId, 'erased');
        await tx.password.deleteMany({ where: { userId } });
        await tx.totpFactor.deleteMany({ where: { userId } });
        await tx.recoveryCode.deleteMany({ where: { userId } });
        await tx.accountToken.deleteMany({ where: { userId } });
        await tx.session.deleteMany({ where: { userId } });
        await tx.user.updateMany({
          where: { id: userId },
          data: {
            name: 'Erased account',
            email: `${userId}@erased.invalid`,
            emailVerified: false,
            avatarUrl: null,
            phone: null,
            mfaEnabled: false,
            lastSignInAt: null,
            erasedAt: now(),
          },
        });
        if (ended.length === 0)
          await recordAuditEvent(tx, actor, {
            action: 'account.delete',
            target: { type: 'User', id: userId },
            organizationId: null,
          });
        return { organizationIds: ended.map(({ organizationId }) => organizationId), announce: announceSessions };
      });
      announce();
      for (const organizationId of organizationIds) events.accessChanged({ kind: 'organization', organizationId });
    },
  };
}
