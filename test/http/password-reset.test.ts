/** Reset and change of a password, and change of an address: what mails carry, and what they open. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IdentityGateway, openIdentityGateway, testPassword } from '../support/identity.ts';

const Request = 'mutation ($email: String!) { requestPasswordReset(input: { email: $email }) { ok } }';
const Reset = 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { ok } }';
const Who = '{ viewer { user { email } } }';
const newPassword = 'Fieldgate-new-1';

let gateway: IdentityGateway;
let acme: string;

beforeAll(async () => {
  gateway = await openIdentityGateway({ PUBLIC_URL: 'http://127.0.0.1:4000' });
  acme = await gateway.addOrganization('acme');
});
afterAll(() => gateway.close());

let count = 0;
async function person(): Promise<{ email: string; userId: string }> {
  const email = `reset${count++}@acme.example`;
  return { email, userId: await gateway.addAccount(email, { organizationId: acme, role: 'guest' }) };
}

/** Each from a network of its own, so that the limit of one test is not another's. */
const from = () => ({ 'x-forwarded-for': `198.51.${Math.floor(count / 250)}.${count++ % 250}` });

async function resetToken(email: string): Promise<string> {
  await gateway.send(Request, { email }, from());
  return (await gateway.nextMail(email)).token;
}

const reset = (token: string, password = newPassword) => gateway.send(Reset, { input: { token, password } }, from());

async function canSignIn(email: string, password: string): Promise<boolean> {
  const answer = await gateway.send('mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }', {
    input: { email, password },
  });
  return answer.codes.length === 0;
}

async function refusedSoon(headers: Record<string, string>): Promise<void> {
  await expect
    .poll(async () => (await gateway.send(Who, {}, headers)).status, { timeout: 20_000, interval: 20 })
    .toBe(401);
}

test('a mailed token sets the password once, and ends all sessions within a second', async () => {
  const { email, userId } = await person();
  const session = await gateway.signIn(email);
  const token = await resetToken(email);
  expect((await reset(token)).data).toEqual({ resetPassword: { ok: true } });
  await refusedSoon(session.bearer);
  expect(await canSignIn(email, testPassword)).toBe(false);
  expect(await canSignIn(email, newPassword)).toBe(true);
  expect((await reset(token, 'Fieldgate-third-1')).codes).toEqual(['NOT_FOUND']);
  expect(await canSignIn(email, newPassword)).toBe(true);
  expect((await gateway.nextMail(email)).subject).toBe('Your password was changed');
  expect((await gateway.auditEvents('password.reset')).at(-1)).toMatchObject({ actorId: userId, organizationId: acme });
});

test('of ten who use one token at once, one wins', async () => {
  const { email } = await person();
  const token = await resetToken(email);
  const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => reset(token, `Fieldgate-race-${i}`)));
  expect(answers.filter(({ codes }) => codes.length === 0)).toHaveLength(1);
});

test('only the digest of the token is kept, for 30 minutes, and a later one makes it void', async () => {
  const { email, userId } = await person();
  const first = await resetToken(email);
  const [row] = await gateway.asOwner(
    `select "digest", extract(epoch from "expiresAt" - "createdAt")::int as seconds from "AccountToken" where "userId" = $1`,
    [userId],
  );
  expect(row?.digest).toMatch(/^[0-9a-f]{64}$/);
  expect(row?.seconds).toBeGreaterThan(1_795);
  expect(row?.seconds).toBeLessThanOrEqual(1_805);
  const second = await resetToken(email);
  expect((await reset(first)).codes).toEqual(['NOT_FOUND']);
  await gateway.asOwner(`update "AccountToken" set "expiresAt" = now() where "userId" = $1`, [userId]);
  expect((await reset(second)).codes).toEqual(['NOT_FOUND']);
  expect(await canSignIn(email, testPassword)).toBe(true);
});

test('a token for something else, or made up, sets no password', async () => {
  const { email } = await person();
  const session = await gateway.signIn(email);
  await gateway.send(
    'mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) { ok } }',
    { input: { email: `other-${email}`, password: testPassword } },
    session.bearer,
  );
  const { token } = await gateway.nextMail(`other-${email}`);
  expect((await reset(token)).codes).toEqual(['NOT_FOUND']);
  expect((await reset('made-up')).codes).toEqual(['NOT_FOUND']);
});

test('a weak password is refused with its path, and the token stays good', async () => {
  const { email } = await person();
  const token = await resetToken(email);
  const weak = await reset(token, 'too short');
  expect(weak.codes).toEqual(['BAD_USER_INPUT']);
  expect(weak.errors[0]?.extensions?.issues).toEqual([
    { path: ['input', 'password'], message: expect.stringContaining('10') },
  ]);
  expect((await reset(token)).codes).toEqual([]);
});

test('known and unknown addresses get the same answer; only the known one gets a mail', async () => {
  const { email } = await person();
  const known = await gateway.send(Request, { email }, from());
  const unknown = await gateway.send(Request, { email: 'nobody@acme.example' }, from());
  expect(known.text).toBe(unknown.text);
  expect(known.text).toBe('{"data":{"requestPasswordReset":{"ok":true}}}');
  await gateway.nextMail(email);
  expect(await gateway.unreadMails('nobody@acme.example')).toEqual([]);
});

test('links come from PUBLIC_URL, whatever Host and forwarded headers say, with the token behind the #', async () => {
  const { email } = await person();
  await gateway.send(
    Request,
    { email },
    {
      ...from(),
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      origin: 'http://127.0.0.1:4000',
      forwarded: 'host=evil.example',
    },
  );
  const { text } = await gateway.nextMail(email);
  expect(text).toMatch(/http:\/\/127\.0\.0\.1:4000\/reset-password#token=[\w-]{43}\n/);
  expect(text).not.toContain('evil');
});

test('a change of the password needs the old one, ends all sessions, and goes on with a new one', async () => {
  const { email, userId } = await person();
  const [mine, other] = [await gateway.signIn(email), await gateway.signIn(email)];
  const Change =
    'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken refreshToken viewer { user { email } } } }';
  const wrong = await gateway.send(
    Change,
    { input: { currentPassword: 'Fieldgate-wrong-1', newPassword } },
    mine.bearer,
  );
  expect(wrong.codes).toEqual(['BAD_USER_INPUT']);
  expect(wrong.errors[0]?.extensions?.issues).toMatchObject([{ path: ['input', 'currentPassword'] }]);
  expect((await gateway.send(Who, {}, other.bearer)).status).toBe(200);
  const changed = await gateway.send(Change, { input: { currentPassword: testPassword, newPassword } }, mine.bearer);
  expect(changed.data.changePassword.viewer.user.email).toBe(email);
  await refusedSoon(mine.bearer);
  await refusedSoon(other.bearer);
  const renewed = { authorization: `Bearer ${changed.data.changePassword.accessToken}` };
  expect((await gateway.send(Who, {}, renewed)).data.viewer.user.email).toBe(email);
  expect(await canSignIn(email, testPassword)).toBe(false);
  expect((await gateway.auditEvents('password.change')).at(-1)).toMatchObject({ actorId: userId });
});

test('a mailed reset is void after a change of the password', async () => {
  const { email } = await person();
  const session = await gateway.signIn(email);
  const token = await resetToken(email);
  await gateway.send(
    'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken } }',
    { input: { currentPassword: testPassword, newPassword } },
    session.bearer,
  );
  expect((await reset(token, 'Fieldgate-third-1')).codes).toEqual(['NOT_FOUND']);
});

test('an address changes when the new one is confirmed, and the old one is told before', async () => {
  const { email, userId } = await person();
  const session = await gateway.signIn(email);
  const wanted = `new-${email}`;
  const change = (password: string) =>
    gateway.send(
      'mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) { ok } }',
      { input: { email: ` ${wanted.toUpperCase()} `, password } },
      session.bearer,
    );
  expect((await change('Fieldgate-wrong-1')).codes).toEqual(['BAD_USER_INPUT']);
  expect((await change(testPassword)).data).toEqual({ changeEmail: { ok: true } });
  expect((await gateway.nextMail(email)).subject).toBe('Your e-mail address is about to change');
  const { token } = await gateway.nextMail(wanted);
  expect((await gateway.send(Who, {}, session.bearer)).data.viewer.user.email).toBe(email);
  const verify = 'mutation ($token: String!) { verifyEmail(input: { token: $token }) { ok } }';
  expect((await gateway.send(verify, { token }, { ...session.bearer, ...from() })).codes).toEqual([]);
  expect((await gateway.send(Who, {}, session.bearer)).status).toBe(401);
  expect(await canSignIn(wanted, testPassword)).toBe(true);
  expect((await gateway.send(verify, { token }, from())).codes).toEqual(['NOT_FOUND']);
  const [event] = (await gateway.auditEvents('account.changeEmail')).slice(-1);
  expect(event).toMatchObject({ actorId: userId });
  expect(JSON.stringify(event)).not.toContain('@');
});

describe('a change of address that went to a stranger', () => {
  const Verify =
    'mutation ($token: String!, $password: String) { verifyEmail(input: { token: $token, password: $password }) { ok } }';

  async function mistyped() {
    const mine = await person();
    const session = await gateway.signIn(mine.email);
    const wanted = `stranger-of-${mine.email}`;
    await gateway.send(
      'mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) { ok } }',
      { input: { email: wanted, password: testPassword } },
      session.bearer,
    );
    const { token } = await gateway.nextMail(wanted);
    const rows = () =>
      gateway.asOwner(
        `select u."email", u."emailVerified", t."usedAt", s."revokedAt" from "User" u join "AccountToken" t on t."userId" = u."id"
         join "Session" s on s."userId" = u."id" where u."id" = $1 order by 1, 2, 3, 4`,
        [mine.userId],
      );
    return { ...mine, session, wanted, token, rows };
  }

  test('is not confirmed by the mail alone, nor by another person’s session or password', async () => {
    const { token, rows } = await mistyped();
    const stranger = await person();
    const theirs = (await gateway.signIn(stranger.email)).bearer;
    const before = await rows();
    const attempts: [string | null, Record<string, string>, string][] = [
      [null, {}, 'Sign in, or give the password of the account.'],
      [null, theirs, 'Sign in, or give the password of the account.'],
      ['Fieldgate-wrong-1', {}, 'This is not your password.'],
      ['Fieldgate-wrong-1', theirs, 'This is not your password.'],
    ];
    for (const [password, as, message] of attempts) {
      const answer = await gateway.send(Verify, { token, password }, { ...as, ...from() });
      expect(answer.errors.map(({ extensions }) => [extensions?.code, extensions?.issues])).toEqual([
        ['BAD_USER_INPUT', [{ path: ['input', 'password'], message }]],
      ]);
    }
    expect(await rows()).toEqual(before);
  });

  test('is confirmed without a session by the password of the account', async () => {
    const { token, wanted } = await mistyped();
    expect((await gateway.send(Verify, { token, password: testPassword }, from())).codes).toEqual([]);
    expect(await canSignIn(wanted, testPassword)).toBe(true);
  });
});

test('an address that somebody has already cannot be taken, and the answer does not tell', async () => {
  const [mine, theirs] = [await person(), await person()];
  const session = await gateway.signIn(mine.email);
  const answer = await gateway.send(
    'mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) { ok } }',
    { input: { email: theirs.email, password: testPassword } },
    session.bearer,
  );
  expect(answer.data).toEqual({ changeEmail: { ok: true } });
  const mail = await gateway.nextMail(theirs.email);
  expect(mail.token).toBe('');
  expect(await canSignIn(theirs.email, testPassword)).toBe(true);
});
