import { GraphQLError } from 'graphql';
import { describe, expect, test } from 'vitest';
import { requestedSha256, sha256Of } from '../../src/registry/document-id.ts';

const text = 'query Q { viewer { permissions } }';
const sha256 = sha256Of(text);
const documentId = `sha256:${sha256}`;
const persistedQuery = { version: 1, sha256Hash: sha256 };

function refusal(request: Parameters<typeof requestedSha256>[0]): unknown {
  try {
    return requestedSha256(request);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const { code, http } = error.extensions as { code: string; http: { status: number } };
    return `${code} ${http.status}`;
  }
}

describe('which registered operation a request names', () => {
  test('none, when it brings text only', () => {
    expect(requestedSha256({ query: text })).toBeNull();
    expect(requestedSha256({ query: text, extensions: {} })).toBeNull();
    expect(requestedSha256({ query: text, documentId: null, extensions: { persistedQuery: null } })).toBeNull();
  });

  test('the one of documentId, of extensions.persistedQuery, and of both when they agree', () => {
    expect(requestedSha256({ documentId })).toBe(sha256);
    expect(requestedSha256({ extensions: { persistedQuery } })).toBe(sha256);
    expect(requestedSha256({ extensions: { persistedQuery: { sha256Hash: sha256 } } })).toBe(sha256);
    expect(requestedSha256({ documentId, extensions: { persistedQuery } })).toBe(sha256);
  });

  test('an id with the very text that it names is no contradiction', () => {
    expect(requestedSha256({ documentId, query: text })).toBe(sha256);
  });

  test.each([
    ['upper case', { documentId: `sha256:${sha256.toUpperCase()}` }],
    ['an upper-case prefix', { documentId: `SHA256:${sha256}` }],
    ['too short', { documentId: `sha256:${sha256.slice(1)}` }],
    ['too long', { documentId: `sha256:${sha256}0` }],
    ['no prefix', { documentId: sha256 }],
    ['another algorithm', { documentId: `md5:${sha256.slice(32)}` }],
    ['a line break at the end', { documentId: `sha256:${sha256}\n` }],
    ['empty', { documentId: '' }],
    ['a number', { documentId: 7 }],
    ['a list', { documentId: [documentId] }],
    [
      'an upper-case hash in extensions',
      { extensions: { persistedQuery: { ...persistedQuery, sha256Hash: 'A'.repeat(64) } } },
    ],
    ['a short hash in extensions', { extensions: { persistedQuery: { ...persistedQuery, sha256Hash: 'ab' } } }],
    ['no hash in extensions', { extensions: { persistedQuery: { version: 1 } } }],
    ['a text for persistedQuery', { extensions: { persistedQuery: 'x' } }],
    ['another version', { extensions: { persistedQuery: { ...persistedQuery, version: 2 } } }],
    ['two ids that differ', { documentId, extensions: { persistedQuery: { version: 1, sha256Hash: sha256Of('x') } } }],
    ['an id with other text', { documentId, query: `${text} ` }],
    ['an id with an empty text', { documentId, query: '' }],
    ['a hash with other text', { extensions: { persistedQuery }, query: '{ viewer { permissions } }' }],
    ['an id with a query that is no text', { documentId, query: {} }],
  ])('%s is BAD_REQUEST, 400', (_what, request) => {
    expect(refusal(request)).toBe('BAD_REQUEST 400');
  });
});
