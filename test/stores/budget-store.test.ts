/** Budgets on a real Redis: atomic, shared, bounded in time, and kept up locally while Redis is away. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createLogger } from '../../src/logger.ts';
import { type Charge, createBudgetStore } from '../../src/stores/budget-store.ts';
import { createRedis } from '../../src/stores/redis.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const log = createLogger({ level: 'silent' });
/** So long that nothing refills while a test runs. */
const windowMs = 3_600_000;
const charge = (key: string, capacity: number, points = 1): Charge => ({ key, points, capacity, windowMs });

const { redis: hasRedis, 'redis-server': hasServer } = inject('tools');

test('a budget gives its last point whatever the time is and whatever its size', async () => {
  let time = 0;
  const budgets = createBudgetStore({ redis: null, log, now: () => time });
  for (let trial = 0; trial < 2_000; trial++) {
    time = 1_790_000_000_000 + trial * 7_919.37;
    const last = charge(`last-${trial}`, 1 + (trial % 97));
    let passed = 0;
    for (let i = 0; i < last.capacity + 2; i++) if ((await budgets.charge([last]))[0]?.allowed) passed++;
    expect(passed, `of ${last.capacity}, trial ${trial}`).toBe(last.capacity);
    expect((await budgets.charge([last]))[0]?.remaining).toBe(0);
  }
});

for (const where of ['redis', 'process'] as const)
  describe.skipIf(where === 'redis' && !hasRedis)(`a budget in the ${where}`, () => {
    let server: TestRedis | undefined;
    beforeAll(async () => {
      if (where === 'redis') server = await startRedis({ own: false });
    });
    afterAll(() => server?.stop());
    const store = () => createBudgetStore({ redis: server?.connect() ?? null, log });

    test('of 200 parallel calls lets exactly the quota pass', async () => {
      const one = store();
      // With Redis, two replicas share the budget.
      const other = where === 'redis' ? store() : one;
      const states = await Promise.all(
        Array.from({ length: 200 }, (_, at) => (at % 2 ? one : other).charge([charge(`parallel-${where}`, 70)])),
      );
      expect(states.filter(([state]) => state?.allowed)).toHaveLength(70);
    });

    test('is charged together with the others, or not at all', async () => {
      const budgets = store();
      const [small, large] = [charge('small', 3, 2), charge('large', 100, 2)];
      expect((await budgets.charge([small, large])).map(({ allowed }) => allowed)).toEqual([true, true]);
      const refused = await budgets.charge([small, large]);
      expect(refused.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
        [false, 1],
        [true, 98],
      ]);
      expect((await budgets.charge([charge('large', 100, 0)]))[0]?.remaining).toBe(98);
    });

    test('says how long it takes until the charge would pass, and until it is full', async () => {
      const budgets = store();
      await budgets.charge([charge('times', 10, 10)]);
      const [state] = await budgets.charge([charge('times', 10, 5)]);
      expect(state?.retryMs).toBeGreaterThan(windowMs / 2 - 10_000);
      expect(state?.retryMs).toBeLessThanOrEqual(windowMs / 2);
      expect(state?.resetMs).toBeLessThanOrEqual(windowMs);
      expect((await budgets.charge([charge('never', 10, 11)]))[0]?.retryMs).toBe(Number.POSITIVE_INFINITY);
    });

    test('refills continuously, not at the end of a window', async () => {
      const budgets = store();
      const quick: Charge = { key: 'quick', points: 1, capacity: 100, windowMs: 1_000 };
      await budgets.charge([{ ...quick, points: 100 }]);
      expect((await budgets.charge([quick]))[0]?.allowed).toBe(false);
      // A tenth of the window is enough for one of a hundred points.
      await expect
        .poll(async () => (await budgets.charge([quick]))[0]?.allowed, { interval: 5, timeout: 20_000 })
        .toBe(true);
    });
  });

describe.skipIf(!hasRedis)('a process that is slow itself', () => {
  test('does not take Redis for dead: of 200 calls that wait behind a busy event loop the quota passes, and no more', async () => {
    const server = await startRedis({ own: false });
    let fallbacks = 0;
    const onFallback = (): void => {
      fallbacks += 1;
    };
    const redis = createRedis(server.url, log);
    try {
      await new Promise((done) => redis.once('ready', done));
      const budgets = createBudgetStore({ redis, log, onFallback });
      await budgets.charge([charge('warm', 5)]);
      const one = charge('lag', 30);
      const states = Promise.all(Array.from({ length: 200 }, () => budgets.charge([one])));
      // The calls are sent; before anything of their answers is read, the loop is held for longer than Redis may take.
      await new Promise((done) => setImmediate(done));
      const until = performance.now() + 600;
      while (performance.now() < until);
      expect((await states).filter(([state]) => state?.allowed)).toHaveLength(30);
      expect(fallbacks).toBe(0);
    } finally {
      redis.disconnect();
      await server.stop();
    }
  });
});

describe.skipIf(!hasServer)('while Redis is away', () => {
  test('the wait is bounded, a local budget holds, and the outage is told once', async () => {
    const server = await startRedis({ own: true });
    const lines: string[] = [];
    let fallbacks = 0;
    const budgets = createBudgetStore({
      redis: server.connect(),
      log: createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } }),
      onFallback: () => {
        fallbacks += 1;
      },
    });
    try {
      expect((await budgets.charge([charge('outage', 5)]))[0]?.allowed).toBe(true);
      // Stopped in its tracks, it takes connections and answers nothing: the worst kind of outage.
      server.freeze();
      const startedAt = performance.now();
      const allowed: (boolean | undefined)[] = [];
      for (let at = 0; at < 8; at += 1) allowed.push((await budgets.charge([charge('outage', 5)]))[0]?.allowed);
      // Eight waits that are bounded; those of one that is not would be without end.
      expect(performance.now() - startedAt).toBeLessThan(20_000);
      // One of the five was spent in Redis: counting alone begins where Redis stood.
      expect(allowed).toEqual([true, true, true, true, false, false, false, false]);
      expect(fallbacks).toBe(8);
      expect(lines.filter((line) => line.includes('counts budgets alone'))).toHaveLength(1);
      server.thaw();
      await expect
        .poll(
          async () => {
            await budgets.charge([charge('back', 1_000)]);
            return lines.some((line) => line.includes('counted in Redis again'));
          },
          { timeout: 20_000 },
        )
        .toBe(true);
    } finally {
      server.thaw();
      await server.stop();
    }
  });
});
