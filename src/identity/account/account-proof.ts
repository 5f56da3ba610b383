/**
 * The password once more, before something that a borrowed session must not do. Each guess counts against the account like a sign-in,
 * out of the same budget: whoever stole an access token guesses no faster than a stranger does.
 */

import { badUserInput, unauthenticated } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import type { Database } from '../../stores/database.ts';
import { verifyPassword } from '../authentication/password.ts';
import type { SignInAttempts } from '../session/sign-in-attempts.ts';
import { emailOf, findSignInAccount, requirePerson } from './own-account.ts';

/** The account of somebody who is signed in, as guesses at it are counted. */
export interface ProvenAccount {
  readonly userId: string;
  readonly ip: string;
  /** Whether its owner has come from this network before. */
  readonly knownNetwork: boolean;
  readonly mfaEnabled: boolean;
}

/** Asks people for their password. */
export interface AccountProof {
  /**
   * @param path of the input that carries the password.
   * @throws RATE_LIMITED for too many guesses; BAD_USER_INPUT at `path` for a wrong password.
   */
  assertPassword(actor: Actor, password: string, path?: readonly string[]): Promise<ProvenAccount>;
  /**
   * The same for an account that something else names, such as a mailed token.
   * @throws as {@link AccountProof.assertPassword}.
   */
  assertPasswordOf(
    userId: string,
    actor: Pick<Actor, 'ip'>,
    password: string,
    path?: readonly string[],
  ): Promise<ProvenAccount>;
  /** The account, without any proof. */
  accountOf(actor: Actor): Promise<ProvenAccount>;
}

/** Makes it. */
export function createAccountProof(db: Database, attempts: Pick<SignInAttempts, 'atAccount'>): AccountProof {
  const read = async (userId: string, ip: string) => {
    const email = await emailOf(db, userId);
    const row = email === null ? undefined : await findSignInAccount(db, email, ip);
    // Erased since the request was authenticated.
    if (!row || email === null || row.erasedAt) throw unauthenticated('The session has ended. Sign in again.');
    const { knownNetwork, mfaEnabled, hash } = row;
    return { email, hash, account: { userId, ip, knownNetwork, mfaEnabled } };
  };

  const assertPasswordOf: AccountProof['assertPasswordOf'] = async (
    userId,
    { ip },
    password,
    path = ['input', 'password'],
  ) => {
    const { email, hash, account } = await read(userId, ip);
    // Before the password is looked at: the aliases of one operation count, too.
    await attempts.atAccount(email, account.ip, account.knownNetwork);
    if (!(await verifyPassword(hash, password))) throw badUserInput([{ path, message: 'This is not your password.' }]);
    return account;
  };

  return {
    accountOf: async (actor) => (await read(requirePerson(actor).userId, actor.ip)).account,

    assertPassword: (actor, password, path) => assertPasswordOf(requirePerson(actor).userId, actor, password, path),

    assertPasswordOf,
  };
}
