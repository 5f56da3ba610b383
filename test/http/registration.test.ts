/** Registration in its three modes, approval, suspension, and the end of an account. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { globalId, type IdentityGateway, openIdentityGateway, testPassword } from '../support/identity.ts';

const Register = 'mutation ($input: RegisterInput!) { register(input: $input) { ok } }';
const Verify =
  'mutation ($token: String!, $password: String) { verifyEmail(input: { token: $token, password: $password }) { ok } }';
const SignIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken viewer { permissions } } }';
const Who = '{ viewer { user { email } permissions } }';

let networks = 0;
/** Each from a network of its own, so that the limit of one test is not another's. */
const from = () => ({ 'x-forwarded-for': `198.18.${Math.floor(networks / 250)}.${networks++ % 250}` });

async function refusedSoon(gateway: IdentityGateway, headers: Record<string, string>, status: number): Promise<void> {
  await expect
    .poll(async () => (await gateway.send(Who, {}, headers)).status, { timeout: 20_000, interval: 20 })
    .toBe(status);
}

describe('open', () => {
  let gateway: IdentityGateway;
  beforeAll(async () => {
    gateway = await openIdentityGateway({ REGISTRATION: 'open' });
  });
  afterAll(() => gateway.close());

  const register = (email: string, input: Record<string, unknown> = {}) =>
    gateway.send(Register, { input: { name: 'New Person', email, password: testPassword, ...input } }, from());
  const signIn = (email: string, password = testPassword) => gateway.send(SignIn, { input: { email, password } });
  const confirm = async (email: string, password: string | null) =>
    gateway.send(Verify, { token: (await gateway.nextMail(email)).token, password }, from());

  test('whoever registers and confirms the address signs in, and is in no organization', async () => {
    expect((await register('New@Example.com')).data).toEqual({ register: { ok: true } });
    const { token } = await gateway.nextMail('new@example.com');
    expect((await signIn('new@example.com')).codes).toEqual(['ACCOUNT_PENDING']);
    expect((await gateway.send(Verify, { token, password: testPassword }, from())).data).toEqual({
      verifyEmail: { ok: true },
    });
    expect((await signIn('new@example.com')).data.signIn.viewer).toEqual({ permissions: [] });
    expect((await gateway.send(Verify, { token, password: testPassword }, from())).codes).toEqual(['NOT_FOUND']);
    expect(await gateway.auditEvents('account.verifyEmail')).toMatchObject([
      { actorType: 'User', organizationId: null },
    ]);
  });

  test('a known address gets the same answer, its password stays, and its owner is told', async () => {
    await gateway.addAccount('known@example.com');
    const known = await register('known@example.com', { password: 'Fieldgate-other-1' });
    const unknown = await register('unknown@example.com');
    expect(known.text).toBe(unknown.text);
    const mail = await gateway.nextMail('known@example.com');
    expect(mail.subject).toBe('You have an account already');
    expect(mail.token).toBe('');
    expect((await signIn('known@example.com')).codes).toEqual([]);
    expect((await signIn('known@example.com', 'Fieldgate-other-1')).codes).toEqual(['UNAUTHENTICATED']);
  });

  test('nobody confirms the password of a stranger who registered the address before', async () => {
    await register('squatted@example.com', { password: 'Fieldgate-squatter-1' });
    const first = await gateway.nextMail('squatted@example.com');
    await register('squatted@example.com');
    const second = await gateway.nextMail('squatted@example.com');
    expect((await gateway.send(Verify, { token: first.token, password: testPassword }, from())).codes).toEqual([
      'NOT_FOUND',
    ]);
    expect((await gateway.send(Verify, { token: second.token, password: testPassword }, from())).codes).toEqual([]);
    expect((await signIn('squatted@example.com', 'Fieldgate-squatter-1')).codes).toEqual(['UNAUTHENTICATED']);
    expect((await signIn('squatted@example.com')).codes).toEqual([]);
  });

  test('whoever reads the mail says the password: one that a stranger registered with and waited for opens nothing', async () => {
    const email = 'hijacked@example.com';
    const strangers = 'Fieldgate-stranger-1';
    await register(email, { password: strangers });
    const { token } = await gateway.nextMail(email);
    const rows = () =>
      gateway.asOwner(
        `select * from "User" u join "Password" p on p."userId" = u."id" join "AccountToken" t on t."userId" = u."id"
         where u."email" = $1`,
        [email],
      );
    const before = await rows();
    for (const [password, path] of [
      [undefined, ['input', 'password']],
      [null, ['input', 'password']],
      ['short', ['input', 'password']],
    ] as const) {
      const refused = await gateway.send(Verify, { token, password }, from());
      expect(refused.codes).toEqual(['BAD_USER_INPUT']);
      expect(refused.errors[0]?.extensions?.issues).toMatchObject([{ path }]);
    }
    expect(await rows()).toEqual(before);
    expect((await signIn(email, strangers)).codes).toEqual(['ACCOUNT_PENDING']);
    expect((await gateway.send(Verify, { token, password: testPassword }, from())).codes).toEqual([]);
    expect((await signIn(email, strangers)).codes).toEqual(['UNAUTHENTICATED']);
    expect((await signIn(email)).codes).toEqual([]);
  });

  test('the link is sent again to an account that waits for it, and the answer does not tell', async () => {
    await register('again@example.com');
    await gateway.nextMail('again@example.com');
    const resend = (email: string) =>
      gateway.send(
        'mutation ($email: String!) { resendVerification(input: { email: $email }) { ok } }',
        { email },
        from(),
      );
    const [waiting, unknown] = [await resend('again@example.com'), await resend('nobody@example.com')];
    expect(waiting.text).toBe(unknown.text);
    const { token } = await gateway.nextMail('again@example.com');
    expect((await gateway.send(Verify, { token, password: testPassword }, from())).codes).toEqual([]);
    expect(await gateway.unreadMails('nobody@example.com')).toEqual([]);
  });

  test.each([
    ['a password of 9 characters', { password: 'a'.repeat(9) }, 'password'],
    ['a password of 1025 characters', { password: 'ab'.repeat(513) }, 'password'],
    ['one of the commonest passwords', { password: '1234567890' }, 'password'],
    ['no address', { email: 'not an address' }, 'email'],
    ['an address with a line break', { email: 'a@b.example\r\nBcc: victim@example.com' }, 'email'],
    ['an empty name', { name: '  ' }, 'name'],
  ])('%s is refused with its path, and nobody is made', async (_title, input, field) => {
    const before = await gateway.asOwner('select count(*) from "User"');
    const answer = await register(`faulty${networks}@example.com`, input);
    expect(answer.codes).toEqual(['BAD_USER_INPUT']);
    expect(answer.errors[0]?.extensions?.issues).toMatchObject([{ path: ['input', field] }]);
    expect(await gateway.asOwner('select count(*) from "User"')).toEqual(before);
  });

  test('every faulty field is named at once', async () => {
    const answer = await register('x', { name: '', password: 'short' });
    const issues = answer.errors[0]?.extensions?.issues as { path: string[] }[];
    expect(issues.map(({ path }) => path[1])).toEqual(['name', 'email', 'password']);
  });

  test('10 and 1024 characters are enough and not too many, counted after NFC and never truncated', async () => {
    // Ten characters, twenty before normalization.
    const decomposed = 'e\u0301'.repeat(10);
    await register('nfc@example.com', { password: decomposed });
    await confirm('nfc@example.com', decomposed);
    expect((await signIn('nfc@example.com', '\u00e9'.repeat(10))).codes).toEqual([]);
    const long = 'ab'.repeat(512);
    await register('long@example.com', { password: long });
    await confirm('long@example.com', long);
    expect((await signIn('long@example.com', long)).codes).toEqual([]);
    expect((await signIn('long@example.com', `${long.slice(0, -1)}x`)).codes).toEqual(['UNAUTHENTICATED']);
    expect((await signIn('long@example.com', `${long}x`)).codes).toEqual(['UNAUTHENTICATED']);
  });
});

describe('approval', () => {
  let gateway: IdentityGateway;
  let acme: string;
  let globex: string;
  let admin: { authorization: string };

  beforeAll(async () => {
    gateway = await openIdentityGateway({ REGISTRATION: 'approval' });
    acme = await gateway.addOrganization('acme');
    globex = await gateway.addOrganization('globex');
    await gateway.addAccount('owner@acme.example', { organizationId: acme, role: 'owner' });
    await gateway.addAccount('admin@acme.example', { organizationId: acme, role: 'admin' });
    await gateway.addAccount('owner@globex.example', { organizationId: globex, role: 'owner' });
    admin = (await gateway.signIn('admin@acme.example')).bearer;
  });
  afterAll(() => gateway.close());

  const act = (
    mutation: 'approveUser' | 'suspendUser' | 'reinstateUser',
    userId: string,
    headers: Record<string, string>,
    more = '',
  ) =>
    gateway.send(
      `mutation ($id: ID!) { ${mutation}(input: { userId: $id${more} }) { user { id } } }`,
      { id: globalId('User', userId) },
      headers,
    );

  let members = 0;
  async function member(role: 'owner' | 'admin' | 'guest' | 'manager', organizationId = acme) {
    const email = `member${members++}@acme.example`;
    const userId = await gateway.addAccount(email, { organizationId, role });
    return { email, userId, bearer: (await gateway.signIn(email)).bearer };
  }

  async function pending(): Promise<{ email: string; userId: string; bearer: { authorization: string } }> {
    const email = `pending${members++}@acme.example`;
    await gateway.send(
      Register,
      { input: { name: 'Waiting', email, password: testPassword, organization: 'acme' } },
      from(),
    );
    await gateway.send(Verify, { token: (await gateway.nextMail(email)).token, password: testPassword }, from());
    const [row] = await gateway.asOwner('select "id" from "User" where "email" = $1', [email]);
    return { email, userId: String(row?.id), bearer: (await gateway.signIn(email)).bearer };
  }

  test('registration names an organization', async () => {
    const answer = await gateway.send(
      Register,
      { input: { name: 'N', email: 'n@example.com', password: testPassword } },
      from(),
    );
    expect(answer.codes).toEqual(['BAD_USER_INPUT']);
    expect(answer.errors[0]?.extensions?.issues).toMatchObject([{ path: ['input', 'organization'] }]);
  });

  test('an organization that does not exist is answered like one that does', async () => {
    const send = (organization: string, email: string) =>
      gateway.send(Register, { input: { name: 'N', email, password: testPassword, organization } }, from());
    const [real, made] = [await send('acme', 'real@example.com'), await send('initech', 'made@example.com')];
    expect(real.text).toBe(made.text);
    const mails = [await gateway.nextMail('real@example.com'), await gateway.nextMail('made@example.com')];
    expect(mails[0]?.subject).toBe(mails[1]?.subject);
  });

  test('until they are approved, members may sign out and nothing else; then they are in with their role', async () => {
    const { email, userId, bearer } = await pending();
    const waiting = await gateway.send(Who, {}, bearer);
    expect(waiting.status).toBe(403);
    expect(waiting.codes).toEqual(['ACCOUNT_PENDING']);
    const approved = await act('approveUser', userId, admin, ', roleKey: "guest"');
    expect(approved.data).toEqual({ approveUser: { user: { id: globalId('User', userId) } } });
    await refusedSoon(gateway, bearer, 200);
    expect((await gateway.send(Who, {}, bearer)).data.viewer.permissions).toContain('project:read');
    expect((await gateway.nextMail(email)).subject).toBe('You may come in');
    expect((await act('approveUser', userId, admin)).codes).toEqual(['CONFLICT']);
    expect((await gateway.auditEvents('member.approve')).at(-1)).toMatchObject({
      targetId: userId,
      organizationId: acme,
    });
  });

  test('nobody approves with a role beyond their own permissions, for another organization, or without the permission', async () => {
    const { userId, bearer } = await pending();
    expect((await act('approveUser', userId, admin, ', roleKey: "owner"')).codes).toEqual(['FORBIDDEN']);
    const foreign = (await gateway.signIn('owner@globex.example')).bearer;
    expect((await act('approveUser', userId, foreign)).codes).toEqual(['NOT_FOUND']);
    expect((await act('approveUser', userId, (await member('manager')).bearer)).codes).toEqual(['FORBIDDEN']);
    expect((await act('approveUser', userId, bearer)).codes).toEqual(['ACCOUNT_PENDING']);
    expect((await act('approveUser', userId, {})).codes).toEqual(['UNAUTHENTICATED']);
    const [row] = await gateway.asOwner('select "status" from "Membership" where "userId" = $1', [userId]);
    expect(row?.status).toBe('PENDING');
  });

  test('a suspension is felt within a second, leaves signing out, and ends with a reinstatement', async () => {
    const { userId, bearer, email } = await member('guest');
    expect((await gateway.send(Who, {}, bearer)).status).toBe(200);
    expect((await act('suspendUser', userId, admin)).codes).toEqual([]);
    await refusedSoon(gateway, bearer, 403);
    expect((await gateway.send(Who, {}, bearer)).codes).toEqual(['ACCOUNT_SUSPENDED']);
    const during = await gateway.send(SignIn, { input: { email, password: testPassword } });
    expect(during.codes).toEqual(['ACCOUNT_SUSPENDED']);
    expect(during.data.signIn.viewer).toBeNull();
    expect((await act('reinstateUser', userId, admin)).codes).toEqual([]);
    await refusedSoon(gateway, bearer, 200);
    expect((await act('reinstateUser', userId, admin)).codes).toEqual(['CONFLICT']);
    await act('suspendUser', userId, admin);
    await refusedSoon(gateway, bearer, 403);
    expect((await gateway.send('mutation { signOut { ok } }', {}, bearer)).codes).toEqual([]);
  });

  test('a suspension concerns one organization: in another the same person goes on', async () => {
    const { userId, bearer } = await member('guest');
    await gateway.asOwner(
      `with m as (insert into "Membership" ("id", "organizationId", "userId", "updatedAt") values (gen_random_uuid(), $1, $2, now()) returning "id")
       insert into "MembershipRole" ("organizationId", "membershipId", "roleId") select $1, m."id", r."id" from m, "Role" r where r."organizationId" = $1 and r."key" = 'guest'`,
      [globex, userId],
    );
    await act('suspendUser', userId, admin);
    await refusedSoon(gateway, { ...bearer, 'x-organization': 'acme' }, 403);
    expect((await gateway.send(Who, {}, { ...bearer, 'x-organization': 'globex' })).status).toBe(200);
  });

  test('nobody suspends or reinstates somebody who holds permissions that they lack, nor themselves', async () => {
    const owner = await member('owner');
    expect((await act('suspendUser', owner.userId, admin)).codes).toEqual(['FORBIDDEN']);
    const [me] = await gateway.asOwner('select "id" from "User" where "email" = $1', ['admin@acme.example']);
    expect((await act('suspendUser', String(me?.id), admin)).codes).toEqual(['CONFLICT']);
    await gateway.asOwner(`update "Membership" set "status" = 'SUSPENDED' where "userId" = $1`, [owner.userId]);
    expect((await act('reinstateUser', owner.userId, admin)).codes).toEqual(['FORBIDDEN']);
    const other = await member('guest', globex);
    expect((await act('suspendUser', other.userId, admin)).codes).toEqual(['NOT_FOUND']);
    const [row] = await gateway.asOwner('select "status" from "Membership" where "userId" = $1', [other.userId]);
    expect(row?.status).toBe('ACTIVE');
  });
});

describe('invite', () => {
  let gateway: IdentityGateway;
  let acme: string;
  beforeAll(async () => {
    gateway = await openIdentityGateway({ REGISTRATION: 'invite' });
    acme = await gateway.addOrganization('acme');
  });
  afterAll(() => gateway.close());

  async function invite(email: string, expiresIn = '1 day'): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    await gateway.asOwner(
      `insert into "Invitation" ("id", "organizationId", "email", "roleId", "digest", "expiresAt")
       select gen_random_uuid(), $1, $2, "id", $3, now() + $4::interval from "Role" where "organizationId" = $1 and "key" = 'member'`,
      [acme, email, createHash('sha256').update(token).digest('hex'), expiresIn],
    );
    return token;
  }
  const register = (email: string, invitationToken?: string) =>
    gateway.send(Register, { input: { name: 'Invited', email, password: testPassword, invitationToken } }, from());

  test('without an invitation nobody registers, and nothing tells whether an address is known', async () => {
    await gateway.addAccount('known@example.com');
    const [known, unknown] = [await register('known@example.com'), await register('unknown@example.com')];
    // Everybody may register: what is missing is a part of the input.
    expect(known.codes).toEqual(['BAD_USER_INPUT']);
    expect(known.errors[0]?.extensions?.issues).toEqual([
      { path: ['input', 'invitationToken'], message: 'Registration is by invitation: give its token.' },
    ]);
    const withoutId = (text: string) => text.replaceAll(/"requestId":"[^"]*"/g, '');
    expect(withoutId(known.text)).toBe(withoutId(unknown.text));
  });

  test('an invitation proves the address and gives its role, once', async () => {
    const token = await invite('invited@example.com');
    expect((await register('invited@example.com', token)).data).toEqual({ register: { ok: true } });
    const signedIn = await gateway.send(SignIn, { input: { email: 'invited@example.com', password: testPassword } });
    expect(signedIn.data.signIn.viewer.permissions).toContain('task:create');
    expect((await register('second@example.com', token)).codes).toEqual(['NOT_FOUND']);
    expect(await gateway.auditEvents('invitation.accept')).toMatchObject([{ organizationId: acme }]);
  });

  test('an invitation for another address, an old one and a made-up one open nothing', async () => {
    expect((await register('thief@example.com', await invite('meant@example.com'))).codes).toEqual(['BAD_USER_INPUT']);
    expect((await register('late@example.com', await invite('late@example.com', '-1 second'))).codes).toEqual([
      'NOT_FOUND',
    ]);
    expect((await register('made@example.com', 'made-up')).codes).toEqual(['NOT_FOUND']);
    expect(
      await gateway.asOwner(
        `select 1 from "User" where "email" in ('thief@example.com', 'late@example.com', 'made@example.com')`,
      ),
    ).toEqual([]);
  });

  test('of five who use one invitation at once, one becomes a member', async () => {
    const token = await invite('race@example.com');
    const answers = await Promise.all(Array.from({ length: 5 }, () => register('race@example.com', token)));
    expect(answers.filter(({ codes }) => codes.length === 0)).toHaveLength(1);
    expect(
      await gateway.asOwner(
        `select 1 from "Membership" m join "User" u on u."id" = m."userId" where u."email" = 'race@example.com'`,
      ),
    ).toHaveLength(1);
  });
});

describe('one’s account', () => {
  let gateway: IdentityGateway;
  let acme: string;
  beforeAll(async () => {
    gateway = await openIdentityGateway();
    acme = await gateway.addOrganization('acme');
    await gateway.addAccount('owner@acme.example', { organizationId: acme, role: 'owner' });
  });
  afterAll(() => gateway.close());

  let people = 0;
  async function person(organizationId = acme, role: 'owner' | 'member' | 'guest' = 'guest') {
    const email = `self${people++}@acme.example`;
    const userId = await gateway.addAccount(email, { organizationId, role });
    return { email, userId, bearer: (await gateway.signIn(email)).bearer };
  }

  test('a profile is changed field by field; what is left out stays, null clears', async () => {
    const { bearer, userId } = await person();
    const update = (input: Record<string, unknown>) =>
      gateway.send(
        'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { name phone avatarUrl } } }',
        { input },
        bearer,
      );
    const first = await update({ name: ' Ada ', phone: '+49 30 1234', avatarUrl: 'https://example.com/a.png' });
    expect(first.data.updateProfile.user).toEqual({
      name: 'Ada',
      phone: '+49 30 1234',
      avatarUrl: 'https://example.com/a.png',
    });
    expect((await update({ phone: null })).data.updateProfile.user).toMatchObject({ name: 'Ada', phone: null });
    const faulty = await update({ name: '', avatarUrl: 'javascript:alert(1)', phone: 'call me' });
    const issues = faulty.errors[0]?.extensions?.issues as { path: string[] }[];
    expect(issues.map(({ path }) => path[1])).toEqual(['name', 'avatarUrl', 'phone']);
    const events = await gateway.auditEvents('account.updateProfile');
    expect(events.at(-1)).toMatchObject({ targetId: userId, details: { changed: ['phone'] } });
    expect(JSON.stringify(events.map(({ details }) => details))).not.toMatch(/Ada|1234/);
  });

  test('an export needs the password, holds what is kept, and no secret', async () => {
    const { bearer, email } = await person();
    const send = (password: string) =>
      gateway.send(
        'mutation ($password: String!) { exportAccount(input: { password: $password }) { data } }',
        { password },
        bearer,
      );
    expect((await send('Fieldgate-wrong-1')).codes).toEqual(['BAD_USER_INPUT']);
    const { data, text } = await send(testPassword);
    expect(data.exportAccount.data).toMatchObject({
      user: { email },
      sessions: [{ userAgent: expect.any(String) }],
      organizations: [{ slug: 'acme', status: 'ACTIVE' }],
    });
    expect(text).not.toMatch(/argon2|digest|hash|sealedSecret/);
  });

  test('an export holds of one’s comments what one may still read', async () => {
    const { bearer, userId } = await person(acme, 'member');
    await gateway.asOwner(
      `with project as (
         insert into "Project" ("id", "organizationId", "key", "name", "updatedAt") values (gen_random_uuid(), $1, $3, 'P', now()) returning "id"
       ), task as (
         insert into "Task" ("id", "organizationId", "projectId", "number", "title", "updatedAt") select gen_random_uuid(), $1, "id", 1, 'T', now() from project returning "id"
       ) insert into "Comment" ("id", "organizationId", "taskId", "authorId", "body", "internal", "updatedAt")
       select gen_random_uuid(), $1, "id", $2, body, body = 'hidden', now() from task, unnest(array['open', 'hidden']) body`,
      [acme, userId, `X${userId.slice(-12)}`],
    );
    const bodies = async () => {
      const text = 'mutation ($password: String!) { exportAccount(input: { password: $password }) { data } }';
      const { data } = await gateway.send(text, { password: testPassword }, bearer);
      const { comments } = data.exportAccount.data.organizations[0] as { comments: { body: string }[] };
      return comments.map(({ body }) => body).sort();
    };
    const setRole = (key: string) =>
      gateway.asOwner(
        `update "MembershipRole" mr set "roleId" = r."id" from "Role" r, "Membership" m
         where m."id" = mr."membershipId" and m."userId" = $1 and r."organizationId" = m."organizationId" and r."key" = $2`,
        [userId, key],
      );
    expect(await bodies()).toEqual(['hidden', 'open']);
    await setRole('guest');
    expect(await bodies()).toEqual(['open']);
  });

  const remove = (bearer: Record<string, string>, password = testPassword) =>
    gateway.send(
      'mutation ($password: String!) { deleteAccount(input: { password: $password }) { ok } }',
      { password },
      bearer,
    );

  test('an erased account leaves nothing personal, keeps its audit events, and ends sessions and keys within a second', async () => {
    const { bearer, email, userId } = await person();
    await gateway.asOwner(
      `insert into "ApiKey" ("id", "organizationId", "name", "client", "prefix", "digest", "roleId", "createdById")
       select gen_random_uuid(), $1, 'k', 'partner', 'AAAAAAAAAAAA', 'x', "id", $2 from "Role" where "organizationId" = $1 and "key" = 'partner'`,
      [acme, userId],
    );
    // One that went to them from elsewhere, and one that they sent themselves.
    const initrode = await gateway.addOrganization(`initrode-${userId.slice(-12)}`);
    const invite = (organizationId: string, address: string, sender: string | null) =>
      gateway.asOwner(
        `insert into "Invitation" ("id", "organizationId", "email", "roleId", "digest", "invitedById", "expiresAt")
         select gen_random_uuid(), $1, $2, "id", gen_random_uuid()::text, $3, now() + interval '1 day' from "Role" where "organizationId" = $1 and "key" = 'guest'`,
        [organizationId, address, sender],
      );
    await invite(initrode, email.toUpperCase(), null);
    await invite(acme, 'friend-of-the-erased@example.com', userId);
    expect((await remove(bearer, 'Fieldgate-wrong-1')).codes).toEqual(['BAD_USER_INPUT']);
    expect((await remove(bearer)).data).toEqual({ deleteAccount: { ok: true } });
    await refusedSoon(gateway, bearer, 401);
    const [user] = await gateway.asOwner('select * from "User" where "id" = $1', [userId]);
    expect(user).toMatchObject({ name: 'Erased account', phone: null, avatarUrl: null, lastSignInAt: null });
    expect(JSON.stringify(user)).not.toContain(email);
    for (const table of ['Password', 'TotpFactor', 'RecoveryCode', 'Session', 'RefreshToken', 'AccountToken'])
      expect(await gateway.asOwner(`select 1 from "${table}" where "userId" = $1`, [userId])).toEqual([]);
    expect(await gateway.asOwner('select "status" from "Membership" where "userId" = $1', [userId])).toEqual([
      { status: 'REMOVED' },
    ]);
    const [key] = await gateway.asOwner('select "revokedAt" from "ApiKey" where "createdById" = $1', [userId]);
    expect(key?.revokedAt).toBeInstanceOf(Date);
    const [received] = await gateway.asOwner(
      'select "email", "revokedAt" from "Invitation" where "organizationId" = $1',
      [initrode],
    );
    expect(received?.email).toMatch(/^erased-[0-9a-f-]{36}@erased\.invalid$/);
    expect(received?.revokedAt).toBeInstanceOf(Date);
    const [sent] = await gateway.asOwner('select "revokedAt" from "Invitation" where "invitedById" = $1', [userId]);
    expect(sent?.revokedAt).toBeInstanceOf(Date);
    const everything = await gateway.asOwner('select to_jsonb(i)::text as row from "Invitation" i');
    expect(JSON.stringify(everything).toLowerCase()).not.toContain(email.toLowerCase());
    expect((await gateway.auditEvents('account.delete')).at(-1)).toMatchObject({
      actorId: userId,
      organizationId: acme,
    });
    expect((await gateway.auditEvents('session.signIn')).some(({ actorId }) => actorId === userId)).toBe(true);
    expect((await gateway.send(SignIn, { input: { email, password: testPassword } })).codes).toEqual([
      'UNAUTHENTICATED',
    ]);
  });

  test('the last owner of an organization cannot go, and nothing of theirs changes', async () => {
    const initech = await gateway.addOrganization('initech');
    const { bearer, userId, email } = await person(initech, 'owner');
    expect((await remove(bearer)).codes).toEqual(['CONFLICT']);
    const [user] = await gateway.asOwner('select "email", "erasedAt" from "User" where "id" = $1', [userId]);
    expect(user).toEqual({ email, erasedAt: null });
    expect(await gateway.asOwner('select "status" from "Membership" where "userId" = $1', [userId])).toEqual([
      { status: 'ACTIVE' },
    ]);
    expect((await gateway.send(Who, {}, bearer)).status).toBe(200);
    await person(initech, 'owner');
    expect((await remove(bearer)).codes).toEqual([]);
  });

  test('nobody without an account does any of it', async () => {
    for (const field of [
      'updateProfile(input: {}) { user { id } }',
      'exportAccount(input: { password: "x" }) { data }',
      'deleteAccount(input: { password: "x" }) { ok }',
      'changeEmail(input: { email: "a@b.example", password: "x" }) { ok }',
      'signOutEverywhere { ok }',
      'startTotpEnrolment(input: { password: "x" }) { secret }',
    ])
      expect((await gateway.send(`mutation { ${field} }`)).codes, field).toEqual(['UNAUTHENTICATED']);
  });
});
