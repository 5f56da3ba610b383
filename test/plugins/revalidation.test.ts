import { describe, expect, test } from 'vitest';
import { entityTag, matchesTag } from '../../src/http/entity-tag.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { respond } from '../../src/http/respond.ts';
import { useRevalidation } from '../../src/plugins/revalidation.ts';

const json = 'application/graphql-response+json; charset=utf-8';

async function answerTo(
  request: {
    method?: string;
    headers?: Record<string, string>;
    codes?: readonly string[];
    cacheable?: 'private' | 'public' | null;
  },
  answer: { status?: number; type?: string; body?: string } = {},
) {
  const exchange = {
    method: request.method ?? 'GET',
    headers: request.headers ?? {},
    operation: { codes: request.codes ?? [] },
    cacheability: request.cacheable === undefined ? 'private' : request.cacheable,
  } as unknown as Exchange;
  type Processor = (...args: readonly unknown[]) => Response | Promise<Response>;
  let processor: Processor = () =>
    respond(answer.status ?? 200, { 'content-type': answer.type ?? json }, answer.body ?? '{"data":{}}');
  await useRevalidation().onResultProcess?.({
    resultProcessor: processor,
    setResultProcessor(wrapped: Processor) {
      processor = wrapped;
    },
    serverContext: { exchange },
  } as never);
  const sent = await processor({}, {}, json);
  return {
    status: sent.status,
    body: await sent.text(),
    headers: Object.fromEntries(sent.headers) as Record<string, string>,
  };
}

describe('the answer of a registered query to a GET', () => {
  const tag = entityTag(json, '{"data":{}}');

  test('carries a tag, and may be kept by the client alone, who asks each time', async () => {
    const { status, body, headers } = await answerTo({});
    expect([status, body]).toEqual([200, '{"data":{}}']);
    expect(headers).toMatchObject({ etag: tag, 'cache-control': 'private, no-cache', 'content-type': json });
    expect(tag).toMatch(/^"[\w-]{43}"$/);
  });

  test('may be kept by others only when it is wholly public', async () => {
    expect((await answerTo({ cacheable: 'public' })).headers['cache-control']).toBe('public, no-cache');
  });

  test('is 304 without a body for whoever holds the tag', async () => {
    const sent = await answerTo({ headers: { 'if-none-match': `"other", W/${tag}` } });
    expect(sent).toEqual({ status: 304, body: '', headers: { etag: tag, 'cache-control': 'private, no-cache' } });
    expect((await answerTo({ method: 'HEAD', headers: { 'if-none-match': tag } })).status).toBe(304);
  });

  test('is sent whole when the answer is another one by now, or of another media type', async () => {
    const request = { headers: { 'if-none-match': tag } };
    expect((await answerTo(request, { body: '{"data":{"a":1}}' })).status).toBe(200);
    expect((await answerTo(request, { type: 'application/json' })).status).toBe(200);
  });

  test.each([
    ['with errors', { codes: ['FORBIDDEN'] }, {}],
    ['of an operation that was sent as text', { cacheable: null }, {}],
    ['to a POST', { method: 'POST' }, {}],
    ['that is no success', {}, { status: 404 }],
    ['that is a stream', {}, { type: 'text/event-stream; charset=utf-8' }],
    ['that another header shaped', { headers: { 'x-include-cost': '1' } }, {}],
    ['of a dry run', { headers: { 'x-authorization-mode': 'dry-run' } }, {}],
  ])('has no tag %s', async (_what, request, answer) => {
    const { headers } = await answerTo(request, answer);
    expect(headers).not.toHaveProperty('etag');
    expect(headers).not.toHaveProperty('cache-control');
  });
});

describe('If-None-Match', () => {
  test.each([
    [undefined, false],
    ['*', true],
    ['"a"', true],
    ['W/"a"', true],
    ['"b" , "a"', true],
    ['"ab"', false],
    ['a', false],
    ['', false],
  ])('%j', (header, expected) => {
    expect(matchesTag(header, '"a"')).toBe(expected);
  });
});
