/** The catalogue and its page say the same. */
import { readFileSync } from 'node:fs';
import { GraphQLError } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createError, errorCatalogue, forbidden } from '../../src/errors.ts';
import { formatError, maskError, statusOfErrors } from '../../src/http/error-body.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

describe('the catalogue of errors', () => {
  test('every code stands in docs/errors.md with its status, and no other', () => {
    const documented = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(Object.fromEntries(documented)).toEqual(errorCatalogue);
    expect(documented).toHaveLength(Object.keys(errorCatalogue).length);
  });
});

describe('masking', () => {
  test('what has no code becomes INTERNAL_SERVER_ERROR, and nothing of the original leaves', () => {
    const seen: unknown[] = [];
    const original = new Error('password authentication failed for user "postgres"');
    const masked = maskError(new GraphQLError(original.message, { originalError: original, path: ['a'] }), (error) =>
      seen.push(error),
    );
    expect(seen).toEqual([original]);
    const sent = formatError(masked, 'r1');
    expect(sent).toEqual({
      message: 'Something went wrong. Name the request id when you report it.',
      path: ['a'],
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'r1' },
    });
  });

  test('a code that is not in the catalogue is no code', () => {
    const masked = maskError(
      new GraphQLError('x', { extensions: { code: 'P2002', meta: { target: 'email' } } }),
      () => undefined,
    );
    expect(masked.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
  });

  test('an error of the catalogue keeps what it says when a resolver threw it', () => {
    const thrown = forbidden('Project.budget', ['project.budget:read']);
    const masked = maskError(
      new GraphQLError(thrown.message, { originalError: thrown, path: ['project', 'budget'] }),
      () => {
        throw new Error('not to be called');
      },
    );
    expect(formatError(masked, 'r1')).toMatchObject({
      path: ['project', 'budget'],
      extensions: { code: 'FORBIDDEN', coordinate: 'Project.budget', requires: ['project.budget:read'] },
    });
  });

  test('the HTTP part of an error is for the frame alone', () => {
    const error = createError('RATE_LIMITED', 'x', { status: 429, headers: { 'retry-after': '7' } });
    expect(formatError(error, 'r1').extensions).toEqual({ code: 'RATE_LIMITED', requestId: 'r1' });
  });

  test('suggestions of graphql-js are cut out of what it says about variables', () => {
    const error = new GraphQLError(
      'Variable "$a" got invalid value "X"; Value "X" does not exist in "E" enum. Did you mean the enum value "SECRET"?',
    );
    expect(maskError(error, () => undefined).message).not.toContain('SECRET');
  });
});

describe('the status of an answer in which nothing ran', () => {
  test.each([
    'GRAPHQL_PARSE_FAILED',
    'GRAPHQL_VALIDATION_FAILED',
    'OPERATION_TOO_DEEP',
    'OPERATION_TOO_COSTLY',
    'OPERATION_TOO_LARGE',
  ] as const)('%s is 400, and 200 under application/json', (code) => {
    expect(statusOfErrors([createError(code, 'x')], false)).toBe(400);
    expect(statusOfErrors([createError(code, 'x')], true)).toBe(200);
  });

  test.each([
    ['UNAUTHENTICATED', 401],
    ['FORBIDDEN', 403],
    ['NOT_FOUND', 404],
    ['METHOD_NOT_ALLOWED', 405],
    ['NOT_ACCEPTABLE', 406],
    ['PAYLOAD_TOO_LARGE', 413],
    ['UNSUPPORTED_MEDIA_TYPE', 415],
    ['RATE_LIMITED', 429],
    ['SERVICE_UNAVAILABLE', 503],
    ['BAD_REQUEST', 400],
  ] as const)('%s is %i whatever the media type', (code, status) => {
    expect(statusOfErrors([createError(code, 'x')], false)).toBe(status);
    expect(statusOfErrors([createError(code, 'x')], true)).toBe(status);
  });
});
