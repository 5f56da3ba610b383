/**
 * Who writes roles, members and keys is asked for again under the organization's lock: what somebody was a moment ago opens
 * nothing that would outlast it.
 */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Delegation, delegationOf } from '../support/delegation.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let acme: Delegation;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());
beforeEach(() => {
  acme = delegationOf(gateway, gateway.organizations.acme);
});

const admin = () => gateway.viewers.acme.admin;
const membershipOfAdmin = () => gateway.organizations.acme.users.admin.membershipId;
const setAdminRole = `update "MembershipRole" mr set "roleId" = r."id" from "Role" r
  where mr."membershipId" = $1 and r."organizationId" = mr."organizationId" and r."key" = $2`;
const setAdminStatus = 'update "Membership" set "status" = $2::"MembershipStatus" where "id" = $1';

const written = () =>
  gateway.database.query(`select (select count(*) from "ApiKey") as keys, (select count(*) from "Role") as roles,
    (select count(*) from "Invitation") as invitations, (select jsonb_agg(o order by o."id") from "Organization" o)::text as organizations,
    (select jsonb_agg(mr order by mr."membershipId", mr."roleId") from "MembershipRole" mr)::text as held`);

/** Every mutation that goes through the lock, as the administrator may send it. */
const mutations: readonly (readonly [name: string, text: () => string])[] = [
  ['createApiKey', () => 'createApiKey(input: { name: "x", client: "x", roleKey: "guest" }) { secret }'],
  [
    'createRole',
    () => 'createRole(input: { key: "late", name: "Late", permissions: ["project:read"] }) { role { id } }',
  ],
  ['inviteMember', () => 'inviteMember(input: { email: "late@example.com", roleKey: "guest" }) { invitation { id } }'],
  [
    'setMemberRoles of oneself',
    () => `setMemberRoles(input: { userId: "${acme.userId('admin')}", roleKeys: ["admin"] }) { membership { id } }`,
  ],
  ['suspendUser', () => `suspendUser(input: { userId: "${acme.userId('guest')}" }) { user { id } }`],
  ['updateOrganization', () => 'updateOrganization(input: { name: "Late" }) { organization { name } }'],
];

describe('somebody who is demoted while their mutation waits', () => {
  test.each(mutations)('is refused: %s', async (_name, text) => {
    const before = await written();
    const answer = await acme.mutateWhile(text(), admin(), async (query) => {
      await query(setAdminRole, [membershipOfAdmin(), 'guest']);
    });
    await gateway.database.query(setAdminRole, [membershipOfAdmin(), 'admin']);
    expect(answer.codes, String(answer)).toEqual(['FORBIDDEN']);
    expect(await written()).toEqual(before);
  });
});

describe.each([
  ['removed', 'REMOVED', 'NOT_FOUND'],
  ['suspended', 'SUSPENDED', 'ACCOUNT_SUSPENDED'],
] as const)('somebody who is %s while their mutation waits', (_what, status, code) => {
  test.each(mutations)('is refused: %s', async (_name, text) => {
    const before = await written();
    const answer = await acme.mutateWhile(text(), admin(), async (query) => {
      await query(setAdminStatus, [membershipOfAdmin(), status]);
    });
    await gateway.database.query(setAdminStatus, [membershipOfAdmin(), 'ACTIVE']);
    expect(answer.codes, String(answer)).toEqual([code]);
    expect(await written()).toEqual(before);
  });
});

test('whoever signs out while their mutation waits writes nothing', async () => {
  const before = await written();
  const { sessionId } = gateway.organizations.acme.users.admin;
  const answer = await acme.mutateWhile(mutations[0]?.[1]() ?? '', admin(), async (query) => {
    await query('update "Session" set "revokedAt" = now() where "id" = $1', [sessionId]);
  });
  await gateway.database.query('update "Session" set "revokedAt" = null where "id" = $1', [sessionId]);
  expect(answer.codes).toEqual(['UNAUTHENTICATED']);
  expect(await written()).toEqual(before);
});

test('a key that is revoked, or whose maker is removed, while its mutation waits writes nothing', async () => {
  const key = await acme.makeKey(admin(), 'client: "ops", roleKey: "admin", allowAdHoc: true');
  const [row] = await gateway.database.query<{ id: string }>(
    'select "id" from "ApiKey" order by "createdAt" desc limit 1',
  );
  const before = await written();
  const text = 'createApiKey(input: { name: "x", client: "x", roleKey: "guest" }) { secret }';
  const revoked = await acme.mutateWhile(text, key.as, async (query) => {
    await query('update "ApiKey" set "revokedAt" = now() where "id" = $1', [row?.id]);
  });
  expect(revoked.codes).toEqual(['UNAUTHENTICATED']);
  await gateway.database.query('update "ApiKey" set "revokedAt" = null where "id" = $1', [row?.id]);
  await expect
    .poll(async () => (await gateway.send('{ viewer { permissions } }', {}, { as: key.as })).status)
    .toBe(200);
  const orphaned = await acme.mutateWhile(text, key.as, async (query) => {
    await query(setAdminStatus, [membershipOfAdmin(), 'REMOVED']);
  });
  await gateway.database.query(setAdminStatus, [membershipOfAdmin(), 'ACTIVE']);
  expect(orphaned.codes).toEqual(['UNAUTHENTICATED']);
  expect(await written()).toEqual(before);
});

test('a registration that waits is refused to whoever was demoted meanwhile', async () => {
  const client = new pg.Client({ connectionString: gateway.database.ownerUrl });
  await client.connect();
  const { id } = gateway.organizations.acme;
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${id}/late`]);
  const waiting = acme.mutate(
    'registerPersistedOperations(input: { client: "late", operations: [{ name: "L", body: "query L { viewer { permissions } }" }] }) { created }',
    admin(),
  );
  await expect
    .poll(
      async () =>
        (
          await gateway.database.query(
            `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`,
          )
        ).length,
    )
    .toBe(1);
  await gateway.database.query(setAdminRole, [membershipOfAdmin(), 'guest']);
  await client.query('commit');
  await client.end();
  expect((await waiting).codes).toEqual(['FORBIDDEN']);
  await gateway.database.query(setAdminRole, [membershipOfAdmin(), 'admin']);
  expect(await gateway.database.query('select from "PersistedOperation" where "client" = \'late\'')).toEqual([]);
});

test('an account that is erased while it accepts an invitation is no member afterwards', async () => {
  const { globex } = gateway.organizations;
  const { createHash, randomBytes } = await import('node:crypto');
  const { member } = globex.users;
  const token = `fgi_${randomBytes(32).toString('base64url')}`;
  await gateway.database.query(
    `insert into "Invitation" ("id", "organizationId", "email", "roleId", "digest", "expiresAt")
     select gen_random_uuid(), r."organizationId", $1, r."id", $2, now() + interval '1 day' from "Role" r
     where r."organizationId" = $3 and r."key" = 'owner'`,
    [member.email, createHash('sha256').update(token).digest('hex'), gateway.organizations.acme.id],
  );
  const as = gateway.viewers.globex.member;
  const client = new pg.Client({ connectionString: gateway.database.ownerUrl });
  await client.connect();
  // Both wait: the one for the organization, the other for what the first holds.
  await client.query('begin');
  await client.query('select from "Organization" where "id" = $1 for update', [gateway.organizations.acme.id]);
  const accepting = gateway.send(
    `mutation { acceptInvitation(input: { token: "${token}" }) { organizationId } }`,
    {},
    { as },
  );
  const waiters = async () =>
    (
      await gateway.database.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
    ).length;
  await expect.poll(waiters).toBe(1);
  const erasing = gateway.send(
    'mutation { deleteAccount(input: { password: "Fieldgate-demo-1" }) { ok } }',
    {},
    { as },
  );
  await expect.poll(waiters, { timeout: 20_000 }).toBe(2);
  await client.query('commit');
  await client.end();
  expect((await accepting).codes).toEqual([]);
  expect((await erasing).codes).toEqual([]);
  const left = await gateway.database.query(
    'select from "Membership" where "userId" = $1 and "status" <> \'REMOVED\'',
    [member.id],
  );
  expect(left).toEqual([]);
});

test('somebody whom nothing happens to is not disturbed by the wait', async () => {
  const answer = await acme.mutateWhile(mutations[1]?.[1]() ?? '', admin(), async () => undefined);
  expect(answer.codes).toEqual([]);
});

describe('two who write at once', () => {
  const countOf = async (action: string) =>
    Number(
      (
        await gateway.database.query<{ count: string }>('select count(*) from "AuditEvent" where "action" = $1', [
          action,
        ])
      )[0]?.count,
    );

  test('remove and leave: the membership ends once', async () => {
    const globex = delegationOf(gateway, gateway.organizations.globex);
    const { owner, guest } = gateway.viewers.globex;
    const before = (await countOf('member.remove')) + (await countOf('member.leave'));
    const answers = await Promise.all([
      globex.mutate(`removeMember(input: { userId: "${globex.userId('guest')}" }) { deletedId }`, owner),
      globex.mutate('leaveOrganization(input: { slug: "globex" }) { deletedId }', guest),
    ]);
    expect(answers.map(({ codes }) => codes.join()).sort()).toEqual(['', 'NOT_FOUND']);
    expect((await countOf('member.remove')) + (await countOf('member.leave'))).toBe(before + 1);
  });

  test('one person who leaves, makes a key and erases the account: all of it ends, and nothing waits for itself', async () => {
    const globex = delegationOf(gateway, gateway.organizations.globex);
    const { manager } = gateway.viewers.globex;
    const { users, id } = gateway.organizations.globex;
    await globex.giveRole('manager', 'keys', ['apiKey:manage', 'apiKey:list', 'project:read']);
    const make =
      'createApiKey(input: { name: "x", client: "x", roleKey: "keys", scopes: ["project:read"] }) { secret }';
    await expect.poll(async () => (await globex.mutate(make, manager)).codes).toEqual([]);
    // Held until both wait, so that they meet.
    const client = new pg.Client({ connectionString: gateway.database.ownerUrl });
    await client.connect();
    await client.query('begin');
    await client.query('select from "Organization" where "id" = $1 for update', [id]);
    const answers = [
      globex.mutate(make, manager),
      globex.mutate('deleteAccount(input: { password: "Fieldgate-demo-1" }) { ok }', manager),
      globex.mutate('leaveOrganization(input: { slug: "globex" }) { deletedId }', manager),
    ];
    await new Promise((done) => setTimeout(done, 1_000));
    await client.query('commit');
    await client.end();
    const codes = (await Promise.all(answers)).flatMap((answer) => answer.codes);
    expect(codes.filter((code) => !['UNAUTHENTICATED', 'NOT_FOUND'].includes(code))).toEqual([]);
    const left = await gateway.database.query(
      `select from "Membership" m where m."userId" = $1 and m."status" <> 'REMOVED'
       union all select from "ApiKey" k where k."createdById" = $1 and k."revokedAt" is null`,
      [users.manager.id],
    );
    expect(left).toEqual([]);
  });

  test('the last two owners, one erasing the account and one leaving: one owner stays', async () => {
    const globex = delegationOf(gateway, gateway.organizations.globex);
    const { owner, admin } = gateway.viewers.globex;
    const { users } = gateway.organizations.globex;
    (
      await globex.mutate(
        `setMemberRoles(input: { userId: "${globex.userId('admin')}", roleKeys: ["owner"] }) { membership { id } }`,
        owner,
      )
    ).expectData();
    await expect
      .poll(
        async () =>
          (await gateway.send<{ viewer: { roles: object[] } }>('{ viewer { roles { key } } }', {}, { as: admin })).data
            ?.viewer.roles,
      )
      .toEqual([{ key: 'owner' }]);
    const answers = await Promise.all([
      globex.mutate('deleteAccount(input: { password: "Fieldgate-demo-1" }) { ok }', owner),
      globex.mutate('leaveOrganization(input: { slug: "globex" }) { deletedId }', admin),
    ]);
    expect(answers.map(({ codes }) => codes.join()).sort()).toEqual(['', 'CONFLICT']);
    const owners = await gateway.database.query(
      `select from "Membership" m join "MembershipRole" mr on mr."membershipId" = m."id" join "Role" r on r."id" = mr."roleId"
       where m."status" = 'ACTIVE' and r."key" = 'owner' and m."id" = any($1)`,
      [[users.owner.membershipId, users.admin.membershipId]],
    );
    expect(owners).toHaveLength(1);
  });
});
