/**
 * What Redis adds to freshness: with clocks that stand still, nothing is ever read again but what a message said. A replica that
 * hears nothing reads again once its half second is over.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Authenticator } from '../../src/authorization/authenticator.ts';
import { permissionsOfRoles } from '../../src/authorization/roles.ts';
import type { AccessTokens } from '../../src/identity/authentication/access-token.ts';
import { createAuthenticator } from '../../src/identity/authentication/authenticate.ts';
import { createLogger } from '../../src/logger.ts';
import { type AccessChange, createEvents, type Events } from '../../src/stores/events.ts';
import { createRedis } from '../../src/stores/redis.ts';
import { type KnownOrganizations, knowOrganizations } from '../support/organizations.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const log = createLogger({ level: 'silent' });

/** A replica as far as permissions go: it keeps what it read, forgets what it is told of, and has a clock of its own. */
interface Replica {
  readonly events: Events;
  readonly authenticator: Authenticator;
  time: number;
}

describe.skipIf(!inject('tools').redis)('announcements over Redis', () => {
  let server: TestRedis;
  let database: TestDatabase;
  let organizations: KnownOrganizations;
  const closing: (() => Promise<void> | void)[] = [];

  beforeAll(async () => {
    server = await startRedis({ own: false });
    database = await createTestDatabase();
    organizations = await knowOrganizations(database);
  });
  afterAll(async () => {
    for (const close of closing) await close();
    await server.stop();
    await database.close();
  });

  const startReplica = (): Replica => {
    const redis = createRedis(server.url, log);
    const events = createEvents({ redis, log });
    const authenticator = createAuthenticator({
      db: database.db,
      accessTokens: {} as AccessTokens,
      permissionsOf: permissionsOfRoles,
      now: () => replica.time,
    });
    const replica: Replica = { events, authenticator, time: Date.now() };
    events.onAccessChanged((change) => {
      if (change.kind === 'session') authenticator.forgetSession(change.sessionId);
      else authenticator.forgetOrganization(change.organizationId);
    });
    closing.push(
      () => events.close(),
      () => redis.disconnect(),
    );
    return replica;
  };

  const isLetIn = ({ authenticator }: Replica, secret: string): Promise<boolean> =>
    authenticator.authenticate({ authorization: null, apiKey: secret, organization: null }, '127.0.0.1').then(
      () => true,
      () => false,
    );

  test('a replica that hears of a revocation feels it though its clock stands still; a deaf one does not until its time is over', async () => {
    const { acme } = organizations;
    const [teller, listener, deaf] = [startReplica(), startReplica(), startReplica()];
    // Subscribed before anything is said, and everything that was said so far has arrived: one connection keeps the order.
    const heard: AccessChange[] = [];
    listener.events.onAccessChanged((change) => void heard.push(change));
    const hello = { kind: 'session', sessionId: randomUUID() } as const;
    await expect
      .poll(() => {
        teller.events.accessChanged(hello);
        return heard.length;
      })
      .toBeGreaterThan(0);
    await deaf.events.close();
    const last = { kind: 'session', sessionId: randomUUID() } as const;
    teller.events.accessChanged(last);
    await expect.poll(() => heard.at(-1)).toEqual(last);

    const secret = acme.partnerKey.secret;
    const all = () => Promise.all([isLetIn(listener, secret), isLetIn(deaf, secret)]);
    expect(await all()).toEqual([true, true]);
    await database.query('update "ApiKey" set "revokedAt" = now() where "id" = $1', [acme.partnerKey.id]);
    expect(await all(), 'nobody was told yet').toEqual([true, true]);

    teller.events.accessChanged({ kind: 'organization', organizationId: acme.id });
    await expect.poll(() => isLetIn(listener, secret)).toBe(false);
    expect(await isLetIn(deaf, secret)).toBe(true);
    deaf.time += 500;
    expect(await isLetIn(deaf, secret)).toBe(false);
  });
});
