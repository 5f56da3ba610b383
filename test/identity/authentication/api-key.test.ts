/** The form of API keys. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createApiKeySecret,
  digestOf,
  isSameDigest,
  parseApiKey,
} from '../../../src/identity/authentication/api-key.ts';

test('a key that was made is read back, and its digest is not the key', () => {
  const { secret, prefix, digest } = createApiKeySecret();
  expect(secret).toMatch(/^fg_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/);
  expect(parseApiKey(secret)).toEqual({ prefix, digest });
  expect(digest).toBe(digestOf(secret));
  expect(digest).not.toContain(secret.slice(16));
});

test('no two keys are alike', () => {
  const made = Array.from({ length: 200 }, () => createApiKeySecret());
  expect(new Set(made.map(({ prefix }) => prefix)).size).toBe(200);
  expect(new Set(made.map(({ digest }) => digest)).size).toBe(200);
});

test('one wrong character anywhere is noticed by the checksum', () => {
  const { secret } = createApiKeySecret();
  fc.assert(
    fc.property(fc.integer({ min: 3, max: secret.length - 1 }), fc.constantFrom(...'0Aaz9'), (at, letter) => {
      fc.pre(secret[at] !== letter);
      expect(parseApiKey(secret.slice(0, at) + letter + secret.slice(at + 1))).toBeNull();
    }),
  );
});

test.each(['', 'fg_', 'fg__', ' fg_AAAAAAAAAAAA_', 'sk_live_AAAA', 'fg_AAAAAAAAAAAA_'.padEnd(54, 'A')])(
  'what is no key is none: %s',
  (text) => {
    expect(parseApiKey(text)).toBeNull();
  },
);

test('a key with a space, a line break or more behind it is none', () => {
  const { secret } = createApiKeySecret();
  for (const text of [`${secret} `, `${secret}\n`, `${secret}A`, ` ${secret}`, secret.toLowerCase()])
    expect(parseApiKey(text)).toBeNull();
});

test('digests are compared whole', () => {
  expect(isSameDigest('abc', 'abc')).toBe(true);
  expect(isSameDigest('abc', 'abd')).toBe(false);
  expect(isSameDigest('abc', 'ab')).toBe(false);
  expect(isSameDigest('', 'a')).toBe(false);
});
