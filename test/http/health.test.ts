/** Health says what an orchestrator should do: send requests elsewhere, or start the process anew, or neither. */
import { EventEmitter } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { createHealthChecks } from '../../src/health-checks.ts';
import { createLogger } from '../../src/logger.ts';
import { useHealth } from '../../src/plugins/health.ts';
import { createDatabaseProbe, type DatabaseProbe } from '../../src/stores/database-probe.ts';
import { createRedis } from '../../src/stores/redis.ts';
import { startFrame, type TestFrame } from '../support/frame.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const log = createLogger({ level: 'silent' });
let proxy: TcpProxy;
let database: TestDatabase;
let probe: DatabaseProbe;
let frame: TestFrame | undefined;

beforeAll(async () => {
  proxy = await startTcpProxy(inject('ownerUrl'));
  database = await createTestDatabase();
  probe = createDatabaseProbe(proxy.urlOf(database.gatewayUrl));
});
afterEach(async () => {
  proxy.resume();
  await frame?.close();
  frame = undefined;
});
afterAll(async () => {
  await probe?.close();
  await proxy?.close();
  await database?.close();
});

const ask = async (path: string): Promise<[number, unknown]> => {
  const response = await fetch(`${frame?.url}${path}`);
  return [response.status, await response.json()];
};
const well = { postgresql: 'ok', migrations: 'ok' };

describe('readiness', () => {
  test('does not go by whether the pool is busy: the check has a connection of its own', async () => {
    frame = await startFrame({ healthChecks: createHealthChecks({ probe, pool: database.pool, redis: null }) });
    const held = await Promise.all(Array.from({ length: 4 }, () => database.pool.connect()));
    try {
      expect(database.pool.idleCount).toBe(0);
      expect(await ask('/health/ready')).toEqual([200, { status: 'ok', checks: well }]);
    } finally {
      for (const client of held) client.release();
    }
  });

  test('ends with the database, and comes back with it, while the process lives on', async () => {
    frame = await startFrame({ healthChecks: createHealthChecks({ probe, pool: database.pool, redis: null }) });
    await probe.query('select 1');
    proxy.cut();
    expect(await ask('/health/ready')).toEqual([
      503,
      { status: 'unavailable', checks: { postgresql: 'failed', migrations: 'failed' } },
    ]);
    expect(await ask('/health/live')).toEqual([200, { status: 'ok' }]);
    proxy.resume();
    await expect.poll(() => ask('/health/ready'), { timeout: 10_000 }).toEqual([200, { status: 'ok', checks: well }]);
  });

  test('a probe whose connection went silent connects anew', async () => {
    await probe.query('select 1');
    proxy.silence({ all: false });
    await expect(probe.query('select 1')).rejects.toThrow(/no answer/);
    expect(await probe.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  test.skipIf(!inject('tools')['redis-server'])('outlives Redis, which is said to be degraded', async () => {
    const server = await startRedis({ own: true });
    const redis = createRedis(server.url, log);
    try {
      await new Promise((done) => redis.once('ready', done));
      frame = await startFrame({ healthChecks: createHealthChecks({ probe, pool: database.pool, redis }) });
      expect(await ask('/health/ready')).toEqual([200, { status: 'ok', checks: { ...well, redis: 'ok' } }]);
      await server.stop();
      await expect
        .poll(() => ask('/health/ready'), { timeout: 10_000 })
        .toEqual([200, { status: 'ok', checks: { ...well, redis: 'degraded' } }]);
    } finally {
      redis.disconnect();
    }
  });
});

describe('liveness', () => {
  test('ends when the pool fails for long though the database answers, and not while the database is down', async () => {
    let failingSince: number | null = 1_000;
    let time = 30_999;
    frame = await startFrame({
      healthChecks: createHealthChecks({
        probe,
        redis: null,
        pool: {
          get failingSince() {
            return failingSince;
          },
        },
        now: () => time,
      }),
    });
    expect(await ask('/health/live')).toEqual([200, { status: 'ok' }]);
    time += 1;
    proxy.cut();
    // Nobody gets through to the database: a new process would not either.
    await expect.poll(() => ask('/health/live')).toEqual([200, { status: 'ok' }]);
    proxy.resume();
    await expect.poll(() => ask('/health/live'), { timeout: 10_000 }).toEqual([503, { status: 'stuck' }]);
    failingSince = null;
    await expect.poll(() => ask('/health/live'), { timeout: 10_000 }).toEqual([200, { status: 'ok' }]);
  });

  test('ends when somebody waits and nobody was answered for longer than a request may take', async () => {
    let time = 0;
    const health = useHealth({
      checks: [],
      log,
      requestTimeoutMs: 30_000,
      isStopping: () => false,
      now: () => time,
    });
    type Arriving = Parameters<NonNullable<typeof health.onRequest>>[0];
    type Answered = Parameters<NonNullable<typeof health.onResponse>>[0];
    const contextAt = (path: string, res?: EventEmitter) => ({ exchange: { path, method: 'GET' }, res });
    const arrive = async (serverContext: ReturnType<typeof contextAt>): Promise<number | undefined> => {
      let status: number | undefined;
      const endResponse = (response: Response) => {
        status = response.status;
      };
      await health.onRequest?.({ serverContext, endResponse } as Partial<Arriving> as Arriving);
      return status;
    };
    const answer = (serverContext: ReturnType<typeof contextAt>) =>
      health.onResponse?.({ serverContext } as Partial<Answered> as Answered);
    const live = () => arrive(contextAt('/health/live'));
    const socket = new EventEmitter();
    const [stuck, other, gone] = [contextAt('/graphql'), contextAt('/graphql'), contextAt('/graphql', socket)];
    time = 100_000;
    // Nobody asks: nobody waits.
    expect(await live()).toBe(200);
    await arrive(stuck);
    time += 45_000;
    expect(await live()).toBe(200);
    time += 1;
    expect(await live()).toBe(503);
    // One that is answered beside it shows that the gateway works.
    await arrive(other);
    await answer(other);
    expect(await live()).toBe(200);
    time += 45_001;
    expect(await live()).toBe(503);
    await answer(stuck);
    expect(await live()).toBe(200);
    // Whoever goes away waits for nothing.
    await arrive(gone);
    time += 45_001;
    expect(await live()).toBe(503);
    socket.emit('close');
    expect(await live()).toBe(200);
  });
});
