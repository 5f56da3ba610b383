/**
 * Accounts: registration, confirmation and change of the address, passwords, profile, export and erasure. Whatever depends on
 * whether an address has an account runs after the answer, so that neither the answer nor its time tells.
 */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { digestOf } from '../authentication/api-key.ts';
import { findPasswordFault, hashPassword } from '../authentication/password.ts';
import { badUserInput, conflict, createError, type InputIssue, notFound } from '../errors.ts';
import type { AccountTokenPurpose } from '../generated/prisma/client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';
import { runInDatabaseScope } from '../stores/database-scope.ts';
import type { Events } from '../stores/events.ts';
import { recordAccountEvent } from './account-events.ts';
import type { AccountMails } from './account-mails.ts';
import type { Actor } from './actor.ts';
import { recordAuditEvent } from './audit-log.ts';
import type { BackgroundWork } from './background-work.ts';
import { consumeInvitation, findInvitation, isFor } from './invitation.ts';
import { accountScope, assertPassword, inAccount, nobodysScope, normalizeEmail, requirePerson } from './own-account.ts';
import type { FactorProof, SecondFactorService } from './second-factor-service.ts';
import type { SendMail } from './send-mail.ts';
import type { IssuedSession, SessionService } from './session-service.ts';

/** Who may register: anybody; anybody, but an organization must approve; whoever was invited. */
export type RegistrationMode = 'open' | 'approval' | 'invite';

/** Input of {@link AccountService.register}. */
export interface RegisterInput {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  /** The slug of the organization to join; needed under approval. */
  readonly organization: string | null;
  /** The token of an invitation; needed where registration is by invitation. */
  readonly invitationToken: string | null;
}

/** A change of one's profile: what is undefined stays, null clears. */
export interface ProfileChange {
  readonly name?: string | null;
  readonly avatarUrl?: string | null;
  readonly phone?: string | null;
}

/** Keeps accounts. */
export interface AccountService {
  /**
   * Registers. The answer is the same for known and unknown addresses; a mail says the rest.
   * @throws BAD_USER_INPUT for faulty fields; FORBIDDEN where only the invited may; NOT_FOUND for an invitation that is void.
   */
  register(actor: Actor, input: RegisterInput): Promise<void>;
  /** Confirms an address, at registration or at a change. @throws NOT_FOUND for a token that is unknown, used or too old. */
  verifyEmail(actor: Actor, input: { token: string }): Promise<void>;
  /** Sends the link again, if there is an account that waits for it; the answer does not tell. */
  resendVerification(actor: Actor, input: { email: string }): Promise<void>;
  /** Sends a link to the new address, which counts from its confirmation on. @throws BAD_USER_INPUT. */
  changeEmail(actor: Actor, input: { email: string; password: string }): Promise<void>;
  /** Sends a link, if there is such an account; the answer does not tell. */
  requestPasswordReset(actor: Actor, input: { email: string }): Promise<void>;
  /** Sets a password by a mailed token and ends all sessions. @throws NOT_FOUND for a void token; BAD_USER_INPUT. */
  resetPassword(actor: Actor, input: { token: string; password: string }): Promise<void>;
  /** Sets a password, ends all sessions, and starts a new one for the caller. @throws BAD_USER_INPUT. */
  changePassword(actor: Actor, input: { currentPassword: string; newPassword: string }): Promise<IssuedSession>;
  /** @throws BAD_USER_INPUT for faulty fields. */
  updateProfile(actor: Actor, input: ProfileChange): Promise<void>;
  /** Everything that is kept about the account. @throws BAD_USER_INPUT for a wrong password. */
  exportAccount(actor: Actor, input: { password: string }): Promise<Record<string, unknown>>;
  /**
   * Erases the account: its row stays without anything personal, so that what it wrote keeps an author.
   * @throws BAD_USER_INPUT for a wrong password or code; CONFLICT for the last owner of an organization.
   */
  deleteAccount(actor: Actor, input: { password: string } & FactorProof): Promise<void>;
}

/** What the service needs. */
export interface AccountServiceDependencies {
  readonly db: Database;
  readonly registration: RegistrationMode;
  readonly mails: AccountMails;
  readonly sendMail: SendMail;
  readonly background: BackgroundWork;
  readonly sessions: Pick<SessionService, 'revokeAll' | 'start'>;
  readonly secondFactor: Pick<SecondFactorService, 'use'>;
  /** Told of ended sessions and changed permissions, after the commit. */
  readonly events: Pick<Events, 'accessChanged'>;
  /** The clock, for tests. */
  readonly now?: () => Date;
}

interface FoundAccount {
  readonly userId: string;
  readonly emailVerified: boolean;
  readonly erasedAt: Date | null;
}

interface FoundToken {
  readonly userId: string;
  readonly purpose: AccountTokenPurpose;
  readonly email: string | null;
}

/** How long a mailed token is good, in seconds. Thirty minutes for a password: long enough to find the mail, and no longer. */
const tokenTtlSeconds = { RESET_PASSWORD: 30 * 60, VERIFY_EMAIL: 86_400, CHANGE_EMAIL: 86_400 } as const;

/** The most rows of one kind in an export. */
const maxExportedRows = 10_000;

const emailForm = z.email().max(254);
const nameForm = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u);
const phoneForm = z.string().regex(/^\+?[0-9 ()./-]{3,40}$/);
const avatarForm = z.url({ protocol: /^https$/ }).max(2_000);

/** Makes the service. */
export function createAccountService(dependencies: AccountServiceDependencies): AccountService {
  const { db, registration, mails, sendMail, background, sessions, secondFactor, events } = dependencies;
  const now = dependencies.now ?? (() => new Date());

  const findAccount = (email: string): Promise<FoundAccount | undefined> =>
    runInDatabaseScope(nobodysScope, async () => {
      const rows = await db.$queryRaw<FoundAccount[]>`select * from auth_find_account(${email})`;
      return rows[0];
    });

  /** A token that is good now; consuming it is another step. @throws NOT_FOUND for any other. */
  const findToken = (token: string, purposes: readonly AccountTokenPurpose[]): Promise<FoundToken> =>
    runInDatabaseScope(nobodysScope, async () => {
      const rows = await db.$queryRaw<(FoundToken & { usedAt: Date | null; expiresAt: Date })[]>`
        select * from auth_account_token(${digestOf(token)})`;
      const row = rows[0];
      if (!row || row.usedAt || row.expiresAt <= now() || !purposes.includes(row.purpose)) throw notFound('Token');
      return row;
    });

  /** Uses a token up, atomically. @throws NOT_FOUND when somebody was faster. */
  const consumeToken = async (tx: DatabaseTransaction, userId: string, token: string): Promise<void> => {
    const { count } = await tx.accountToken.updateMany({
      where: { userId, digest: digestOf(token), usedAt: null, expiresAt: { gt: now() } },
      data: { usedAt: now() },
    });
    if (count !== 1) throw notFound('Token');
  };

  /** Makes a token; earlier ones of the same purpose are void from now on. */
  const addToken = async (
    tx: DatabaseTransaction,
    userId: string,
    purpose: AccountTokenPurpose,
    email: string | null = null,
  ): Promise<string> => {
    const token = randomBytes(32).toString('base64url');
    await tx.accountToken.deleteMany({ where: { userId, purpose } });
    const expiresAt = new Date(now().getTime() + tokenTtlSeconds[purpose] * 1_000);
    await tx.accountToken.createMany({ data: [{ digest: digestOf(token), userId, purpose, email, expiresAt }] });
    return token;
  };

  const setPassword = async (tx: DatabaseTransaction, userId: string, hash: string): Promise<void> => {
    await tx.password.deleteMany({ where: { userId } });
    await tx.password.createMany({ data: [{ userId, hash, changedAt: now() }] });
  };

  const newUser = (userId: string, { name, email }: RegisterInput, emailVerified: boolean) => ({
    id: userId,
    name: name.trim(),
    email: normalizeEmail(email),
    emailVerified,
  });

  /** Registers somebody who holds an invitation, which proves the address. */
  const registerInvited = async (actor: Actor, input: RegisterInput, token: string, hash: string): Promise<void> => {
    const found = await findInvitation(db, token);
    const { organizationId } = found;
    if (!isFor(found, input.email))
      throw badUserInput([{ path: ['input', 'email'], message: 'The invitation is for another address.' }]);
    if (await findAccount(normalizeEmail(input.email)))
      throw conflict('This address has an account: sign in and accept the invitation.');
    const userId = uuidv7();
    await runInDatabaseScope({ organizationId, userId, guard: null }, async () => {
      await db.$transaction(async (tx) => {
        const { id, roleId } = await consumeInvitation(tx, token);
        await tx.user.createMany({ data: [newUser(userId, input, true)] });
        await setPassword(tx, userId, hash);
        const membership = await tx.membership.create({
          data: { organizationId, userId, status: 'ACTIVE' },
          select: { id: true },
        });
        await tx.membershipRole.createMany({ data: [{ organizationId, membershipId: membership.id, roleId }] });
        await recordAccountEvent(tx, actor, { userId, proven: true, action: 'account.register' });
        await recordAccountEvent(tx, actor, {
          userId,
          proven: true,
          action: 'invitation.accept',
          target: { type: 'Invitation', id },
        });
      });
    }).catch(refuseTakenAddress);
    events.accessChanged({ kind: 'organization', organizationId });
  };

  /** Registers anybody, after the answer. Ends in one mail, whatever it finds. */
  const registerLater = async (actor: Actor, input: RegisterInput, hash: string): Promise<void> => {
    const email = normalizeEmail(input.email);
    const known = await findAccount(email);
    if (known?.emailVerified) {
      await sendMail(mails.alreadyRegistered(email));
      return;
    }
    const organizationId =
      input.organization === null
        ? null
        : await runInDatabaseScope(nobodysScope, async () => {
            const rows = await db.$queryRaw<{ id: string }[]>`select * from auth_organization(${input.organization})`;
            return rows[0]?.id ?? null;
          });
    const userId = known?.userId ?? uuidv7();
    const token = await runInDatabaseScope({ organizationId, userId, guard: null }, async () => {
      return await db.$transaction(async (tx) => {
        // Whoever registers last holds the password, and earlier links are void: nobody confirms a stranger's password.
        if (known) await tx.user.updateMany({ where: { id: userId }, data: { name: input.name.trim() } });
        else await tx.user.createMany({ data: [newUser(userId, input, false)] });
        await setPassword(tx, userId, hash);
        if (organizationId !== null)
          await tx.membership.createMany({
            data: [{ organizationId, userId, status: 'PENDING' }],
            skipDuplicates: true,
          });
        await recordAccountEvent(tx, actor, { userId, proven: false, action: 'account.register' });
        return await addToken(tx, userId, 'VERIFY_EMAIL');
      });
    });
    await sendMail(mails.verifyEmail(email, token));
  };

  const emailOf = (userId: string): Promise<string | null> =>
    runInDatabaseScope(accountScope(userId), async () => {
      const user = await db.user.findFirst({ where: { id: userId }, select: { email: true } });
      return user?.email ?? null;
    });

  const tellPasswordChanged = (userId: string): void =>
    background.start('mail about a password', async () => {
      const email = await emailOf(userId);
      if (email !== null) await sendMail(mails.passwordChanged(email));
    });

  return {
    async register(actor, input) {
      assertValid([
        ...faultOf(nameForm, input.name, 'name', 'Give a name of 1 to 200 characters.'),
        ...faultOf(emailForm, normalizeEmail(input.email), 'email', 'This is not an e-mail address.'),
        ...passwordIssues(input.password, 'password'),
        ...(registration === 'approval' && input.organization === null && input.invitationToken === null
          ? [{ path: ['input', 'organization'], message: 'Name the organization that is to approve you.' }]
          : []),
      ]);
      if (registration === 'invite' && input.invitationToken === null)
        throw createError('FORBIDDEN', 'Registration is by invitation.', { extensions: { requires: [] } });
      const hash = await hashPassword(input.password);
      if (input.invitationToken !== null) {
        await registerInvited(actor, input, input.invitationToken, hash);
        return;
      }
      const organization = registration === 'approval' ? input.organization : null;
      background.start('registration', () => registerLater(actor, { ...input, organization }, hash));
    },

    async verifyEmail(actor, { token }) {
      const { userId, purpose, email } = await findToken(token, ['VERIFY_EMAIL', 'CHANGE_EMAIL']);
      const changed = purpose === 'CHANGE_EMAIL' && email !== null;
      await inAccount(db, userId, async (tx) => {
        await consumeToken(tx, userId, token);
        await tx.user.updateMany({
          where: { id: userId, erasedAt: null },
          data: { emailVerified: true, ...(changed ? { email } : {}) },
        });
        // A link to the old address must not decide about the account any more.
        if (changed) await tx.accountToken.deleteMany({ where: { userId, usedAt: null } });
        await recordAccountEvent(tx, actor, {
          userId,
          proven: true,
          action: changed ? 'account.changeEmail' : 'account.verifyEmail',
        });
      }).catch(refuseTakenAddress);
    },

    async resendVerification(_actor, { email: given }) {
      const email = normalizeEmail(given);
      background.start('mail to confirm an address', async () => {
        const account = await findAccount(email);
        if (!account || account.emailVerified || account.erasedAt) return;
        const { userId } = account;
        const token = await inAccount(db, userId, (tx) => addToken(tx, userId, 'VERIFY_EMAIL'));
        await sendMail(mails.verifyEmail(email, token));
      });
    },

    async changeEmail(actor, { email: given, password }) {
      const { userId } = requirePerson(actor);
      const email = normalizeEmail(given);
      assertValid(faultOf(emailForm, email, 'email', 'This is not an e-mail address.'));
      await assertPassword(db, userId, password);
      background.start('change of an address', async () => {
        const taken = await findAccount(email);
        const current = await emailOf(userId);
        if (current !== null) await sendMail(mails.emailChanges(current));
        if (taken) {
          await sendMail(mails.alreadyRegistered(email));
          return;
        }
        const token = await inAccount(db, userId, (tx) => addToken(tx, userId, 'CHANGE_EMAIL', email));
        await sendMail(mails.changeEmail(email, token));
      });
    },

    async requestPasswordReset(actor, { email: given }) {
      const email = normalizeEmail(given);
      background.start('mail to reset a password', async () => {
        const account = await findAccount(email);
        if (!account || account.erasedAt) return;
        const { userId } = account;
        const token = await inAccount(db, userId, async (tx) => {
          await recordAccountEvent(tx, actor, { userId, proven: false, action: 'password.requestReset' });
          return await addToken(tx, userId, 'RESET_PASSWORD');
        });
        await sendMail(mails.resetPassword(email, token));
      });
    },

    async resetPassword(actor, { token, password }) {
      assertValid(passwordIssues(password, 'password'));
      const { userId } = await findToken(token, ['RESET_PASSWORD']);
      const hash = await hashPassword(password);
      const announce = await inAccount(db, userId, async (tx) => {
        await consumeToken(tx, userId, token);
        await setPassword(tx, userId, hash);
        // The link came to the address: whoever holds it holds the address.
        await tx.user.updateMany({ where: { id: userId, erasedAt: null }, data: { emailVerified: true } });
        await recordAccountEvent(tx, actor, { userId, proven: true, action: 'password.reset' });
        return await sessions.revokeAll(tx, userId, 'passwordReset');
      });
      announce();
      tellPasswordChanged(userId);
    },

    async changePassword(actor, { currentPassword, newPassword }) {
      const { userId, sessionId } = requirePerson(actor);
      assertValid(passwordIssues(newPassword, 'newPassword'));
      await assertPassword(db, userId, currentPassword, ['input', 'currentPassword']);
      const hash = await hashPassword(newPassword);
      let announce = (): void => undefined;
      const issued = await inAccount(db, userId, async (tx) => {
        const session = await tx.session.findFirst({ where: { id: sessionId }, select: { delivery: true } });
        await setPassword(tx, userId, hash);
        // A mailed link from before the change must not undo it.
        await tx.accountToken.deleteMany({ where: { userId, purpose: 'RESET_PASSWORD' } });
        await recordAccountEvent(tx, actor, { userId, proven: true, action: 'password.change' });
        announce = await sessions.revokeAll(tx, userId, 'passwordChange');
        return await sessions.start(tx, actor, userId, session?.delivery === 'COOKIE' ? 'COOKIE' : 'PAYLOAD');
      });
      announce();
      tellPasswordChanged(userId);
      return issued;
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

    async exportAccount(actor, { password }) {
      const { userId } = requirePerson(actor);
      await assertPassword(db, userId, password);
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
      const memberships = await runInDatabaseScope(
        nobodysScope,
        async () =>
          await db.$queryRaw<{ organizationId: string; slug: string; name: string; status: string }[]>`
            select * from auth_memberships(${userId}::uuid)`,
      );
      const organizations = [];
      for (const { organizationId, slug, name, status } of memberships) {
        // What one wrote, where one may still read it.
        const comments =
          status === 'ACTIVE'
            ? await runInDatabaseScope(
                { organizationId, userId, guard: null },
                async () =>
                  await db.comment.findMany({
                    where: { authorId: userId },
                    select: { id: true, taskId: true, body: true, createdAt: true },
                    orderBy: { createdAt: 'asc' },
                    take: maxExportedRows,
                  }),
              )
            : [];
        organizations.push({ slug, name, status, comments });
      }
      return JSON.parse(JSON.stringify({ exportedAt: now(), ...own, organizations })) as Record<string, unknown>;
    },

    async deleteAccount(actor, { password, ...proof }) {
      const { userId } = requirePerson(actor);
      await assertPassword(db, userId, password);
      const user = await runInDatabaseScope(
        accountScope(userId),
        async () => await db.user.findFirstOrThrow({ where: { id: userId }, select: { mfaEnabled: true } }),
      );
      if (user.mfaEnabled && !(await secondFactor.use(userId, proof)))
        throw badUserInput([{ path: ['input', 'totp'], message: 'Send a code of your second factor as well.' }]);
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

function assertValid(issues: readonly InputIssue[]): void {
  if (issues.length > 0) throw badUserInput(issues);
}

function faultOf(form: z.ZodType, value: unknown, field: string, message: string): readonly InputIssue[] {
  return form.safeParse(value).success ? [] : [{ path: ['input', field], message }];
}

function passwordIssues(password: string, field: string): readonly InputIssue[] {
  const fault = findPasswordFault(password);
  return fault === null ? [] : [{ path: ['input', field], message: fault }];
}

/** The unique address was taken in between. */
function refuseTakenAddress(error: unknown): never {
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
    throw conflict('This address has an account already.');
  throw error;
}
