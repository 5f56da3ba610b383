/** Events cross replicas over a real Redis, within their organization, and nothing that somebody publishes ends the process. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { createLogger } from '../../src/logger.ts';
import { type AccessChange, createEvents, type Events, type RowChange } from '../../src/stores/events.ts';
import { createRedis } from '../../src/stores/redis.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const log = createLogger({ level: 'silent' });
const [acme, globex, projectId] = [randomUUID(), randomUUID(), randomUUID()];
const change = (): RowChange => ({ kind: 'UPDATED', id: randomUUID(), recorded: {} });
const topic = (organizationId: string) => `fieldgate:Task:${organizationId}:${projectId}`;

/** The first event that arrives, listening from now on. */
async function first(events: Events, organizationId: string): Promise<RowChange | undefined> {
  for await (const event of events.onRowChanged('Task', organizationId, projectId)) return event;
  return undefined;
}

test('within one process an event reaches its own organization, and not the other', async () => {
  const events = createEvents({ redis: null, log });
  const [mine, theirs] = [change(), change()];
  const heard = [first(events, acme), first(events, globex)];
  events.rowChanged('Task', acme, projectId, mine);
  events.rowChanged('Task', globex, projectId, theirs);
  expect(await Promise.all(heard)).toEqual([mine, theirs]);
  await events.close();
});

describe('a stream that is not read', () => {
  test('is ended with a reason, costs no memory, and takes nothing from those who read', async () => {
    const events = createEvents({ redis: null, log });
    const idle = events.onRowChanged('Task', acme, projectId);
    const busy = events.onRowChanged('Task', acme, projectId);
    const started = idle.next();
    const all = Array.from({ length: 5_000 }, change);
    const heard: RowChange[] = [];
    for (const event of all) {
      const next = busy.next();
      expect(() => events.rowChanged('Task', acme, projectId, event)).not.toThrow();
      heard.push((await next).value);
    }
    expect(heard).toEqual(all);
    expect(await started).toEqual({ done: false, value: all[0] });
    await expect(idle.next()).rejects.toMatchObject({
      extensions: { code: 'SERVICE_UNAVAILABLE', streamEnded: 'UNREAD' },
    });
    expect(await idle.next()).toEqual({ done: true, value: undefined });
    await events.close();
    expect((await busy.next()).done).toBe(true);
  });

  test('keeps what it holds for a reader who comes back in time', async () => {
    const events = createEvents({ redis: null, log });
    const stream = events.onRowChanged('Task', acme, projectId);
    const started = stream.next();
    const all = Array.from({ length: 201 }, change);
    for (const event of all) events.rowChanged('Task', acme, projectId, event);
    const heard = [(await started).value];
    for (let unread = 200; unread > 0; unread -= 1) heard.push((await stream.next()).value);
    expect(heard).toEqual(all);
    await events.close();
  });

  test('ends at once when its reader leaves, also while it waits', async () => {
    const events = createEvents({ redis: null, log });
    const stream = events.onRowChanged('Task', acme, projectId);
    const waiting = stream.next();
    await stream.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await events.close();
  });
});

describe.skipIf(!inject('tools')['redis-server'])('when Redis is lost', () => {
  const missed = { extensions: { code: 'SERVICE_UNAVAILABLE', streamEnded: 'MISSED' } };
  let server: TestRedis;
  let observer: Redis;
  const closing: (() => Promise<void> | void)[] = [];

  beforeAll(async () => {
    server = await startRedis({ own: true });
    observer = new Redis(server.url);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    observer?.disconnect();
    await server?.stop();
  });

  /** A replica with a way to Redis of its own, which the test can cut. */
  async function startReplica() {
    const proxy = await startTcpProxy(server.url);
    const redis = createRedis(proxy.urlOf(server.url), log);
    await new Promise((done) => redis.once('ready', done));
    const events = createEvents({ redis, log, heartbeatMs: 100 });
    closing.push(
      () => proxy.close(),
      () => redis.disconnect(),
      () => events.close(),
    );
    return { proxy, redis, events };
  }
  const listening = async (wanted: number): Promise<void> => {
    while (((await observer.call('PUBSUB', 'NUMSUB', topic(acme))) as [string, number])[1] !== wanted);
  };

  test('events of the same replica still arrive, each once, and its streams are told when it is back', async () => {
    const { proxy, redis, events } = await startReplica();
    const stream = events.onRowChanged('Task', acme, projectId);
    const all = Array.from({ length: 6 }, change);
    const heard: unknown[] = [];
    const say = async (event: RowChange | undefined): Promise<void> => {
      const next = stream.next();
      await listening(proxy.connections > 0 ? 1 : 0);
      events.rowChanged('Task', acme, projectId, event as RowChange);
      heard.push((await next).value);
    };
    for (const event of all.slice(0, 3)) await say(event);
    const lost = new Promise((done) => redis.once('close', done));
    proxy.cut();
    await lost;
    for (const event of all.slice(3)) await say(event);
    expect(heard).toEqual(all);
    const end = stream.next();
    proxy.resume();
    await expect(end).rejects.toMatchObject(missed);
    // Who subscribes again hears again, also through Redis.
    const [there, again] = [await startReplica(), events.onRowChanged('Task', acme, projectId).next()];
    await listening(1);
    there.events.rowChanged('Task', acme, projectId, all[0] as RowChange);
    expect(await again).toEqual({ done: false, value: all[0] });
  });

  test('a replica that could not send says so afterwards to those who heard nothing of it', async () => {
    const [sender, hearer] = [await startReplica(), await startReplica()];
    const stream = hearer.events.onRowChanged('Task', acme, projectId);
    const other = hearer.events.onRowChanged('Task', globex, projectId);
    const [end, waiting] = [stream.next(), other.next()];
    await listening(1);
    const lost = new Promise((done) => sender.redis.once('close', done));
    sender.proxy.cut();
    await lost;
    sender.events.rowChanged('Task', acme, projectId, change());
    sender.proxy.resume();
    await expect(end).rejects.toMatchObject(missed);
    // Nothing was lost of this one.
    const mine = change();
    await new Promise<void>((done) => {
      if (sender.redis.status === 'ready') done();
      else sender.redis.once('ready', () => done());
    });
    sender.events.rowChanged('Task', globex, projectId, mine);
    expect(await waiting).toEqual({ done: false, value: mine });
  });

  test('a connection that goes silent is noticed, and its streams are told', async () => {
    const { proxy, events } = await startReplica();
    const end = events.onRowChanged('Task', acme, projectId).next();
    await listening(1);
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    proxy.silence({ all: false });
    await expect(end).rejects.toMatchObject(missed);
    process.off('warning', onWarning);
    // It was given up once, not at each of the heartbeats that it missed until it was closed.
    expect(warnings.map(({ name }) => name)).not.toContain('MaxListenersExceededWarning');
  });
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
    one.rowChanged('Task', acme, projectId, mine);
    one.rowChanged('Task', globex, projectId, theirs);
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
      '{"kind":"UPDATED","id":"x","recorded":{}}',
      '{"__proto__":{"kind":"UPDATED"}}',
    ])
      for (const channel of [topic(acme), 'fieldgate:missed']) await observer.publish(channel, payload);
    one.rowChanged('Task', acme, projectId, mine);
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
      expect(() => one.rowChanged('Task', acme, projectId, change())).not.toThrow();
      // A command on the same connection comes to its own end: nothing waits for the server.
      await expect((clients[0] as Redis).ping()).rejects.toThrow(/timed out/);
    } finally {
      server.thaw();
    }
    one.rowChanged('Task', acme, projectId, change());
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
