/**
 * Access tokens: short-lived JWTs in the profile of RFC 9068, signed by the gateway and for the gateway. Verification says
 * everything itself: type, algorithm, issuer, audience and required claims; the key comes from `kid` and from nowhere else.
 */
import { randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { badCredential } from '../../errors.ts';
import { type SigningKeys, signingAlgorithm } from './signing-keys.ts';

/** The media type of the token. RFC 9068 section 2.1. */
const tokenType = 'at+jwt';

/** Tokens that were verified are kept until they expire, so that a signature is checked once. */
const maxVerifiedTokens = 10_000;

/** The longest token that is looked at at all; ours have about 500 characters. */
const maxTokenLength = 2_048;

/** What a verified token says. Nothing in it is a permission: these are read fresh. */
export interface AccessTokenClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly expiresAt: Date;
}

/** Signs and verifies access tokens. */
export interface AccessTokens {
  /** Signs a token for a session. */
  sign(claims: { readonly userId: string; readonly sessionId: string }): Promise<{ token: string; expiresAt: Date }>;
  /** @throws UNAUTHENTICATED (401), always with the same body. */
  verify(token: string): Promise<AccessTokenClaims>;
}

/** Options of {@link createAccessTokens}. */
export interface AccessTokenOptions {
  readonly keys: SigningKeys;
  readonly issuer: string;
  readonly audience: string;
  readonly ttlSeconds: number;
  /** The clock, for tests. */
  readonly now?: () => Date;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Makes the signer and verifier. */
export function createAccessTokens({
  keys,
  issuer,
  audience,
  ttlSeconds,
  now = () => new Date(),
}: AccessTokenOptions): AccessTokens {
  const verified = new LRUCache<string, AccessTokenClaims>({ max: maxVerifiedTokens });

  return {
    async sign({ userId, sessionId }) {
      const issuedAt = Math.floor(now().getTime() / 1000);
      const expiresAt = issuedAt + ttlSeconds;
      const token = await new SignJWT({ sid: sessionId, client_id: 'fieldgate' })
        .setProtectedHeader({ alg: signingAlgorithm, typ: tokenType, kid: keys.current.kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(keys.current.privateKey);
      return { token, expiresAt: new Date(expiresAt * 1000) };
    },

    async verify(token) {
      const known = verified.get(token);
      if (known) {
        if (known.expiresAt > now()) return known;
        verified.delete(token);
        throw badCredential();
      }
      if (token.length > maxTokenLength) throw badCredential();
      const claims = await verifyOnce(token).catch(() => null);
      if (!claims) throw badCredential();
      verified.set(token, claims);
      return claims;
    },
  };

  async function verifyOnce(token: string): Promise<AccessTokenClaims | null> {
    const { payload } = await jwtVerify(
      token,
      ({ kid, jku, jwk, x5c, x5u }) => {
        // A key that the token brings along, or points to, is the attacker's.
        if (jku !== undefined || jwk !== undefined || x5c !== undefined || x5u !== undefined) throw badCredential();
        const key = kid === undefined ? undefined : keys.byId.get(kid);
        if (!key) throw badCredential();
        return key.publicKey;
      },
      {
        algorithms: [signingAlgorithm],
        typ: tokenType,
        issuer,
        audience,
        requiredClaims: ['iss', 'aud', 'sub', 'exp', 'iat', 'jti', 'sid'],
        maxTokenAge: ttlSeconds,
        currentDate: now(),
      },
    );
    const { sub, sid, exp } = payload;
    if (typeof sub !== 'string' || typeof sid !== 'string' || !uuid.test(sub) || !uuid.test(sid) || exp === undefined)
      return null;
    return { userId: sub, sessionId: sid, expiresAt: new Date(exp * 1000) };
  }
}
