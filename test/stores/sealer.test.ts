/** Sealed texts: what comes back is ours, unread and unmoved. */
import { expect, test } from 'vitest';
import { createSealer } from '../../src/stores/sealer.ts';

const sealer = createSealer(['the newest secret', 'an older secret']);

test('a text opens with what it was bound to, and with nothing else', () => {
  const sealed = sealer.seal('cursor', 'text ü', 'bound');
  expect(sealer.open('cursor', sealed, 'bound')).toBe('text ü');
  expect(sealer.open('cursor', sealed, 'bound elsewhere')).toBeNull();
  expect(sealer.open('cursor', sealed, '')).toBeNull();
  expect(sealer.open('totp', sealed, 'bound')).toBeNull();
});

test('a secret never seals alike twice; a cursor does, so that its answer revalidates, but not where it is bound elsewhere', () => {
  const sealedBy = (purpose: 'cursor' | 'totp', bound: (index: number) => string) =>
    new Set(Array.from({ length: 50 }, (_, index) => sealer.seal(purpose, 'text', bound(index)))).size;
  expect(sealedBy('totp', () => 'bound')).toBe(50);
  expect(sealedBy('cursor', () => 'bound')).toBe(1);
  expect(sealedBy('cursor', String)).toBe(50);
});

test('every edited byte is noticed, and so is what is cut off or added', () => {
  const bytes = Buffer.from(sealer.seal('cursor', 'text', 'bound'), 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const edited = Buffer.from(bytes);
    edited[at] = (edited[at] ?? 0) ^ 1;
    expect(sealer.open('cursor', edited.toString('base64url'), 'bound')).toBeNull();
  }
  for (const other of [
    bytes.subarray(0, -1),
    Buffer.concat([bytes, Buffer.from([0])]),
    Buffer.alloc(0),
    bytes.subarray(0, 4),
  ])
    expect(sealer.open('cursor', other.toString('base64url'), 'bound')).toBeNull();
  for (const nonsense of ['', '*', 'null', '\u0000'.repeat(100)])
    expect(sealer.open('cursor', nonsense, 'bound')).toBeNull();
});

test('a rotation keeps what older secrets sealed, until the secret is gone', () => {
  const old = createSealer(['an older secret']).seal('totp', 'text', 'bound');
  expect(sealer.open('totp', old, 'bound')).toBe('text');
  expect(createSealer(['the newest secret']).open('totp', old, 'bound')).toBeNull();
});
