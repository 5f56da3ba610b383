/**
 * Registration, and the proof of an address. Whatever depends on whether an address has an account runs after the answer, so that
 * neither the answer nor its time tells.
 */

import { v7 as uuidv7 } from 'uuid';
import { badUserInput, conflict } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import type { BackgroundWork } from '../../nouns/background-work.ts';
import type { Database } from '../../stores/database.ts';
import { runAsService } from '../../stores/database-scope.ts';
import type { Events } from '../../stores/events.ts';
import { hashPassword } from '../authentication/password.ts';
import { consumeInvitation, findInvitation, isFor } from '../member/invitation.ts';
import type { SessionService } from '../session/session-service.ts';
import { recordAccountEvent } from './account-events.ts';
import { assertValid, emailForm, faultOf, nameForm, passwordIssues, refuseTakenAddress } from './account-fields.ts';
import type { AccountMails } from './account-mails.ts';
import type { AccountProof } from './account-proof.ts';
import type { AccountTokens } from './account-tokens.ts';
import { asNobody, findAccount, inAccount, normalizeEmail, setPassword } from './own-account.ts';
import type { SendMail } from './send-mail.ts';

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

/** Lets people in. */
export interface RegistrationService {
  /**
   * Registers. The answer is the same for known and unknown addresses; a mail says the rest.
   * @throws BAD_USER_INPUT for faulty fields, and without an invitation where one is needed; NOT_FOUND for an invitation that is void.
   */
  register(actor: Actor, input: RegisterInput): Promise<void>;
  /**
   * Confirms an address: at registration, with the password that counts from now on; or at a change, which ends all sessions, by the
   * account's own session or with its password: whoever got the mail by a slip of the pen gets no account.
   * @throws NOT_FOUND for a token that is unknown, used or too old; BAD_USER_INPUT for a registration without a good password, and for a
   * change by somebody else without the account's; RATE_LIMITED for too many guesses at it.
   */
  verifyEmail(actor: Actor, input: { token: string; password: string | null }): Promise<void>;
  /** Sends the link again, if there is an account that waits for it; the answer does not tell. */
  resendVerification(actor: Actor, input: { email: string }): Promise<void>;
}

/** What the service needs. */
export interface RegistrationServiceDependencies {
  readonly db: Database;
  readonly registration: RegistrationMode;
  readonly tokens: AccountTokens;
  readonly mails: AccountMails;
  readonly sendMail: SendMail;
  readonly background: BackgroundWork;
  readonly sessions: Pick<SessionService, 'revokeAll'>;
  readonly proof: Pick<AccountProof, 'assertPasswordOf'>;
  /** Told of changed permissions, after the commit. */
  readonly events: Pick<Events, 'accessChanged'>;
  /** The clock. */
  readonly now: () => Date;
}

/** Makes the service. */
export function createRegistrationService(dependencies: RegistrationServiceDependencies): RegistrationService {
  const { db, registration, tokens, mails, sendMail, background, sessions, proof, events, now } = dependencies;

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
    if (await findAccount(db, normalizeEmail(input.email)))
      throw conflict('This address has an account: sign in and accept the invitation.');
    const userId = uuidv7();
    await runAsService('joining', { organizationId, userId }, async () => {
      await db.$transaction(async (tx) => {
        const { id, roleId } = await consumeInvitation(tx, token);
        await tx.user.createMany({ data: [newUser(userId, input, true)] });
        await setPassword(tx, userId, { hash, changedAt: now() });
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
    const known = await findAccount(db, email);
    if (known?.emailVerified) {
      await sendMail(mails.alreadyRegistered(email));
      return;
    }
    const organizationId =
      input.organization === null
        ? null
        : await asNobody(async () => {
            const rows = await db.$queryRaw<{ id: string }[]>`select * from auth_organization(${input.organization})`;
            return rows[0]?.id ?? null;
          });
    const userId = known?.userId ?? uuidv7();
    const token = await runAsService('joining', { organizationId, userId }, async () => {
      return await db.$transaction(async (tx) => {
        // This password waits, and never counts: whoever gets the mail confirms it or chooses another. Earlier links are void.
        if (known) await tx.user.updateMany({ where: { id: userId }, data: { name: input.name.trim() } });
        else await tx.user.createMany({ data: [newUser(userId, input, false)] });
        await setPassword(tx, userId, { hash, changedAt: now() });
        if (organizationId !== null)
          await tx.membership.createMany({
            data: [{ organizationId, userId, status: 'PENDING' }],
            skipDuplicates: true,
          });
        await recordAccountEvent(tx, actor, { userId, proven: false, action: 'account.register' });
        return await tokens.add(tx, userId, 'VERIFY_EMAIL');
      });
    });
    await sendMail(mails.verifyEmail(email, token));
  };

  /** Whoever confirms a change of address is the one who asked for it. */
  const assertOwner = async (actor: Actor, userId: string, password: string | null): Promise<void> => {
    const { viewer } = actor;
    if (viewer.kind === 'user' && viewer.userId === userId) return;
    if (password === null)
      throw badUserInput([{ path: ['input', 'password'], message: 'Sign in, or give the password of the account.' }]);
    await proof.assertPasswordOf(userId, actor, password);
  };

  return {
    async register(actor, input) {
      assertValid([
        ...faultOf(nameForm, input.name, 'name', 'Give a name of 1 to 200 characters.'),
        ...faultOf(emailForm, normalizeEmail(input.email), 'email', 'This is not an e-mail address.'),
        ...passwordIssues(input.password, 'password'),
        ...(registration === 'approval' && input.organization === null && input.invitationToken === null
          ? [{ path: ['input', 'organization'], message: 'Name the organization that is to approve you.' }]
          : []),
        ...(registration === 'invite' && input.invitationToken === null
          ? [{ path: ['input', 'invitationToken'], message: 'Registration is by invitation: give its token.' }]
          : []),
      ]);
      const hash = await hashPassword(input.password);
      if (input.invitationToken !== null) {
        await registerInvited(actor, input, input.invitationToken, hash);
        return;
      }
      const organization = registration === 'approval' ? input.organization : null;
      background.start('registration', () => registerLater(actor, { ...input, organization }, hash));
    },

    async verifyEmail(actor, { token, password }) {
      const { userId, purpose, email } = await tokens.find(token, ['VERIFY_EMAIL', 'CHANGE_EMAIL']);
      const changed = purpose === 'CHANGE_EMAIL' && email !== null;
      if (changed) await assertOwner(actor, userId, password);
      const hash = changed ? null : await hashPassword(chosenPassword(password));
      const announce = await inAccount(db, userId, async (tx) => {
        await tokens.consume(tx, userId, token);
        await tx.user.updateMany({
          where: { id: userId, erasedAt: null },
          data: { emailVerified: true, ...(changed ? { email } : {}) },
        });
        // Whoever reads the mail says the password: one that a stranger registered with and waited for opens nothing.
        if (hash !== null) await setPassword(tx, userId, { hash, changedAt: now() });
        // A link to the old address must not decide about the account any more.
        if (changed) await tx.accountToken.deleteMany({ where: { userId, usedAt: null } });
        await recordAccountEvent(tx, actor, {
          userId,
          proven: true,
          action: changed ? 'account.changeEmail' : 'account.verifyEmail',
        });
        return changed ? await sessions.revokeAll(tx, userId, 'emailChange') : undefined;
      }).catch(refuseTakenAddress);
      announce?.();
    },

    async resendVerification(_actor, { email: given }) {
      const email = normalizeEmail(given);
      background.start('mail to confirm an address', async () => {
        const account = await findAccount(db, email);
        if (!account || account.emailVerified || account.erasedAt) return;
        const { userId } = account;
        const token = await inAccount(db, userId, (tx) => tokens.add(tx, userId, 'VERIFY_EMAIL'));
        await sendMail(mails.verifyEmail(email, token));
      });
    },
  };
}

/** The password that comes with the confirmation of a registration. @throws BAD_USER_INPUT where there is none, or a weak one. */
function chosenPassword(password: string | null): string {
  if (password === null)
    throw badUserInput([{ path: ['input', 'password'], message: 'Say the password that is to count from now on.' }]);
  assertValid(passwordIssues(password, 'password'));
  return password;
}
