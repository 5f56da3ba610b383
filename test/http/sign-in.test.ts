/** Signing in: who gets in, what a refusal tells, and how often one may try. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { globalId, type IdentityGateway, openIdentityGateway, testPassword } from '../support/identity.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const SignIn =
  'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken viewer { permissions user { id email } organization { slug } } } }';

let gateway: IdentityGateway;
let acme: string;
let owner: string;

beforeAll(async () => {
  gateway = await openIdentityGateway();
  acme = await gateway.addOrganization('acme');
  owner = await gateway.addAccount('owner@acme.example', { organizationId: acme, role: 'owner' });
  await gateway.addAccount('guest@acme.example', { organizationId: acme, role: 'guest' });
});
afterAll(() => gateway.close());

const attempt = (email: string, password: string, headers = {}) =>
  gateway.send(SignIn, { input: { email, password } }, headers);

test('the right password opens a session, and the answer speaks of whoever signed in', async () => {
  const answer = await attempt('owner@acme.example', testPassword);
  expect(answer.codes).toEqual([]);
  expect(answer.data.signIn.viewer).toMatchObject({
    user: { id: globalId('User', owner), email: 'owner@acme.example' },
    organization: { slug: 'acme' },
  });
  expect(answer.data.signIn.viewer.permissions).toContain('organization:delete');
  const viewer = await gateway.send(
    '{ viewer { user { id } } }',
    {},
    {
      authorization: `Bearer ${answer.data.signIn.accessToken}`,
    },
  );
  expect(viewer.data.viewer.user.id).toBe(globalId('User', owner));
});

test('the viewer of a sign-in is denied what their role denies, with the coordinate', async () => {
  const answer = await gateway.send(
    'mutation ($input: SignInInput!) { me: signIn(input: $input) { who: viewer { organization { name plan } } accessToken } }',
    { input: { email: 'guest@acme.example', password: testPassword } },
  );
  expect(answer.data.me.who).toEqual({ organization: { name: 'acme', plan: null } });
  expect(answer.errors).toMatchObject([
    { path: ['me', 'who', 'organization', 'plan'], extensions: { code: 'FORBIDDEN', coordinate: 'Organization.plan' } },
  ]);
});

test('an address is found in any case and with spaces around it', async () => {
  const answer = await attempt('  Owner@ACME.example ', testPassword);
  expect(answer.codes).toEqual([]);
});

test('a wrong password and an unknown address are refused alike, inside of a 200 answer', async () => {
  const wrong = await attempt('owner@acme.example', 'Fieldgate-wrong-1');
  const unknown = await attempt('nobody@acme.example', 'Fieldgate-wrong-1');
  expect(wrong.status).toBe(200);
  expect(unknown.status).toBe(200);
  expect(wrong.codes).toEqual(['UNAUTHENTICATED']);
  const withoutId = ({ text }: { text: string }) => text.replaceAll(/"requestId":"[^"]*"/g, '');
  expect(withoutId(unknown)).toBe(withoutId(wrong));
});

test('a password is not truncated: a longer one with the same beginning is wrong', async () => {
  const answer = await attempt('owner@acme.example', `${testPassword}${'x'.repeat(100)}`);
  expect(answer.codes).toEqual(['UNAUTHENTICATED']);
});

test('a sign-in and a failure are on record in the organization, without the address or the password', async () => {
  await attempt('owner@acme.example', 'Fieldgate-wrong-2');
  await attempt('owner@acme.example', testPassword);
  const [failures, successes] = [
    await gateway.auditEvents('session.signInFailed'),
    await gateway.auditEvents('session.signIn'),
  ];
  const failure = failures.findLast(({ targetId }) => targetId === owner);
  expect(failure).toMatchObject({
    organizationId: acme,
    actorType: 'Anonymous',
    actorId: null,
    details: { reason: 'password' },
  });
  expect(successes.at(-1)).toMatchObject({ organizationId: acme, actorType: 'User', actorId: owner });
  expect(JSON.stringify([failures, successes])).not.toMatch(/acme\.example|Fieldgate-/);
});

test('a password that was hashed with other parameters is hashed anew at the next sign-in', async () => {
  const argon2 = (await import('argon2')).default;
  const old = await argon2.hash(testPassword, {
    type: argon2.argon2id,
    memoryCost: 8_192,
    timeCost: 1,
    parallelism: 1,
  });
  const userId = await gateway.addAccount('rehash@acme.example', { organizationId: acme, role: 'guest' });
  await gateway.asOwner('update "Password" set "hash" = $1 where "userId" = $2', [old, userId]);
  await gateway.signIn('rehash@acme.example');
  const [row] = await gateway.asOwner('select "hash" from "Password" where "userId" = $1', [userId]);
  expect(row?.hash).toMatch(/\$m=19456,(?:t=2,p=1|p=1,t=2)\$/);
  await gateway.signIn('rehash@acme.example');
});

test('an account whose address is not confirmed gets no session', async () => {
  const userId = await gateway.addAccount('unconfirmed@acme.example');
  await gateway.asOwner('update "User" set "emailVerified" = false where "id" = $1', [userId]);
  expect((await attempt('unconfirmed@acme.example', testPassword)).codes).toEqual(['ACCOUNT_PENDING']);
  expect((await attempt('unconfirmed@acme.example', 'Fieldgate-wrong-1')).codes).toEqual(['UNAUTHENTICATED']);
});

test('an auditor reads sign-ins and failures by action, a guest reads their own alone, another tenant none', async () => {
  await gateway.addAccount('auditor@acme.example', { organizationId: acme, role: 'auditor' });
  const globex = await gateway.addOrganization('globex');
  await gateway.addAccount('owner@globex.example', { organizationId: globex, role: 'owner' });
  await attempt('owner@acme.example', 'Fieldgate-wrong-3');
  const events = async (email: string) => {
    const answer = await gateway.send(
      '{ auditEvents(filter: { action: { in: ["session.signIn", "session.signInFailed"] } }, first: 100) { nodes { action target { type id } } } }',
      {},
      (await gateway.signIn(email)).bearer,
    );
    return answer;
  };
  const seen = (await events('auditor@acme.example')).data.auditEvents.nodes;
  expect(seen).toContainEqual({
    action: 'session.signInFailed',
    target: { type: 'User', id: globalId('User', owner) },
  });
  expect(seen.map(({ action }: { action: string }) => action)).toContain('session.signIn');
  expect((await events('guest@acme.example')).codes).toEqual(['FORBIDDEN']);
  const foreign = (await events('owner@globex.example')).data.auditEvents.nodes;
  expect(foreign).toHaveLength(1);
  const own = await gateway.send(
    '{ viewer { auditEvents(filter: { action: { eq: "session.signIn" } }) { nodes { actor { id } } } } }',
    {},
    (await gateway.signIn('owner@acme.example')).bearer,
  );
  const actors = own.data.viewer.auditEvents.nodes.map(({ actor }: { actor: { id: string } }) => actor.id);
  expect(new Set(actors)).toEqual(new Set([globalId('User', owner)]));
});

describe.skipIf(!inject('tools').redis)('two replicas with one Redis', () => {
  let redis: TestRedis;
  let replicas: IdentityGateway[];
  beforeAll(async () => {
    redis = await startRedis({ own: false });
    const env = { SIGN_IN_PER_ACCOUNT_PER_MINUTE: '5' };
    replicas = [await openIdentityGateway(env, redis.connect()), await openIdentityGateway(env, redis.connect())];
  });
  afterAll(async () => {
    for (const replica of replicas) await replica.close();
    await redis.stop();
  });

  test('attempts at an account count over both, and twenty at once pass no more than five', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        replicas[i % 2]?.send(SignIn, { input: { email: 'shared@acme.example', password: 'Fieldgate-wrong-1' } }),
      ),
    );
    const codes = answers.flatMap((answer) => answer?.codes);
    expect(codes.filter((code) => code === 'UNAUTHENTICATED')).toHaveLength(5);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(15);
  });
});

describe('limits', () => {
  let limited: IdentityGateway;
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const tryAt = (email: string, password: string, address: string) =>
    limited.send(SignIn, { input: { email, password } }, from(address));

  beforeAll(async () => {
    limited = await openIdentityGateway({ SIGN_IN_PER_ACCOUNT_PER_MINUTE: '5', SIGN_IN_PER_NETWORK_PER_MINUTE: '30' });
    for (const name of ['victim', 'aliased', 'home', 'reset']) await limited.addAccount(`${name}@acme.example`);
  });
  afterAll(() => limited.close());

  test('the sixth attempt of a minute at an account waits, from wherever it comes, and says for how long', async () => {
    for (let i = 0; i < 5; i++)
      expect((await tryAt('victim@acme.example', 'Fieldgate-wrong-1', `198.51.100.${i}`)).codes).toEqual([
        'UNAUTHENTICATED',
      ]);
    const sixth = await tryAt('victim@acme.example', testPassword, '198.51.100.9');
    expect(sixth.status).toBe(200);
    expect(sixth.codes).toEqual(['RATE_LIMITED']);
    expect(sixth.errors[0]?.extensions?.retryAfterSeconds).toSatisfy(
      (seconds: number) => seconds >= 1 && seconds <= 60,
    );
  });

  test('an account that does not exist is limited alike', async () => {
    for (let i = 0; i < 5; i++)
      expect((await tryAt('ghost@acme.example', 'Fieldgate-wrong-1', `203.0.113.${i}`)).codes).toEqual([
        'UNAUTHENTICATED',
      ]);
    expect((await tryAt('ghost@acme.example', 'Fieldgate-wrong-1', '203.0.113.9')).codes).toEqual(['RATE_LIMITED']);
  });

  test('every alias of one operation counts', async () => {
    const fields = Array.from({ length: 8 }, (_, i) => `a${i}: signIn(input: $input) { accessToken }`).join(' ');
    const answer = await limited.send(
      `mutation ($input: SignInInput!) { ${fields} }`,
      { input: { email: 'aliased@acme.example', password: 'Fieldgate-wrong-1' } },
      from('192.0.2.77'),
    );
    expect(answer.codes.filter((code) => code === 'UNAUTHENTICATED')).toHaveLength(5);
    expect(answer.codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(3);
  });

  test('one network has 30 attempts a minute over all accounts, an IPv6 network is its /64', async () => {
    // All at once: attempts come back at one in two seconds.
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => tryAt(`n${i}@acme.example`, 'short', `2001:db8:1:2:${i.toString(16)}::1`)),
    );
    const codes = answers.flatMap((answer) => answer.codes);
    expect(codes.filter((code) => code === 'UNAUTHENTICATED')).toHaveLength(30);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(10);
    expect((await tryAt('n99@acme.example', 'short', '2001:db8:1:3::1')).codes).toEqual(['UNAUTHENTICATED']);
  });

  test('an owner comes in from a network of theirs while strangers use up the attempts at the account', async () => {
    expect((await tryAt('home@acme.example', testPassword, '192.0.2.10')).codes).toEqual([]);
    for (let i = 0; i < 8; i++) await tryAt('home@acme.example', 'Fieldgate-wrong-1', `198.51.100.${100 + i}`);
    expect((await tryAt('home@acme.example', testPassword, '198.51.100.200')).codes).toEqual(['RATE_LIMITED']);
    expect((await tryAt('home@acme.example', testPassword, '192.0.2.10')).codes).toEqual([]);
  });

  test('an owner on a new network comes in after a password reset, whatever strangers try', async () => {
    for (let i = 0; i < 8; i++) await tryAt('reset@acme.example', 'Fieldgate-wrong-1', `198.51.100.${120 + i}`);
    expect((await tryAt('reset@acme.example', testPassword, '192.0.2.20')).codes).toEqual(['RATE_LIMITED']);
    const request = 'mutation { requestPasswordReset(input: { email: "reset@acme.example" }) { ok } }';
    await limited.send(request, {}, from('192.0.2.20'));
    const { token } = await limited.nextMail('reset@acme.example');
    const reset = await limited.send(
      'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { ok } }',
      { input: { token, password: 'Fieldgate-new-1' } },
      from('192.0.2.20'),
    );
    expect(reset.codes).toEqual([]);
    expect((await tryAt('reset@acme.example', 'Fieldgate-new-1', '192.0.2.20')).codes).toEqual([]);
  });
});
