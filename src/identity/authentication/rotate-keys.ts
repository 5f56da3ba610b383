/** Rotation of the signing keys: a new one comes in, old ones stay until no token of theirs is alive. */
import type { JWK } from 'jose';
import { generateSigningJwk, parseSigningKeys, SigningKeysError } from './signing-keys.ts';

/**
 * How to rotate. `now`: the new key signs at once, which suits a single instance. `stage` lets it verify only, so that every replica and
 * every reader of the JWKS knows it first; `activate` then lets the staged one sign.
 */
export type RotationStep = 'now' | 'stage' | 'activate';

/** How many keys are kept: the one that signs, its predecessor, and one that is staged. */
export const keptKeys = 3;

/**
 * Rotates.
 * @param current JWT_KEYS as it is; null when there are none yet.
 * @param keep the most keys to keep; what they sealed cannot be opened without them.
 * @returns JWT_KEYS as it should be: private keys, for the operator's eyes alone.
 * @throws SigningKeysError for a faulty value, and when there is nothing to activate.
 */
export async function rotateSigningKeys(
  current: string | null,
  step: RotationStep,
  keep: number = keptKeys,
): Promise<string> {
  const keys = current === null ? [] : await privateKeysOf(current);
  if (step === 'activate') {
    const staged = keys.at(-1);
    if (keys.length < 2 || !staged) throw new SigningKeysError('No key is staged: run it with --stage first.');
    return JSON.stringify([staged, ...keys.slice(0, -1)].slice(0, keep));
  }
  const fresh = await generateSigningJwk();
  if (step === 'stage' && keys.length > 0) return JSON.stringify([...keys.slice(0, keep - 1), fresh]);
  return JSON.stringify([fresh, ...keys].slice(0, keep));
}

async function privateKeysOf(text: string): Promise<readonly JWK[]> {
  await parseSigningKeys(text);
  const parsed = JSON.parse(text) as JWK[] | { keys: JWK[] };
  return Array.isArray(parsed) ? parsed : parsed.keys;
}
