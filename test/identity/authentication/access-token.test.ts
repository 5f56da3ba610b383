/** Access tokens: what is signed, and every token that must not pass. */
import { createHmac, randomUUID } from 'node:crypto';
import { exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { createAccessTokens } from '../../../src/identity/authentication/access-token.ts';
import { rotateSigningKeys } from '../../../src/identity/authentication/rotate-keys.ts';
import {
  parseSigningKeys,
  type SigningKeys,
  SigningKeysError,
} from '../../../src/identity/authentication/signing-keys.ts';

const userId = '0190a0a0-0000-7000-8000-0000000000aa';
const sessionId = '0190a0a0-0000-7000-8000-0000000000bb';
const start = new Date('2026-11-23T12:00:00.000Z');

let text: string;
let keys: SigningKeys;

beforeAll(async () => {
  text = await rotateSigningKeys(null, 'now');
  keys = await parseSigningKeys(text);
});

function tokensAt(clock: { now: Date }, signingKeys = keys) {
  return createAccessTokens({
    keys: signingKeys,
    issuer: 'https://issuer.example',
    audience: 'fieldgate',
    ttlSeconds: 600,
    now: () => clock.now,
  });
}

const decode = (part: string | undefined) => JSON.parse(Buffer.from(part ?? '', 'base64url').toString());

test('a token says who, in which session, for whom, from whom and until when, in the profile of RFC 9068', async () => {
  const { token, expiresAt } = await tokensAt({ now: start }).sign({ userId, sessionId });
  const [header, payload] = token.split('.');
  expect(decode(header)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: keys.current.kid });
  expect(decode(payload)).toEqual({
    iss: 'https://issuer.example',
    aud: 'fieldgate',
    sub: userId,
    sid: sessionId,
    client_id: 'fieldgate',
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    iat: start.getTime() / 1_000,
    exp: start.getTime() / 1_000 + 600,
  });
  expect(expiresAt).toEqual(new Date('2026-11-23T12:10:00.000Z'));
});

test('it is good until it expires, also where it was verified before, and not a second longer', async () => {
  const clock = { now: start };
  const tokens = tokensAt(clock);
  const { token } = await tokens.sign({ userId, sessionId });
  clock.now = new Date('2026-11-23T12:09:59.000Z');
  expect(await tokens.verify(token)).toMatchObject({ userId, sessionId });
  expect(await tokensAt(clock).verify(token)).toMatchObject({ userId, sessionId });
  clock.now = new Date('2026-11-23T12:10:00.000Z');
  await expect(tokens.verify(token)).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
  await expect(tokensAt(clock).verify(token)).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
});

describe('refused, all with one and the same error', () => {
  const claims = (): JWTPayload => ({
    iss: 'https://issuer.example',
    aud: 'fieldgate',
    sub: userId,
    sid: sessionId,
    jti: randomUUID(),
    iat: start.getTime() / 1_000,
    exp: start.getTime() / 1_000 + 600,
  });
  const sign = (payload: JWTPayload, header: Record<string, unknown> = {}, key = keys.current.privateKey) =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: keys.current.kid, ...header })
      .sign(key);
  const without = (name: string): JWTPayload => {
    const { [name]: _, ...rest } = claims();
    return rest;
  };
  const unsigned = (header: object, payload: object) =>
    `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;

  const attacks: Record<string, () => Promise<string>> = {
    'alg none': async () => `${unsigned({ alg: 'none', typ: 'at+jwt', kid: keys.current.kid }, claims())}.`,
    'HS256 signed with the public key': async () => {
      const body = unsigned({ alg: 'HS256', typ: 'at+jwt', kid: keys.current.kid }, claims());
      const secret = await exportSPKI(keys.current.publicKey);
      return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
    },
    'HS256 signed with the public key’s x': async () => {
      const body = unsigned({ alg: 'HS256', typ: 'at+jwt', kid: keys.current.kid }, claims());
      const secret = Buffer.from(keys.current.publicJwk.x ?? '', 'base64url');
      return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
    },
    'a foreign key under our kid': async () => {
      const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
      return sign(claims(), {}, privateKey);
    },
    'a foreign kid': async () => sign(claims(), { kid: 'another' }),
    'no kid': async () => sign(claims(), { kid: undefined }),
    'a jku': async () => sign(claims(), { jku: 'https://evil.example/jwks.json' }),
    'a jwk that signed it': async () => {
      const foreign = await parseSigningKeys(await rotateSigningKeys(null, 'now'));
      return sign(claims(), { jwk: foreign.current.publicJwk, kid: foreign.current.kid }, foreign.current.privateKey);
    },
    'an x5u': async () => sign(claims(), { x5u: 'https://evil.example/cert.pem' }),
    'typ JWT': async () => sign(claims(), { typ: 'JWT' }),
    'no typ': async () => sign(claims(), { typ: undefined }),
    'another audience': async () => sign({ ...claims(), aud: 'somebody-else' }),
    'another issuer': async () => sign({ ...claims(), iss: 'https://evil.example' }),
    'no exp': async () => sign(without('exp')),
    'no aud': async () => sign(without('aud')),
    'no iss': async () => sign(without('iss')),
    'no sub': async () => sign(without('sub')),
    'no sid': async () => sign(without('sid')),
    'no jti': async () => sign(without('jti')),
    'no iat': async () => sign(without('iat')),
    'an exp far beyond the lifetime of our tokens': async () =>
      sign({ ...claims(), iat: start.getTime() / 1_000 - 3_600, exp: start.getTime() / 1_000 + 3_600 }),
    'an iat in the future': async () =>
      sign({ ...claims(), iat: start.getTime() / 1_000 + 3_600, exp: start.getTime() / 1_000 + 4_000 }),
    'an nbf in the future': async () => sign({ ...claims(), nbf: start.getTime() / 1_000 + 60 }),
    'a sub that is no id': async () => sign({ ...claims(), sub: "' or 1=1 --" }),
    'a critical header that nobody knows': async () => {
      const token = await sign(claims());
      const [, payload, signature] = token.split('.');
      const header = unsigned({ alg: 'EdDSA', typ: 'at+jwt', kid: keys.current.kid, crit: ['exp'] }, {}).split('.')[0];
      return `${header}.${payload}.${signature}`;
    },
    'another payload under a good signature': async () => {
      const [header, , signature] = (await sign(claims())).split('.');
      const forged = Buffer.from(JSON.stringify({ ...claims(), sub: randomUUID() })).toString('base64url');
      return `${header}.${forged}.${signature}`;
    },
    'no token at all': async () => 'x',
    'an empty text': async () => '',
    'a token of 100 kB': async () => sign({ ...claims(), padding: 'x'.repeat(100_000) }),
  };

  test('though an honest token of the same making passes', async () => {
    expect(await tokensAt({ now: start }).verify(await sign(claims()))).toMatchObject({ userId, sessionId });
  });

  test.each(Object.entries(attacks))('%s', async (_name, make) => {
    const refused = await tokensAt({ now: start })
      .verify(await make())
      .then(
        () => null,
        (error: { message: string; extensions: object }) => ({ message: error.message, extensions: error.extensions }),
      );
    expect(refused).toEqual({
      message: 'The credential is missing, malformed, expired or revoked.',
      extensions: {
        code: 'UNAUTHENTICATED',
        http: { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } },
      },
    });
  });
});

describe('rotation', () => {
  test('the new key signs, and tokens of the old one go on', async () => {
    const old = await tokensAt({ now: start }).sign({ userId, sessionId });
    const rotated = await parseSigningKeys(await rotateSigningKeys(text, 'now'));
    expect(rotated.current.kid).not.toBe(keys.current.kid);
    const tokens = tokensAt({ now: start }, rotated);
    expect(await tokens.verify(old.token)).toMatchObject({ userId });
    const fresh = await tokens.sign({ userId, sessionId });
    expect(decode(fresh.token.split('.')[0]).kid).toBe(rotated.current.kid);
    await expect(tokensAt({ now: start }).verify(fresh.token)).rejects.toMatchObject({
      extensions: { code: 'UNAUTHENTICATED' },
    });
  });

  test('a staged key verifies before it signs, and signs once it is active', async () => {
    const staged = await rotateSigningKeys(text, 'stage');
    const during = await parseSigningKeys(staged);
    expect(during.current.kid).toBe(keys.current.kid);
    const after = await parseSigningKeys(await rotateSigningKeys(staged, 'activate'));
    const { token } = await tokensAt({ now: start }, after).sign({ userId, sessionId });
    expect(await tokensAt({ now: start }, during).verify(token)).toMatchObject({ userId });
    expect([...after.byId.keys()].sort()).toEqual([...during.byId.keys()].sort());
  });

  test('old keys go after two rotations, and nothing is activated that was not staged', async () => {
    let rotated = text;
    for (let i = 0; i < 5; i++) rotated = await rotateSigningKeys(rotated, 'now');
    expect((await parseSigningKeys(rotated)).byId.size).toBe(3);
    for (let i = 0; i < 5; i++) rotated = await rotateSigningKeys(rotated, 'now', Number.POSITIVE_INFINITY);
    expect((await parseSigningKeys(rotated)).byId.size).toBe(8);
    await expect(rotateSigningKeys(text, 'activate')).rejects.toBeInstanceOf(SigningKeysError);
  });

  test('the JWKS holds all keys, public halves only', async () => {
    const { jwks, byId } = await parseSigningKeys(await rotateSigningKeys(text, 'now'));
    expect(jwks.keys.map(({ kid }) => kid)).toEqual([...byId.keys()]);
    for (const key of jwks.keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });

  test.each(['', '[]', 'not json', '[{"kty":"RSA"}]', '{"keys":[]}', '[{"kty":"oct","k":"AAAA"}]'])(
    'JWT_KEYS that cannot be used is refused without a word of it: %s',
    async (faulty) => {
      await expect(parseSigningKeys(faulty)).rejects.toThrow('JWT_KEYS is not a JSON array of private Ed25519 JWKs');
    },
  );
});
