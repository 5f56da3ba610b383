/**
 * Sessions: sign-in, refresh, sign-out. A session is the family of its refresh tokens: opaque, kept as digests, each used once.
 * A second use of one ends the family, but for the same client within a short grace, whose parallel calls are no theft.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 for rotation and reuse
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { createError, notFound, unauthenticated } from '../../errors.ts';
import { networkOf } from '../../http/client-address.ts';
import type { Actor } from '../../nouns/actor.ts';
import type { Database, DatabaseTransaction } from '../../stores/database.ts';
import type { Events } from '../../stores/events.ts';
import { recordAccountEvent } from '../account/account-events.ts';
import {
  asAccount,
  asNobody,
  findSignInAccount,
  inAccount,
  normalizeEmail,
  requirePerson,
} from '../account/own-account.ts';
import type { SecondFactorService } from '../account/second-factor-service.ts';
import type { AccessTokens } from '../authentication/access-token.ts';
import { digestOf } from '../authentication/api-key.ts';
import { hashPassword, needsRehash, verifyPassword } from '../authentication/password.ts';
import type { SignInAttempts } from './sign-in-attempts.ts';

/** How a client gets its refresh tokens: in JSON, or in a cookie that its scripts never see. */
export type RefreshTokenDelivery = 'PAYLOAD' | 'COOKIE';

/** What a client holds after a sign-in or a refresh. */
export interface IssuedSession {
  readonly userId: string;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly refreshToken: string;
  /** When the refresh token ends, unless it is used before: after the idle time, or with the session. */
  readonly refreshTokenExpiresAt: Date;
  readonly delivery: RefreshTokenDelivery;
}

/** Input of {@link SessionService.signIn}. */
export interface SignInInput {
  readonly email: string;
  readonly password: string;
  readonly totp: string | null;
  readonly recoveryCode: string | null;
  readonly delivery: RefreshTokenDelivery;
}

/** Starts, renews and ends sessions. */
export interface SessionService {
  /**
   * @throws UNAUTHENTICATED for a wrong address, password or code, all alike; MFA_REQUIRED when the password is right and a code
   * is needed; ACCOUNT_PENDING until the address is confirmed; RATE_LIMITED for too many attempts.
   */
  signIn(actor: Actor, input: SignInInput): Promise<IssuedSession>;
  /** @throws UNAUTHENTICATED for a token that is unknown, used, or of a session that has ended. */
  refresh(actor: Actor, refreshToken: string | null): Promise<IssuedSession>;
  /** Ends the viewer's session, and that of the refresh token. @throws UNAUTHENTICATED when there is neither. */
  signOut(actor: Actor, refreshToken: string | null): Promise<void>;
  /** Ends all sessions of the viewer. @returns how many. */
  signOutEverywhere(actor: Actor): Promise<number>;
  /** Ends one session of the viewer. @throws NOT_FOUND for one that is not theirs or has ended. */
  revoke(actor: Actor, sessionId: string): Promise<void>;
  /** Ends every session of an account in a transaction. @returns a function that announces it, for after the commit. */
  revokeAll(tx: DatabaseTransaction, userId: string, reason: string): Promise<() => void>;
  /** Starts a session without any check, in a transaction of the account. */
  start(tx: DatabaseTransaction, actor: Actor, userId: string, delivery: RefreshTokenDelivery): Promise<IssuedSession>;
}

/** What the service needs. */
export interface SessionServiceDependencies {
  readonly db: Database;
  readonly accessTokens: AccessTokens;
  readonly attempts: Pick<SignInAttempts, 'fromNetwork' | 'atAccount'>;
  readonly secondFactor: Pick<SecondFactorService, 'use'>;
  /** Told of ended sessions and changed permissions, after the commit. */
  readonly events: Pick<Events, 'accessChanged'>;
  readonly idleTtlSeconds: number;
  readonly absoluteTtlSeconds: number;
  readonly graceSeconds: number;
  /** The clock, for tests. */
  readonly now?: () => Date;
}

interface RefreshTokenRow {
  readonly userId: string;
  readonly sessionId: string;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
  readonly usedBy: string | null;
  readonly sessionExpiresAt: Date;
  readonly revokedAt: Date | null;
  readonly delivery: RefreshTokenDelivery;
}

/** The most sessions of an account; a new one ends the oldest. */
export const maxSessions = 100;

const maxUserAgentLength = 300;
const maxEmailLength = 320;
const refreshTokenForm = /^fgr_[A-Za-z0-9_-]{43}$/;

const wrongCredential = () => unauthenticated('The e-mail address, the password or the code is wrong.');
const endedSession = () => unauthenticated('The session has ended. Sign in again.');

/** Makes the service. */
export function createSessionService(dependencies: SessionServiceDependencies): SessionService {
  const { db, accessTokens, attempts, secondFactor, events, idleTtlSeconds, absoluteTtlSeconds } = dependencies;
  const graceMs = dependencies.graceSeconds * 1_000;
  const now = dependencies.now ?? (() => new Date());
  const after = (seconds: number): Date => new Date(now().getTime() + seconds * 1_000);

  const findRefreshToken = (digest: string): Promise<RefreshTokenRow | undefined> =>
    asNobody(async () => {
      const rows = await db.$queryRaw<RefreshTokenRow[]>`select * from auth_refresh_token(${digest})`;
      return rows[0];
    });

  /** Puts a failed sign-in on record: of an account in its organizations, of no account for the operator; at the same cost. */
  const recordFailure = (actor: Actor, userId: string | null, reason: string): Promise<void> =>
    // Bound to an account either way, to nobody's where there is none: binding the connection takes time.
    asAccount(userId ?? randomUUID(), async () => {
      await recordAccountEvent(db, actor, {
        userId,
        proven: false,
        action: 'session.signInFailed',
        details: { reason },
      });
    });

  const addRefreshToken = async (
    tx: DatabaseTransaction,
    session: { id: string; userId: string; expiresAt: Date },
  ): Promise<{ refreshToken: string; refreshTokenExpiresAt: Date }> => {
    const refreshToken = `fgr_${randomBytes(32).toString('base64url')}`;
    const expiresAt = new Date(Math.min(after(idleTtlSeconds).getTime(), session.expiresAt.getTime()));
    await tx.refreshToken.createMany({
      data: [{ digest: digestOf(refreshToken), sessionId: session.id, userId: session.userId, expiresAt }],
    });
    return { refreshToken, refreshTokenExpiresAt: expiresAt };
  };

  const issue = async (
    session: { id: string; userId: string },
    token: { refreshToken: string; refreshTokenExpiresAt: Date },
    delivery: RefreshTokenDelivery,
  ): Promise<IssuedSession> => {
    const { id: sessionId, userId } = session;
    const { token: accessToken, expiresAt: accessTokenExpiresAt } = await accessTokens.sign({ userId, sessionId });
    return { userId, sessionId, accessToken, accessTokenExpiresAt, ...token, delivery };
  };

  const start: SessionService['start'] = async (tx, { userAgent, ip }, userId, delivery) => {
    const session = await tx.session.create({
      data: {
        userId,
        userAgent: userAgent?.slice(0, maxUserAgentLength) ?? null,
        ip,
        delivery,
        createdAt: now(),
        lastUsedAt: now(),
        expiresAt: after(absoluteTtlSeconds),
      },
      select: { id: true, userId: true, expiresAt: true },
    });
    const surplus = await tx.session.findMany({
      where: { userId, revokedAt: null, expiresAt: { gt: now() } },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      skip: maxSessions,
      select: { id: true },
    });
    if (surplus.length > 0)
      await tx.session.updateMany({
        where: { id: { in: surplus.map(({ id }) => id) } },
        data: { revokedAt: now(), revokedReason: 'surplus' },
      });
    return await issue(session, await addRefreshToken(tx, session), delivery);
  };

  /** Ends one session. @returns whether it was still running. */
  const end = async (tx: DatabaseTransaction, userId: string, id: string, revokedReason: string): Promise<boolean> => {
    const { count } = await tx.session.updateMany({
      where: { id, userId, revokedAt: null },
      data: { revokedAt: now(), revokedReason },
    });
    return count === 1;
  };

  const revokeAll: SessionService['revokeAll'] = async (tx, userId, revokedReason) => {
    const running = await tx.session.findMany({ where: { userId, revokedAt: null }, select: { id: true } });
    const ids = running.map(({ id }) => id);
    await tx.session.updateMany({ where: { id: { in: ids } }, data: { revokedAt: now(), revokedReason } });
    return () => {
      for (const sessionId of ids) events.accessChanged({ kind: 'session', sessionId });
    };
  };

  /** A token that was used before: theft, unless the same client merely called twice at once. */
  const refuseReuse = async (actor: Actor, row: RefreshTokenRow): Promise<never> => {
    const isTwin = row.usedBy === clientMark(actor) && now().getTime() - (row.usedAt?.getTime() ?? 0) < graceMs;
    if (isTwin) throw unauthenticated('This refresh token was used a moment ago: use the one that came of it.');
    const { userId, sessionId } = row;
    await inAccount(db, userId, async (tx) => {
      await end(tx, userId, sessionId, 'refreshReuse');
      await recordAccountEvent(tx, actor, {
        userId,
        proven: false,
        action: 'session.refreshReuse',
        target: { type: 'Session', id: sessionId },
      });
    });
    events.accessChanged({ kind: 'session', sessionId });
    throw endedSession();
  };

  return {
    start,
    revokeAll,

    async signIn(actor, input) {
      const email = normalizeEmail(input.email).slice(0, maxEmailLength);
      await attempts.fromNetwork(actor.ip);
      const account = await findSignInAccount(db, email, actor.ip);
      const knownNetwork = account?.knownNetwork ?? false;
      await attempts.atAccount(email, actor.ip, knownNetwork);
      const hash = account && !account.erasedAt ? account.hash : null;
      if (!(await verifyPassword(hash, input.password)) || !account || hash === null) {
        await recordFailure(actor, account?.userId ?? null, 'password');
        throw wrongCredential();
      }
      const { userId } = account;
      if (!account.emailVerified)
        throw createError('ACCOUNT_PENDING', 'Confirm your e-mail address first: we sent you a link.');
      if (account.mfaEnabled) {
        if (input.totp === null && input.recoveryCode === null)
          throw createError('MFA_REQUIRED', 'Send a code of your authenticator app, or a recovery code, as well.');
        if (!(await secondFactor.use({ userId, ip: actor.ip, knownNetwork }, input))) {
          await recordFailure(actor, userId, 'secondFactor');
          throw wrongCredential();
        }
      }
      const rehashed = needsRehash(hash) ? await hashPassword(input.password) : null;
      return await inAccount(db, userId, async (tx) => {
        // Unless somebody chose a new one in between.
        if (rehashed !== null) await tx.password.updateMany({ where: { userId, hash }, data: { hash: rehashed } });
        await tx.user.updateMany({ where: { id: userId }, data: { lastSignInAt: now() } });
        const issued = await start(tx, actor, userId, input.delivery);
        await recordAccountEvent(tx, actor, {
          userId,
          proven: true,
          action: 'session.signIn',
          target: { type: 'Session', id: issued.sessionId },
          // Named whether there is one or not: the name alone must not tell.
          details: { secondFactor: factorOf(account.mfaEnabled, input) },
        });
        return issued;
      });
    },

    async refresh(actor, refreshToken) {
      if (refreshToken === null || !refreshTokenForm.test(refreshToken)) throw endedSession();
      const digest = digestOf(refreshToken);
      const row = await findRefreshToken(digest);
      if (!row || row.revokedAt || row.sessionExpiresAt <= now()) throw endedSession();
      if (row.usedAt) return await refuseReuse(actor, row);
      const { userId, sessionId } = row;
      const issued = await inAccount(db, userId, async (tx) => {
        // One statement decides: of many at once one finds it unused.
        const { count } = await tx.refreshToken.updateMany({
          where: { digest, usedAt: null, expiresAt: { gt: now() } },
          data: { usedAt: now(), usedBy: clientMark(actor) },
        });
        if (count !== 1) return null;
        const running = await tx.session.updateMany({
          where: { id: sessionId, userId, revokedAt: null, expiresAt: { gt: now() } },
          data: { lastUsedAt: now(), ip: actor.ip },
        });
        if (running.count !== 1) return null;
        const session = { id: sessionId, userId, expiresAt: row.sessionExpiresAt };
        return await issue(session, await addRefreshToken(tx, session), row.delivery);
      });
      if (issued) return issued;
      const latest = await findRefreshToken(digest);
      if (latest?.usedAt && !latest.revokedAt) return await refuseReuse(actor, latest);
      throw endedSession();
    },

    async signOut(actor, refreshToken) {
      const { viewer } = actor;
      const ending = new Map<string, string>();
      if (viewer.kind === 'user') ending.set(viewer.sessionId, viewer.userId);
      if (refreshToken !== null && refreshTokenForm.test(refreshToken)) {
        const row = await findRefreshToken(digestOf(refreshToken));
        if (row) ending.set(row.sessionId, row.userId);
      }
      if (ending.size === 0) throw unauthenticated();
      for (const [sessionId, userId] of ending) {
        await inAccount(db, userId, async (tx) => {
          if (!(await end(tx, userId, sessionId, 'signOut'))) return;
          const target = { type: 'Session', id: sessionId };
          await recordAccountEvent(tx, actor, { userId, proven: true, action: 'session.signOut', target });
        });
        events.accessChanged({ kind: 'session', sessionId });
      }
    },

    async signOutEverywhere(actor) {
      const { userId } = requirePerson(actor);
      let ended = 0;
      const announce = await inAccount(db, userId, async (tx) => {
        ended = await tx.session.count({ where: { userId, revokedAt: null, expiresAt: { gt: now() } } });
        await recordAccountEvent(tx, actor, { userId, proven: true, action: 'session.signOutEverywhere' });
        return await revokeAll(tx, userId, 'signOutEverywhere');
      });
      announce();
      return ended;
    },

    async revoke(actor, sessionId) {
      const { userId } = requirePerson(actor);
      await inAccount(db, userId, async (tx) => {
        const target = { type: 'Session', id: sessionId };
        if (!(await end(tx, userId, sessionId, 'revoked'))) throw notFound('Session');
        await recordAccountEvent(tx, actor, { userId, proven: true, action: 'session.revoke', target });
      });
      events.accessChanged({ kind: 'session', sessionId });
    },
  };
}

/** Which second factor a sign-in used; null for none. */
function factorOf(mfaEnabled: boolean, { totp }: Pick<SignInInput, 'totp'>): string | null {
  if (!mfaEnabled) return null;
  return totp === null ? 'recoveryCode' : 'totp';
}

/** What marks the same client within the grace: its name and its network. */
function clientMark({ userAgent, ip }: Actor): string {
  return digestOf(`${userAgent ?? ''} ${networkOf(ip)}`);
}
