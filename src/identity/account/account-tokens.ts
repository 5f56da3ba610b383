/** Tokens that are sent by mail: random, kept as digests, used once. */

import { randomBytes } from 'node:crypto';
import { notFound } from '../../errors.ts';
import type { AccountTokenPurpose } from '../../generated/prisma/client.ts';
import type { Database, DatabaseTransaction } from '../../stores/database.ts';
import { digestOf } from '../authentication/api-key.ts';
import { asNobody } from './own-account.ts';

/** How long a mailed token is good, in seconds. Thirty minutes for a password: long enough to find the mail, and no longer. */
const tokenTtlSeconds = { RESET_PASSWORD: 30 * 60, VERIFY_EMAIL: 86_400, CHANGE_EMAIL: 86_400 } as const;

/** A token that was found good. */
export interface FoundToken {
  readonly userId: string;
  readonly purpose: AccountTokenPurpose;
  readonly email: string | null;
}

/** Finds, uses up and makes tokens. */
export interface AccountTokens {
  /** A token that is good now; consuming it is another step. @throws NOT_FOUND for any other. */
  find(token: string, purposes: readonly AccountTokenPurpose[]): Promise<FoundToken>;
  /** Uses a token up, atomically. @throws NOT_FOUND when somebody was faster. */
  consume(tx: DatabaseTransaction, userId: string, token: string): Promise<void>;
  /** Makes a token; earlier ones of the same purpose are void from now on. @param email the address that a change is to, else left out. */
  add(tx: DatabaseTransaction, userId: string, purpose: AccountTokenPurpose, email?: string): Promise<string>;
}

/** Makes them. @param now the clock. */
export function createAccountTokens(db: Database, now: () => Date): AccountTokens {
  return {
    find: (token, purposes) =>
      asNobody(async () => {
        const rows = await db.$queryRaw<(FoundToken & { usedAt: Date | null; expiresAt: Date })[]>`
        select * from auth_account_token(${digestOf(token)})`;
        const row = rows[0];
        if (!row || row.usedAt || row.expiresAt <= now() || !purposes.includes(row.purpose)) throw notFound('Token');
        return row;
      }),

    async consume(tx, userId, token) {
      const { count } = await tx.accountToken.updateMany({
        where: { userId, digest: digestOf(token), usedAt: null, expiresAt: { gt: now() } },
        data: { usedAt: now() },
      });
      if (count !== 1) throw notFound('Token');
    },

    async add(tx, userId, purpose, email) {
      const token = randomBytes(32).toString('base64url');
      await tx.accountToken.deleteMany({ where: { userId, purpose } });
      const expiresAt = new Date(now().getTime() + tokenTtlSeconds[purpose] * 1_000);
      await tx.accountToken.createMany({
        data: [{ digest: digestOf(token), userId, purpose, email: email ?? null, expiresAt }],
      });
      return token;
    },
  };
}
