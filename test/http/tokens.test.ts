/** Credentials over HTTP: access tokens, API keys, organizations, and the published keys. */
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiKeySecret } from '../../src/identity/authentication/api-key.ts';
import { type IdentityGateway, openIdentityGateway } from '../support/identity.ts';

const Who = '{ viewer { user { email } organization { slug } permissions } }';

let gateway: IdentityGateway;
let acme: string;
let globex: string;
let bearer: { authorization: string };
let accessToken: string;

beforeAll(async () => {
  gateway = await openIdentityGateway();
  acme = await gateway.addOrganization('acme');
  globex = await gateway.addOrganization('globex');
  await gateway.addAccount('guest@acme.example', { organizationId: acme, role: 'guest' });
  ({ bearer, accessToken } = await gateway.signIn('guest@acme.example'));
});
afterAll(() => gateway.close());

const send = (headers: Record<string, string>) => gateway.send(Who, {}, headers);
const withoutId = (text: string) => text.replaceAll(/"requestId":"[^"]*"/g, '');

interface KeyColumns {
  readonly scopes?: readonly string[];
  readonly allowedNetworks?: readonly string[];
  readonly expiresAt?: Date | null;
}

async function addKey({
  scopes = ['project:read', 'task:read', 'comment:read'],
  allowedNetworks = [],
  expiresAt = null,
}: KeyColumns = {}) {
  const key = createApiKeySecret();
  const [row] = await gateway.asOwner(
    `insert into "ApiKey" ("id", "organizationId", "name", "client", "prefix", "digest", "roleId", "scopes", "allowedNetworks", "expiresAt", "allowAdHoc")
     select gen_random_uuid(), $1, 'test', 'partner', $2, $3, "id", $4, $5, $6, true from "Role" where "organizationId" = $1 and "key" = 'partner' returning "id"`,
    [acme, key.prefix, key.digest, scopes, allowedNetworks, expiresAt],
  );
  return { ...key, id: String(row?.id), headers: { 'x-api-key': key.secret } };
}

async function refusedSoon(headers: Record<string, string>): Promise<void> {
  await expect.poll(async () => (await send(headers)).status, { timeout: 20_000, interval: 20 }).toBe(401);
}

test('without a credential the viewer is null, and nothing is refused', async () => {
  const answer = await gateway.send('{ viewer { permissions } }');
  expect(answer.status).toBe(200);
  expect(answer.data).toEqual({ viewer: null });
  expect(answer.errors).toEqual([]);
});

test('every bad credential is a 401 with one and the same body and the challenge of RFC 6750', async () => {
  const { secret } = createApiKeySecret();
  const credentials: Record<string, string>[] = [
    { authorization: 'Bearer nonsense' },
    { authorization: `Bearer ${accessToken}x` },
    { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` },
    { authorization: accessToken },
    { authorization: 'Bearer ' },
    { authorization: '' },
    { authorization: `Bearer ${accessToken}, Bearer ${accessToken}` },
    { 'x-api-key': 'nonsense' },
    { 'x-api-key': '' },
    { 'x-api-key': secret },
    { 'x-api-key': `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}` },
  ];
  const answers = await Promise.all(credentials.map(send));
  for (const answer of answers) {
    expect(answer.status).toBe(401);
    expect(answer.codes).toEqual(['UNAUTHENTICATED']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(withoutId(answer.text)).toBe(withoutId(answers[0]?.text ?? ''));
  }
});

test('a valid token and a valid key together are refused', async () => {
  const key = await addKey();
  for (const authorization of [bearer.authorization, 'Bearer x']) {
    const answer = await send({ authorization, ...key.headers });
    expect([answer.status, answer.codes]).toEqual([401, ['UNAUTHENTICATED']]);
    expect(answer.errors[0]?.message).toBe(
      'Two credentials were sent: send either Authorization or x-api-key, not both.',
    );
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_request"');
  }
});

test('a credential in the URL is none', async () => {
  const key = await addKey();
  for (const parameter of [`access_token=${accessToken}`, `api_key=${key.secret}`, `x-api-key=${key.secret}`]) {
    const response = await fetch(
      `${gateway.url}/graphql?${parameter}&query=${encodeURIComponent('{ viewer { permissions } }')}`,
    );
    expect(await response.json()).toMatchObject({ data: { viewer: null } });
  }
});

test('a key may do what its role and its scopes both allow', async () => {
  const key = await addKey({ scopes: ['project:read', 'project:delete'] });
  const answer = await gateway.send('{ viewer { user { id } permissions organization { slug } } }', {}, key.headers);
  expect(answer.data.viewer).toEqual({ user: null, permissions: ['project:read'], organization: { slug: 'acme' } });
});

test('a revoked key is refused within a second, an expired one at once', async () => {
  const key = await addKey();
  expect((await send(key.headers)).status).toBe(200);
  await gateway.asOwner('update "ApiKey" set "revokedAt" = now() where "id" = $1', [key.id]);
  await refusedSoon(key.headers);
  const old = await addKey({ expiresAt: new Date(Date.now() - 1_000) });
  expect((await send(old.headers)).status).toBe(401);
});

test('during a rotation’s overlap both keys work, afterwards the new one alone', async () => {
  const before = await addKey();
  const after = createApiKeySecret();
  await gateway.asOwner(
    `update "ApiKey" set "previousPrefix" = "prefix", "previousDigest" = "digest", "previousUntil" = now() + interval '1 hour', "prefix" = $2, "digest" = $3 where "id" = $1`,
    [before.id, after.prefix, after.digest],
  );
  expect((await send(before.headers)).status).toBe(200);
  expect((await send({ 'x-api-key': after.secret })).status).toBe(200);
  await gateway.asOwner(`update "ApiKey" set "previousUntil" = now() - interval '1 second' where "id" = $1`, [
    before.id,
  ]);
  await refusedSoon(before.headers);
  expect((await send({ 'x-api-key': after.secret })).status).toBe(200);
});

test('a key that is bound to networks works from there alone', async () => {
  const key = await addKey({ allowedNetworks: ['192.0.2.0/24', '2001:db8::/32'] });
  const from = async (address: string) => (await send({ ...key.headers, 'x-forwarded-for': address })).status;
  expect(await from('192.0.2.9')).toBe(200);
  expect(await from('2001:db8:1::9')).toBe(200);
  expect(await from('::ffff:192.0.2.9')).toBe(200);
  expect(await from('192.0.3.9')).toBe(401);
  expect(await from('2001:db9::1')).toBe(401);
});

test('a key’s last use is kept', async () => {
  const key = await addKey();
  await send(key.headers);
  await expect
    .poll(
      async () => (await gateway.asOwner('select "lastUsedAt" from "ApiKey" where "id" = $1', [key.id]))[0]?.lastUsedAt,
    )
    .toBeInstanceOf(Date);
});

test('a changed role is felt within a second by a token that was given before', async () => {
  const userId = await gateway.addAccount('rising@acme.example', { organizationId: acme, role: 'guest' });
  const rising = await gateway.signIn('rising@acme.example');
  expect((await send(rising.bearer)).data.viewer.permissions).not.toContain('task:create');
  await gateway.asOwner(
    `update "MembershipRole" mr set "roleId" = (select "id" from "Role" where "organizationId" = $1 and "key" = 'member')
     from "Membership" m where m."id" = mr."membershipId" and m."userId" = $2`,
    [acme, userId],
  );
  await expect
    .poll(async () => (await send(rising.bearer)).data.viewer.permissions, { timeout: 20_000, interval: 20 })
    .toContain('task:create');
});

test('x-organization chooses by slug or id; a foreign one cannot be told from one that does not exist', async () => {
  const userId = await gateway.addAccount('both@example.com', { organizationId: acme, role: 'guest' });
  await gateway.asOwner(
    `insert into "Membership" ("id", "organizationId", "userId", "updatedAt", "joinedAt") values (gen_random_uuid(), $1, $2, now(), now() + interval '1 minute')`,
    [globex, userId],
  );
  const both = (await gateway.signIn('both@example.com')).bearer;
  const slugIn = async (organization: Record<string, string>) =>
    (await send({ ...both, ...organization })).data.viewer.organization.slug;
  expect(await slugIn({})).toBe('acme');
  expect(await slugIn({ 'x-organization': 'globex' })).toBe('globex');
  expect(await slugIn({ 'x-organization': globex.toUpperCase() })).toBe('globex');
  const listed = await gateway.send('{ viewer { organizations { slug current } } }', {}, both);
  expect(listed.data.viewer.organizations).toEqual([
    { slug: 'acme', current: true },
    { slug: 'globex', current: false },
  ]);
  const foreign = await send({ ...bearer, 'x-organization': 'globex' });
  const missing = await send({ ...bearer, 'x-organization': 'initech' });
  expect(foreign.status).toBe(404);
  expect(foreign.codes).toEqual(['NOT_FOUND']);
  expect(withoutId(foreign.text)).toBe(withoutId(missing.text));
  const key = await addKey();
  expect((await send({ ...key.headers, 'x-organization': 'globex' })).status).toBe(404);
  expect((await send({ 'x-organization': 'acme' })).status).toBe(404);
});

test('the JWKS verifies what the gateway signs, may be cached, and holds no private part', async () => {
  const response = await fetch(`${gateway.url}/.well-known/jwks.json`);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toMatch(/^public, max-age=\d+/);
  const jwks = (await response.json()) as { keys: Record<string, unknown>[] };
  for (const key of jwks.keys) expect(key).not.toHaveProperty('d');
  const { payload } = await jwtVerify(accessToken, createLocalJWKSet(jwks as never), {
    issuer: 'fieldgate',
    audience: 'fieldgate',
    typ: 'at+jwt',
    algorithms: ['EdDSA'],
  });
  expect(payload.sid).toMatch(/^[0-9a-f-]{36}$/);
});
