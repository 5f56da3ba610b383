/**
 * From a request's credential to its viewer. What a session or a key may do is good for 500 ms and then read again with one
 * cheap statement; messages of other replicas only make it sooner, so that a lost message changes nothing.
 *
 * Trusts: nothing of the request. The viewer that comes out is what every later room decides by.
 */
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import type { Authenticator } from '../../authorization/authenticator.ts';
import { PermissionSet } from '../../authorization/permission-set.ts';
import type { ApiKeyViewer, MakerKey, MembershipState, UserViewer, ViewerRole } from '../../authorization/viewer.ts';
import { badCredential, createError, twoCredentials } from '../../errors.ts';
import type { Database } from '../../stores/database.ts';
import { runAsService } from '../../stores/database-scope.ts';
import type { AccessTokens } from './access-token.ts';
import { isSameDigest, parseApiKey } from './api-key.ts';

/** How long what was read stays good, in milliseconds: well below the second within which a revocation is felt. */
const freshMs = 500;

/** How many sessions and keys are kept. */
const maxKept = 20_000;

/** A role with what it grants, as the database tells it. */
export interface StoredRoleRow {
  readonly id: string;
  readonly key: string;
  readonly system: boolean;
  readonly permissions: readonly string[];
}

/** What the authenticator needs. */
export interface AuthenticatorDependencies {
  readonly db: Database;
  readonly accessTokens: AccessTokens;
  /** What a set of stored roles grants together. */
  readonly permissionsOf: (roles: readonly StoredRoleRow[]) => PermissionSet;
  /** The clock in milliseconds, for tests. */
  readonly now?: () => number;
}

interface SessionRow {
  readonly userId: string;
  readonly revokedAt: Date | null;
  readonly expiresAt: Date;
  readonly erasedAt: Date | null;
  readonly organizationId: string | null;
  readonly slug: string | null;
  readonly membershipId: string | null;
  readonly status: string | null;
  readonly roles: readonly StoredRoleRow[];
}

interface ApiKeyRow {
  readonly id: string;
  readonly organizationId: string;
  readonly slug: string;
  readonly client: string;
  readonly digest: string | null;
  readonly validUntil: Date | null;
  readonly scopes: readonly string[];
  readonly allowAdHoc: boolean;
  readonly allowedNetworks: readonly string[];
  readonly budget: number | null;
  readonly requestsPerMinute: number | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly role: StoredRoleRow;
  /** Of the person behind the key; null where nobody is. */
  readonly makerRoles: readonly StoredRoleRow[] | null;
  readonly makers: readonly MakerKey[];
}

interface Kept<T> {
  readonly value: Promise<T>;
  readonly readAt: number;
}

const nobody = { organizationId: null, userId: null };

/** Keeps what was read for {@link freshMs}; callers at the same time share one statement. */
function createFreshCache<T>(now: () => number) {
  const kept = new LRUCache<string, Kept<T>>({ max: maxKept });
  return {
    get(key: string, read: () => Promise<T>): Promise<T> {
      const known = kept.get(key);
      if (known && now() - known.readAt < freshMs) return known.value;
      const value = read();
      kept.set(key, { value, readAt: now() });
      value.catch(() => kept.delete(key));
      return value;
    },
    forget(matches: (key: string) => boolean): void {
      for (const key of [...kept.keys()]) if (matches(key)) kept.delete(key);
    },
    clear: () => kept.clear(),
  };
}

/** Makes the authenticator. */
export function createAuthenticator({
  db,
  accessTokens,
  permissionsOf,
  now = Date.now,
}: AuthenticatorDependencies): Authenticator {
  const sessions = createFreshCache<UserViewer | null>(now);
  const keys = createFreshCache<ApiKeyRow | null>(now);

  const readSession = (sessionId: string, wanted: string | null): Promise<UserViewer | null> =>
    runAsService('credentials', nobody, async () => {
      const [row] = await db.$queryRaw<SessionRow[]>`select * from auth_session(${sessionId}::uuid, ${wanted}::text)`;
      if (!row || row.revokedAt || row.erasedAt || row.expiresAt.getTime() <= now()) return null;
      const organization = row.organizationId && row.slug ? { id: row.organizationId, slug: row.slug } : null;
      const membershipState = row.status as MembershipState | null;
      return {
        kind: 'user',
        userId: row.userId,
        sessionId,
        organization,
        membershipId: row.membershipId,
        membershipState,
        roles: row.roles.map(({ id, key }): ViewerRole => ({ id, key })),
        permissions: membershipState === 'ACTIVE' ? permissionsOf(row.roles) : PermissionSet.none,
      };
    });

  const readKey = (prefix: string): Promise<ApiKeyRow | null> =>
    runAsService('credentials', nobody, async () => {
      const [row] = await db.$queryRaw<ApiKeyRow[]>`select * from auth_api_key(${prefix})`;
      if (row) await db.$queryRaw`select auth_touch_api_key(${row.id}::uuid)::text`;
      return row ?? null;
    });

  const userOf = async (token: string, wanted: string | null): Promise<UserViewer> => {
    const { userId, sessionId } = await accessTokens.verify(token);
    const viewer = await sessions.get(`${sessionId} ${wanted ?? ''}`, () => readSession(sessionId, wanted));
    if (!viewer || viewer.userId !== userId) throw badCredential();
    if (wanted !== null && !viewer.organization)
      throw createError('NOT_FOUND', 'Organization not found.', { status: 404 });
    return viewer;
  };

  const keyOf = async (text: string, wanted: string | null, ip: string): Promise<ApiKeyViewer> => {
    const parsed = parseApiKey(text);
    if (!parsed) throw badCredential();
    const row = await keys.get(parsed.prefix, () => readKey(parsed.prefix));
    if (!row?.digest || !isSameDigest(row.digest, parsed.digest)) throw badCredential();
    const ended = row.revokedAt ?? [row.validUntil, row.expiresAt].find((end) => end && end.getTime() <= now());
    if (ended || !isAllowedFrom(row.allowedNetworks, ip)) throw badCredential();
    if (wanted !== null && wanted !== row.slug && wanted.toLowerCase() !== row.organizationId)
      throw createError('NOT_FOUND', 'Organization not found.', { status: 404 });
    const own = permissionsOf([row.role]).intersect(new PermissionSet(row.scopes));
    return {
      kind: 'apiKey',
      apiKeyId: row.id,
      prefix: parsed.prefix,
      client: row.client,
      allowAdHoc: row.allowAdHoc,
      organization: { id: row.organizationId, slug: row.slug },
      roles: [{ id: row.role.id, key: row.role.key }],
      // Nobody keeps through a key what they lost.
      permissions: row.makerRoles ? own.intersect(permissionsOf(row.makerRoles)) : own,
      budget: row.budget,
      requestsPerMinute: row.requestsPerMinute,
      makers: row.makers,
    };
  };

  return {
    async authenticate({ authorization, apiKey, organization }, ip) {
      const wanted = organization === null || organization === '' ? null : organization.slice(0, 64);
      if (authorization !== null && apiKey !== null) throw twoCredentials();
      if (apiKey !== null) return keyOf(apiKey, wanted, ip);
      if (authorization !== null) {
        const match = /^Bearer +([A-Za-z0-9._-]+)$/i.exec(authorization);
        if (!match?.[1]) throw badCredential();
        return userOf(match[1], wanted);
      }
      if (wanted !== null) throw createError('NOT_FOUND', 'Organization not found.', { status: 404 });
      return { kind: 'anonymous', organization: null, permissions: PermissionSet.none };
    },
    forgetSession(sessionId) {
      sessions.forget((key) => key.startsWith(`${sessionId} `));
    },
    forgetOrganization() {
      // Which of the kept sessions are in the organization is not worth an index: everything is read again within 500 ms anyway.
      sessions.clear();
      keys.clear();
    },
  };
}

/** Whether an address lies in one of the networks. No network at all means anywhere; a faulty one lets nobody in. */
export function isAllowedFrom(networks: readonly string[], ip: string): boolean {
  if (networks.length === 0) return true;
  if (!ipaddr.isValid(ip)) return false;
  const address = ipaddr.process(ip);
  return networks.some((network) => {
    try {
      const [base, bits] = ipaddr.parseCIDR(network);
      return base.kind() === address.kind() && address.match(base, bits);
    } catch {
      return false;
    }
  });
}
