/**
 * A gateway with accounts, over a listening port: organizations made as the owner of the database, everything else as a client
 * would do it. Mails are read from the outbox, and the clock of the services can be moved.
 */
import '../../src/schema.ts';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GraphQLFormattedError } from 'graphql';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { type App, createApp } from '../../src/app.ts';
import { type SystemRoleKey, systemRole, systemRoleKeys } from '../../src/authorization/roles.ts';
import { parseConfig } from '../../src/config.ts';
import { hashPassword } from '../../src/identity/authentication/password.ts';
import { generateSigningJwk, parseSigningKeys } from '../../src/identity/authentication/signing-keys.ts';
import { createLogger } from '../../src/logger.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

/** The password of every account under test. */
export const testPassword = 'Fieldgate-test-1';

/** An answer, as a client reads it. */
export interface IdentityAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers of ad-hoc operations; assertions name what they expect.
  readonly data: any;
  readonly errors: readonly GraphQLFormattedError[];
  readonly codes: readonly unknown[];
  /** The whole body as text. */
  readonly text: string;
}

/** A mail out of the outbox. */
export interface TestMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The token of its link; empty without one. */
  readonly token: string;
}

/** The gateway under test. */
export interface IdentityGateway extends TestDatabase {
  readonly app: App;
  readonly url: string;
  /** Sends an operation. */
  send(
    query: string,
    variables?: Readonly<Record<string, unknown>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<IdentityAnswer>;
  /** Signs in and answers the tokens. */
  signIn(
    email: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ accessToken: string; refreshToken: string; bearer: { authorization: string } }>;
  /** Makes an organization with the system roles; its id. */
  addOrganization(slug: string): Promise<string>;
  /** Makes an account with {@link testPassword}, a member with a role where an organization is given; its id. */
  addAccount(email: string, place?: { organizationId: string; role: SystemRoleKey; status?: string }): Promise<string>;
  /** Waits for a mail to an address that has not been read yet. */
  nextMail(to: string): Promise<TestMail>;
  /** Mails to an address that have not been read yet, without waiting for any. */
  unreadMails(to: string): Promise<readonly TestMail[]>;
  /** Audit events by action, oldest first. */
  auditEvents(action: string): Promise<readonly Record<string, unknown>[]>;
}

/** Opens a gateway. Limits are wide unless the environment says otherwise. */
export async function openIdentityGateway(
  env: Readonly<Record<string, string>> = {},
  redis: Redis | null = null,
): Promise<IdentityGateway> {
  const database = await openTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'fieldgate-data-'));
  const config = parseConfig({
    MAX_EVENT_LOOP_DELAY_MS: '60000',
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    REGISTRATION: 'open',
    SIGN_IN_PER_ACCOUNT_PER_MINUTE: '1000',
    SIGN_IN_PER_NETWORK_PER_MINUTE: '1000',
    TRUST_PROXY: '127.0.0.1',
    ...env,
  });
  const app = createApp({
    config,
    log: createLogger({ level: config.LOG_LEVEL }),
    db: database.db,
    redis,
    signingKeys: await parseSigningKeys(JSON.stringify([await generateSigningJwk()])),
    healthChecks: [],
  });
  const { url } = await app.listen();
  const hash = await hashPassword(testPassword);
  const outbox = join(dataDir, 'outbox');
  const read = new Set<string>();

  const send: IdentityGateway['send'] = async (query, variables = {}, headers = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const text = await response.text();
    const { data, errors = [] } = JSON.parse(text) as { data: unknown; errors?: GraphQLFormattedError[] };
    return {
      status: response.status,
      headers: response.headers,
      data,
      errors,
      codes: errors.map(({ extensions }) => extensions?.code),
      text,
    };
  };

  const unreadMails = async (to: string): Promise<readonly TestMail[]> => {
    const names = await readdir(outbox).catch(() => []);
    const mails: TestMail[] = [];
    for (const name of names.filter((one) => one.endsWith('.eml') && !read.has(one)).sort()) {
      const text = await readFile(join(outbox, name), 'utf8');
      if (/^To: (.*)$/m.exec(text)?.[1] !== to) continue;
      read.add(name);
      mails.push({
        to,
        subject: /^Subject: (.*)$/m.exec(text)?.[1] ?? '',
        text,
        token: /#token=([\w-]+)/.exec(text)?.[1] ?? '',
      });
    }
    return mails;
  };
  const waiting: TestMail[] = [];

  return {
    ...database,
    app,
    url,
    send,
    unreadMails,

    async signIn(email, headers = {}) {
      const { data, errors } = await send(
        'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken } }',
        { input: { email, password: testPassword } },
        headers,
      );
      if (!data?.signIn) throw new Error(`${email} cannot sign in: ${JSON.stringify(errors)}`);
      const { accessToken, refreshToken } = data.signIn;
      return { accessToken, refreshToken, bearer: { authorization: `Bearer ${accessToken}` } };
    },

    async addOrganization(slug) {
      const [row] = await database.asOwner(
        `insert into "Organization" ("id", "slug", "name", "updatedAt") values (gen_random_uuid(), $1, $1, now()) returning "id"`,
        [slug],
      );
      for (const [key, { name, permissions }] of systemRoleKeys.map((key) => [key, systemRole(key)] as const))
        await database.asOwner(
          `insert into "Role" ("id", "organizationId", "key", "name", "system", "permissions", "updatedAt")
           values (gen_random_uuid(), $1, $2, $3, true, $4, now())`,
          [row?.id, key, name, permissions],
        );
      return String(row?.id);
    },

    async addAccount(email, place) {
      const [row] = await database.asOwner(
        `insert into "User" ("id", "name", "email", "emailVerified", "updatedAt")
         values (gen_random_uuid(), $1, $1, true, now()) returning "id"`,
        [email],
      );
      await database.asOwner('insert into "Password" ("userId", "hash") values ($1, $2)', [row?.id, hash]);
      if (place)
        await database.asOwner(
          `with member as (
             insert into "Membership" ("id", "organizationId", "userId", "status", "updatedAt")
             values (gen_random_uuid(), $1, $2, $4::"MembershipStatus", now()) returning "id"
           ) insert into "MembershipRole" ("organizationId", "membershipId", "roleId")
           select $1, member."id", r."id" from member, "Role" r where r."organizationId" = $1 and r."key" = $3`,
          [place.organizationId, row?.id, place.role, place.status ?? 'ACTIVE'],
        );
      return String(row?.id);
    },

    async nextMail(to) {
      const find = () => waiting.findIndex((mail) => mail.to === to);
      await expect
        .poll(
          async () => {
            if (find() < 0) waiting.push(...(await unreadMails(to)));
            return find();
          },
          { timeout: 10_000, interval: 20, message: `a mail to ${to}` },
        )
        .toBeGreaterThanOrEqual(0);
      const [mail] = waiting.splice(find(), 1);
      if (!mail) throw new Error('Unreachable.');
      return mail;
    },

    auditEvents: (action) => database.asOwner('select * from "AuditEvent" where "action" = $1 order by "at"', [action]),

    async close() {
      await app.close();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A global id. */
export const globalId = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString('base64');
