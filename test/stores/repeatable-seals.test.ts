import { describe, expect, test } from 'vitest';
import { createSealer } from '../../src/stores/sealer.ts';

const sealer = createSealer(['a secret of full entropy, as far as a test is concerned']);

describe('a sealed text', () => {
  test('is the same for the same cursor, so that an answer which did not change is the same to the byte', () => {
    expect(sealer.seal('cursor', 'row 1', 'acme')).toBe(sealer.seal('cursor', 'row 1', 'acme'));
    expect(sealer.open('cursor', sealer.seal('cursor', 'row 1', 'acme'), 'acme')).toBe('row 1');
  });

  test('shares no nonce with that of another text, another binding, or another key', () => {
    const nonceOf = (sealed: string) => Buffer.from(sealed, 'base64url').subarray(4, 16).toString('hex');
    const nonces = [
      sealer.seal('cursor', 'row 1', 'acme'),
      sealer.seal('cursor', 'row 2', 'acme'),
      sealer.seal('cursor', 'row 1', 'globex'),
      sealer.seal('cursor', 'row 1acme', ''),
      createSealer(['another secret']).seal('cursor', 'row 1', 'acme'),
    ].map(nonceOf);
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  test('differs each time for what is a secret', () => {
    expect(sealer.seal('totp', 'secret', 'ada')).not.toBe(sealer.seal('totp', 'secret', 'ada'));
  });
});
