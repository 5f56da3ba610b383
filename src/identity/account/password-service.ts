/** Passwords: forgotten, reset by a mailed token, changed. Neither the answer nor its time tells whether an address has an account. */

import type { Actor } from '../../nouns/actor.ts';
import type { BackgroundWork } from '../../nouns/background-work.ts';
import type { Database } from '../../stores/database.ts';
import { hashPassword } from '../authentication/password.ts';
import type { IssuedSession, SessionService } from '../session/session-service.ts';
import { recordAccountEvent } from './account-events.ts';
import { assertValid, passwordIssues } from './account-fields.ts';
import type { AccountMails } from './account-mails.ts';
import type { AccountProof } from './account-proof.ts';
import type { AccountTokens } from './account-tokens.ts';
import { emailOf, findAccount, inAccount, normalizeEmail, requirePerson, setPassword } from './own-account.ts';
import type { FactorProof, SecondFactorService } from './second-factor-service.ts';
import type { SendMail } from './send-mail.ts';

/** The old and the new password. */
export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

/** Sets passwords. */
export interface PasswordService {
  /** Sends a link, if there is such an account; the answer does not tell. */
  requestPasswordReset(actor: Actor, input: { email: string }): Promise<void>;
  /** Sets a password by a mailed token and ends all sessions. @throws NOT_FOUND for a void token; BAD_USER_INPUT. */
  resetPassword(actor: Actor, input: { token: string; password: string }): Promise<void>;
  /**
   * Sets a password, ends all sessions, and starts a new one for the caller.
   * @throws BAD_USER_INPUT; MFA_REQUIRED where a second factor is on and no code is given.
   */
  changePassword(actor: Actor, input: PasswordChange & FactorProof): Promise<IssuedSession>;
}

/** What the service needs. */
export interface PasswordServiceDependencies {
  readonly db: Database;
  readonly tokens: AccountTokens;
  readonly mails: AccountMails;
  readonly sendMail: SendMail;
  readonly background: BackgroundWork;
  readonly proof: AccountProof;
  readonly secondFactor: Pick<SecondFactorService, 'assertIfOn'>;
  readonly sessions: Pick<SessionService, 'revokeAll' | 'start'>;
  /** The clock. */
  readonly now: () => Date;
}

/** Makes the service. */
export function createPasswordService(dependencies: PasswordServiceDependencies): PasswordService {
  const { db, tokens, mails, sendMail, background, proof, secondFactor, sessions, now } = dependencies;

  const tellPasswordChanged = (userId: string): void =>
    background.start('mail about a password', async () => {
      const email = await emailOf(db, userId);
      if (email !== null) await sendMail(mails.passwordChanged(email));
    });

  return {
    async requestPasswordReset(actor, { email: given }) {
      const email = normalizeEmail(given);
      background.start('mail to reset a password', async () => {
        const account = await findAccount(db, email);
        if (!account || account.erasedAt) return;
        const { userId } = account;
        const token = await inAccount(db, userId, async (tx) => {
          await recordAccountEvent(tx, actor, { userId, proven: false, action: 'password.requestReset' });
          return await tokens.add(tx, userId, 'RESET_PASSWORD');
        });
        await sendMail(mails.resetPassword(email, token));
      });
    },

    async resetPassword(actor, { token, password }) {
      assertValid(passwordIssues(password, 'password'));
      const { userId } = await tokens.find(token, ['RESET_PASSWORD']);
      const hash = await hashPassword(password);
      const announce = await inAccount(db, userId, async (tx) => {
        await tokens.consume(tx, userId, token);
        await setPassword(tx, userId, { hash, changedAt: now() });
        // The link came to the address: whoever holds it holds the address.
        await tx.user.updateMany({ where: { id: userId, erasedAt: null }, data: { emailVerified: true } });
        await recordAccountEvent(tx, actor, { userId, proven: true, action: 'password.reset' });
        return await sessions.revokeAll(tx, userId, 'passwordReset');
      });
      announce();
      tellPasswordChanged(userId);
    },

    async changePassword(actor, { currentPassword, newPassword, ...code }) {
      const { userId, sessionId } = requirePerson(actor);
      assertValid(passwordIssues(newPassword, 'newPassword'));
      const account = await proof.assertPassword(actor, currentPassword, ['input', 'currentPassword']);
      await secondFactor.assertIfOn(account, code);
      const hash = await hashPassword(newPassword);
      let announce = (): void => undefined;
      const issued = await inAccount(db, userId, async (tx) => {
        const session = await tx.session.findFirst({ where: { id: sessionId }, select: { delivery: true } });
        await setPassword(tx, userId, { hash, changedAt: now() });
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
  };
}
