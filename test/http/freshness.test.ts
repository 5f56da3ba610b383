/** What changes on one instance is felt by the other within a second: with Redis, with Redis killed, and without any message at all. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createLogger } from '../../src/logger.ts';
import { createRedis } from '../../src/stores/redis.ts';
import type { Credential } from '../support/client.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');
const env = { MAX_EVENT_LOOP_DELAY_MS: '60000' };

/**
 * Asks until the answer is what it should be.
 * @returns when the last question began that was still answered as before, in milliseconds: how long an answer takes is the machine's.
 */
async function untilDenied(gateway: TestGateway, text: string, as: Credential): Promise<number> {
  const startedAt = performance.now();
  for (let lastAllowed = 0; ; ) {
    const began = performance.now() - startedAt;
    const { codes } = await gateway.send(text, {}, { as });
    if (codes.length > 0) return lastAllowed;
    if (began > 5_000) return Number.POSITIVE_INFINITY;
    lastAllowed = began;
  }
}

const { redis: hasRedis, 'redis-server': hasServer } = inject('tools');
const isMissing = { none: false, redis: !hasRedis, killed: !hasServer };

for (const [name, kind] of [
  ['without any message between them', 'none'],
  ['with Redis', 'redis'],
  ['with Redis killed', 'killed'],
] as const)
  describe.skipIf(isMissing[kind])(name, () => {
    let server: TestRedis | null = null;
    const clients: Redis[] = [];
    let one: TestGateway;
    let other: TestGateway;

    beforeAll(async () => {
      if (kind !== 'none') server = await startRedis({ own: kind === 'killed' });
      const connect = (): Redis | null => {
        if (!server) return null;
        const client = createRedis(server.url, createLogger({ level: 'silent' }));
        clients.push(client);
        return client;
      };
      one = await startGateway({ env, redis: connect() });
      other = await startGateway({ env, redis: connect(), replicaOf: one });
      if (kind === 'killed') await server?.stop();
    }, 120_000);
    afterAll(async () => {
      await other.close();
      await one.close();
      for (const client of clients) client.disconnect();
      if (kind === 'redis') await server?.stop();
    });

    test('a role, a suspension, a key and a session that end on one are refused by the other within a second', async () => {
      const { acme } = one.organizations;
      const { owner, manager, member, guest, partner } = one.viewers.acme;
      const notes = '{ tasks(first: 1) { nodes { internalNotes } } }';
      const projects = '{ projects(first: 1) { nodes { name } } }';
      const change = async (mutation: string, as: Credential = owner) =>
        (await one.send(mutation, {}, { as })).expectData();
      const warm = async (text: string, as: Credential) =>
        expect((await other.send(text, {}, { as })).codes).toEqual([]);

      await warm(notes, manager);
      await change(
        `mutation { setMemberRoles(input: { userId: "${globalId('User', acme.users.manager.id)}", roleKeys: ["guest"] }) { __typename } }`,
      );
      expect(await untilDenied(other, notes, manager)).toBeLessThan(1_000);

      await warm(projects, member);
      await change(
        `mutation { suspendUser(input: { userId: "${globalId('User', acme.users.member.id)}" }) { __typename } }`,
      );
      expect(await untilDenied(other, projects, member)).toBeLessThan(1_000);

      await warm(projects, partner);
      await change(
        `mutation { revokeApiKey(input: { id: "${globalId('ApiKey', acme.partnerKey.id)}" }) { __typename } }`,
      );
      expect(await untilDenied(other, projects, partner)).toBeLessThan(1_000);

      await warm(projects, guest);
      await change('mutation { signOut { __typename } }', guest);
      expect(await untilDenied(other, projects, guest)).toBeLessThan(1_000);
    }, 60_000);
  });
