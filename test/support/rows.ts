/** Rows that a test makes past the gateway: people with exactly the permissions that it names, and things to write to. */
import { createHash } from 'node:crypto';
import { v7 as makeId } from 'uuid';
import { hashPassword } from '../../src/identity/authentication/password.ts';
import type { Credential } from './client.ts';
import type { TestGateway } from './gateway.ts';

/** The password of everybody who is made here. */
export const rowsPassword = 'Fieldgate-rows-1';

/** A person in an organization. */
export interface AddedMember {
  readonly id: string;
  readonly email: string;
  readonly roleId: string;
  readonly roleKey: string;
  readonly sessionId: string;
  readonly as: Credential;
}

/** How a person stands in the organization. */
export interface AddMember {
  readonly status?: 'ACTIVE' | 'SUSPENDED' | 'PENDING' | 'REMOVED';
  /** A role that is there already; by default one of its own with these permissions. */
  readonly role?: { readonly id: string; readonly key: string };
}

/** Makes rows in one organization. */
export interface Rows {
  /** Adds a person who holds these permissions alone. */
  member(permissions?: readonly string[], options?: AddMember): Promise<AddedMember>;
  /** Adds a custom role. */
  role(permissions?: readonly string[]): Promise<{ id: string; key: string }>;
  /** Adds a row; id and `updatedAt` are given where the table has them. @returns its id. */
  insert(table: string, row: Readonly<Record<string, unknown>>): Promise<string>;
}

let serial = 0;
let hash: Promise<string> | undefined;

/** A word that nothing else here is called. */
export const uniqueWord = (): string => `w${process.pid.toString(36)}x${(serial++).toString(36)}`;

/** The digest by which a token is found. */
export const digestOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Makes the maker. */
export function rowsOf(gateway: TestGateway, organizationId: string): Rows {
  const { query } = gateway.database;
  const withoutUpdate = ['Session', 'Attachment', 'ProjectMember', 'MembershipRole', 'Invitation', 'ApiKey'];
  const withoutId = ['ProjectMember', 'MembershipRole', 'Password'];
  const accountTables = ['User', 'Session', 'Password'];

  const insert: Rows['insert'] = async (table, row) => {
    const id = String(row.id ?? makeId());
    const full: Record<string, unknown> = {
      ...(withoutId.includes(table) ? {} : { id }),
      ...(accountTables.includes(table) ? {} : { organizationId }),
      ...row,
    };
    if (![...withoutUpdate, 'Password', 'PersistedOperation'].includes(table)) full.updatedAt ??= new Date();
    const names = Object.keys(full);
    await query(
      `insert into "${table}" (${names.map((name) => `"${name}"`).join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')})`,
      Object.values(full),
    );
    return id;
  };

  const role: Rows['role'] = async (permissions = []) => {
    const key = uniqueWord();
    return { id: await insert('Role', { key, name: key, permissions: [...permissions] }), key };
  };

  return {
    insert,
    role,
    async member(permissions = [], { status = 'ACTIVE', role: given } = {}) {
      hash ??= hashPassword(rowsPassword);
      const { id: roleId, key: roleKey } = given ?? (await role(permissions));
      const email = `${uniqueWord()}@rows.example`;
      const id = await insert('User', { name: email, email, emailVerified: true });
      await insert('Password', { userId: id, hash: await hash, changedAt: new Date() });
      const membershipId = await insert('Membership', { userId: id, status });
      if (status !== 'REMOVED') await insert('MembershipRole', { membershipId, roleId });
      const expiresAt = new Date(Date.now() + 86_400_000);
      const sessionId = await insert('Session', { userId: id, expiresAt });
      const as = { authorization: `Bearer ${await gateway.viewers.tokenOf({ id, sessionId })}` };
      return { id, email, roleId, roleKey, sessionId, as };
    },
  };
}
