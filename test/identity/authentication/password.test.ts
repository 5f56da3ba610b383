/** Passwords: which are taken, and how they are kept. */
import { expect, test } from 'vitest';
import {
  findPasswordFault,
  hashPassword,
  needsRehash,
  verifyPassword,
} from '../../../src/identity/authentication/password.ts';

test('10 to 1024 characters are taken, counted as people count them after NFC', () => {
  expect(findPasswordFault('k7'.repeat(5))).toBeNull();
  expect(findPasswordFault('k7'.repeat(4).concat('k'))).toContain('at least 10');
  expect(findPasswordFault('k7'.repeat(512))).toBeNull();
  expect(findPasswordFault('k7'.repeat(512).concat('k'))).toContain('at most 1024');
  expect(findPasswordFault('🦊'.repeat(10))).toBeNull();
  expect(findPasswordFault('🦊'.repeat(9))).toContain('at least 10');
  expect(findPasswordFault('e\u0301'.repeat(9))).toContain('at least 10');
});

test.each(['1234567890', 'qwertyuiop', 'QWERTYUIOP', '1q2w3e4r5t'])(
  'one of the commonest is refused: %s',
  (password) => {
    expect(findPasswordFault(password)).toContain('commonest');
  },
);

test('the hash is argon2id with 19 MiB, two passes and one lane, salted', async () => {
  const [one, two] = [await hashPassword('correct horse battery'), await hashPassword('correct horse battery')];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,(t=2,p=1|p=1,t=2)\$/);
  expect(one).not.toBe(two);
  expect(needsRehash(one)).toBe(false);
});

test('a password is right in any normalization, and wrong in anything else', async () => {
  const hash = await hashPassword('caf\u00e9-horse-battery');
  expect(await verifyPassword(hash, 'cafe\u0301-horse-battery')).toBe(true);
  expect(await verifyPassword(hash, 'cafe-horse-battery')).toBe(false);
  expect(await verifyPassword(hash, 'caf\u00e9-horse-battery ')).toBe(false);
});

test('without a hash no password is right, and a longer one than 1024 characters is looked at no further', async () => {
  expect(await verifyPassword(null, 'correct horse battery')).toBe(false);
  const long = 'x'.repeat(1_024);
  const hash = await hashPassword(long);
  expect(await verifyPassword(hash, long)).toBe(true);
  expect(await verifyPassword(hash, `${long}x`)).toBe(false);
});

test('a broken hash is a wrong password, not a failure', async () => {
  expect(await verifyPassword('not a hash', 'correct horse battery')).toBe(false);
});

test('a flood waits for its turn, all of it is answered right, and beyond the bound it is refused', async () => {
  const hash = await hashPassword('correct horse battery');
  const checks = Array.from({ length: 20 }, (_, i) => verifyPassword(hash, i % 2 ? 'wrong' : 'correct horse battery'));
  expect(await Promise.all(checks)).toEqual(Array.from({ length: 20 }, (_, i) => i % 2 === 0));
  const flood = await Promise.allSettled(Array.from({ length: 260 }, () => verifyPassword(hash, 'wrong')));
  const refused = flood.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(60);
  expect(refused[0]).toMatchObject({ reason: { extensions: { code: 'SERVICE_UNAVAILABLE' } } });
  expect(await verifyPassword(hash, 'correct horse battery')).toBe(true);
}, 60_000);
