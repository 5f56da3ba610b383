import { describe, expect, test, vi } from 'vitest';
import { createOperationUsage, type OperationUse } from '../../src/registry/operation-usage.ts';

const log = { warn: vi.fn() };

/** A counter whose writes are kept, and fail while `fails` says so; the timer never comes due. */
function counting(options: { maxCounters?: number; now?: () => Date } = {}) {
  const written: (readonly OperationUse[])[] = [];
  const state = { fails: false };
  const usage = createOperationUsage({
    write: async (uses) => {
      if (state.fails) throw new Error('The database is away.');
      written.push(uses);
    },
    log,
    flushIntervalMs: 1_000_000,
    ...options,
  });
  return { usage, written, state };
}

const use = { operationId: 'o1', organizationId: 'acme', apiKeyId: 'k1' };

describe('the use of operations', () => {
  test('is written once for operation, key and day, however often it ran', async () => {
    let now = new Date('2026-11-22T23:59:59Z');
    const { usage, written } = counting({ now: () => now });
    usage.count(use);
    usage.count(use);
    usage.count({ ...use, apiKeyId: 'k2' });
    usage.count({ ...use, organizationId: 'globex' });
    now = new Date('2026-11-23T00:00:00Z');
    usage.count(use);
    await usage.close();
    expect(written).toHaveLength(1);
    expect(
      written[0]?.map(({ organizationId, apiKeyId, day, count }) => [organizationId, apiKeyId, day, count]),
    ).toEqual([
      ['acme', 'k1', '2026-11-22', 2],
      ['acme', 'k2', '2026-11-22', 1],
      ['globex', 'k1', '2026-11-22', 1],
      ['acme', 'k1', '2026-11-23', 1],
    ]);
  });

  test('is not written twice', async () => {
    const { usage, written } = counting();
    usage.count(use);
    await Promise.all([usage.flush(), usage.flush()]);
    await usage.close();
    expect(written.flat().map(({ count }) => count)).toEqual([1]);
  });

  test('survives writes that fail, and is added up with what came since', async () => {
    const { usage, written, state } = counting();
    state.fails = true;
    usage.count(use);
    await usage.flush();
    usage.count(use);
    state.fails = false;
    await usage.close();
    expect(written.flat().map(({ count }) => count)).toEqual([2]);
    expect(log.warn).toHaveBeenCalled();
  });

  test('takes bounded memory while nothing can be written', async () => {
    const { usage, written, state } = counting({ maxCounters: 3 });
    state.fails = true;
    for (let i = 0; i < 10; i += 1) usage.count({ ...use, operationId: `o${i}` });
    await usage.flush();
    state.fails = false;
    await usage.close();
    expect(written.flat()).toHaveLength(3);
  });

  test('is written by the timer, without anybody asking', async () => {
    const wrote = await new Promise<readonly OperationUse[]>((resolve) => {
      const usage = createOperationUsage({
        write: async (uses) => {
          resolve(uses);
          await usage.close();
        },
        log,
        flushIntervalMs: 5,
      });
      usage.count(use);
    });
    expect(wrote).toHaveLength(1);
  });
});
