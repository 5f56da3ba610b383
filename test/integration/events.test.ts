/** Events cross replicas over a real Redis, within their organization, and nothing that somebody publishes ends the process. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createLogger } from '../../src/logger.ts';
import { type AccessChange, createEvents, type Events, type TaskChangedEvent } from '../../src/stores/events.ts';
import { createRedis } from '../../src/stores/redis.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const log = createLogger({ level: 'silent' });
const [acme, globex, projectId] = [randomUUID(), randomUUID(), randomUUID()];
const change = (): TaskChangedEvent => ({ kind: 'UPDATED', taskId: randomUUID() });
const topic = (organizationId: string) => `fieldgate:task:${organizationId}:${projectId}`;

/** The first event that arrives, listening from now on. */
async function first(events: Events, organizationId: string): Promise<TaskChangedEvent | undefined> {
  for await (const event of events.onTaskChanged(organizationId, projectId)) return event;
  return undefined;
}

test('within one process an event reaches its own organization, and not the other', async () => {
  const events = createEvents({ redis: null, log });
  const [mine, theirs] = [change(), change()];
  const heard = [first(events, acme), first(events, globex)];
  events.taskChanged(acme, projectId, mine);
  events.taskChanged(globex, projectId, theirs);
  expect(await Promise.all(heard)).toEqual([mine, theirs]);
  await events.close();
});

describe.skipIf(!inject('tools')['redis-server'])('between replicas', () => {
  let server: TestRedis;
  let observer: Redis;
  let clients: Redis[];
  let one: Events;
  let other: Events;

  /** Waits until Redis itself says that so many listen. */
  async function listening(name: string, wanted: number): Promise<void> {
    while (((await observer.call('PUBSUB', 'NUMSUB', name)) as [string, number])[1] !== wanted);
  }

  beforeAll(async () => {
    server = await startRedis({ own: true });
    observer = new Redis(server.url);
    observer.on('error', () => undefined);
    clients = [createRedis(server.url, log), createRedis(server.url, log)];
    await Promise.all(clients.map((client) => new Promise((done) => client.once('ready', done))));
    one = createEvents({ redis: clients[0] ?? null, log });
    other = createEvents({ redis: clients[1] ?? null, log });
  });

  afterAll(async () => {
    await Promise.all([one?.close(), other?.close()]);
    for (const client of clients ?? []) client.disconnect();
    observer?.disconnect();
    await server?.stop();
  });

  test('an event reaches its own organization on another replica, and not the other', async () => {
    const [mine, theirs] = [change(), change()];
    const heard = [first(other, acme), first(other, globex)];
    await Promise.all([listening(topic(acme), 1), listening(topic(globex), 1)]);
    one.taskChanged(acme, projectId, mine);
    one.taskChanged(globex, projectId, theirs);
    expect(await Promise.all(heard)).toEqual([mine, theirs]);
  });

  test('payloads that are no events are dropped, and the next event still arrives', async () => {
    const mine = change();
    const heard = first(other, acme);
    await listening(topic(acme), 1);
    for (const payload of [
      '',
      '{',
      'null',
      '[]',
      '{"kind":"UPDATED","taskId":"x"}',
      '{"__proto__":{"kind":"UPDATED"}}',
    ])
      await observer.publish(topic(acme), payload);
    one.taskChanged(acme, projectId, mine);
    expect(await heard).toEqual(mine);
  });

  test('a change of access reaches every replica, the one that made it too', async () => {
    const told: AccessChange = { kind: 'organization', organizationId: acme };
    const heard = [one, other].map((events) => new Promise<AccessChange>((done) => events.onAccessChanged(done)));
    await listening('fieldgate:access', 2);
    one.accessChanged(told);
    expect(await Promise.all(heard)).toEqual([told, told]);
  });

  test('while Redis hangs, publishing neither throws nor waits, and afterwards events arrive again', async () => {
    const heard = first(other, acme);
    await listening(topic(acme), 1);
    server.freeze();
    try {
      expect(() => one.taskChanged(acme, projectId, change())).not.toThrow();
      // A command on the same connection comes to its own end: nothing waits for the server.
      await expect((clients[0] as Redis).ping()).rejects.toThrow(/timed out/);
    } finally {
      server.thaw();
    }
    one.taskChanged(acme, projectId, change());
    expect(await heard).toMatchObject({ kind: 'UPDATED' });
  });
});

test('closing while Redis was never reachable ends quietly, with a listener still waiting', async () => {
  const rejections: unknown[] = [];
  const note = (reason: unknown) => void rejections.push(reason);
  process.on('unhandledRejection', note);
  const redis = createRedis('redis://127.0.0.1:1', log);
  const events = createEvents({ redis, log });
  events.onAccessChanged(() => undefined);
  await new Promise((done) => redis.once('error', done));
  await events.close();
  redis.disconnect();
  // Rejections are told in a later turn of the event loop.
  await new Promise((done) => setImmediate(() => setImmediate(done)));
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
});
