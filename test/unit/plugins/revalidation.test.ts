import { describe, expect, test } from 'vitest';
import type { Answer, Exchange } from '../../../src/http/exchange.ts';
import { entityTag, matchesTag, useRevalidation } from '../../../src/plugins/revalidation.ts';

const json = 'application/graphql-response+json; charset=utf-8';

function answerTo(
  request: {
    method?: string;
    headers?: Record<string, string>;
    codes?: readonly string[];
    cacheable?: 'private' | 'public' | null;
  },
  answer: Partial<Answer> = {},
) {
  const exchange = {
    method: request.method ?? 'GET',
    headers: request.headers ?? {},
    operation: { codes: request.codes ?? [] },
    answerHeaders: {},
  } as unknown as Exchange;
  const { replaceAnswer } = useRevalidation({
    cacheabilityOf: () => (request.cacheable === undefined ? 'private' : request.cacheable),
  });
  const given: Answer = { status: 200, headers: { 'content-type': json }, body: '{"data":{}}', ...answer };
  const sent = replaceAnswer?.(exchange, given);
  return {
    status: sent?.status,
    body: sent?.body,
    headers: { ...sent?.headers, ...exchange.answerHeaders } as Record<string, string>,
  };
}

describe('the answer of a registered query to a GET', () => {
  const { headers } = answerTo({});

  test('carries a tag, and may be kept by the client alone, who asks each time', () => {
    expect(headers).toMatchObject({ etag: entityTag(json, '{"data":{}}'), 'cache-control': 'private, no-cache' });
    expect(headers.etag).toMatch(/^"[\w-]{43}"$/);
  });

  test('may be kept by others only when it is wholly public', () => {
    expect(answerTo({ cacheable: 'public' }).headers['cache-control']).toBe('public, no-cache');
  });

  test('is 304 without a body for whoever holds the tag', () => {
    const sent = answerTo({ headers: { 'if-none-match': `"other", W/${headers.etag}` } });
    expect(sent).toMatchObject({ status: 304, body: null });
    expect(sent.headers).toEqual({ etag: headers.etag, 'cache-control': 'private, no-cache' });
    expect(answerTo({ method: 'HEAD', headers: { 'if-none-match': String(headers.etag) } }).status).toBe(304);
  });

  test('is sent whole when the answer is another one by now, or of another media type', () => {
    const headersOf = { 'if-none-match': String(headers.etag) };
    expect(answerTo({ headers: headersOf }, { body: '{"data":{"a":1}}' }).status).toBe(200);
    expect(answerTo({ headers: headersOf }, { headers: { 'content-type': 'application/json' } }).status).toBe(200);
  });

  test.each([
    ['with errors', answerTo({ codes: ['FORBIDDEN'] })],
    ['of an operation that was sent as text', answerTo({ cacheable: null })],
    ['to a POST', answerTo({ method: 'POST' })],
    ['that is no success', answerTo({}, { status: 404 })],
    ['that is a stream', answerTo({}, { body: null })],
    ['that another header shaped', answerTo({ headers: { 'x-include-cost': '1' } })],
    ['of a dry run', answerTo({ headers: { 'x-authorization-mode': 'dry-run' } })],
  ])('has no tag %s', (_what, sent) => {
    expect(sent.headers).not.toHaveProperty('etag');
    expect(sent.headers).not.toHaveProperty('cache-control');
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
