/** A stream takes a place while it is open, and gives it back however it ends. */
import { expect, test } from 'vitest';
import { PermissionSet } from '../../src/authorization/permission-set.ts';
import type { Viewer } from '../../src/authorization/viewer.ts';
import type { GatewayContext } from '../../src/context.ts';
import type { PreparedOperation } from '../../src/operation/prepare.ts';
import type { OperationRunner, RunRequest } from '../../src/operation/run.ts';
import { createSubscriber } from '../../src/operation/stream.ts';
import { createStreamGauge } from '../../src/operation/stream-gauge.ts';

const viewer: Viewer = { kind: 'anonymous', organization: null, permissions: PermissionSet.none };
const context: Partial<GatewayContext> = { exchange: { facts: { ip: '192.0.2.1' } } as GatewayContext['exchange'] };
const request: RunRequest = {
  operation: {} as PreparedOperation,
  viewer,
  context: context as GatewayContext,
};

async function* events(count: number) {
  for (let at = 0; at < count; at += 1) yield at;
}

function subscriberOf(open: () => Promise<unknown>, run = async () => ({ data: { ticks: 1 } })) {
  const gauge = createStreamGauge({ viewer: 1, address: 1, organization: 1, process: 1 });
  const runner = { open, run, rootDenials: () => [] } as Partial<OperationRunner> as OperationRunner;
  return { gauge, subscribe: createSubscriber({ runner, gauge, authenticate: async () => viewer }) };
}

test('whose opening throws gives its place back, and says why', async () => {
  const { gauge, subscribe } = subscriberOf(() => Promise.reject(new Error('the pool is closed')));
  await expect(subscribe(request)).rejects.toThrow('the pool is closed');
  expect(gauge.open).toBe(0);
});

test('that is refused gives its place back', async () => {
  const { gauge, subscribe } = subscriberOf(async () => ({ errors: [] }));
  expect(await subscribe(request)).toEqual({ errors: [] });
  expect(gauge.open).toBe(0);
});

test.each([
  ['comes to its end', 1, async (stream: AsyncIterator<unknown>) => void (await stream.next())],
  ['is left by its client', 5, async (stream: AsyncIterator<unknown>) => void (await stream.return?.())],
])('that %s gives its place back', async (_what, count, leave) => {
  const { gauge, subscribe } = subscriberOf(async () => events(count));
  const stream = (await subscribe(request)) as AsyncIterator<unknown>;
  expect(await stream.next()).toEqual({ done: false, value: { data: { ticks: 1 } } });
  expect(gauge.open).toBe(1);
  await leave(stream);
  expect(gauge.open).toBe(0);
});

test('whose event fails is over, and gives its place back', async () => {
  const { gauge, subscribe } = subscriberOf(
    async () => events(5),
    () => Promise.reject(new Error('the event cannot be read')),
  );
  const stream = (await subscribe(request)) as AsyncIterator<unknown>;
  await expect(stream.next()).rejects.toThrow('the event cannot be read');
  expect(gauge.open).toBe(0);
});
