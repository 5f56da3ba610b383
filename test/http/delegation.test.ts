/** Nobody grants what they lack, nobody acts on who holds more, an owner always remains, and all of it is on record. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Credential } from '../support/client.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { MAX_EVENT_LOOP_DELAY_MS: '60000' } });
});
afterAll(() => gateway.close());

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');
const acme = () => gateway.organizations.acme;
const userId = (role: 'owner' | 'admin' | 'manager' | 'member' | 'guest' | 'auditor') =>
  globalId('User', acme().users[role].id);
const send = (text: string, as: Credential) =>
  gateway.send<Record<string, Record<string, unknown> | null>>(text, {}, { as });
const admin = () => gateway.viewers.acme.admin;
const owner = () => gateway.viewers.acme.owner;

/** Everything that a refused change must leave as it is, the audit log included. */
async function state(): Promise<unknown> {
  return gateway.database.query(`select
    (select jsonb_agg(r order by r."id") from "Role" r)::text as roles, (select jsonb_agg(m order by m."id") from "Membership" m)::text as members,
    (select jsonb_agg(mr order by mr."membershipId", mr."roleId") from "MembershipRole" mr)::text as held,
    (select jsonb_agg(to_jsonb(k) - 'lastUsedAt' order by k."id") from "ApiKey" k)::text as keys, (select count(*) from "Invitation") as invitations,
    (select count(*) from "AuditEvent" where "action" not like 'session.%') as events`);
}

async function idOf(sql: string, ...values: unknown[]): Promise<string> {
  const [row] = await gateway.database.query<{ id: string }>(sql, values);
  if (!row) throw new Error(`No row: ${sql}`);
  return row.id;
}

const systemRole = (key: string) =>
  idOf('select "id" from "Role" where "organizationId" = $1 and "key" = $2', acme().id, key);

describe('an administrator, who holds all but organization:delete', () => {
  test.each([
    [
      'a role that may delete the organization',
      () => 'createRole(input: { key: "evil", name: "Evil", permissions: ["organization:delete"] }) { role { id } }',
    ],
    ['a key of the owner’s role', () => 'createApiKey(input: { name: "x", client: "x", roleKey: "owner" }) { secret }'],
    [
      'an invitation as owner',
      () => 'inviteMember(input: { email: "friend@example.com", roleKey: "owner" }) { invitation { id } }',
    ],
    [
      'themselves the owner’s role',
      () => `setMemberRoles(input: { userId: "${userId('admin')}", roleKeys: ["owner"] }) { membership { id } }`,
    ],
    [
      'somebody else the owner’s role',
      () =>
        `setMemberRoles(input: { userId: "${userId('guest')}", roleKeys: ["guest", "owner"] }) { membership { id } }`,
    ],
  ])('cannot grant %s', async (_what, text) => {
    const before = await state();
    expect((await send(`mutation { ${text()} }`, admin())).codes).toEqual(['FORBIDDEN']);
    expect(await state()).toEqual(before);
  });

  test.each([
    [
      'take the owner’s roles away',
      () => `setMemberRoles(input: { userId: "${userId('owner')}", roleKeys: ["guest"] }) { membership { id } }`,
    ],
    ['remove the owner', () => `removeMember(input: { userId: "${userId('owner')}" }) { deletedId }`],
    ['suspend the owner', () => `suspendUser(input: { userId: "${userId('owner')}" }) { user { id } }`],
  ])('cannot %s', async (_what, text) => {
    const before = await state();
    expect((await send(`mutation { ${text()} }`, admin())).codes).toEqual(['FORBIDDEN']);
    expect(await state()).toEqual(before);
  });

  test('cannot rotate or revoke a key, or change a role, that holds what they lack', async () => {
    const made = await send(
      'mutation { createApiKey(input: { name: "Owner’s", client: "o", roleKey: "owner" }) { apiKey { id } } createRole(input: { key: "closer", name: "Closer", permissions: ["organization:delete"] }) { role { id } } }',
      owner(),
    );
    const { createApiKey, createRole } = made.expectData() as unknown as {
      createApiKey: { apiKey: { id: string } };
      createRole: { role: { id: string } };
    };
    const before = await state();
    for (const text of [
      `rotateApiKey(input: { id: "${createApiKey.apiKey.id}" }) { secret }`,
      `revokeApiKey(input: { id: "${createApiKey.apiKey.id}" }) { apiKey { id } }`,
      `updateRole(input: { id: "${createRole.role.id}", permissions: [] }) { role { id } }`,
      `deleteRole(input: { id: "${createRole.role.id}" }) { deletedId }`,
    ])
      expect((await send(`mutation { ${text} }`, admin())).codes, text).toEqual(['FORBIDDEN']);
    expect(await state()).toEqual(before);
  });
});

describe('roles', () => {
  test('of the system cannot be edited or deleted, by an owner either', async () => {
    const before = await state();
    const id = globalId('Role', await systemRole('guest'));
    for (const text of [
      `updateRole(input: { id: "${id}", permissions: ["audit:read"] }) { role { id } }`,
      `deleteRole(input: { id: "${id}" }) { deletedId }`,
    ])
      expect((await send(`mutation { ${text} }`, owner())).codes, text).toEqual(['FORBIDDEN']);
    expect(await state()).toEqual(before);
  });

  test('of permissions that do not exist are refused, each named; a role in use stays', async () => {
    const answer = await send(
      'mutation { createRole(input: { key: "X", name: "", permissions: ["project:read", "nonsense:do"] }) { role { id } } }',
      owner(),
    );
    expect(answer.codes).toEqual(['BAD_USER_INPUT']);
    expect(
      ((answer.errors[0]?.extensions.issues ?? []) as { path: string[] }[]).map(({ path }) => path.join('.')),
    ).toEqual(['input.key', 'input.name', 'input.permissions.1']);
    const made = await send(
      'mutation { createRole(input: { key: "reader", name: "Reader", permissions: ["project:read"] }) { role { id } } }',
      owner(),
    );
    const { role } = made.expectData().createRole as { role: { id: string } };
    await send(
      `mutation { setMemberRoles(input: { userId: "${userId('guest')}", roleKeys: ["guest", "reader"] }) { membership { id } } }`,
      owner(),
    );
    expect((await send(`mutation { deleteRole(input: { id: "${role.id}" }) { deletedId } }`, owner())).codes).toEqual([
      'CONFLICT',
    ]);
  });

  test('a custom role that manages roles grants no more than it holds', async () => {
    await send(
      'mutation { createRole(input: { key: "clerk", name: "Clerk", permissions: ["role:manage", "role:list", "project:read"] }) { role { id } } }',
      owner(),
    );
    await send(
      `mutation { setMemberRoles(input: { userId: "${userId('auditor')}", roleKeys: ["clerk"] }) { membership { id } } }`,
      owner(),
    );
    const clerk = gateway.viewers.acme.auditor;
    const own = (await send('{ viewer { permissions } }', clerk)).expectData().viewer?.permissions;
    expect(own).toEqual(['project:read', 'role:list', 'role:manage']);
    const grant = (permission: string, key: string) =>
      send(
        `mutation { createRole(input: { key: "${key}", name: "x", permissions: ["${permission}"] }) { role { id } } }`,
        clerk,
      );
    expect((await grant('project:read', 'mine')).codes).toEqual([]);
    expect((await grant('project.budget:read', 'more')).codes).toEqual(['FORBIDDEN']);
    await send(
      `mutation { setMemberRoles(input: { userId: "${userId('auditor')}", roleKeys: ["auditor"] }) { membership { id } } }`,
      owner(),
    );
  });
});

describe('an owner', () => {
  test('that is the last one cannot leave, be removed or lose the role', async () => {
    const before = await state();
    for (const text of [
      'leaveOrganization(input: { slug: "acme" }) { deletedId }',
      `removeMember(input: { userId: "${userId('owner')}" }) { deletedId }`,
      `setMemberRoles(input: { userId: "${userId('owner')}", roleKeys: ["admin"] }) { membership { id } }`,
    ])
      expect((await send(`mutation { ${text} }`, owner())).codes, text).toEqual(['CONFLICT']);
    expect(await state()).toEqual(before);
  });

  test('of two that leave at once exactly one stays', async () => {
    const { globex } = gateway.organizations;
    const [first, second] = [gateway.viewers.globex.owner, gateway.viewers.globex.admin];
    const promoted = await send(
      `mutation { setMemberRoles(input: { userId: "${globalId('User', globex.users.admin.id)}", roleKeys: ["owner"] }) { membership { id } } }`,
      first,
    );
    expect(promoted.codes).toEqual([]);
    const leave = (as: Credential) =>
      send('mutation { leaveOrganization(input: { slug: "globex" }) { deletedId } }', as);
    const answers = await Promise.all([leave(first), leave(second)]);
    expect(answers.map(({ codes }) => codes.join()).sort()).toEqual(['', 'CONFLICT']);
    const [row] = await gateway.database.query<{ count: string }>(
      `select count(*) from "MembershipRole" mr join "Role" r on r."id" = mr."roleId" join "Membership" m on m."id" = mr."membershipId"
       where r."organizationId" = $1 and r."key" = 'owner' and m."status" = 'ACTIVE'`,
      [globex.id],
    );
    expect(row?.count).toBe('1');
  });
});

describe('a member who is removed', () => {
  test('is out, their keys are refused, and their work keeps its author', async () => {
    const made = await send(
      'mutation { createApiKey(input: { name: "Mine", client: "c", roleKey: "guest", allowAdHoc: true }) { secret } }',
      admin(),
    );
    const secret = String(made.expectData().createApiKey?.secret);
    const ask = '{ projects(first: 1) { nodes { name } } }';
    expect((await send(ask, { 'x-api-key': secret })).codes).toEqual([]);
    expect(
      (await send(`mutation { removeMember(input: { userId: "${userId('admin')}" }) { deletedId } }`, owner())).codes,
    ).toEqual([]);
    await expect.poll(async () => (await send(ask, { 'x-api-key': secret })).status, { timeout: 20_000 }).toBe(401);
    expect((await send(ask, admin())).codes.length).toBeGreaterThan(0);
    const [row] = await gateway.database.query<{ status: string }>(
      'select "status" from "Membership" where "id" = $1',
      [acme().users.admin.membershipId],
    );
    expect(row?.status).toBe('REMOVED');
  });
});

describe('an invitation', () => {
  const tokenOf = async (): Promise<string> => {
    const { createHash, randomBytes } = await import('node:crypto');
    const token = `fgi_${randomBytes(32).toString('base64url')}`;
    await gateway.database.query(
      `update "Invitation" set "digest" = $1 where "id" = (select "id" from "Invitation" order by "createdAt" desc limit 1)`,
      [createHash('sha256').update(token).digest('hex')],
    );
    return token;
  };
  const accept = (token: string, as: Credential) =>
    send(`mutation { acceptInvitation(input: { token: "${token}" }) { organizationId } }`, as);

  test('goes to one address so often an hour and no more, and each alias counts', async () => {
    const invite = (key: string, email = 'crowded@example.com') =>
      `${key}: inviteMember(input: { email: "${email}", roleKey: "guest" }) { invitation { id } }`;
    const aliases = ['a', 'b', 'c'].map((key) => invite(key));
    expect((await send(`mutation { ${aliases.join(' ')} }`, owner())).codes).toEqual([]);
    expect((await send(`mutation { ${invite('a')} ${invite('b', ' CROWDED@example.com ')} }`, owner())).codes).toEqual(
      [],
    );
    const count = async () =>
      await gateway.database.query(`select count(*) from "Invitation" where lower("email") = 'crowded@example.com'`);
    const before = await count();
    expect((await send(`mutation { ${invite('a')} }`, owner())).codes).toEqual(['RATE_LIMITED']);
    expect(await count()).toEqual(before);
    expect((await send(`mutation { ${invite('a', 'roomy@example.com')} }`, owner())).codes).toEqual([]);
  });

  test('is for the address that it went to, once, and only while it stands', async () => {
    const { globex } = gateway.organizations;
    const invite = () =>
      send(
        `mutation { inviteMember(input: { email: "${globex.users.member.email}", roleKey: "guest" }) { invitation { id } } }`,
        owner(),
      );
    const first = (await invite()).expectData().inviteMember as { invitation: { id: string } };
    const revoked = await tokenOf();
    expect(
      (
        await send(
          `mutation { revokeInvitation(input: { id: "${first.invitation.id}" }) { invitation { revokedAt } } }`,
          owner(),
        )
      ).codes,
    ).toEqual([]);
    expect((await accept(revoked, gateway.viewers.globex.member)).codes).toEqual(['NOT_FOUND']);
    expect((await invite()).codes).toEqual([]);
    const token = await tokenOf();
    expect((await accept(token, gateway.viewers.globex.guest)).codes).toEqual(['NOT_FOUND']);
    expect((await accept(`${token}x`, gateway.viewers.globex.member)).codes).toEqual(['NOT_FOUND']);
    const both = await Promise.all([
      accept(token, gateway.viewers.globex.member),
      accept(token, gateway.viewers.globex.member),
    ]);
    expect(both.map(({ codes }) => codes.join()).sort()).toEqual(['', 'NOT_FOUND']);
    expect(
      (
        await gateway.send(
          '{ projects(first: 1) { nodes { budget } } }',
          {},
          { as: gateway.viewers.globex.member, headers: { 'x-organization': 'acme' } },
        )
      ).codes,
    ).toEqual(['FORBIDDEN']);
  });
});

describe('an organization', () => {
  test('that somebody makes is theirs, with the system roles, and seen by nobody else', async () => {
    const answer = await send(
      'mutation { createOrganization(input: { slug: "initech", name: "Initech" }) { organization { slug name status } slug } }',
      owner(),
    );
    expect(answer.expectData().createOrganization).toEqual({
      organization: { slug: 'initech', name: 'Initech', status: 'ACTIVE' },
      slug: 'initech',
    });
    const inside = { as: owner(), headers: { 'x-organization': 'initech' } };
    const own = (
      await gateway.send<{ viewer: { roles: object[] }; roles: object[]; projects: object }>(
        '{ viewer { roles { key } } roles { key } projects { totalCount } }',
        {},
        inside,
      )
    ).expectData();
    expect(own.viewer.roles).toEqual([{ key: 'owner' }]);
    expect(own.roles).toHaveLength(7);
    expect(own.projects).toEqual({ totalCount: 0 });
    expect(
      (
        await gateway.send(
          '{ __typename }',
          {},
          { as: gateway.viewers.acme.guest, headers: { 'x-organization': 'initech' } },
        )
      ).status,
    ).toBe(404);
    expect(
      (await send('mutation { createOrganization(input: { slug: "initech", name: "Again" }) { slug } }', owner()))
        .codes,
    ).toEqual(['CONFLICT']);
  });
});

describe('the audit log', () => {
  test('has each change with actor, address and request, and neither a secret nor an address of mail', async () => {
    const answer = await send(
      'mutation { createApiKey(input: { name: "logged", client: "l", roleKey: "partner" }) { apiKey { id } secret } }',
      owner(),
    );
    const { secret } = answer.expectData().createApiKey as { secret: string };
    const [event] = await gateway.database.query<Record<string, string>>(
      `select * from "AuditEvent" where "action" = 'apiKey.create' order by "at" desc, "id" desc limit 1`,
    );
    expect(event).toMatchObject({
      actorType: 'User',
      actorId: acme().users.owner.id,
      targetType: 'ApiKey',
      ip: expect.stringContaining('127.0.0.1'),
    });
    expect(event?.requestId).toBe(answer.headers.get('x-request-id'));
    const all = JSON.stringify(await gateway.database.query('select * from "AuditEvent"'));
    expect(all).not.toContain(secret);
    expect(all).not.toContain(secret.slice(-20));
    expect(all).not.toMatch(/@(acme|globex)\.example/);
  });

  test('cannot be changed or emptied by the gateway’s own role', async () => {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: gateway.database.gatewayUrl });
    await client.connect();
    for (const sql of ['update "AuditEvent" set "action" = \'x\'', 'delete from "AuditEvent"', 'truncate "AuditEvent"'])
      await expect(client.query(sql), sql).rejects.toThrow(/permission denied/);
    await client.end();
  });

  test('outlives its organization', async () => {
    const count = async () =>
      (
        await gateway.database.query<{ count: string }>(
          'select count(*) from "AuditEvent" where "organizationId" = $1',
          [acme().id],
        )
      )[0]?.count;
    const before = Number(await count());
    expect(
      (await send('mutation { deleteOrganization(input: { slug: "wrong" }) { deletedId } }', owner())).codes,
    ).toEqual(['BAD_USER_INPUT']);
    expect(
      (await send('mutation { deleteOrganization(input: { slug: "acme" }) { deletedId } }', owner())).codes,
    ).toEqual([]);
    expect(Number(await count())).toBe(before + 1);
    expect(await gateway.database.query('select 1 from "Project" where "organizationId" = $1', [acme().id])).toEqual(
      [],
    );
  });
});
