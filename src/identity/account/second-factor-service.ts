/**
 * The second factor: one-time codes of an authenticator app (RFC 6238), and recovery codes for its loss. A code works once,
 * a secret is sealed at rest and bound to its account, recovery codes are kept as digests.
 */

import { randomBytes } from 'node:crypto';
import { generateSecret, generateURI, verify } from 'otplib';
import { badUserInput, conflict, createError } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import type { BackgroundWork } from '../../nouns/background-work.ts';
import type { Database, DatabaseTransaction } from '../../stores/database.ts';
import type { Sealer } from '../../stores/sealer.ts';
import { digestOf } from '../authentication/api-key.ts';
import type { SignInAttempts } from '../session/sign-in-attempts.ts';
import { recordAccountEvent } from './account-events.ts';
import type { AccountMails } from './account-mails.ts';
import type { AccountProof, ProvenAccount } from './account-proof.ts';
import { asAccount, inAccount, requirePerson } from './own-account.ts';
import type { SendMail } from './send-mail.ts';

/** A proof of the second factor; the one that is given counts. */
export interface FactorProof {
  readonly totp: string | null;
  readonly recoveryCode: string | null;
}

/** Whose code is guessed at, and from where. */
export type Guessed = Pick<ProvenAccount, 'userId' | 'ip' | 'knownNetwork'>;

/** A secret to put into an authenticator app. */
export interface TotpEnrolment {
  /** Base32. */
  readonly secret: string;
  /** `otpauth://`, for a QR code. */
  readonly uri: string;
}

/** Enrols, checks and removes second factors. */
export interface SecondFactorService {
  /** @throws BAD_USER_INPUT for a wrong password; CONFLICT when a factor is on already. */
  startEnrolment(actor: Actor, input: { password: string }): Promise<TotpEnrolment>;
  /** @returns recovery codes, shown this once. @throws BAD_USER_INPUT for a wrong code; CONFLICT when nothing is pending. */
  confirmEnrolment(actor: Actor, input: { totp: string }): Promise<readonly string[]>;
  /** @throws BAD_USER_INPUT for a wrong password or code; MFA_REQUIRED without a code; CONFLICT when no factor is on. */
  disable(actor: Actor, input: { password: string } & FactorProof): Promise<void>;
  /** Replaces all recovery codes. @throws as {@link SecondFactorService.disable}. */
  newRecoveryCodes(actor: Actor, input: { password: string; totp: string }): Promise<readonly string[]>;
  /**
   * Uses up a proof, atomically: of two that come at once one wins. Each counts as a guess at the account's codes.
   * @returns whether it was right and unused. @throws RATE_LIMITED for too many guesses.
   */
  use(account: Guessed, proof: FactorProof): Promise<boolean>;
  /**
   * Asks for the factor where one is on, after the password.
   * @throws MFA_REQUIRED without a code; BAD_USER_INPUT for a wrong one; RATE_LIMITED for too many guesses.
   */
  assertIfOn(account: ProvenAccount, proof: FactorProof): Promise<void>;
}

/** What the service needs. */
export interface SecondFactorDependencies {
  readonly db: Database;
  readonly attempts: Pick<SignInAttempts, 'atSecondFactor'>;
  readonly proof: AccountProof;
  readonly sealer: Sealer;
  readonly mails: AccountMails;
  readonly sendMail: SendMail;
  readonly background: BackgroundWork;
  /** The name that authenticator apps show. */
  readonly issuer: string;
  /** The clock, for tests. */
  readonly now?: () => Date;
}

const periodSeconds = 30;
const recoveryCodeCount = 10;
/** Crockford's letters: nothing to mistake for something else. */
const recoveryAlphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Makes the service. */
export function createSecondFactorService({
  db,
  attempts,
  proof: accountProof,
  sealer,
  mails,
  sendMail,
  background,
  issuer,
  now = () => new Date(),
}: SecondFactorDependencies): SecondFactorService {
  /** The time step that a code is right for, one step of drift allowed each way; null for a wrong code. RFC 6238 section 5.2. */
  const stepOf = async (secret: string, code: string): Promise<number | null> => {
    const token = code.replaceAll(/\s/g, '');
    if (!/^\d{6}$/.test(token)) return null;
    const epoch = Math.floor(now().getTime() / 1_000);
    const result = await verify({ secret, token, epoch, period: periodSeconds, epochTolerance: periodSeconds });
    return result.valid && 'timeStep' in result ? result.timeStep : null;
  };

  const spendTotp = async (userId: string, code: string): Promise<boolean> => {
    const factor = await db.totpFactor.findFirst({
      where: { userId, confirmedAt: { not: null } },
      select: { sealedSecret: true },
    });
    const secret = factor && sealer.open('totp', factor.sealedSecret, userId);
    const step = secret ? await stepOf(secret, code) : null;
    if (secret === null || step === null) return false;
    const { count } = await db.totpFactor.updateMany({
      where: {
        userId,
        confirmedAt: { not: null },
        OR: [{ lastUsedStep: null }, { lastUsedStep: { lt: step } }],
      },
      // Sealed anew, so that a key which went out of use is needed no longer.
      data: { lastUsedStep: step, sealedSecret: sealer.seal('totp', secret, userId) },
    });
    return count === 1;
  };

  const spendRecoveryCode = async (userId: string, code: string): Promise<boolean> => {
    const { count } = await db.recoveryCode.updateMany({
      where: { userId, digest: digestOfRecoveryCode(userId, code), usedAt: null },
      data: { usedAt: now() },
    });
    return count === 1;
  };

  /** Each guess counts before it is looked at, whichever operation carries it. */
  const countGuess = ({ userId, ip, knownNetwork }: Guessed): Promise<void> =>
    attempts.atSecondFactor(userId, ip, knownNetwork);

  const use = async (account: Guessed, { totp, recoveryCode }: FactorProof): Promise<boolean> => {
    const { userId } = account;
    if (totp === null && recoveryCode === null) return false;
    await countGuess(account);
    return await asAccount(userId, async () => {
      if (totp !== null) return await spendTotp(userId, totp);
      return recoveryCode !== null && (await spendRecoveryCode(userId, recoveryCode));
    });
  };

  const assertProof = async (account: Guessed, proof: FactorProof): Promise<void> => {
    if (proof.totp === null && proof.recoveryCode === null)
      throw createError('MFA_REQUIRED', 'Send a code of your authenticator app, or a recovery code, as well.');
    if (await use(account, proof)) return;
    const field = proof.totp === null && proof.recoveryCode !== null ? 'recoveryCode' : 'totp';
    throw badUserInput([{ path: ['input', field], message: 'This code is wrong or was used before.' }]);
  };

  const assertEnabled = async (userId: string): Promise<void> => {
    const factor = await asAccount(
      userId,
      async () =>
        await db.totpFactor.findFirst({ where: { userId, confirmedAt: { not: null } }, select: { userId: true } }),
    );
    if (!factor) throw conflict('No second factor is on.');
  };

  const replaceRecoveryCodes = async (tx: DatabaseTransaction, userId: string): Promise<readonly string[]> => {
    const codes = Array.from({ length: recoveryCodeCount }, createRecoveryCode);
    await tx.recoveryCode.deleteMany({ where: { userId } });
    await tx.recoveryCode.createMany({
      data: codes.map((code) => ({ userId, digest: digestOfRecoveryCode(userId, code) })),
    });
    return codes;
  };

  const tellOwner = (userId: string, enabled: boolean): void =>
    background.start('mail about a second factor', async () => {
      const user = await asAccount(
        userId,
        async () => await db.user.findFirst({ where: { id: userId }, select: { email: true } }),
      );
      if (user) await sendMail(mails.secondFactorChanged(user.email, enabled));
    });

  return {
    use,

    async assertIfOn(account, proof) {
      if (account.mfaEnabled) await assertProof(account, proof);
    },

    async startEnrolment(actor, { password }) {
      const { userId } = await accountProof.assertPassword(actor, password);
      const secret = generateSecret();
      const sealedSecret = sealer.seal('totp', secret, userId);
      const email = await inAccount(db, userId, async (tx) => {
        const user = await tx.user.findFirstOrThrow({
          where: { id: userId },
          select: { email: true, mfaEnabled: true },
        });
        if (user.mfaEnabled) throw conflict('A second factor is on already: switch it off first.');
        await tx.totpFactor.deleteMany({ where: { userId, confirmedAt: null } });
        await tx.totpFactor.createMany({ data: [{ userId, sealedSecret }] });
        return user.email;
      });
      return { secret, uri: generateURI({ issuer, label: email, secret, period: periodSeconds }) };
    },

    async confirmEnrolment(actor, { totp }) {
      const { userId } = requirePerson(actor);
      const pending = await asAccount(
        userId,
        async () =>
          await db.totpFactor.findFirst({ where: { userId, confirmedAt: null }, select: { sealedSecret: true } }),
      );
      if (!pending) throw conflict('No enrolment is pending: start one first.');
      await countGuess(await accountProof.accountOf(actor));
      const secret = sealer.open('totp', pending.sealedSecret, userId);
      const step = secret === null ? null : await stepOf(secret, totp);
      if (step === null) throw badUserInput([{ path: ['input', 'totp'], message: 'This code is wrong.' }]);
      const codes = await inAccount(db, userId, async (tx) => {
        // The same secret that the code was checked against, once.
        const { count } = await tx.totpFactor.updateMany({
          where: { userId, confirmedAt: null, sealedSecret: pending.sealedSecret },
          data: { confirmedAt: now(), lastUsedStep: step },
        });
        if (count !== 1) throw conflict('No enrolment is pending: start one first.');
        await tx.user.updateMany({ where: { id: userId }, data: { mfaEnabled: true } });
        await recordAccountEvent(tx, actor, { userId, proven: true, action: 'secondFactor.enable' });
        return await replaceRecoveryCodes(tx, userId);
      });
      tellOwner(userId, true);
      return codes;
    },

    async disable(actor, { password, ...proof }) {
      const account = await accountProof.assertPassword(actor, password);
      const { userId } = account;
      await assertEnabled(userId);
      await assertProof(account, proof);
      await inAccount(db, userId, async (tx) => {
        await tx.totpFactor.deleteMany({ where: { userId } });
        await tx.recoveryCode.deleteMany({ where: { userId } });
        await tx.user.updateMany({ where: { id: userId }, data: { mfaEnabled: false } });
        await recordAccountEvent(tx, actor, { userId, proven: true, action: 'secondFactor.disable' });
      });
      tellOwner(userId, false);
    },

    async newRecoveryCodes(actor, { password, totp }) {
      const account = await accountProof.assertPassword(actor, password);
      const { userId } = account;
      await assertEnabled(userId);
      await assertProof(account, { totp, recoveryCode: null });
      return await inAccount(db, userId, async (tx) => {
        await recordAccountEvent(tx, actor, { userId, proven: true, action: 'secondFactor.newRecoveryCodes' });
        return await replaceRecoveryCodes(tx, userId);
      });
    },
  };
}

/** Eighty bits of chance, in four groups. */
function createRecoveryCode(): string {
  const letters = [...randomBytes(16)].map((byte) => recoveryAlphabet[byte % 32]).join('');
  return letters.replaceAll(/(.{4})(?=.)/g, '$1-');
}

/** What people write instead of what they read is read as what was meant. Bound to the account, so that no two digests compare. */
function digestOfRecoveryCode(userId: string, code: string): string {
  const letters = code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1');
  return digestOf(`${userId} ${letters}`);
}
