/** Keys as actors, and what outlasts whom: a key reaches no further than the key or the person behind it, and no longer. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Credential } from '../support/client.ts';
import { type Delegation, delegationOf, globalId } from '../support/delegation.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let acme: Delegation;
beforeAll(async () => {
  gateway = await startGateway();
  acme = delegationOf(gateway, gateway.organizations.acme);
});
afterAll(() => gateway.close());

const { owner, admin } = {
  owner: () => gateway.viewers.acme.owner,
  admin: () => gateway.viewers.acme.admin,
};
const localOf = (id: string) => Buffer.from(id, 'base64').toString().slice('ApiKey:'.length);
const ask = '{ projects(first: 1) { nodes { name } } }';
const works = async (as: Credential) => (await gateway.send(ask, {}, { as })).status;
const keys = () => gateway.database.query('select to_jsonb(k) - \'lastUsedAt\' as key from "ApiKey" k order by "id"');

describe('rotation', () => {
  test('shows a secret that works at once; the old one works until the overlap ends', async () => {
    const key = await acme.makeKey(admin(), 'client: "r", roleKey: "guest", allowAdHoc: true');
    const answer = await acme.mutate(`rotateApiKey(input: { id: "${key.id}", overlapMinutes: 5 }) { secret }`, admin());
    const secret = String(answer.expectData().rotateApiKey?.secret);
    expect(secret).not.toBe(key.as['x-api-key']);
    expect([await works({ 'x-api-key': secret }), await works(key.as)]).toEqual([200, 200]);
    await gateway.database.query(
      'update "ApiKey" set "previousUntil" = now() - interval \'1 second\' where "id" = $1',
      [localOf(key.id)],
    );
    await expect.poll(() => works(key.as), { timeout: 20_000 }).toBe(401);
    expect(await works({ 'x-api-key': secret })).toBe(200);
  });

  test('without an overlap ends the old secret at once; a second rotation ends the one before the last', async () => {
    const key = await acme.makeKey(admin(), 'client: "r", roleKey: "guest", allowAdHoc: true');
    const rotate = async (minutes: number): Promise<Credential> => {
      const text = `rotateApiKey(input: { id: "${key.id}", overlapMinutes: ${minutes} }) { secret }`;
      return { 'x-api-key': String((await acme.mutate(text, admin())).expectData().rotateApiKey?.secret) };
    };
    const second = await rotate(0);
    await expect.poll(() => works(key.as), { timeout: 20_000 }).toBe(401);
    const third = await rotate(60);
    expect([await works(second), await works(third)]).toEqual([200, 200]);
    const fourth = await rotate(60);
    await expect.poll(() => works(second), { timeout: 20_000 }).toBe(401);
    expect([await works(third), await works(fourth)]).toEqual([200, 200]);
  });

  test.each([-1, 7 * 24 * 60 + 1])('with an overlap of %i minutes is refused', async (minutes) => {
    const key = await acme.makeKey(admin(), 'client: "r", roleKey: "guest"');
    const before = await keys();
    const text = `rotateApiKey(input: { id: "${key.id}", overlapMinutes: ${minutes} }) { secret }`;
    expect((await acme.mutate(text, admin())).codes).toEqual(['BAD_USER_INPUT']);
    expect(await keys()).toEqual(before);
  });

  test('of a key that may send text of its own needs what making one needs', async () => {
    const key = await acme.makeKey(owner(), 'client: "r", roleKey: "guest", allowAdHoc: true');
    const plain = await acme.makeKey(owner(), 'client: "r", roleKey: "guest"');
    await acme.giveRole('manager', 'keeper', [
      'apiKey:manage',
      'apiKey:list',
      'project:read',
      'task:read',
      'comment:read',
      'attachment:read',
    ]);
    const manager = gateway.viewers.acme.manager;
    await expect
      .poll(async () => (await acme.mutate(`rotateApiKey(input: { id: "${plain.id}" }) { secret }`, manager)).codes)
      .toEqual([]);
    const before = await keys();
    const answer = await acme.mutate(`rotateApiKey(input: { id: "${key.id}" }) { secret }`, manager);
    expect(answer.codes).toEqual(['FORBIDDEN']);
    expect(answer.errors[0]?.extensions.requires).toEqual(['schema:introspect']);
    expect(await keys()).toEqual(before);
    await acme.restoreRole('manager');
  });

  test('compares all of a key’s scopes, also those that its role has lost for now', async () => {
    const role = await acme.mutate(
      'createRole(input: { key: "shrinking", name: "s", permissions: ["project:read", "organization:delete"] }) { role { id } }',
      owner(),
    );
    const {
      role: { id },
    } = role.expectData().createRole as { role: { id: string } };
    const key = await acme.makeKey(owner(), 'client: "r", roleKey: "shrinking"');
    (
      await acme.mutate(`updateRole(input: { id: "${id}", permissions: ["project:read"] }) { role { id } }`, owner())
    ).expectData();
    const before = await keys();
    const answer = await acme.mutate(`rotateApiKey(input: { id: "${key.id}" }) { secret }`, admin());
    expect(answer.codes).toEqual(['FORBIDDEN']);
    expect(await keys()).toEqual(before);
  });
});

describe('a key that manages keys', () => {
  const manages =
    'client: "ops", roleKey: "admin", scopes: ["apiKey:manage", "apiKey:list", "project:read", "schema:introspect"]';
  const child = (text: string) =>
    `createApiKey(input: { name: "Child", client: "c", roleKey: "guest", ${text} }) { apiKey { id } secret }`;

  test('grants nothing that its role has and its scopes leave out', async () => {
    const key = await acme.makeKey(admin(), `${manages}, allowAdHoc: true`);
    const before = await keys();
    for (const text of [child('scopes: ["project:read", "task:read"]'), child('allowAdHoc: false')]) {
      const answer = await acme.mutate(text, key.as);
      expect(answer.codes, text).toEqual(['FORBIDDEN']);
    }
    expect(
      (await acme.mutate('createRole(input: { key: "k", name: "k", permissions: [] }) { role { id } }', key.as)).codes,
    ).toEqual(['FORBIDDEN']);
    expect(await keys()).toEqual(before);
    expect((await acme.mutate(child('scopes: ["project:read"]'), key.as)).codes).toEqual([]);
  });

  test('hands its own bounds on, and makes nothing that reaches further', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const key = await acme.makeKey(
      admin(),
      `${manages}, allowAdHoc: true, expiresAt: "${expiresAt}", allowedNetworks: ["127.0.0.0/8", "::1/128"], budget: 5000, requestsPerMinute: 500`,
    );
    const later = new Date(Date.now() + 7_200_000).toISOString();
    const before = await keys();
    for (const wider of [
      `expiresAt: "${later}"`,
      'allowedNetworks: ["0.0.0.0/0"]',
      'allowedNetworks: ["127.0.0.0/7"]',
      'allowedNetworks: ["127.0.0.0/16", "10.0.0.0/8"]',
      'budget: 5001',
      'requestsPerMinute: 501',
    ]) {
      const answer = await acme.mutate(child(`scopes: ["project:read"], ${wider}`), key.as);
      expect(answer.codes, wider).toEqual(['FORBIDDEN']);
    }
    expect(await keys()).toEqual(before);
    const made = await acme.makeKey(key.as, 'client: "c", roleKey: "guest", scopes: ["project:read"]');
    const [row] = await gateway.database.query<Record<string, unknown>>('select * from "ApiKey" where "id" = $1', [
      localOf(made.id),
    ]);
    expect(row).toMatchObject({
      expiresAt: new Date(expiresAt),
      allowedNetworks: ['127.0.0.0/8', '::1/128'],
      budget: 5000,
      requestsPerMinute: 500,
      allowAdHoc: false,
      createdById: gateway.organizations.acme.users.admin.id,
    });
    const narrower = await acme.mutate(
      child('scopes: ["project:read"], allowedNetworks: ["127.0.0.1/32"], budget: 10, requestsPerMinute: 10'),
      key.as,
    );
    expect(narrower.codes).toEqual([]);
  });

  test('whose budget is the deployment’s gives no greater one', async () => {
    const key = await acme.makeKey(admin(), `${manages}, allowAdHoc: true`);
    const greater = child(`scopes: ["project:read"], budget: ${gateway.config.COST_BUDGET_PER_MINUTE + 1}`);
    expect((await acme.mutate(greater, key.as)).codes).toEqual(['FORBIDDEN']);
  });

  test('and may not send text of its own makes none that may, nor rotates one', async () => {
    const key = await acme.makeKey(admin(), manages);
    const free = await acme.makeKey(
      admin(),
      'client: "ops", roleKey: "guest", scopes: ["project:read"], allowAdHoc: true',
    );
    const create =
      'mutation Make { createApiKey(input: { name: "Child", client: "ops", roleKey: "guest", scopes: ["project:read"], allowAdHoc: true }) { secret } }';
    const rotate = `mutation Rotate { rotateApiKey(input: { id: "${free.id}" }) { secret } }`;
    const registered = await gateway.send<{
      registerPersistedOperations: { persistedOperations: { documentId: string }[] };
    }>(
      'mutation ($operations: [PersistedOperationInput!]!) { registerPersistedOperations(input: { client: "ops", operations: $operations }) { persistedOperations { documentId } } }',
      {
        operations: [
          { name: 'Make', body: create },
          { name: 'Rotate', body: rotate },
        ],
      },
      { as: owner() },
    );
    const before = await keys();
    for (const { documentId } of registered.expectData().registerPersistedOperations.persistedOperations) {
      const response = await fetch(gateway.endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...key.as },
        body: JSON.stringify({ documentId }),
      });
      const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    }
    expect(await keys()).toEqual(before);
  });

  test('bound to a network rotates none that is bound to none', async () => {
    const bound = await acme.makeKey(
      admin(),
      `${manages}, allowAdHoc: true, allowedNetworks: ["127.0.0.0/8", "::1/128"]`,
    );
    const free = await acme.makeKey(admin(), 'client: "f", roleKey: "guest", scopes: ["project:read"]');
    const answer = await acme.mutate(`rotateApiKey(input: { id: "${free.id}" }) { secret }`, bound.as);
    expect(answer.codes).toEqual(['FORBIDDEN']);
    expect((await acme.mutate(`rotateApiKey(input: { id: "${bound.id}" }) { secret }`, bound.as)).codes).toEqual([]);
  });

  test('and runs one client’s operations makes none of another client, nor rotates one', async () => {
    const key = await acme.makeKey(admin(), manages);
    const other = await acme.makeKey(admin(), 'client: "backoffice", roleKey: "guest", scopes: ["project:read"]');
    const texts = {
      Foreign:
        'mutation Foreign { createApiKey(input: { name: "C", client: "backoffice", roleKey: "guest", scopes: ["project:read"] }) { secret } }',
      Rotate: `mutation Rotate { rotateApiKey(input: { id: "${other.id}" }) { secret } }`,
      Own: 'mutation Own { createApiKey(input: { name: "C", client: "ops", roleKey: "guest", scopes: ["project:read"] }) { secret } }',
    };
    const run = await registeredRunner('ops', texts);
    const before = await keys();
    expect([await run('Foreign', key.as), await run('Rotate', key.as)]).toEqual([['FORBIDDEN'], ['FORBIDDEN']]);
    expect(await keys()).toEqual(before);
    expect(await run('Own', key.as)).toEqual([]);
  });

  test('takes the keys that it made with it when it is revoked, and theirs', async () => {
    const key = await acme.makeKey(admin(), `${manages}, allowAdHoc: true`);
    const second = await acme.makeKey(key.as, manages.replace('"ops"', '"two"').concat(', allowAdHoc: true'));
    const third = await acme.makeKey(
      second.as,
      'client: "c", roleKey: "guest", scopes: ["project:read"], allowAdHoc: true',
    );
    const other = await acme.makeKey(admin(), 'client: "c", roleKey: "guest", allowAdHoc: true');
    expect([await works(second.as), await works(third.as)]).toEqual([200, 200]);
    (await acme.mutate(`revokeApiKey(input: { id: "${key.id}" }) { apiKey { revokedAt } }`, admin())).expectData();
    await expect.poll(() => works(third.as), { timeout: 20_000 }).toBe(401);
    expect([await works(key.as), await works(second.as), await works(other.as)]).toEqual([401, 401, 200]);
  });
});

describe('an old secret within its overlap', () => {
  const manages = 'client: "ops", roleKey: "admin", allowAdHoc: true';
  const rotated = async () => {
    const key = await acme.makeKey(admin(), manages);
    const text = `rotateApiKey(input: { id: "${key.id}", overlapMinutes: 60 }) { secret }`;
    const secret = String((await acme.mutate(text, admin())).expectData().rotateApiKey?.secret);
    return { ...key, fresh: { 'x-api-key': secret } };
  };

  test('reads on, but makes, rotates and hands on nothing', async () => {
    const { id, as, fresh } = await rotated();
    expect(await works(as)).toBe(200);
    const before = await keys();
    for (const text of [
      `rotateApiKey(input: { id: "${id}", overlapMinutes: 0 }) { secret }`,
      'createApiKey(input: { name: "x", client: "x", roleKey: "guest" }) { secret }',
      'inviteMember(input: { email: "thief@example.com", roleKey: "guest" }) { invitation { id } }',
      'createRole(input: { key: "thief", name: "x", permissions: [] }) { role { id } }',
    ])
      expect((await acme.mutate(text, as)).codes, text).toEqual(['UNAUTHENTICATED']);
    expect(await keys()).toEqual(before);
    const again = `rotateApiKey(input: { id: "${id}", overlapMinutes: 0 }) { secret }`;
    expect((await acme.mutate(again, fresh)).codes).toEqual([]);
  });
});

test('revoking a revoked key ends what it made and was left behind, and the invitations of an ended key go with its role', async () => {
  const key = await acme.makeKey(admin(), 'client: "old", roleKey: "admin", allowAdHoc: true');
  const child = await acme.makeKey(
    key.as,
    'client: "old", roleKey: "guest", scopes: ["project:read"], allowAdHoc: true',
  );
  await gateway.database.query('update "ApiKey" set "revokedAt" = now() where "id" = $1', [localOf(key.id)]);
  expect(await works(child.as)).toBe(200);
  (await acme.mutate(`revokeApiKey(input: { id: "${key.id}" }) { apiKey { id } }`, admin())).expectData();
  await expect.poll(() => works(child.as), { timeout: 20_000 }).toBe(401);

  const made = await acme.mutate(
    'createRole(input: { key: "passing", name: "p", permissions: ["member:invite", "project:read", "task:read", "comment:read", "attachment:read"] }) { role { id } }',
    owner(),
  );
  const {
    role: { id },
  } = made.expectData().createRole as { role: { id: string } };
  const sender = await acme.makeKey(owner(), 'client: "old", roleKey: "passing", allowAdHoc: true');
  await gateway.database.query('update "ApiKey" set "createdById" = null where "id" = $1', [localOf(sender.id)]);
  const { email } = gateway.organizations.globex.users.auditor;
  // Of nobody but the key: with its row, all that could be asked about it would be gone.
  const { token } = await inviteKnown(email, sender.as);
  await gateway.database.query('update "ApiKey" set "expiresAt" = now() where "id" = $1', [localOf(sender.id)]);
  (await acme.mutate(`deleteRole(input: { id: "${id}" }) { deletedId }`, owner())).expectData();
  expect(await accept(token, gateway.viewers.globex.auditor)).toEqual(['NOT_FOUND']);
});

describe('limits of a key’s own', () => {
  test('on requests hold for that key alone, and come back', async () => {
    const key = await acme.makeKey(admin(), 'client: "l", roleKey: "guest", allowAdHoc: true, requestsPerMinute: 2');
    const other = await acme.makeKey(admin(), 'client: "l", roleKey: "guest", allowAdHoc: true');
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push(await works(key.as));
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await gateway.send(ask, {}, { as: key.as });
    expect(refused.codes).toEqual(['RATE_LIMITED']);
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(30);
    expect(await works(other.as)).toBe(200);
  });

  test('are shared with the keys that it makes', async () => {
    const maker = await acme.makeKey(admin(), 'client: "l", roleKey: "admin", allowAdHoc: true, requestsPerMinute: 8');
    const made = [];
    for (let i = 0; i < 3; i++)
      made.push(
        await acme.makeKey(maker.as, 'client: "l", roleKey: "guest", scopes: ["project:read"], allowAdHoc: true'),
      );
    const statuses = [];
    for (let i = 0; i < 7; i++) statuses.push(await works((made[i % 3] ?? maker).as));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect(await works(maker.as)).toBe(429);
  });

  test('on cost are charged by what operations cost', async () => {
    const cost = Number((await gateway.send(ask, {}, { as: admin() })).headers.get('x-operation-cost'));
    expect(cost).toBeGreaterThan(0);
    const key = await acme.makeKey(admin(), `client: "l", roleKey: "guest", allowAdHoc: true, budget: ${cost * 2}`);
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push(await works(key.as));
    expect(statuses).toEqual([200, 200, 429]);
    const before = await keys();
    const other = gateway.statementsOf(
      String(
        (await gateway.send('{ tasks(first: 1) { nodes { title } } }', {}, { as: key.as })).headers.get('x-request-id'),
      ),
    );
    expect(other).toEqual([]);
    expect(await keys()).toEqual(before);
  });
});

/** Registers operations of a client and runs them by name. */
async function registeredRunner(client: string, texts: Readonly<Record<string, string>>) {
  const answer = await gateway.send<{ registerPersistedOperations: { persistedOperations: { documentId: string }[] } }>(
    `mutation ($operations: [PersistedOperationInput!]!) { registerPersistedOperations(input: { client: "${client}", operations: $operations }) { persistedOperations { documentId } } }`,
    { operations: Object.entries(texts).map(([name, body]) => ({ name, body })) },
    { as: owner() },
  );
  const ids = answer.expectData().registerPersistedOperations.persistedOperations;
  return async (name: string, as: Credential): Promise<string[]> => {
    const response = await fetch(gateway.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...as },
      body: JSON.stringify({ documentId: ids[Object.keys(texts).indexOf(name)]?.documentId }),
    });
    const { errors = [] } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return errors.map(({ extensions }) => extensions.code);
  };
}

/** Invites an address and gives the invitation a token that the test knows. */
async function inviteKnown(email: string, as: Credential, roleKey = 'guest'): Promise<{ token: string; id: string }> {
  const text = `inviteMember(input: { email: "${email}", roleKey: "${roleKey}" }) { invitation { id } }`;
  const { createHash, randomBytes } = await import('node:crypto');
  const { invitation } = (await acme.mutate(text, as)).expectData().inviteMember as { invitation: { id: string } };
  const id = Buffer.from(invitation.id, 'base64').toString().slice('Invitation:'.length);
  const token = `fgi_${randomBytes(32).toString('base64url')}`;
  const digest = createHash('sha256').update(token).digest('hex');
  await gateway.database.query('update "Invitation" set "digest" = $1 where "id" = $2', [digest, id]);
  return { token, id };
}
const accept = async (token: string, as: Credential) =>
  (await gateway.send(`mutation { acceptInvitation(input: { token: "${token}" }) { organizationId } }`, {}, { as }))
    .codes;

describe('somebody who is put out', () => {
  const friend = () => ({ ...gateway.organizations.globex.users.manager, as: gateway.viewers.globex.manager });
  const remove = async () =>
    (
      await acme.mutate(`removeMember(input: { userId: "${globalId('User', friend().id)}" }) { deletedId }`, owner())
    ).expectData();

  test('does not come back by a second invitation that was open all the while, nor by one sent to them as a member', async () => {
    const { email, as } = friend();
    const [first, second] = [
      await inviteKnown(email, owner()),
      await inviteKnown(email.toUpperCase(), owner(), 'admin'),
    ];
    expect(await accept(first.token, as)).toEqual([]);
    expect(await accept(second.token, as)).toEqual(['NOT_FOUND']);
    await acme.giveRole('manager', 'porter', [
      'member:invite',
      'project:read',
      'task:read',
      'comment:read',
      'attachment:read',
    ]);
    await expect
      .poll(
        async () =>
          (
            await acme.mutate(
              'inviteMember(input: { email: "w@example.com", roleKey: "guest" }) { invitation { id } }',
              gateway.viewers.acme.manager,
            )
          ).codes,
      )
      .toEqual([]);
    const dormant = await inviteKnown(email, gateway.viewers.acme.manager);
    await acme.restoreRole('manager');
    await remove();
    expect(await accept(dormant.token, as)).toEqual(['NOT_FOUND']);
    const invited = await inviteKnown(email, owner());
    expect(await accept(invited.token, as)).toEqual([]);
    await remove();
  });

  test('an invitation that a key sent ends with the key, and grants no more than the key may by then', async () => {
    // Somebody else: one address is invited only so often an hour.
    const { email } = gateway.organizations.globex.users.admin;
    const as = gateway.viewers.globex.admin;
    const key = await acme.makeKey(admin(), 'client: "hr", roleKey: "admin", allowAdHoc: true');
    const open = await inviteKnown(email, key.as);
    (await acme.mutate(`revokeApiKey(input: { id: "${key.id}" }) { apiKey { id } }`, owner())).expectData();
    expect(await accept(open.token, as)).toEqual(['NOT_FOUND']);
    const [row] = await gateway.database.query<{ revokedAt: Date | null }>(
      'select "revokedAt" from "Invitation" where "id" = $1',
      [open.id],
    );
    expect(row?.revokedAt).toBeInstanceOf(Date);
    const second = await acme.makeKey(admin(), 'client: "hr", roleKey: "admin", allowAdHoc: true');
    const later = await inviteKnown(email, second.as, 'member');
    await gateway.database.query('update "ApiKey" set "scopes" = array[\'member:invite\'] where "id" = $1', [
      localOf(second.id),
    ]);
    expect(await accept(later.token, as)).toEqual(['NOT_FOUND']);
  });
});

describe('somebody who is demoted', () => {
  test('keeps nothing through a key that they made, and has it again when they are back', async () => {
    const key = await acme.makeKey(admin(), 'client: "mine", roleKey: "admin", allowAdHoc: true');
    const permissions = async () =>
      (await gateway.send<{ viewer: { permissions: string[] } }>('{ viewer { permissions } }', {}, { as: key.as })).data
        ?.viewer.permissions;
    const before = await permissions();
    expect(before).toContain('member:update');
    const setRole = (role: string) =>
      `setMemberRoles(input: { userId: "${acme.userId('admin')}", roleKeys: ["${role}"] }) { membership { id } }`;
    (await acme.mutate(setRole('guest'), owner())).expectData();
    await expect.poll(permissions, { timeout: 20_000 }).not.toContain('member:update');
    expect((await acme.mutate(setRole('admin'), key.as)).codes).toEqual(['FORBIDDEN']);
    expect(await permissions()).toContain('project:read');
    const explained = await gateway.send<{
      explainAccess: { coordinates: { coordinate: string; decision: string }[] };
    }>(
      `{ explainAccess(operation: "{ projects { nodes { budget } } }", as: { apiKey: "${key.id}" }) { coordinates { coordinate decision } } }`,
      {},
      { as: owner() },
    );
    expect(explained.expectData().explainAccess.coordinates).toContainEqual({
      coordinate: 'Project.budget',
      decision: 'DENIED',
    });
    (await acme.mutate(setRole('admin'), owner())).expectData();
    await expect.poll(permissions, { timeout: 20_000 }).toEqual(before);
  });
});

describe('what somebody made', () => {
  const globexOf = () => delegationOf(gateway, gateway.organizations.globex);

  test('through a key ends with their membership', async () => {
    const globex = globexOf();
    const admins = gateway.viewers.globex.admin;
    const first = await globex.makeKey(admins, 'client: "ops", roleKey: "admin", allowAdHoc: true');
    const second = await globex.makeKey(first.as, 'client: "c", roleKey: "guest", allowAdHoc: true');
    (
      await globex.mutate(
        `removeMember(input: { userId: "${globex.userId('admin')}" }) { deletedId }`,
        gateway.viewers.globex.owner,
      )
    ).expectData();
    await expect.poll(() => works(second.as), { timeout: 20_000 }).toBe(401);
    expect(await works(first.as)).toBe(401);
    const live = await gateway.database.query('select from "ApiKey" where "createdById" = $1 and "revokedAt" is null', [
      gateway.organizations.globex.users.admin.id,
    ]);
    expect(live).toEqual([]);
  });

  test('rests while they are suspended, and works again when they are reinstated', async () => {
    const key = await acme.makeKey(admin(), 'client: "c", roleKey: "guest", allowAdHoc: true');
    const of = (word: string) => `${word}User(input: { userId: "${acme.userId('admin')}" }) { user { id } }`;
    (await acme.mutate(of('suspend'), owner())).expectData();
    await expect.poll(() => works(key.as), { timeout: 20_000 }).toBe(401);
    (await acme.mutate(of('reinstate'), owner())).expectData();
    await expect.poll(() => works(key.as), { timeout: 20_000 }).toBe(200);
  });

  test('an open invitation ends with their membership, and rests while they are suspended', async () => {
    const { createHash, randomBytes } = await import('node:crypto');
    const friend = gateway.viewers.globex.member;
    const { member } = gateway.organizations.globex.users;
    const invite = async (): Promise<{ token: string; id: string }> => {
      const text = `inviteMember(input: { email: "${member.email}", roleKey: "guest" }) { invitation { id } }`;
      const { invitation } = (await acme.mutate(text, admin())).expectData().inviteMember as {
        invitation: { id: string };
      };
      const token = `fgi_${randomBytes(32).toString('base64url')}`;
      const id = Buffer.from(invitation.id, 'base64').toString().slice('Invitation:'.length);
      const digest = createHash('sha256').update(token).digest('hex');
      await gateway.database.query('update "Invitation" set "digest" = $1 where "id" = $2', [digest, id]);
      return { token, id };
    };
    const accept = async (token: string) =>
      (
        await gateway.send(
          `mutation { acceptInvitation(input: { token: "${token}" }) { organizationId } }`,
          {},
          { as: friend },
        )
      ).codes;
    const resting = await invite();
    const of = (word: string) => `${word}User(input: { userId: "${acme.userId('admin')}" }) { user { id } }`;
    (await acme.mutate(of('suspend'), owner())).expectData();
    expect(await accept(resting.token)).toEqual(['NOT_FOUND']);
    (await acme.mutate(of('reinstate'), owner())).expectData();
    expect(await accept(resting.token)).toEqual([]);
    (
      await acme.mutate(`removeMember(input: { userId: "${globalId('User', member.id)}" }) { deletedId }`, owner())
    ).expectData();
    const open = await invite();
    await gateway.database.query(
      'update "Invitation" set "expiresAt" = now() - interval \'1 minute\' where "id" = $1',
      [open.id],
    );
    expect(await accept(open.token)).toEqual(['NOT_FOUND']);
    const last = await invite();
    (
      await acme.mutate(`removeMember(input: { userId: "${acme.userId('admin')}" }) { deletedId }`, owner())
    ).expectData();
    expect(await accept(last.token)).toEqual(['NOT_FOUND']);
    const [row] = await gateway.database.query<{ revokedAt: Date | null }>(
      'select "revokedAt" from "Invitation" where "id" = $1',
      [last.id],
    );
    expect(row?.revokedAt).toBeInstanceOf(Date);
  });
});

describe('an invitation', () => {
  test('to a member’s address looks like any other to who may not read addresses', async () => {
    await acme.giveRole('manager', 'host', [
      'member:invite',
      'project:read',
      'task:read',
      'comment:read',
      'attachment:read',
    ]);
    const manager = gateway.viewers.acme.manager;
    const invite = (email: string) =>
      acme.mutate(
        `inviteMember(input: { email: "${email}", roleKey: "guest" }) { invitation { email acceptedAt revokedAt } }`,
        manager,
      );
    const known = gateway.organizations.acme.users.member.email;
    await expect.poll(async () => (await invite('nobody-1@example.com')).codes).toEqual([]);
    const [taken, free] = [await invite(known), await invite('nobody-2@example.com')];
    expect(taken.codes).toEqual([]);
    expect(JSON.stringify(taken.data).replaceAll(known, '')).toBe(
      JSON.stringify(free.data).replaceAll('nobody-2@example.com', ''),
    );
    await acme.restoreRole('manager');
    const told = await acme.mutate(
      `inviteMember(input: { email: "${known}", roleKey: "guest" }) { invitation { id } }`,
      owner(),
    );
    expect(told.codes).toEqual(['CONFLICT']);
  });
});

describe('an invitation by somebody who was demoted since', () => {
  test('grants no more what they lost', async () => {
    const { createHash, randomBytes } = await import('node:crypto');
    const { guest } = gateway.organizations.globex.users;
    const token = `fgi_${randomBytes(32).toString('base64url')}`;
    await acme.giveRole('manager', 'inviter', [
      'member:invite',
      'project:read',
      'task:read',
      'comment:read',
      'attachment:read',
    ]);
    const manager = gateway.viewers.acme.manager;
    const invite = `inviteMember(input: { email: "${guest.email}", roleKey: "guest" }) { invitation { id } }`;
    await expect.poll(async () => (await acme.mutate(invite, manager)).codes).toEqual([]);
    await gateway.database.query('update "Invitation" set "digest" = $1 where "email" = $2 and "invitedById" = $3', [
      createHash('sha256').update(token).digest('hex'),
      guest.email,
      gateway.organizations.acme.users.manager.id,
    ]);
    await acme.giveRole('manager', 'reader', ['project:read']);
    const accept = `mutation { acceptInvitation(input: { token: "${token}" }) { organizationId } }`;
    expect((await gateway.send(accept, {}, { as: gateway.viewers.globex.guest })).codes).toEqual(['NOT_FOUND']);
    await acme.restoreRole('manager');
    expect((await gateway.send(accept, {}, { as: gateway.viewers.globex.guest })).codes).toEqual([]);
  });
});

describe('an auditor', () => {
  const details = async (as: Credential) => {
    const answer = await gateway.send<{
      auditEvents: { nodes: { action: string; details: Record<string, unknown> }[] };
    }>('{ auditEvents(first: 100) { nodes { action details } } }', {}, { as });
    return answer.expectData().auditEvents.nodes;
  };

  test('reads no detail that their role denies them elsewhere, and all that it does not', async () => {
    await acme.makeKey(owner(), 'client: "secret-client", roleKey: "guest", scopes: ["project:read"]');
    await acme.giveRole('auditor', 'watcher', ['audit:read']);
    const auditor = gateway.viewers.acme.auditor;
    await expect
      .poll(
        async () =>
          (await gateway.send<{ viewer: { permissions: string[] } }>('{ viewer { permissions } }', {}, { as: auditor }))
            .data?.viewer.permissions,
      )
      .toEqual(['audit:read']);
    const seen = await details(auditor);
    const made = seen.find(({ action }) => action === 'apiKey.create');
    expect(made?.details).toEqual({ client: 'changed', roleKey: 'changed', scopes: 'changed', allowAdHoc: 'changed' });
    expect(JSON.stringify(seen)).not.toMatch(/secret-client|watcher|guest|project:read/);
    const whole = await details(owner());
    expect(whole.find(({ action }) => action === 'apiKey.create')?.details).toEqual({
      client: 'secret-client',
      roleKey: 'guest',
      scopes: ['project:read'],
      allowAdHoc: false,
    });
    expect(whole.find(({ action }) => action === 'member.setRoles')?.details).toEqual({
      before: ['auditor'],
      after: ['watcher'],
    });
    await acme.restoreRole('auditor');
    const usual = await details(auditor);
    expect(usual.find(({ action }) => action === 'apiKey.create')?.details).toMatchObject({
      client: 'changed',
      scopes: 'changed',
    });
    expect(usual.find(({ action }) => action === 'role.create')?.details).toMatchObject({ key: 'watcher' });
  });
});

describe('an audit event', () => {
  test('of an internal comment is as hidden as the comment', async () => {
    const task = globalId('Task', gateway.organizations.acme.taskIds[0] ?? '');
    const say = async (internal: boolean) =>
      (
        (
          await acme.mutate(
            `addComment(input: { taskId: "${task}", body: "x", internal: ${internal} }) { comment { id } }`,
            owner(),
          )
        ).expectData().addComment as { comment: { id: string } }
      ).comment.id;
    const [open, hidden] = [await say(false), await say(true)];
    (
      await acme.mutate(`updateComment(input: { id: "${hidden}", body: "y" }) { comment { id } }`, owner())
    ).expectData();
    const seenBy = async (as: Credential) => {
      const text = (id: string) =>
        `{ auditEvents(first: 100, filter: { targetId: { eq: "${id}" } }) { totalCount nodes { action } } }`;
      const count = async (id: string) =>
        (await gateway.send<{ auditEvents: { totalCount: number } }>(text(id), {}, { as })).expectData().auditEvents
          .totalCount;
      return [await count(open), await count(hidden)];
    };
    expect(await seenBy(owner())).toEqual([1, 2]);
    expect(await seenBy(gateway.viewers.acme.auditor)).toEqual([1, 0]);
    (await acme.mutate(`deleteComment(input: { id: "${hidden}" }) { deletedId }`, owner())).expectData();
    expect(await seenBy(gateway.viewers.acme.auditor)).toEqual([1, 0]);
  });

  test('names no role by its key in its target', async () => {
    await gateway.send('{ __typename }', {}, { as: owner(), headers: { 'x-view-as': 'role:guest' } });
    const [event] = await gateway.database.query<{ targetId: string }>(
      `select "targetId" from "AuditEvent" where "action" = 'access.viewAs' order by "at" desc limit 1`,
    );
    expect(event?.targetId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('ids of another organization', () => {
  test('are answered as ids that do not exist, by every mutation on keys, roles and members', async () => {
    const { globex } = gateway.organizations;
    const random = '0190a0a0-1111-7000-8000-00000000dead';
    const [role] = await gateway.database.query<{ id: string }>(
      'select "id" from "Role" where "organizationId" = $1 and "key" = \'guest\'',
      [globex.id],
    );
    const [invitation] = await gateway.database.query<{ id: string }>(
      `insert into "Invitation" ("id", "organizationId", "email", "roleId", "digest", "expiresAt")
       values (gen_random_uuid(), $1, 'x@example.com', $2, 'foreign', now() + interval '1 day') returning "id"`,
      [globex.id, role?.id],
    );
    const foreign = {
      ApiKey: globex.partnerKey.id,
      Role: role?.id ?? '',
      User: globex.users.auditor.id,
      Invitation: invitation?.id ?? '',
    };
    const mutations: readonly (readonly [keyof typeof foreign, (id: string) => string])[] = [
      ['ApiKey', (id) => `rotateApiKey(input: { id: "${id}" }) { secret }`],
      ['ApiKey', (id) => `revokeApiKey(input: { id: "${id}" }) { apiKey { id } }`],
      ['Role', (id) => `updateRole(input: { id: "${id}", name: "x" }) { role { id } }`],
      ['Role', (id) => `deleteRole(input: { id: "${id}" }) { deletedId }`],
      ['User', (id) => `setMemberRoles(input: { userId: "${id}", roleKeys: ["guest"] }) { membership { id } }`],
      ['User', (id) => `removeMember(input: { userId: "${id}" }) { deletedId }`],
      ['User', (id) => `suspendUser(input: { userId: "${id}" }) { user { id } }`],
      ['User', (id) => `reinstateUser(input: { userId: "${id}" }) { user { id } }`],
      ['User', (id) => `approveUser(input: { userId: "${id}", roleKey: "guest" }) { user { id } }`],
      ['Invitation', (id) => `revokeInvitation(input: { id: "${id}" }) { invitation { id } }`],
    ];
    const before = await gateway.database.query('select count(*) from "AuditEvent"');
    for (const [type, text] of mutations) {
      const [one, other] = [
        await acme.mutate(text(globalId(type, foreign[type])), owner()),
        await acme.mutate(text(globalId(type, random)), owner()),
      ];
      const shapeOf = ({ status, data, errors }: typeof one) =>
        JSON.stringify({
          status,
          data,
          errors: errors.map(({ extensions: { requestId: _, ...rest }, ...error }) => ({ ...error, extensions: rest })),
        });
      expect(one.codes, text('')).toEqual(['NOT_FOUND']);
      expect(shapeOf(one)).toBe(shapeOf(other));
    }
    expect(await gateway.database.query('select count(*) from "AuditEvent"')).toEqual(before);
  });
});
