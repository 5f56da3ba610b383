/**
 * Passwords: what one may be, its hash, and its check. Measured before hashing, never truncated, in Unicode NFC.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html for the parameters of argon2id
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import argon2 from 'argon2';
import { serviceUnavailable } from '../../errors.ts';
import { commonPasswords } from './common-passwords.ts';

/** OWASP's first choice: 19 MiB, two passes, one lane. */
const parameters = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The fewest characters of a password. */
export const minPasswordLength = 10;

/** The most characters; a bound on the work of a hostile client, far above what a person types. */
export const maxPasswordLength = 1_024;

/** What is wrong with a password as a new one; null when nothing is. Counts characters, not bytes. */
export function findPasswordFault(password: string): string | null {
  const length = [...password.normalize('NFC')].length;
  if (length < minPasswordLength) return `Use at least ${minPasswordLength} characters.`;
  if (length > maxPasswordLength) return `Use at most ${maxPasswordLength} characters.`;
  if (commonPasswords.has(password.normalize('NFC').toLowerCase()))
    return 'This password is one of the commonest: choose another.';
  return null;
}

/** How many hashes are worked at once: a core stays free for everybody else, and a thread of libuv's four for files. */
const maxConcurrentHashes = Math.min(3, Math.max(1, availableParallelism() - 1));

/** How many wait for their turn; a few seconds' worth. */
const maxWaitingHashes = 200;

let running = 0;
const waiting: (() => void)[] = [];

/** A flood of sign-ins waits for itself and not for everybody. @throws SERVICE_UNAVAILABLE when too many wait already. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running < maxConcurrentHashes) running++;
  else {
    if (waiting.length >= maxWaitingHashes) throw serviceUnavailable();
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

/** Hashes a password with argon2id, in libuv's threads. @throws SERVICE_UNAVAILABLE when too many wait for their turn. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => argon2.hash(password.normalize('NFC'), parameters));
}

let decoy: Promise<string> | undefined;

/**
 * Checks a password. Takes the same time whether there is a hash or not, so that nobody can tell which accounts exist.
 * @param hash null for an account that does not exist or has no password.
 * @throws SERVICE_UNAVAILABLE when too many wait for their turn.
 */
export async function verifyPassword(hash: string | null, password: string): Promise<boolean> {
  if ([...password].length > maxPasswordLength) return false;
  decoy ??= argon2.hash(randomBytes(16).toString('hex'), parameters);
  const against = hash ?? (await decoy);
  const matches = await inTurn(() => argon2.verify(against, password.normalize('NFC')).catch(() => false));
  return hash !== null && matches;
}

/** Whether a hash was made with other parameters and so should be made anew at the next sign-in. */
export function needsRehash(hash: string): boolean {
  return argon2.needsRehash(hash, parameters);
}
