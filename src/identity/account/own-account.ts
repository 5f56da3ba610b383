/** What every service about one's own account begins with: who it is, and in which scope. */
import type { UserViewer } from '../../authorization/viewer.ts';
import { createError, unauthenticated } from '../../errors.ts';
import { networkOf } from '../../http/client-address.ts';
import type { Actor } from '../../nouns/actor.ts';
import type { Database, DatabaseTransaction } from '../../stores/database.ts';
import { runAsService } from '../../stores/database-scope.ts';

/** Runs work that sees one account's own rows, and no organization's. */
export function asAccount<T>(userId: string, work: () => Promise<T>): Promise<T> {
  return runAsService('ownAccount', { organizationId: null, userId }, work);
}

/** Runs look-ups before anybody is known. */
export function asNobody<T>(work: () => Promise<T>): Promise<T> {
  return runAsService('nobody', { organizationId: null, userId: null }, work);
}

/**
 * The person who acts.
 * @throws UNAUTHENTICATED for the anonymous; FORBIDDEN for an API key, which has no account.
 */
export function requirePerson({ viewer }: Actor): UserViewer {
  if (viewer.kind === 'user') return viewer;
  if (viewer.kind === 'anonymous') throw unauthenticated();
  throw createError('FORBIDDEN', 'An API key has no account: only people may do this.', {
    extensions: { requires: [] },
  });
}

/** Runs a transaction that sees the account's own rows. */
export function inAccount<T>(db: Database, userId: string, work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
  return asAccount(userId, async () => await db.$transaction(work));
}

/** An e-mail address as accounts are found by: trimmed, NFC, lower case. */
export function normalizeEmail(email: string): string {
  return email.normalize('NFC').trim().toLowerCase();
}

/** An account as anybody's address finds it. */
export interface FoundAccount {
  readonly userId: string;
  readonly emailVerified: boolean;
  readonly erasedAt: Date | null;
}

/** @param email normalized. */
export function findAccount(db: Database, email: string): Promise<FoundAccount | undefined> {
  return asNobody(async () => {
    const rows = await db.$queryRaw<FoundAccount[]>`select * from auth_find_account(${email})`;
    return rows[0];
  });
}

/** An account as whoever proves to be its owner is checked against. */
export interface SignInAccount extends FoundAccount {
  readonly mfaEnabled: boolean;
  readonly hash: string | null;
  /** Whether its owner has come from this network before. */
  readonly knownNetwork: boolean;
}

/** @param email normalized. */
export function findSignInAccount(db: Database, email: string, ip: string): Promise<SignInAccount | undefined> {
  return asNobody(async () => {
    const rows = await db.$queryRaw<SignInAccount[]>`select * from auth_sign_in_account(${email}, ${networkOf(ip)})`;
    return rows[0];
  });
}

/** The address of an account; null for none. */
export function emailOf(db: Database, userId: string): Promise<string | null> {
  return asAccount(userId, async () => {
    const user = await db.user.findFirst({ where: { id: userId }, select: { email: true } });
    return user?.email ?? null;
  });
}

/** Puts a password in the place of any earlier one. */
export async function setPassword(
  tx: DatabaseTransaction,
  userId: string,
  { hash, changedAt }: { readonly hash: string; readonly changedAt: Date },
): Promise<void> {
  await tx.password.deleteMany({ where: { userId } });
  await tx.password.createMany({ data: [{ userId, hash, changedAt }] });
}
