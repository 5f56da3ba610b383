/** Results as server-sent events, for subscriptions and for whoever asks for them. */
import { afterEach, describe, expect, test } from 'vitest';
import { createError } from '../../src/errors.ts';
import { type StartFrameOptions, startFrame, type TestFrame } from '../support/frame.ts';

let gateway: TestFrame | undefined;
async function start(options: StartFrameOptions = {}): Promise<TestFrame> {
  gateway = await startFrame(options);
  return gateway;
}
afterEach(async () => {
  await gateway?.close();
});

const stream = { accept: 'text/event-stream' };

async function* ticks(count: number) {
  for (let at = 1; at <= count; at += 1) yield at;
}

describe('a subscription', () => {
  test('is answered event by event, and completed', async () => {
    const { post } = await start({ resolvers: { 'Subscription.ticks': (_parent, { count }) => ticks(Number(count)) } });
    const answer = await post({ query: 'subscription { ticks(count: 2) }' }, stream);
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(answer.text).toBe(
      ':\n\nevent: next\ndata: {"data":{"ticks":1}}\n\nevent: next\ndata: {"data":{"ticks":2}}\n\nevent: complete\ndata:\n\n',
    );
  });

  test('can be asked for by GET', async () => {
    const { endpoint } = await start({ resolvers: { 'Subscription.ticks': () => ticks(1) } });
    const response = await fetch(`${endpoint}?query=${encodeURIComponent('subscription { ticks }')}`, {
      headers: stream,
    });
    expect(await response.text()).toContain('{"data":{"ticks":1}}');
  });

  test('without a stream is 406, and nothing is subscribed to', async () => {
    let subscribed = 0;
    const { post } = await start({
      resolvers: {
        'Subscription.ticks': () => {
          subscribed += 1;
          return ticks(1);
        },
      },
    });
    const answer = await post({ query: 'subscription { ticks }' });
    expect([answer.status, ...answer.codes, subscribed]).toEqual([406, 'NOT_ACCEPTABLE', 0]);
  });

  test('whose source ends with an error of the catalogue says it as its last answer, and is completed', async () => {
    const { post } = await start({
      resolvers: {
        'Subscription.ticks': async function* () {
          yield 1;
          throw createError('SERVICE_UNAVAILABLE', 'Events may have been missed.', {
            extensions: { streamEnded: 'MISSED' },
          });
        } as never,
      },
    });
    const { text } = await post({ query: 'subscription { ticks }' }, stream);
    expect(text.match(/"ticks":1/g)).toHaveLength(1);
    expect(text).toMatch(/"code":"SERVICE_UNAVAILABLE","streamEnded":"MISSED"[^\n]*\n\nevent: complete\ndata:\n\n$/);
  });

  test("masks its events' errors as any other", async () => {
    const { post } = await start({
      resolvers: {
        'Subscription.ticks': async function* () {
          yield 'not a number';
        } as never,
      },
    });
    const { text } = await post({ query: 'subscription { ticks }' }, stream);
    expect(text).toContain('INTERNAL_SERVER_ERROR');
    expect(text).not.toContain('not a number');
  });

  test('ends when the client goes, although it waits for an event that never comes', async () => {
    let ended = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const { endpoint } = await start({
      resolvers: {
        'Subscription.ticks': () => ({
          next: () => new Promise(() => undefined),
          return: async () => {
            ended();
            return { done: true, value: undefined };
          },
          [Symbol.asyncIterator]() {
            return this;
          },
        }),
      },
    });
    const abort = new AbortController();
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { ...stream, 'content-type': 'application/json' },
      body: '{"query":"subscription { ticks }"}',
      signal: abort.signal,
    });
    await response.body?.getReader().read();
    abort.abort();
    await over;
  });
});

test('each event is charged to its viewer: a stream that used up the budget ends with the reason', async () => {
  const { post } = await start({
    env: { COST_BUDGET_PER_MINUTE: '3' },
    resolvers: { 'Subscription.ticks': () => ticks(50) },
  });
  const { text } = await post(
    { query: 'subscription { ticks(count: 50) }' },
    { ...stream, authorization: 'Bearer user/ada' },
  );
  const answers = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => JSON.parse(data ?? ''));
  expect(answers.length).toBeLessThan(10);
  expect(answers[0]).toEqual({ data: { ticks: 1 } });
  expect(answers.at(-1)).toMatchObject({ data: null, errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
});

describe('one stream too many', () => {
  const ada = { ...stream, authorization: 'Bearer user/ada' };

  test('is 429 before anything starts, and a stream that ended makes room', async () => {
    let started = 0;
    let ended = (): void => undefined;
    const { endpoint, post } = await start({
      env: { MAX_STREAMS_PER_VIEWER: '2' },
      resolvers: {
        'Subscription.ticks': (_parent, { count }) => {
          started += 1;
          if (count !== null && count !== undefined) return ticks(Number(count));
          return {
            next: () => new Promise(() => undefined),
            return: async () => {
              ended();
              return { done: true, value: undefined };
            },
            [Symbol.asyncIterator]() {
              return this;
            },
          };
        },
      },
    });
    const open = async (): Promise<AbortController> => {
      const abort = new AbortController();
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { ...ada, 'content-type': 'application/json' },
        body: '{"query":"subscription { ticks }"}',
        signal: abort.signal,
      });
      await response.body?.getReader().read();
      return abort;
    };
    const finite = () => post({ query: 'subscription { ticks(count: 1) }' }, ada);
    await open();
    // Each of them ends by itself.
    for (let at = 0; at < 4; at += 1) expect((await finite()).status).toBe(200);
    const second = await open();
    expect(started).toBe(6);
    const refused = await finite();
    expect([refused.status, ...refused.codes]).toEqual([429, 'RATE_LIMITED']);
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(started).toBe(6);
    const over = new Promise<void>((resolve) => {
      ended = resolve;
    });
    second.abort();
    await over;
    expect((await finite()).status).toBe(200);
  });

  test('one that is refused, or fails as it opens, takes no place', async () => {
    const { post } = await start({
      env: { MAX_STREAMS_PER_VIEWER: '1' },
      resolvers: {
        'Subscription.ticks': (_parent, { count }) => {
          if (count === 0) throw new Error('No stream.');
          return ticks(1);
        },
      },
    });
    for (let at = 0; at < 3; at += 1)
      expect((await post({ query: 'subscription { ticks(count: 0) }' }, ada)).codes).toEqual(['INTERNAL_SERVER_ERROR']);
    expect((await post({ query: 'subscription { ticks(count: 1) }' }, ada)).text).toContain('{"data":{"ticks":1}}');
  });
});

describe('a stop', () => {
  test('ends streams at once: their clients come again elsewhere', async () => {
    const { endpoint, close } = await start({
      // Longer than the test may take: waiting for it would fail.
      env: { DRAIN_TIMEOUT_MS: '600000' },
      resolvers: {
        'Subscription.ticks': async function* () {
          yield 1;
          await new Promise(() => undefined);
        } as never,
      },
    });
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { ...stream, 'content-type': 'application/json' },
      body: '{"query":"subscription { ticks }"}',
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('"ticks":1')) text += (await reader?.read())?.value ?? '';
    await close();
    while (!(await reader?.read())?.done);
  });
});

describe('a query as a stream', () => {
  test('is one event', async () => {
    const { post } = await start({ resolvers: { 'Query.hello': () => 'world' } });
    expect((await post({ query: '{ hello }' }, stream)).text).toContain(
      'data: {"data":{"hello":"world"}}\n\nevent: complete',
    );
  });

  test('that is refused by status is refused by status', async () => {
    const { post } = await start();
    const answer = await post({ query: '{ hello }' }, { ...stream, authorization: 'Bearer x' });
    expect([answer.status, ...answer.codes]).toEqual([401, 'UNAUTHENTICATED']);
  });
});
