/**
 * The keys that sign access tokens: several at once, the first signs, all verify, so that a rotation has an overlap. One
 * asymmetric family (EdDSA on Ed25519) and no other, so that no token can choose a weaker one.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { makeFolder } from '../../stores/make-folder.ts';

/** The one algorithm. RFC 8037. */
export const signingAlgorithm = 'EdDSA';

const privateJwk = z.looseObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().min(40),
  d: z.string().min(40),
  kid: z.string().min(1).optional(),
});
const keySet = z.union([z.array(privateJwk).min(1), z.object({ keys: z.array(privateJwk).min(1) })]);

/** One key, with its private and public half. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** The keys in use. */
export interface SigningKeys {
  /** Signs. */
  readonly current: SigningKey;
  /** Verify, by `kid`. */
  readonly byId: ReadonlyMap<string, SigningKey>;
  /** What `/.well-known/jwks.json` serves: public halves only. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** Secret material for keys derived from these (cursors), newest first; never leaves the process. */
  readonly secrets: readonly string[];
}

/** Thrown when JWT_KEYS cannot be used; never holds a key. */
export class SigningKeysError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SigningKeysError';
  }
}

/** Makes a private key as a JWK with its thumbprint as `kid`. RFC 7638. */
export async function generateSigningJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(signingAlgorithm, { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: signingAlgorithm, use: 'sig' };
}

/**
 * Reads JWT_KEYS: a JSON array of private JWKs, or a JWK set; the first signs.
 * @throws SigningKeysError for anything else.
 */
export async function parseSigningKeys(text: string): Promise<SigningKeys> {
  let parsed: z.infer<typeof keySet>;
  try {
    parsed = keySet.parse(JSON.parse(text));
  } catch {
    throw new SigningKeysError(
      'JWT_KEYS is not a JSON array of private Ed25519 JWKs: make one with `npm run keys:rotate`.',
    );
  }
  const jwks = Array.isArray(parsed) ? parsed : parsed.keys;
  const keys = await Promise.all(
    jwks.map(async ({ kty, crv, x, d, kid }): Promise<SigningKey> => {
      const publicPart = { kty, crv, x };
      const id = kid ?? (await calculateJwkThumbprint(publicPart));
      return {
        kid: id,
        privateKey: (await importJWK({ ...publicPart, d }, signingAlgorithm)) as CryptoKey,
        publicKey: (await importJWK(publicPart, signingAlgorithm)) as CryptoKey,
        publicJwk: { ...publicPart, kid: id, alg: signingAlgorithm, use: 'sig' },
      };
    }),
  );
  const [current] = keys;
  const byId = new Map(keys.map((key) => [key.kid, key]));
  if (!current || byId.size !== keys.length) throw new SigningKeysError('JWT_KEYS holds two keys with one kid.');
  return { current, byId, jwks: { keys: keys.map(({ publicJwk }) => publicJwk) }, secrets: jwks.map(({ d }) => d) };
}

/**
 * The keys of a development machine: read from a file, made at the first start.
 * @param path of the file; written with mode 0600.
 */
export async function openDevelopmentKeys(path: string): Promise<SigningKeys> {
  const kept = await readFile(path, 'utf8').catch(() => null);
  if (kept !== null) return parseSigningKeys(kept);
  const text = JSON.stringify([await generateSigningJwk()]);
  await makeFolder(dirname(path));
  await writeFile(path, text, { mode: 0o600 });
  return parseSigningKeys(text);
}
