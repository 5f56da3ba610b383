/** Sessions: renewal, theft, cookies, and their end. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { globalId, type IdentityGateway, openIdentityGateway, testPassword } from '../support/identity.ts';

const Refresh =
  'mutation ($token: String) { refreshSession(input: { refreshToken: $token }) { accessToken refreshToken viewer { user { email } } } }';
const Who = '{ viewer { user { email } } }';
const Sessions = '{ viewer { sessions { id current userAgent ip createdAt lastUsedAt } } }';

let gateway: IdentityGateway;
let acme: string;

beforeAll(async () => {
  gateway = await openIdentityGateway({ REFRESH_GRACE_SECONDS: '10' });
  acme = await gateway.addOrganization('acme');
});
afterAll(() => gateway.close());

let count = 0;
async function person(role: 'owner' | 'guest' = 'guest'): Promise<{ email: string; userId: string }> {
  const email = `person${count++}@acme.example`;
  return { email, userId: await gateway.addAccount(email, { organizationId: acme, role }) };
}

const refresh = (token: string, headers = {}) => gateway.send(Refresh, { token }, headers);

/** Asks until a credential is refused; fails unless that happens within a second. */
async function refusedSoon(headers: Record<string, string>): Promise<void> {
  await expect
    .poll(async () => (await gateway.send(Who, {}, headers)).status, { timeout: 20_000, interval: 20 })
    .toBe(401);
}

test('a refresh gives a new pair, whose viewer is the same person, and the old access token goes on', async () => {
  const { email } = await person();
  const first = await gateway.signIn(email);
  const renewed = await refresh(first.refreshToken);
  expect(renewed.codes).toEqual([]);
  expect(renewed.data.refreshSession.viewer.user.email).toBe(email);
  expect(renewed.data.refreshSession.refreshToken).not.toBe(first.refreshToken);
  const second = await gateway.send(Who, {}, { authorization: `Bearer ${renewed.data.refreshSession.accessToken}` });
  expect(second.data.viewer.user.email).toBe(email);
  expect((await gateway.send(Who, {}, first.bearer)).status).toBe(200);
});

test('only digests of refresh tokens are kept', async () => {
  const { email, userId } = await person();
  const { refreshToken } = await gateway.signIn(email);
  const rows = await gateway.asOwner('select * from "RefreshToken" where "userId" = $1', [userId]);
  expect(rows).toHaveLength(1);
  expect(rows[0]?.digest).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.stringify(rows)).not.toContain(refreshToken.slice(4));
});

test('of 20 parallel refreshes with one token exactly one wins, and the losers of the same client do not end the session', async () => {
  const { email } = await person();
  const { refreshToken } = await gateway.signIn(email);
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
  const winners = answers.filter(({ codes }) => codes.length === 0);
  expect(winners).toHaveLength(1);
  expect(answers.flatMap(({ codes }) => codes)).toEqual(Array(19).fill('UNAUTHENTICATED'));
  expect((await refresh(winners[0]?.data.refreshSession.refreshToken)).codes).toEqual([]);
});

test('a used token in the hands of another client ends the session within a second, and is on record', async () => {
  const { email, userId } = await person();
  const { refreshToken } = await gateway.signIn(email);
  const renewed = (await refresh(refreshToken)).data.refreshSession;
  const stolen = await refresh(refreshToken, { 'user-agent': 'thief/1.0', 'x-forwarded-for': '203.0.113.66' });
  expect(stolen.codes).toEqual(['UNAUTHENTICATED']);
  expect((await refresh(renewed.refreshToken)).codes).toEqual(['UNAUTHENTICATED']);
  await refusedSoon({ authorization: `Bearer ${renewed.accessToken}` });
  const events = await gateway.auditEvents('session.refreshReuse');
  expect(events.at(-1)).toMatchObject({ organizationId: acme, targetType: 'Session', ip: '203.0.113.66' });
  const [session] = await gateway.asOwner('select * from "Session" where "userId" = $1', [userId]);
  expect(session).toMatchObject({ revokedReason: 'refreshReuse', id: events.at(-1)?.targetId });
});

test('a used token of the same client ends the session once the grace is over', async () => {
  const { email, userId } = await person();
  const { refreshToken } = await gateway.signIn(email);
  const renewed = (await refresh(refreshToken)).data.refreshSession;
  await gateway.asOwner(
    `update "RefreshToken" set "usedAt" = "usedAt" - interval '11 seconds' where "userId" = $1 and "usedAt" is not null`,
    [userId],
  );
  expect((await refresh(refreshToken)).codes).toEqual(['UNAUTHENTICATED']);
  expect((await refresh(renewed.refreshToken)).codes).toEqual(['UNAUTHENTICATED']);
});

test.each([
  ['made up', 'fgr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
  ['malformed', 'not a token'],
  ['empty', ''],
  ['an access token', 'eyJhbGciOiJFZERTQSJ9.e30.AAAA'],
])('a refresh token that is %s is refused, and nothing is set', async (_name, token) => {
  const answer = await refresh(token);
  expect(answer.codes).toEqual(['UNAUTHENTICATED']);
  expect(answer.headers.get('set-cookie')).toBeNull();
});

test('a session ends after the idle time, and at its absolute end however often it was renewed', async () => {
  const idle = await person();
  const { refreshToken } = await gateway.signIn(idle.email);
  await gateway.asOwner(`update "RefreshToken" set "expiresAt" = now() - interval '1 second' where "userId" = $1`, [
    idle.userId,
  ]);
  expect((await refresh(refreshToken)).codes).toEqual(['UNAUTHENTICATED']);

  const old = await person();
  const signedIn = await gateway.signIn(old.email);
  await gateway.asOwner(`update "Session" set "expiresAt" = now() - interval '1 second' where "userId" = $1`, [
    old.userId,
  ]);
  expect((await refresh(signedIn.refreshToken)).codes).toEqual(['UNAUTHENTICATED']);
  await refusedSoon(signedIn.bearer);
});

test('the lifetimes come from the configuration, and the idle end never lies beyond the absolute one', async () => {
  const short = await openIdentityGateway({ SESSION_IDLE_TTL_SECONDS: '600', SESSION_ABSOLUTE_TTL_SECONDS: '300' });
  try {
    const userId = await short.addAccount('short@acme.example');
    await short.signIn('short@acme.example');
    const [row] = await short.asOwner(
      `select extract(epoch from s."expiresAt" - s."createdAt")::int as absolute, t."expiresAt" = s."expiresAt" as capped
       from "Session" s join "RefreshToken" t on t."sessionId" = s."id" where s."userId" = $1`,
      [userId],
    );
    expect(row).toEqual({ absolute: 300, capped: true });
  } finally {
    await short.close();
  }
});

test('a signed-out session’s access token dies within a second, and so does its refresh token', async () => {
  const { email } = await person();
  const session = await gateway.signIn(email);
  const other = await gateway.signIn(email);
  expect((await gateway.send('mutation { signOut { ok } }', {}, session.bearer)).data).toEqual({
    signOut: { ok: true },
  });
  await refusedSoon(session.bearer);
  expect((await refresh(session.refreshToken)).codes).toEqual(['UNAUTHENTICATED']);
  expect((await gateway.send(Who, {}, other.bearer)).status).toBe(200);
});

test('signing out everywhere ends all sessions of the account and of no other', async () => {
  const { email } = await person();
  const stranger = await gateway.signIn((await person()).email);
  const [one, two] = [await gateway.signIn(email), await gateway.signIn(email)];
  const answer = await gateway.send('mutation { signOutEverywhere { endedSessions } }', {}, one.bearer);
  expect(answer.data.signOutEverywhere.endedSessions).toBe(2);
  await refusedSoon(one.bearer);
  await refusedSoon(two.bearer);
  expect((await gateway.send(Who, {}, stranger.bearer)).status).toBe(200);
});

test('viewer.sessions lists one’s own running sessions, and marks the current one', async () => {
  const { email } = await person();
  const phone = await gateway.signIn(email, { 'user-agent': 'phone/1' });
  await gateway.signIn(email, { 'user-agent': 'laptop/1' });
  const gone = await gateway.signIn(email, { 'user-agent': 'gone/1' });
  await gateway.send('mutation { signOut { ok } }', {}, gone.bearer);
  const { sessions } = (await gateway.send(Sessions, {}, phone.bearer)).data.viewer;
  expect(
    sessions.map(({ userAgent, current }: { userAgent: string; current: boolean }) => [userAgent, current]).sort(),
  ).toEqual([
    ['laptop/1', false],
    ['phone/1', true],
  ]);
  const anonymous = await gateway.send(Sessions);
  expect(anonymous.data).toEqual({ viewer: null });
});

test('one ends another session of one’s own; that of another person cannot be told from one that does not exist', async () => {
  const { email } = await person();
  const [mine, lost] = [await gateway.signIn(email), await gateway.signIn(email)];
  const victim = await person();
  const theirs = await gateway.signIn(victim.email);
  const [theirRow] = await gateway.asOwner('select "id" from "Session" where "userId" = $1', [victim.userId]);
  const listed = (await gateway.send(Sessions, {}, mine.bearer)).data.viewer.sessions;
  const lostId = listed.find(({ current }: { current: boolean }) => !current).id;
  const revoke = (sessionId: string) =>
    gateway.send(
      'mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) { ok } }',
      { id: sessionId },
      mine.bearer,
    );
  expect((await revoke(lostId)).data).toEqual({ revokeSession: { ok: true } });
  await refusedSoon(lost.bearer);
  const foreign = await revoke(globalId('Session', String(theirRow?.id)));
  const missing = await revoke(globalId('Session', '0190a0a0-0000-7000-8000-0000000000bb'));
  const withoutId = (text: string) => text.replaceAll(/"requestId":"[^"]*"/g, '');
  expect(foreign.codes).toEqual(['NOT_FOUND']);
  expect(withoutId(foreign.text)).toBe(withoutId(missing.text));
  expect((await gateway.send(Who, {}, theirs.bearer)).status).toBe(200);
  const node = await gateway.send(
    'query ($id: ID!) { node(id: $id) { id } }',
    { id: globalId('Session', String(theirRow?.id)) },
    mine.bearer,
  );
  expect(node.data).toEqual({ node: null });
});

test('an account keeps at most 100 sessions: a new one ends the oldest', async () => {
  const { email, userId } = await person();
  const oldest = await gateway.signIn(email);
  await gateway.asOwner(
    `insert into "Session" ("id", "userId", "createdAt", "expiresAt") select gen_random_uuid(), $1, now() + n * interval '1 millisecond', now() + interval '1 day' from generate_series(1, 99) n`,
    [userId],
  );
  await gateway.signIn(email);
  await refusedSoon(oldest.bearer);
});

const SignInByCookie = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken } }';

async function signInByCookie(email: string, target = gateway) {
  const answer = await target.send(SignInByCookie, {
    input: { email, password: testPassword, refreshTokenDelivery: 'COOKIE' },
  });
  const cookie = answer.headers.get('set-cookie') ?? '';
  return { answer, cookie, pair: cookie.split(';')[0] ?? '' };
}

test('with COOKIE the refresh token stands in no JSON, at sign-in and at each renewal; on http loopback it has no prefix', async () => {
  const { email } = await person();
  const { answer, cookie, pair } = await signInByCookie(email);
  expect(answer.data.signIn.refreshToken).toBeNull();
  expect(cookie).toMatch(/^fieldgate_refresh=fgr_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  expect(answer.text).not.toContain(pair.split('=')[1] ?? 'no token');
  const renewed = await gateway.send(
    'mutation { refreshSession { accessToken refreshToken } }',
    {},
    { cookie: pair, 'x-fieldgate-csrf': '1' },
  );
  expect(renewed.codes).toEqual([]);
  expect(renewed.data.refreshSession.refreshToken).toBeNull();
  expect(renewed.headers.get('set-cookie')).toMatch(/^fieldgate_refresh=fgr_/);
  expect(renewed.headers.get('set-cookie')).not.toContain(pair);
});

test('under an https PUBLIC_URL the cookie is bound to the host, and a bare one is not read', async () => {
  const secure = await openIdentityGateway({ PUBLIC_URL: 'https://fieldgate.example' });
  try {
    await secure.addAccount('secure@acme.example');
    const https = { 'x-forwarded-proto': 'https' };
    const answer = await secure.send(
      SignInByCookie,
      { input: { email: 'secure@acme.example', password: testPassword, refreshTokenDelivery: 'COOKIE' } },
      https,
    );
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      /^__Host-fieldgate_refresh=fgr_[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict; Max-Age=\d+$/,
    );
    const token = /=(fgr_[\w-]+)/.exec(cookie)?.[1];
    const refreshWith = (header: string) =>
      secure.send(
        'mutation { refreshSession { accessToken } }',
        {},
        { ...https, cookie: header, 'x-fieldgate-csrf': '1' },
      );
    expect((await refreshWith(`fieldgate_refresh=${token}`)).codes).toEqual(['UNAUTHENTICATED']);
    expect((await refreshWith(`__Host-fieldgate_refresh=${token}`)).codes).toEqual([]);
  } finally {
    await secure.close();
  }
});

test.each(['refreshSession { accessToken }', 'signOut { ok }'])(
  'the cookie without x-fieldgate-csrf is refused: %s',
  async (field) => {
    const { pair } = await signInByCookie((await person()).email);
    const forged = await gateway.send(`mutation { ${field} }`, {}, { cookie: pair });
    expect(forged.status).toBe(403);
    expect(forged.codes).toEqual(['CSRF_HEADER_REQUIRED']);
    const own = await gateway.send(`mutation { ${field} }`, {}, { cookie: pair, 'x-fieldgate-csrf': '1' });
    expect(own.codes).toEqual([]);
  },
);

test('the cookie is no credential for anything else', async () => {
  const { pair } = await signInByCookie((await person()).email);
  const answer = await gateway.send(Who, {}, { cookie: pair, 'x-fieldgate-csrf': '1' });
  expect(answer.data).toEqual({ viewer: null });
});

test('signing out by cookie ends its session and removes it', async () => {
  const { answer, pair } = await signInByCookie((await person()).email);
  const out = await gateway.send('mutation { signOut { ok } }', {}, { cookie: pair, 'x-fieldgate-csrf': '1' });
  expect(out.data).toEqual({ signOut: { ok: true } });
  expect(out.headers.get('set-cookie')).toBe('fieldgate_refresh=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0');
  await refusedSoon({ authorization: `Bearer ${answer.data.signIn.accessToken}` });
});

test('signing out without any credential is refused', async () => {
  expect((await gateway.send('mutation { signOut { ok } }')).codes).toEqual(['UNAUTHENTICATED']);
});

test('two replicas: a session that ended at one is refused by the other within a second, without Redis', async () => {
  const { email } = await person();
  const session = await gateway.signIn(email);
  // What another replica does is seen in the database alone.
  expect((await gateway.send(Who, {}, session.bearer)).status).toBe(200);
  await gateway.asOwner(
    `update "Session" set "revokedAt" = now() where "userId" = (select "id" from "User" where "email" = $1)`,
    [email],
  );
  await refusedSoon(session.bearer);
});
