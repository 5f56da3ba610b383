/**
 * The demo's two organizations as a test knows them: ids of people and projects, a session for everybody, and a partner key
 * that may send text of its own beside the one that may not.
 */
import '../../src/schema.ts';
import { v7 as makeId } from 'uuid';
import { inject } from 'vitest';
import { type SystemRoleKey, systemRole } from '../../src/authorization/roles.ts';
import { createApiKeySecret } from '../../src/identity/authentication/api-key.ts';
import type { TestDatabase } from './postgres.ts';

/** Roles of people; `partner` is a key's. */
export type MemberRole = Exclude<SystemRoleKey, 'partner'>;

/** Roles of people, most powerful first. */
export const memberRoles = ['owner', 'admin', 'manager', 'member', 'guest', 'auditor'] as const satisfies MemberRole[];

/** A person with a session. */
export interface KnownUser {
  readonly id: string;
  readonly email: string;
  readonly membershipId: string;
  readonly sessionId: string;
}

/** A key. */
export interface KnownKey {
  readonly id: string;
  readonly secret: string;
}

/** One organization. */
export interface KnownOrganization {
  readonly id: string;
  readonly slug: string;
  readonly users: Readonly<Record<MemberRole, KnownUser>>;
  /** Of the role `partner` with all of its scopes; may send text of its own. */
  readonly partnerKey: KnownKey;
  /** The demo's key: registered operations only. */
  readonly registeredKey: Pick<KnownKey, 'secret'>;
  /** Ids of its projects, by key. */
  readonly projectIds: readonly string[];
  /** Ids of its tasks. */
  readonly taskIds: readonly string[];
}

/** Both organizations. */
export interface KnownOrganizations {
  readonly acme: KnownOrganization;
  readonly globex: KnownOrganization;
}

/** Reads both organizations, and adds sessions and keys. */
export async function knowOrganizations(database: TestDatabase): Promise<KnownOrganizations> {
  return { acme: await knowOne(database, 'acme'), globex: await knowOne(database, 'globex') };
}

async function knowOne(database: TestDatabase, slug: string): Promise<KnownOrganization> {
  const ids = async (sql: string): Promise<string[]> =>
    (await database.query<{ id: string }>(sql, [slug])).map(({ id }) => id);
  const [id = ''] = await ids('select "id" from "Organization" where "slug" = $1');
  /** None without the demo's domain. */
  const idsIn = async (table: string, sql: string) => {
    const [found] = await database.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
      `"${table}"`,
    ]);
    return found?.there ? ids(sql) : [];
  };
  const users: Partial<Record<MemberRole, KnownUser>> = {};
  for (const role of memberRoles) users[role] = await knowUser(database, id, `${role}@${slug}.example`);
  return {
    id,
    slug,
    users: users as Record<MemberRole, KnownUser>,
    partnerKey: await addKey(database, id),
    registeredKey: { secret: inject('partnerKeys')[slug] ?? '' },
    projectIds: await idsIn(
      'Project',
      'select p."id" from "Project" p join "Organization" o on o."id" = p."organizationId" where o."slug" = $1 order by p."key"',
    ),
    taskIds: await idsIn(
      'Task',
      'select t."id" from "Task" t join "Organization" o on o."id" = t."organizationId" where o."slug" = $1 order by t."id"',
    ),
  };
}

async function knowUser(database: TestDatabase, organizationId: string, email: string): Promise<KnownUser> {
  const [row] = await database.query<{ id: string; membershipId: string }>(
    'select u."id", m."id" as "membershipId" from "User" u join "Membership" m on m."userId" = u."id" where u."email" = $1 and m."organizationId" = $2',
    [email, organizationId],
  );
  if (!row) throw new Error(`The demo data has no ${email}.`);
  const sessionId = makeId();
  await database.query(
    'insert into "Session" ("id", "userId", "expiresAt") values ($1, $2, now() + interval \'1 day\')',
    [sessionId, row.id],
  );
  return { ...row, email, sessionId };
}

async function addKey(database: TestDatabase, organizationId: string): Promise<KnownKey> {
  const { secret, prefix, digest } = createApiKeySecret();
  const id = makeId();
  await database.query(
    `insert into "ApiKey" ("id", "organizationId", "name", "client", "prefix", "digest", "roleId", "scopes", "allowAdHoc", "allowedNetworks")
     select $1, $2, 'Partner, ad hoc', 'partner', $3, $4, r."id", $5, true, '{}'
     from "Role" r where r."organizationId" = $2 and r."key" = 'partner'`,
    [id, organizationId, prefix, digest, [...systemRole('partner').permissions]],
  );
  return { id, secret };
}
