/**
 * Counts attempts to sign in, by network and by account, and every other guess at an account's password or code with them. Unknown
 * accounts count like known ones. An account's budget is for strangers: a network from which its owner has come in before (or reset
 * the password) has one of its own, so that nobody can keep the owner out by guessing.
 *
 * @see https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies for the thought behind it
 */
import { createHash } from 'node:crypto';
import { rateLimited } from '../../errors.ts';
import { networkOf } from '../../http/client-address.ts';
import type { BudgetStore, Charge } from '../../stores/budget-store.ts';

/** Counts attempts; each method counts one. */
export interface SignInAttempts {
  /** @throws RATE_LIMITED with `retryAfterSeconds`. */
  fromNetwork(ip: string): Promise<void>;
  /** @param knownNetwork whether the owner has come from this network before. @throws RATE_LIMITED with `retryAfterSeconds`. */
  atAccount(email: string, ip: string, knownNetwork: boolean): Promise<void>;
  /** Codes of a second factor, after the password was right. @throws RATE_LIMITED with `retryAfterSeconds`. */
  atSecondFactor(userId: string, ip: string, knownNetwork: boolean): Promise<void>;
}

/** Options of {@link createSignInAttempts}. */
export interface SignInAttemptsOptions {
  readonly budgets: BudgetStore;
  readonly perAccountPerMinute: number;
  readonly perNetworkPerMinute: number;
}

/** Ten codes in a quarter of an hour: of a million codes three are good at a time, so a guess takes years. */
const factorLimit = { capacity: 10, windowMs: 15 * 60_000 };

/** Makes the counter. */
export function createSignInAttempts({
  budgets,
  perAccountPerMinute,
  perNetworkPerMinute,
}: SignInAttemptsOptions): SignInAttempts {
  const count = async (charge: Omit<Charge, 'points'>): Promise<void> => {
    const [state] = await budgets.charge([{ ...charge, points: 1 }]);
    if (state && !state.allowed)
      throw rateLimited(Math.max(1, Math.ceil(state.retryMs / 1_000)), 'Too many attempts. Try again later.');
  };
  const whose = (text: string, ip: string, knownNetwork: boolean): string =>
    createHash('sha256')
      .update(knownNetwork ? `${text} ${networkOf(ip)}` : text)
      .digest('base64url');

  return {
    fromNetwork: (ip) =>
      count({ key: `signIn:network:${networkOf(ip)}`, capacity: perNetworkPerMinute, windowMs: 60_000 }),
    atAccount: (email, ip, knownNetwork) =>
      count({
        key: `signIn:account:${whose(email, ip, knownNetwork)}`,
        capacity: perAccountPerMinute,
        windowMs: 60_000,
      }),
    atSecondFactor: (userId, ip, knownNetwork) =>
      count({ key: `signIn:factor:${whose(userId, ip, knownNetwork)}`, ...factorLimit }),
  };
}
