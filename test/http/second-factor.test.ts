/** The second factor: enrolment, codes that work once, and the way back after a loss. */
import { generate } from 'otplib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IdentityGateway, openIdentityGateway, testPassword } from '../support/identity.ts';

const SignIn =
  'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken viewer { user { mfaEnabled } } } }';
const Start = 'mutation ($password: String!) { startTotpEnrolment(input: { password: $password }) { secret uri } }';
const Confirm = 'mutation ($totp: String!) { confirmTotpEnrolment(input: { totp: $totp }) { recoveryCodes } }';

let gateway: IdentityGateway;
let acme: string;

beforeAll(async () => {
  gateway = await openIdentityGateway();
  acme = await gateway.addOrganization('acme');
});
afterAll(() => gateway.close());

interface Enrolled {
  readonly email: string;
  readonly userId: string;
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  readonly bearer: { authorization: string };
}

let count = 0;
async function person(): Promise<{ email: string; userId: string; bearer: { authorization: string } }> {
  const email = `factor${count++}@acme.example`;
  const userId = await gateway.addAccount(email, { organizationId: acme, role: 'guest' });
  return { email, userId, bearer: (await gateway.signIn(email)).bearer };
}

/** A code of a step: 0 is now, -1 the one before. */
const code = (secret: string, step = 0): Promise<string> =>
  generate({ secret, epoch: Math.floor(Date.now() / 1_000) + step * 30 });

async function enrolled(): Promise<Enrolled> {
  // Not at the very end of a step, so that now is the same step for the test and for the gateway.
  await expect.poll(() => Date.now() % 30_000, { timeout: 20_000, interval: 100 }).toBeLessThan(27_000);
  const someone = await person();
  const started = (await gateway.send(Start, { password: testPassword }, someone.bearer)).data.startTotpEnrolment;
  const confirmed = await gateway.send(Confirm, { totp: await code(started.secret) }, someone.bearer);
  // As if the enrolment had been a while ago, so that codes of now are not used yet.
  await gateway.asOwner('update "TotpFactor" set "lastUsedStep" = "lastUsedStep" - 10 where "userId" = $1', [
    someone.userId,
  ]);
  return { ...someone, secret: started.secret, recoveryCodes: confirmed.data.confirmTotpEnrolment.recoveryCodes };
}

const signIn = (email: string, proof: Record<string, string> = {}, password = testPassword) =>
  gateway.send(SignIn, { input: { email, password, ...proof } });

test('a factor counts once it is confirmed, and is on record', async () => {
  const { email, userId, bearer } = await person();
  const started = await gateway.send(Start, { password: testPassword }, bearer);
  const { secret, uri } = started.data.startTotpEnrolment;
  expect(uri).toMatch(/^otpauth:\/\/totp\/Fieldgate/);
  expect(uri).toContain(secret);
  expect((await signIn(email)).codes).toEqual([]);
  const wrong = await gateway.send(Confirm, { totp: '000000' === (await code(secret)) ? '000001' : '000000' }, bearer);
  expect(wrong.codes).toEqual(['BAD_USER_INPUT']);
  expect((await signIn(email)).codes).toEqual([]);
  const confirmed = await gateway.send(Confirm, { totp: await code(secret) }, bearer);
  expect(confirmed.data.confirmTotpEnrolment.recoveryCodes).toHaveLength(10);
  expect((await signIn(email)).codes).toEqual(['MFA_REQUIRED']);
  expect((await gateway.auditEvents('secondFactor.enable')).at(-1)).toMatchObject({
    actorId: userId,
    organizationId: acme,
  });
  expect((await gateway.nextMail(email)).subject).toBe('Your second factor is on');
});

test('enrolment needs the password, and a second one the end of the first', async () => {
  const { bearer } = await person();
  expect((await gateway.send(Start, { password: 'Fieldgate-wrong-1' }, bearer)).codes).toEqual(['BAD_USER_INPUT']);
  const someone = await enrolled();
  expect((await gateway.send(Start, { password: testPassword }, someone.bearer)).codes).toEqual(['CONFLICT']);
  expect((await gateway.send(Start, { password: testPassword })).codes).toEqual(['UNAUTHENTICATED']);
});

test('MFA_REQUIRED is a step of the sign-in for whoever knows the password, and says nothing to anybody else', async () => {
  const { email, secret } = await enrolled();
  const first = await signIn(email);
  expect(first.status).toBe(200);
  expect(first.codes).toEqual(['MFA_REQUIRED']);
  expect(first.data).toEqual({ signIn: null });
  expect((await signIn(email, {}, 'Fieldgate-wrong-1')).codes).toEqual(['UNAUTHENTICATED']);
  expect((await signIn(email, { totp: await code(secret) }, 'Fieldgate-wrong-1')).codes).toEqual(['UNAUTHENTICATED']);
  const second = await signIn(email, { totp: await code(secret) });
  expect(second.data.signIn.viewer.user.mfaEnabled).toBe(true);
});

test('a code works once, also for ten who send it at once', async () => {
  const { email, secret } = await enrolled();
  const totp = await code(secret);
  const answers = await Promise.all(Array.from({ length: 8 }, () => signIn(email, { totp })));
  expect(answers.filter(({ codes }) => codes.length === 0)).toHaveLength(1);
  expect((await signIn(email, { totp })).codes).toEqual(['UNAUTHENTICATED']);
});

test('the code of the step before is good, one older is not, nor is one of a step before a used one', async () => {
  const one = await enrolled();
  expect((await signIn(one.email, { totp: await code(one.secret, -3) })).codes).toEqual(['UNAUTHENTICATED']);
  expect((await signIn(one.email, { totp: await code(one.secret, -1) })).codes).toEqual([]);
  const two = await enrolled();
  expect((await signIn(two.email, { totp: await code(two.secret) })).codes).toEqual([]);
  expect((await signIn(two.email, { totp: await code(two.secret, -1) })).codes).toEqual(['UNAUTHENTICATED']);
});

test('a recovery code works once, however it is written, and is on record as such', async () => {
  const { email, recoveryCodes, userId } = await enrolled();
  const [recoveryCode = ''] = recoveryCodes;
  const written = recoveryCode.replaceAll('-', ' ').toUpperCase();
  expect((await signIn(email, { recoveryCode: written })).codes).toEqual([]);
  expect((await signIn(email, { recoveryCode })).codes).toEqual(['UNAUTHENTICATED']);
  expect((await gateway.auditEvents('session.signIn')).at(-1)).toMatchObject({
    actorId: userId,
    details: { secondFactor: 'recoveryCode' },
  });
  expect((await gateway.auditEvents('session.signInFailed')).at(-1)).toMatchObject({
    details: { reason: 'secondFactor' },
  });
});

test('one account’s codes open no other account', async () => {
  const [one, two] = [await enrolled(), await enrolled()];
  expect((await signIn(two.email, { recoveryCode: one.recoveryCodes[0] ?? '' })).codes).toEqual(['UNAUTHENTICATED']);
  expect((await signIn(two.email, { totp: await code(one.secret) })).codes).toEqual(['UNAUTHENTICATED']);
});

test('secret and recovery codes are not readable at rest, and a sealed secret opens for its account alone', async () => {
  const [one, two] = [await enrolled(), await enrolled()];
  const rows = await gateway.asOwner(
    'select * from "TotpFactor" f left join "RecoveryCode" r on r."userId" = f."userId" where f."userId" = $1',
    [one.userId],
  );
  const text = JSON.stringify(rows);
  expect(text).not.toContain(one.secret);
  for (const recoveryCode of one.recoveryCodes) expect(text).not.toContain(recoveryCode);
  // Somebody who can write to the database moves a secret of theirs under another account.
  await gateway.asOwner(
    'update "TotpFactor" set "sealedSecret" = (select "sealedSecret" from "TotpFactor" where "userId" = $1) where "userId" = $2',
    [one.userId, two.userId],
  );
  expect((await signIn(two.email, { totp: await code(one.secret) })).codes).toEqual(['UNAUTHENTICATED']);
});

test('new recovery codes make the old ones void', async () => {
  const { email, secret, recoveryCodes, bearer } = await enrolled();
  const answer = await gateway.send(
    'mutation ($input: NewRecoveryCodesInput!) { newRecoveryCodes(input: $input) { recoveryCodes } }',
    { input: { password: testPassword, totp: await code(secret) } },
    bearer,
  );
  const fresh = answer.data.newRecoveryCodes.recoveryCodes;
  expect(fresh).toHaveLength(10);
  expect((await signIn(email, { recoveryCode: recoveryCodes[0] ?? '' })).codes).toEqual(['UNAUTHENTICATED']);
  expect((await signIn(email, { recoveryCode: fresh[0] })).codes).toEqual([]);
});

test('the factor goes with the password and a code, and with nothing less', async () => {
  const { email, secret, bearer, userId } = await enrolled();
  const disable = (input: Record<string, string>) =>
    gateway.send('mutation ($input: DisableTotpInput!) { disableTotp(input: $input) { ok } }', { input }, bearer);
  expect((await disable({ password: testPassword })).codes).toEqual(['MFA_REQUIRED']);
  expect((await disable({ password: 'Fieldgate-wrong-1', totp: await code(secret) })).codes).toEqual([
    'BAD_USER_INPUT',
  ]);
  expect((await signIn(email)).codes).toEqual(['MFA_REQUIRED']);
  expect((await disable({ password: testPassword, totp: await code(secret) })).data).toEqual({
    disableTotp: { ok: true },
  });
  expect((await signIn(email)).codes).toEqual([]);
  expect((await gateway.auditEvents('secondFactor.disable')).at(-1)).toMatchObject({ actorId: userId });
});

test('guesses at the code are limited, though the password is right', async () => {
  const { email, secret } = await enrolled();
  const right = await code(secret);
  const guesses = Array.from({ length: 12 }, (_, i) => String(100_000 + i)).filter((guess) => guess !== right);
  const answers = [];
  for (const totp of guesses) answers.push(await signIn(email, { totp }));
  expect(answers.flatMap(({ codes }) => codes)).toContain('RATE_LIMITED');
  expect((await signIn(email, { totp: right })).codes).toEqual(['RATE_LIMITED']);
});
