/**
 * What a stolen access token opens: guesses at passwords and codes count against the account in every operation that takes one, the
 * second factor guards password and address, and a session that was ended is over at once on the instance that ended it.
 */
import { generate } from 'otplib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IdentityGateway, openIdentityGateway, testPassword } from '../support/identity.ts';
import { startRedis } from '../support/redis.ts';

const wrongPassword = 'Fieldgate-wrong-1';
const newPassword = 'Fieldgate-new-1';
const Who = '{ viewer { user { email } } }';
const SignIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';
const perMinute = 3;
/** What a sign-in from a network that is new to the account leaves of them. */
const left = perMinute - 1;

interface Person {
  readonly email: string;
  readonly userId: string;
  readonly bearer: { authorization: string };
}

let count = 0;
/** Each from a network of its own. */
const from = () => ({ 'x-forwarded-for': `198.19.${Math.floor(count / 250)}.${count++ % 250}` });

async function joins(gateway: IdentityGateway): Promise<Person> {
  const email = `guess${count++}@acme.example`;
  const userId = await gateway.addAccount(email);
  return { email, userId, bearer: (await gateway.signIn(email, from())).bearer };
}

/** All that is kept about an account. */
async function rowsOf(gateway: IdentityGateway, userId: string): Promise<string> {
  const tables = ['Password', 'TotpFactor', 'RecoveryCode', 'Session', 'AccountToken'];
  const rows = [await gateway.asOwner('select * from "User" where "id" = $1', [userId])];
  for (const table of tables)
    rows.push(await gateway.asOwner(`select * from "${table}" where "userId" = $1 order by 1`, [userId]));
  return JSON.stringify(rows);
}

const code = (secret: string): Promise<string> => generate({ secret, epoch: Math.floor(Date.now() / 1_000) });

/** Switches a second factor on; codes of now are good again. */
async function enrol(gateway: IdentityGateway, { userId, bearer }: Person) {
  // Not at the very end of a step, so that now is the same step for the test and for the gateway.
  await expect.poll(() => Date.now() % 30_000, { timeout: 20_000, interval: 100 }).toBeLessThan(27_000);
  const started = await gateway.send(
    `mutation { startTotpEnrolment(input: { password: "${testPassword}" }) { secret } }`,
    {},
    { ...bearer, ...from() },
  );
  const { secret } = started.data.startTotpEnrolment;
  const confirmed = await gateway.send(
    'mutation ($totp: String!) { confirmTotpEnrolment(input: { totp: $totp }) { recoveryCodes } }',
    { totp: await code(secret) },
    { ...bearer, ...from() },
  );
  await gateway.asOwner('update "TotpFactor" set "lastUsedStep" = "lastUsedStep" - 10 where "userId" = $1', [userId]);
  return { secret, recoveryCodes: confirmed.data.confirmTotpEnrolment.recoveryCodes as readonly string[] };
}

/** Every operation that takes a password of somebody who is signed in. */
const takesPassword: Readonly<Record<string, (password: string) => string>> = {
  startTotpEnrolment: (password) => `startTotpEnrolment(input: { password: "${password}" }) { secret }`,
  disableTotp: (password) => `disableTotp(input: { password: "${password}", totp: "000000" }) { ok }`,
  newRecoveryCodes: (password) =>
    `newRecoveryCodes(input: { password: "${password}", totp: "000000" }) { recoveryCodes }`,
  exportAccount: (password) => `exportAccount(input: { password: "${password}" }) { data }`,
  deleteAccount: (password) => `deleteAccount(input: { password: "${password}" }) { ok }`,
  changePassword: (password) =>
    `changePassword(input: { currentPassword: "${password}", newPassword: "${newPassword}" }) { accessToken }`,
  changeEmail: (password) => `changeEmail(input: { email: "thief@example.com", password: "${password}" }) { ok }`,
};

describe('guesses at a password', () => {
  let gateway: IdentityGateway;
  beforeAll(async () => {
    gateway = await openIdentityGateway({ SIGN_IN_PER_ACCOUNT_PER_MINUTE: String(perMinute) });
  });
  afterAll(() => gateway.close());

  test.each(Object.entries(takesPassword))(
    '%s counts each alias, and is refused beyond the budget of a sign-in',
    async (field, call) => {
      const someone = await joins(gateway);
      const before = await rowsOf(gateway, someone.userId);
      const aliases = Array.from({ length: left + 1 }, (_, index) => `a${index}: ${call(wrongPassword)}`);
      const stranger = from();
      const answer = await gateway.send(`mutation { ${aliases.join(' ')} }`, {}, { ...someone.bearer, ...stranger });
      expect(answer.codes, field).toEqual([...Array(left).fill('BAD_USER_INPUT'), 'RATE_LIMITED']);
      expect(answer.errors.at(-1)?.extensions?.retryAfterSeconds).toBeGreaterThan(0);
      // The right one is not told from a wrong one, in whichever operation, and from other networks neither.
      for (const other of [takesPassword.deleteAccount, takesPassword.changePassword])
        expect(
          (await gateway.send(`mutation { ${other?.(testPassword)} }`, {}, { ...someone.bearer, ...from() })).codes,
        ).toEqual(['RATE_LIMITED']);
      expect(await rowsOf(gateway, someone.userId)).toBe(before);
    },
  );

  test('count with attempts to sign in', async () => {
    const { email, bearer } = await joins(gateway);
    const stranger = from();
    const guess = `mutation { ${takesPassword.deleteAccount?.(wrongPassword)} }`;
    for (let index = 0; index < left; index++)
      expect((await gateway.send(guess, {}, { ...bearer, ...stranger })).codes).toEqual(['BAD_USER_INPUT']);
    const signIn = { input: { email, password: testPassword } };
    expect((await gateway.send(SignIn, signIn, from())).codes).toEqual(['RATE_LIMITED']);
  });

  test('from elsewhere do not keep its owner from using the password', async () => {
    const owner = from();
    const email = `guess${count++}@acme.example`;
    await gateway.addAccount(email);
    const { bearer } = await gateway.signIn(email, owner);
    const guess = `mutation { ${takesPassword.exportAccount?.(wrongPassword)} }`;
    const thief = { ...bearer, ...from() };
    for (let index = 0; index < left; index++) await gateway.send(guess, {}, thief);
    const right = `mutation { ${takesPassword.changePassword?.(testPassword)} }`;
    expect((await gateway.send(right, {}, thief)).codes).toEqual(['RATE_LIMITED']);
    expect((await gateway.send(right, {}, { ...bearer, ...owner })).codes).toEqual([]);
  });
});

describe('guesses at a code', () => {
  let gateway: IdentityGateway;
  beforeAll(async () => {
    gateway = await openIdentityGateway();
  });
  afterAll(() => gateway.close());

  const capacity = 10;
  const password = testPassword;
  test.each([
    ['disableTotp', (totp: string) => `disableTotp(input: { password: "${password}", totp: "${totp}" }) { ok }`],
    ['deleteAccount', (totp: string) => `deleteAccount(input: { password: "${password}", totp: "${totp}" }) { ok }`],
  ])('%s counts each, with those of a sign-in', async (_field, call) => {
    const someone = await joins(gateway);
    const { secret, recoveryCodes } = await enrol(gateway, someone);
    const right = await code(secret);
    const before = await rowsOf(gateway, someone.userId);
    const wrong = right === '000000' ? '000001' : '000000';
    const thief = { ...someone.bearer, ...from() };
    const send = (guesses: number) =>
      gateway.send(
        `mutation { ${Array.from({ length: guesses }, (_, at) => `a${at}: ${call(wrong)}`).join(' ')} }`,
        {},
        thief,
      );
    // One of the ten was the code that switched the factor on.
    expect((await send(capacity - 1)).codes).toEqual(Array(capacity - 1).fill('BAD_USER_INPUT'));
    expect((await gateway.send(`mutation { ${call(right)} }`, {}, thief)).codes).toEqual(['RATE_LIMITED']);
    expect(await rowsOf(gateway, someone.userId)).toBe(before);
    const signIn = { input: { email: someone.email, password, recoveryCode: recoveryCodes[0] } };
    expect((await gateway.send(SignIn, signIn, from())).codes).toEqual(['RATE_LIMITED']);
  });

  test('confirmTotpEnrolment counts each', async () => {
    const someone = await joins(gateway);
    const thief = { ...someone.bearer, ...from() };
    const started = await gateway.send(
      `mutation { startTotpEnrolment(input: { password: "${password}" }) { secret } }`,
      {},
      thief,
    );
    const before = await rowsOf(gateway, someone.userId);
    const right = await code(started.data.startTotpEnrolment.secret);
    const wrong = right === '000000' ? '000001' : '000000';
    const confirm = (totp: string) => `confirmTotpEnrolment(input: { totp: "${totp}" }) { recoveryCodes }`;
    const first = Array.from({ length: capacity }, (_, at) => `a${at}: ${confirm(wrong)}`);
    expect((await gateway.send(`mutation { ${first.join(' ')} }`, {}, thief)).codes).toEqual(
      Array(capacity).fill('BAD_USER_INPUT'),
    );
    const signInBudget = await gateway.send(`mutation { ${confirm(right)} }`, {}, thief);
    expect(signInBudget.codes).toEqual(['RATE_LIMITED']);
    expect(await rowsOf(gateway, someone.userId)).toBe(before);
  });
});

describe('password and address of an account with a second factor', () => {
  let gateway: IdentityGateway;
  beforeAll(async () => {
    gateway = await openIdentityGateway();
  });
  afterAll(() => gateway.close());

  const wanted = (email: string) => `moved-${email}`;
  const Change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken } }';
  const Move = 'mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) { ok } }';
  const operations = [
    ['changePassword', Change, () => ({ currentPassword: testPassword, newPassword })],
    ['changeEmail', Move, (email: string) => ({ email: wanted(email), password: testPassword })],
  ] as const;

  test.each(operations)('%s asks for the factor, and changes nothing without it', async (_field, text, inputFor) => {
    const someone = await joins(gateway);
    const { secret, recoveryCodes } = await enrol(gateway, someone);
    const input = inputFor(someone.email);
    const before = await rowsOf(gateway, someone.userId);
    const send = (more: object) => gateway.send(text, { input: { ...input, ...more } }, someone.bearer);
    const refused = await send({});
    expect(refused.status).toBe(200);
    expect(refused.codes).toEqual(['MFA_REQUIRED']);
    // Whoever does not know the password does not learn that there is a factor.
    const key = 'password' in input ? 'password' : 'currentPassword';
    expect((await send({ [key]: wrongPassword })).codes).toEqual(['BAD_USER_INPUT']);
    const right = await code(secret);
    const wrong = await send({ totp: right === '000000' ? '000001' : '000000' });
    expect(wrong.codes).toEqual(['BAD_USER_INPUT']);
    expect(wrong.errors[0]?.extensions?.issues).toMatchObject([{ path: ['input', 'totp'] }]);
    const made = await send({ recoveryCode: '0000-0000-0000-0000' });
    expect(made.errors[0]?.extensions?.issues).toMatchObject([{ path: ['input', 'recoveryCode'] }]);
    expect(await rowsOf(gateway, someone.userId)).toBe(before);
    expect(await gateway.unreadMails(wanted(someone.email))).toEqual([]);
    expect((await send({ totp: right })).codes).toEqual([]);
    const other = await joins(gateway);
    const codes = (await enrol(gateway, other)).recoveryCodes;
    const foreign = await gateway.send(
      text,
      { input: { ...inputFor(other.email), recoveryCode: recoveryCodes[0] } },
      other.bearer,
    );
    expect(foreign.codes).toEqual(['BAD_USER_INPUT']);
    const own = { input: { ...inputFor(other.email), recoveryCode: codes[0] } };
    expect((await gateway.send(text, own, other.bearer)).codes).toEqual([]);
  });
});

describe('where a second factor is on', () => {
  let gateway: IdentityGateway;
  beforeAll(async () => {
    gateway = await openIdentityGateway();
  });
  afterAll(() => gateway.close());

  const asks = ['disableTotp', 'exportAccount', 'deleteAccount', 'changePassword', 'changeEmail'];
  const rest: Readonly<Record<string, string>> = {
    changePassword: `currentPassword: "${testPassword}", newPassword: "${newPassword}"`,
    changeEmail: `password: "${testPassword}", email: "moved@example.com"`,
  };
  const call = (field: string, codes: string): string => {
    const fields = { exportAccount: 'data', changePassword: 'accessToken' }[field] ?? 'ok';
    return `mutation { ${field}(input: { ${rest[field] ?? `password: "${testPassword}"`}${codes} }) { ${fields} } }`;
  };

  test.each(asks)('%s asks for it by MFA_REQUIRED, and changes nothing without', async (field) => {
    const someone = await joins(gateway);
    const { recoveryCodes } = await enrol(gateway, someone);
    const before = await rowsOf(gateway, someone.userId);
    const send = (codes: string) => gateway.send(call(field, codes), {}, { ...someone.bearer, ...from() });
    const without = await send('');
    expect([without.codes, without.data]).toEqual([['MFA_REQUIRED'], { [field]: null }]);
    const wrong = await send(', recoveryCode: "0000-0000-0000-0000"');
    expect([wrong.codes, wrong.data]).toEqual([['BAD_USER_INPUT'], { [field]: null }]);
    expect(await rowsOf(gateway, someone.userId)).toBe(before);
    const right = await send(`, recoveryCode: "${recoveryCodes[0]}"`);
    expect(right.codes).toEqual([]);
  });
});

describe('the end of sessions', () => {
  test('all of them end when the address changes', async () => {
    const gateway = await openIdentityGateway();
    try {
      const { email, userId, bearer } = await joins(gateway);
      const other = await gateway.signIn(email);
      await gateway.send(
        'mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) { ok } }',
        { input: { email: `moved-${email}`, password: testPassword } },
        bearer,
      );
      const { token } = await gateway.nextMail(`moved-${email}`);
      expect((await gateway.send(Who, {}, bearer)).status).toBe(200);
      const Verify = 'mutation ($token: String!) { verifyEmail(input: { token: $token }) { ok } }';
      expect((await gateway.send(Verify, { token }, { ...bearer, ...from() })).codes).toEqual([]);
      for (const headers of [bearer, other.bearer]) expect((await gateway.send(Who, {}, headers)).status).toBe(401);
      const refresh = `mutation { refreshSession(input: { refreshToken: "${other.refreshToken}" }) { accessToken } }`;
      expect((await gateway.send(refresh, {}, from())).codes).toEqual(['UNAUTHENTICATED']);
      expect(
        await gateway.asOwner('select distinct "revokedReason" from "Session" where "userId" = $1', [userId]),
      ).toEqual([{ revokedReason: 'emailChange' }]);
    } finally {
      await gateway.close();
    }
  });

  test('is felt at once on the instance that ended one, although no message of Redis arrives', async () => {
    const redis = await startRedis({ own: true });
    const connection = redis.connect();
    const gateway = await openIdentityGateway({}, connection);
    try {
      const { email, bearer } = await joins(gateway);
      const { bearer: second } = await gateway.signIn(email);
      connection.disconnect();
      // Once so that budgets know that Redis is gone.
      await gateway.send(Who, {}, bearer);
      for (const [headers, end] of [
        [second, 'signOut'],
        [bearer, 'signOutEverywhere'],
      ] as const) {
        // Read now, and kept for half a second.
        expect((await gateway.send(Who, {}, headers)).status).toBe(200);
        expect((await gateway.send(`mutation { ${end} { ok } }`, {}, headers)).codes).toEqual([]);
        expect((await gateway.send(Who, {}, headers)).status).toBe(401);
      }
    } finally {
      await gateway.close();
      await redis.stop();
    }
  });
});
