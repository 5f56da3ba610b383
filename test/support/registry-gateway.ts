/**
 * A gateway with two organizations, their partners' keys and a few projects, for tests of registered operations: as little
 * data as these need, written by the owner of the tables.
 */
import '../../src/schema.ts';
import { join } from 'node:path';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { inject } from 'vitest';
import { type App, createApp } from '../../src/app.ts';
import { permissionNames } from '../../src/authorization/permissions.ts';
import { type SystemRoleKey, systemRole, systemRoleKeys } from '../../src/authorization/roles.ts';
import { parseConfig } from '../../src/config.ts';
import { createAccessTokens } from '../../src/identity/authentication/access-token.ts';
import { createApiKeySecret } from '../../src/identity/authentication/api-key.ts';
import { generateSigningJwk, parseSigningKeys } from '../../src/identity/authentication/signing-keys.ts';
import { createLogger } from '../../src/logger.ts';
import { createDatabase } from '../../src/stores/database.ts';
import { createTenantPool } from '../../src/stores/tenant-pool.ts';
import { openTestDatabase } from './test-database.ts';

/** A key to make. */
export interface KeyOptions {
  readonly client?: string;
  readonly role?: SystemRoleKey;
  readonly scopes?: readonly string[];
  readonly allowAdHoc?: boolean;
}

/** What a request brings; a credential or none. */
export interface SendOptions {
  readonly method?: 'GET' | 'POST' | 'HEAD';
  readonly key?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, read to its end. */
export interface RegistryAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Whatever came back; what it is, the test asserts. */
  readonly data: ReturnType<typeof JSON.parse>;
  readonly errors: readonly {
    readonly message: string;
    readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string };
  }[];
  readonly codes: readonly string[];
}

/** One organization of the fixture. */
export interface TestOrganization {
  readonly id: string;
  readonly slug: string;
  /** Access token of its owner, and of a guest. */
  readonly owner: string;
  readonly guest: string;
  createKey(options?: KeyOptions): Promise<{ readonly id: string; readonly secret: string }>;
}

/** A gateway under test. */
export interface RegistryGateway {
  readonly url: string;
  readonly app: App;
  readonly ownerUrl: string;
  /** A connection of the owner of the tables. */
  readonly owner: pg.Client;
  readonly acme: TestOrganization;
  readonly globex: TestOrganization;
  /** SQL statements sent on behalf of requests so far. */
  readonly statements: readonly string[];
  /** What was logged so far. */
  readonly logText: () => string;
  /** Sends parameters as JSON, or as a query string. */
  send(params: Readonly<Record<string, unknown>>, options?: SendOptions): Promise<RegistryAnswer>;
  /** Another process over the same data, with its own caches. */
  startReplica(
    env?: Readonly<Record<string, string>>,
  ): Promise<Pick<RegistryGateway, 'url' | 'send' | 'app' | 'logText'>>;
  close(): Promise<void>;
}

/** Starts it on a free port. */
export async function startRegistryGateway(env: Readonly<Record<string, string>> = {}): Promise<RegistryGateway> {
  const database = await openTestDatabase();
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const signingKeys = await parseSigningKeys(JSON.stringify([await generateSigningJwk()]));
  const statements: string[] = [];
  const closers: (() => Promise<void>)[] = [];

  const start = async (more: Readonly<Record<string, string>>) => {
    const lines: string[] = [];
    const config = parseConfig({
      PORT: '0',
      LOG_LEVEL: 'info',
      GRAPHIQL: 'false',
      DATA_DIR: join(inject('dataDir'), 'gateways'),
      MAX_EVENT_LOOP_DELAY_MS: '60000',
      ...more,
    });
    const pool = createTenantPool({ connectionString: database.url, max: 5, statementTimeoutMs: 10_000 });
    const { db, close } = createDatabase({ pool });
    const app = createApp({
      config,
      log: createLogger({ level: config.LOG_LEVEL, destination: { write: (line) => void lines.push(line) } }),
      db,
      redis: null,
      signingKeys,
      healthChecks: [],
      onStatement: (_requestId, sql) => void statements.push(sql),
    });
    const { url } = await app.listen();
    let closed = false;
    closers.push(async () => {
      if (closed) return;
      closed = true;
      await app.close();
      await close();
    });
    return { app, url, send: sender(url), logText: () => lines.join('') };
  };

  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = parseConfig({});
  const tokens = createAccessTokens({ keys: signingKeys, issuer, audience, ttlSeconds: 600 });
  const acme = await seedOrganization(owner, 'acme', tokens.sign);
  const globex = await seedOrganization(owner, 'globex', tokens.sign);
  const gateway = await start(env);
  return {
    ...gateway,
    ownerUrl: database.ownerUrl,
    owner,
    acme,
    globex,
    statements,
    startReplica: (more = {}) => start({ ...env, ...more }),
    async close() {
      for (const close of closers) await close();
      await owner.end();
      await database.close();
    },
  };
}

type Sign = ReturnType<typeof createAccessTokens>['sign'];

async function seedOrganization(owner: pg.Client, slug: string, sign: Sign): Promise<TestOrganization> {
  const id = uuid();
  await owner.query('insert into "Organization" ("id", "slug", "name", "updatedAt") values ($1, $2, $2, now())', [
    id,
    slug,
  ]);
  const roles = new Map<SystemRoleKey, string>();
  for (const key of systemRoleKeys) {
    const role = uuid();
    roles.set(key, role);
    await owner.query(
      `insert into "Role" ("id", "organizationId", "key", "name", "system", "permissions", "updatedAt")
       values ($1, $2, $3, $4, true, $5, now())`,
      [role, id, key, systemRole(key).name, [...systemRole(key).permissions]],
    );
  }
  for (const name of ['Apollo', 'Borealis', 'Cygnus'])
    await owner.query(
      `insert into "Project" ("id", "organizationId", "key", "name", "budget", "updatedAt") values ($1, $2, $3, $4, 1000, now())`,
      [uuid(), id, name.slice(0, 3).toUpperCase(), `${name} of ${slug}`],
    );
  const signIn = async (role: SystemRoleKey): Promise<string> => {
    const [userId, membershipId, sessionId] = [uuid(), uuid(), uuid()];
    await owner.query(
      `insert into "User" ("id", "name", "email", "emailVerified", "updatedAt") values ($1, $2, $3, true, now())`,
      [userId, `${role} of ${slug}`, `${role}@${slug}.example`],
    );
    await owner.query(
      'insert into "Membership" ("id", "organizationId", "userId", "updatedAt") values ($1, $2, $3, now())',
      [membershipId, id, userId],
    );
    await owner.query('insert into "MembershipRole" ("organizationId", "membershipId", "roleId") values ($1, $2, $3)', [
      id,
      membershipId,
      roles.get(role),
    ]);
    await owner.query(`insert into "Session" ("id", "userId", "expiresAt") values ($1, $2, now() + interval '1 day')`, [
      sessionId,
      userId,
    ]);
    return (await sign({ userId, sessionId })).token;
  };
  return {
    id,
    slug,
    owner: await signIn('owner'),
    guest: await signIn('guest'),
    async createKey({ client = 'partner', role = 'partner', scopes = permissionNames(), allowAdHoc = false } = {}) {
      const keyId = uuid();
      const { secret, prefix, digest } = createApiKeySecret();
      await owner.query(
        `insert into "ApiKey" ("id", "organizationId", "name", "client", "prefix", "digest", "roleId", "scopes", "allowAdHoc", "allowedNetworks")
         values ($1, $2, $3, $3, $4, $5, $6, $7, $8, '{}')`,
        [keyId, id, client, prefix, digest, roles.get(role), [...scopes], allowAdHoc],
      );
      return { id: keyId, secret };
    },
  };
}

function sender(url: string) {
  return async (
    params: Readonly<Record<string, unknown>>,
    { method = 'POST', key, token, headers = {} }: SendOptions = {},
  ): Promise<RegistryAnswer> => {
    const search = new URLSearchParams(
      Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    );
    const response = await fetch(method === 'POST' ? `${url}/graphql` : `${url}/graphql?${search}`, {
      method,
      headers: {
        accept: 'application/graphql-response+json',
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...(key ? { 'x-api-key': key } : {}),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      ...(method === 'POST' ? { body: JSON.stringify(params) } : {}),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    const body = text.startsWith('{') ? JSON.parse(text) : {};
    const errors = body.errors ?? [];
    return {
      status: response.status,
      headers: response.headers,
      text,
      data: body.data,
      errors,
      codes: errors.map((error: RegistryAnswer['errors'][number]) => error.extensions.code),
    };
  };
}
