/** Registered operations over HTTP: calling, refusing, keeping, retiring, counting. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationsCheck } from '../../src/cli/operations-check.ts';
import { operationsPush } from '../../src/cli/operations-push.ts';
import { buildPublicSchema } from '../../src/schema.ts';
import { type RegistryGateway, startRegistryGateway } from '../support/registry-gateway.ts';

const idOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const hashOf = (text: string) => idOf(text).slice('sha256:'.length);

const projects = 'query PartnerProjects($first: Int = 20) { projects(first: $first) { totalCount nodes { name } } }';
const everybody = 'query Everybody { viewer { permissions } }';
const typename = 'query Nothing { __typename }';

const register = `mutation Register($input: RegisterPersistedOperationsInput!) {
  registerPersistedOperations(input: $input) { created persistedOperations { id documentId name client cost requires retiredAt } }
}`;
const retire = `mutation Retire($input: RetirePersistedOperationInput!) {
  retirePersistedOperation(input: $input) { persistedOperation { id retiredAt retiredReason } }
}`;

let gateway: RegistryGateway;
let partner: { id: string; secret: string };
let foreignPartner: { id: string; secret: string };

/** Registers as the owner of an organization. */
const registerAs = (token: string, operations: readonly { name: string; body: string }[], client = 'partner') =>
  gateway.send({ query: register, variables: { input: { client, operations } } }, { token });

/** Registers for the whole deployment, past the gateway, as the operator's command line does. */
const registerEverywhere = (name: string, body: string) =>
  gateway.owner.query(
    `insert into "PersistedOperation" ("id", "client", "sha256", "name", "body", "cost", "requires")
     values (gen_random_uuid(), 'frontend', $1, $2, $3, 1, '{}') on conflict do nothing`,
    [hashOf(body), name, body],
  );

beforeAll(async () => {
  gateway = await startRegistryGateway();
  partner = await gateway.acme.createKey();
  foreignPartner = await gateway.globex.createKey();
  await registerEverywhere('Everybody', everybody);
  await registerEverywhere('Nothing', typename);
  const { data } = await registerAs(gateway.acme.owner, [{ name: 'PartnerProjects', body: projects }]);
  expect(data.registerPersistedOperations.created).toBe(1);
});

afterAll(() => gateway?.close());

describe('an operation by its id', () => {
  test('answers like the same operation by text', async () => {
    const adHoc = await gateway.acme.createKey({ allowAdHoc: true });
    const byText = await gateway.send({ query: projects }, { key: adHoc.secret });
    const byId = await gateway.send({ documentId: idOf(projects) }, { key: partner.secret });
    expect(byId.status).toBe(200);
    expect(byId.data).toEqual(byText.data);
    expect(byId.data.projects.totalCount).toBe(3);
  });

  test.each([
    ['POST with documentId', 'POST', { documentId: idOf(projects) }],
    ['GET with documentId', 'GET', { documentId: idOf(projects) }],
    [
      'POST with the older form',
      'POST',
      { extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(projects) } } },
    ],
    [
      'GET with the older form',
      'GET',
      { extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(projects) } } },
    ],
  ] as const)('runs by %s', async (_what, method, params) => {
    const { status, data } = await gateway.send(params, { method, key: partner.secret });
    expect([status, data?.projects.totalCount]).toEqual([200, 3]);
  });

  test('takes the variables of the call', async () => {
    const params = { documentId: idOf(projects), variables: { first: 1 } };
    expect((await gateway.send(params, { key: partner.secret })).data.projects.nodes).toHaveLength(1);
    expect((await gateway.send(params, { key: partner.secret, method: 'GET' })).data.projects.nodes).toHaveLength(1);
  });

  test('is held to the limits with the variables of the call', async () => {
    const params = { documentId: idOf(projects), variables: { first: 101 } };
    expect((await gateway.send(params, { key: partner.secret })).codes).toEqual(['BAD_USER_INPUT']);
  });

  test.each([
    ['an unknown id', { documentId: idOf('other') }, 404, 'PERSISTED_OPERATION_NOT_FOUND'],
    ['an id in upper case', { documentId: idOf(projects).toUpperCase() }, 400, 'BAD_REQUEST'],
    ['a short id', { documentId: 'sha256:abc' }, 400, 'BAD_REQUEST'],
    ['an id with other text', { documentId: idOf(projects), query: typename }, 400, 'BAD_REQUEST'],
    [
      'two ids that differ',
      { documentId: idOf(projects), extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(typename) } } },
      400,
      'BAD_REQUEST',
    ],
    ['an operation name that is not in it', { documentId: idOf(projects), operationName: 'Other' }, 400, 'BAD_REQUEST'],
  ])('%s is refused', async (_what, params, status, code) => {
    for (const method of ['POST', 'GET'] as const) {
      const answer = await gateway.send(params, { method, key: partner.secret });
      expect([answer.status, answer.codes]).toEqual([status, [code]]);
    }
  });

  test('of another organization, or for people, does not exist: the answer is that to an unknown id', async () => {
    const unknown = await gateway.send({ documentId: idOf('other') }, { key: foreignPartner.secret });
    // Acme’s key has run it just before: nothing that is kept of it is found by others.
    expect((await gateway.send({ documentId: idOf(projects) }, { key: partner.secret })).status).toBe(200);
    for (const caller of [{ key: foreignPartner.secret }, { token: gateway.acme.owner }, {}]) {
      const answer = await gateway.send({ documentId: idOf(projects) }, caller);
      expect([answer.status, answer.codes, answer.errors[0]?.message]).toEqual([
        404,
        ['PERSISTED_OPERATION_NOT_FOUND'],
        unknown.errors[0]?.message,
      ]);
    }
  });

  test('registered in two organizations answers each with its own data', async () => {
    const shared = 'query Shared { projects { nodes { name } } }';
    await registerAs(gateway.acme.owner, [{ name: 'Shared', body: shared }]);
    await registerAs(gateway.globex.owner, [{ name: 'Shared', body: shared }]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const mine = i % 2 === 0;
        const { text } = await gateway.send(
          { documentId: idOf(shared) },
          { key: (mine ? partner : foreignPartner).secret },
        );
        return [text.includes('of acme'), text.includes('of globex'), mine];
      }),
    );
    for (const [acme, globex, mine] of answers) expect([acme, globex]).toEqual([mine, !mine]);
  });

  test('of the deployment runs for people, keys and the anonymous, each as themselves', async () => {
    const permissionsOf = async (caller: object) =>
      (await gateway.send({ documentId: idOf(everybody) }, caller)).data.viewer?.permissions ?? null;
    expect(await permissionsOf({})).toBeNull();
    expect(await permissionsOf({ key: partner.secret })).toEqual(expect.arrayContaining(['project:read']));
    expect(await permissionsOf({ token: gateway.acme.owner })).toContain('organization:delete');
    expect(await permissionsOf({ token: gateway.acme.guest })).not.toContain('organization:delete');
  });

  test('a mutation by GET is 405 and names POST', async () => {
    const mutation = 'mutation Leave { signOut { __typename } }';
    await registerEverywhere('Leave', mutation);
    const { status, headers, codes } = await gateway.send({ documentId: idOf(mutation) }, { method: 'GET' });
    expect([status, headers.get('allow'), codes]).toEqual([405, 'POST', ['METHOD_NOT_ALLOWED']]);
  });

  test('a revoked key runs nothing, by id or by text', async () => {
    const key = await gateway.acme.createKey();
    expect((await gateway.send({ documentId: idOf(projects) }, { key: key.secret })).status).toBe(200);
    await gateway.owner.query('update "ApiKey" set "revokedAt" = now() where "id" = $1', [key.id]);
    await expect
      .poll(async () => (await gateway.send({ documentId: idOf(projects) }, { key: key.secret })).status, {
        timeout: 20_000,
        interval: 50,
      })
      .toBe(401);
    expect((await gateway.send({ query: projects }, { key: key.secret })).status).toBe(401);
  });
});

describe('the safelist', () => {
  test('a key without allowAdHoc runs no text but registered ones', async () => {
    const refused = await gateway.send({ query: `${projects} ` }, { key: partner.secret });
    expect([refused.status, refused.codes]).toEqual([403, ['OPERATION_NOT_REGISTERED']]);
    expect((await gateway.send({ query: projects }, { key: partner.secret })).data.projects.totalCount).toBe(3);
    expect((await gateway.send({ query: '{ __schema { queryType { name } } }' }, { key: partner.secret })).status).toBe(
      403,
    );
  });

  test('PERSISTED_ONLY holds for everybody but those who may introspect', async () => {
    const strict = await gateway.startReplica({ PERSISTED_ONLY: 'true' });
    const statusOf = async (caller: object, query = '{ viewer { permissions } }') =>
      (await strict.send({ query }, caller)).status;
    expect(await statusOf({})).toBe(403);
    expect(await statusOf({ token: gateway.acme.guest })).toBe(403);
    expect(await statusOf({ token: gateway.acme.owner })).toBe(200);
    expect(await statusOf({ token: gateway.acme.guest }, everybody)).toBe(200);
    expect((await strict.send({ documentId: idOf(everybody) }, {})).status).toBe(200);
  });

  test('PERSISTED_ONLY=log refuses nobody, and writes down what would have been refused', async () => {
    const logging = await gateway.startReplica({ PERSISTED_ONLY: 'log' });
    const query = 'query Unknown { viewer { permissions } }';
    expect((await logging.send({ query }, { token: gateway.acme.guest })).status).toBe(200);
    expect((await logging.send({ documentId: idOf(everybody) })).status).toBe(200);
    const lines = logging
      .logText()
      .split('\n')
      .filter((line) => line.includes('would refuse'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ sha256: hashOf(query), viewer: 'user' });
  });
});

describe('registering', () => {
  const rows = async () =>
    Number((await gateway.owner.query('select count(*) from "PersistedOperation"')).rows[0].count);

  test('keeps id, cost and needs, and is idempotent', async () => {
    const body = 'query Budgets { projects(first: 5) { nodes { name budget } } }';
    const operation = { name: 'Budgets', body };
    const first = await registerAs(gateway.acme.owner, [operation], 'reports');
    expect(first.data.registerPersistedOperations).toMatchObject({
      created: 1,
      persistedOperations: [
        {
          documentId: idOf(body),
          name: 'Budgets',
          client: 'reports',
          requires: ['project.budget:read', 'project:read'],
        },
      ],
    });
    expect(first.data.registerPersistedOperations.persistedOperations[0].cost).toBeGreaterThanOrEqual(5);
    const again = await registerAs(gateway.acme.owner, [operation], 'reports');
    expect(again.data.registerPersistedOperations.created).toBe(0);
    expect(again.data.registerPersistedOperations.persistedOperations[0].id).toBe(
      first.data.registerPersistedOperations.persistedOperations[0].id,
    );
  });

  test('does not tell what keys lack to whoever may not list them', async () => {
    await gateway.acme.createKey({ client: 'narrow', scopes: ['project:read'] });
    const pusher = await gateway.acme.createKey({
      client: 'ci',
      role: 'admin',
      scopes: ['operation:manage'],
      allowAdHoc: true,
    });
    const operation = { name: 'Both', body: 'query Both { projects(first: 1) { nodes { name budget } } }' };
    const variables = { input: { client: 'narrow', operations: [operation] } };
    const messageTo = async (as: { token: string } | { key: string }) => {
      const { errors } = await gateway.send({ query: register, variables }, as);
      return [errors[0]?.extensions?.code, errors[0]?.message];
    };
    const before = await rows();
    expect(await messageTo({ key: pusher.secret })).toEqual([
      'BAD_USER_INPUT',
      'Both: The operation needs project.budget:read, project:read: no API key of this client can have all of it.',
    ]);
    expect(await messageTo({ token: gateway.acme.owner })).toEqual([
      'BAD_USER_INPUT',
      'Both: The operation needs project.budget:read, which no API key of this client can have.',
    ]);
    expect(await rows()).toBe(before);
  });

  test('is all or nothing, with an issue for each faulty operation', async () => {
    const before = await rows();
    const { errors } = await registerAs(gateway.acme.owner, [
      { name: 'Fine', body: 'query Fine { projects { totalCount } }' },
      { name: 'Gone', body: 'query Gone { projects { nodes { nome } } }' },
      { name: 'Other', body: 'query Named { projects { totalCount } }' },
    ]);
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(await rows()).toBe(before);
    const faulty = await registerAs(gateway.acme.owner, [
      { name: 'Fine', body: 'query Fine { projects { totalCount } }' },
      { name: 'Gone', body: 'query Gone { projects { nodes { nome } } }' },
      { name: 'Dear', body: 'query Dear { projects(first: 100) { nodes { tasks(first: 100) { nodes { title } } } } }' },
      { name: 'Money', body: 'query Money { projects { nodes { budget } } }' },
    ]);
    expect(faulty.errors[0]?.extensions.issues).toEqual([
      { path: ['input', 'operations', 1], message: expect.stringContaining('Gone: Cannot query field "nome"') },
      { path: ['input', 'operations', 2], message: expect.stringContaining('points') },
      { path: ['input', 'operations', 3], message: expect.stringContaining('project.budget:read, which no API key') },
    ]);
    expect(await rows()).toBe(before);
  });

  test.each([
    ['a guest', () => ({ token: gateway.acme.guest }), 'FORBIDDEN'],
    ['nobody', () => ({}), 'UNAUTHENTICATED'],
  ])('is denied to %s, and no row changes', async (_what, caller, code) => {
    const before = await rows();
    const input = { client: 'partner', operations: [{ name: 'X', body: 'query X { __typename }' }] };
    const { codes, data } = await gateway.send({ query: register, variables: { input } }, caller());
    expect([codes, data.registerPersistedOperations]).toEqual([[code], null]);
    expect(await rows()).toBe(before);
  });

  test('is on record, with ids and without texts', async () => {
    const { rows: events } = await gateway.owner.query(
      `select "actorType", "details" from "AuditEvent" where "action" = 'operation.register' and "organizationId" = $1`,
      [gateway.acme.id],
    );
    expect(events.length).toBeGreaterThan(0);
    expect(events[0]).toMatchObject({ actorType: 'User', details: { client: 'partner', count: 1 } });
    expect(JSON.stringify(events)).not.toContain('projects(');
  });

  test('faults of names are told', async () => {
    const operations = [{ name: 'X', body: 'query X { __typename }' }];
    expect((await registerAs(gateway.acme.owner, operations, 'no spaces')).codes).toEqual(['BAD_USER_INPUT']);
    expect((await registerAs(gateway.acme.owner, [])).codes).toEqual(['BAD_USER_INPUT']);
  });
});

describe('listing', () => {
  const list = 'query List { persistedOperations(first: 100) { totalCount nodes { name client documentId } } }';

  test('shows an organization its own operations, and neither another’s nor the deployment’s', async () => {
    const { data } = await gateway.send({ query: list }, { token: gateway.globex.owner });
    expect(data.persistedOperations.nodes.map(({ name }: { name: string }) => name)).toEqual(['Shared']);
    expect(data.persistedOperations.totalCount).toBe(1);
  });

  test('is denied to a guest', async () => {
    const { codes, data } = await gateway.send({ query: list }, { token: gateway.acme.guest });
    expect([codes, data.persistedOperations]).toEqual([['FORBIDDEN'], null]);
  });
});

describe('retiring', () => {
  test('answers callers with code and message, on every replica within a second', async () => {
    const body = 'query Old { projects { totalCount } }';
    const { data } = await registerAs(gateway.acme.owner, [{ name: 'Old', body }]);
    const { id } = data.registerPersistedOperations.persistedOperations[0];
    const replica = await gateway.startReplica();
    const call = (send: RegistryGateway['send']) => send({ documentId: idOf(body) }, { key: partner.secret });
    expect((await call(gateway.send)).status).toBe(200);
    expect((await call(replica.send)).status).toBe(200);
    const input = { id, reason: 'Use PartnerProjects.' };
    const retired = await gateway.send({ query: retire, variables: { input } }, { token: gateway.acme.owner });
    expect(retired.data.retirePersistedOperation.persistedOperation).toMatchObject({
      id,
      retiredReason: 'Use PartnerProjects.',
    });
    const here = await call(gateway.send);
    expect([here.status, here.codes, here.errors[0]?.message]).toEqual([
      404,
      ['OPERATION_RETIRED'],
      'Use PartnerProjects.',
    ]);
    await expect
      .poll(async () => (await call(replica.send)).codes, { timeout: 20_000, interval: 50 })
      .toEqual(['OPERATION_RETIRED']);
    const again = await registerAs(gateway.acme.owner, [{ name: 'Old', body }]);
    expect(JSON.stringify(again.errors[0]?.extensions.issues)).toContain('was retired');
  });

  test('somebody else’s operation looks like one that does not exist', async () => {
    const { data } = await gateway.send(
      { query: '{ persistedOperations { nodes { id } } }' },
      { token: gateway.acme.owner },
    );
    const [{ id }] = data.persistedOperations.nodes;
    const foreign = await gateway.send(
      { query: retire, variables: { input: { id, reason: 'Mine now.' } } },
      { token: gateway.globex.owner },
    );
    expect(foreign.codes).toEqual(['NOT_FOUND']);
    const { rows } = await gateway.owner.query(
      `select 1 from "PersistedOperation" where "retiredReason" = 'Mine now.'`,
    );
    expect(rows).toEqual([]);
    const denied = await gateway.send(
      { query: retire, variables: { input: { id, reason: 'Mine now.' } } },
      { token: gateway.acme.guest },
    );
    expect(denied.codes).toEqual(['FORBIDDEN']);
  });
});

describe('use', () => {
  test('is readable by operation, key and day', async () => {
    const body = 'query Counted { projects { totalCount } }';
    await registerAs(gateway.acme.owner, [{ name: 'Counted', body }]);
    const replica = await gateway.startReplica();
    for (let i = 0; i < 3; i += 1) await replica.send({ documentId: idOf(body) }, { key: partner.secret });
    // What was counted is written when a process stops, at the latest.
    await replica.app.close();
    const uses =
      'query Uses { persistedOperations(first: 100, filter: { name: { eq: "Counted" } }) { nodes { lastUsedAt uses(first: 5) { totalCount nodes { day count apiKey { id client } } } } } }';
    const { data, codes } = await gateway.send({ query: uses }, { token: gateway.acme.owner });
    expect(codes).toEqual([]);
    expect(data.persistedOperations.nodes).toEqual([
      {
        lastUsedAt: expect.stringMatching(/Z$/),
        uses: {
          totalCount: 1,
          nodes: [
            {
              day: new Date().toISOString().slice(0, 10),
              count: 3,
              apiKey: { id: expect.any(String), client: 'partner' },
            },
          ],
        },
      },
    ]);
  });
});

describe('answers that are kept', () => {
  const get = (caller: { key?: string; token?: string }, headers: Record<string, string> = {}, text = everybody) =>
    gateway.send({ documentId: idOf(text) }, { method: 'GET', headers, ...caller });

  test('carry a tag, and 304 where nothing changed', async () => {
    const first = await get({ token: gateway.acme.owner });
    const tag = first.headers.get('etag') ?? '';
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    const vary = (first.headers.get('vary') ?? '').split(', ');
    expect(vary).toEqual(
      expect.arrayContaining(['Authorization', 'x-api-key', 'x-organization', 'x-view-as', 'Accept']),
    );
    const again = await get({ token: gateway.acme.owner }, { 'if-none-match': tag });
    expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag]);
    expect(again.headers.get('vary')).toBe(first.headers.get('vary'));
  });

  test('of one viewer never serve another: a borrowed tag brings one’s own answer', async () => {
    const tag = (await get({ token: gateway.acme.owner })).headers.get('etag') ?? '';
    const guest = await get({ token: gateway.acme.guest }, { 'if-none-match': tag });
    expect([guest.status, guest.data.viewer.permissions.includes('organization:delete')]).toEqual([200, false]);
    const nobody = await get({}, { 'if-none-match': tag });
    expect([nobody.status, nobody.data.viewer]).toEqual([200, null]);
    const revoked = await get(
      { key: 'fg_000000000000_00000000000000000000000000000000000000' },
      { 'if-none-match': tag },
    );
    expect(revoked.status).toBe(401);
  });

  test('are public only when they are the same for everybody', async () => {
    expect((await get({}, {}, typename)).headers.get('cache-control')).toBe('public, no-cache');
    expect((await get({}, {}, everybody)).headers.get('cache-control')).toBe('private, no-cache');
  });

  test('carry no tag when they hold errors, came by POST, or by text', async () => {
    const budgets = 'query Budgets { projects { nodes { budget } } }';
    await registerEverywhere('Budgets', budgets);
    const denied = await get({ token: gateway.acme.guest }, {}, budgets);
    expect(denied.codes).toEqual(['FORBIDDEN']);
    const post = await gateway.send({ documentId: idOf(everybody) }, { token: gateway.acme.owner });
    const text = await gateway.send({ query: everybody }, { method: 'GET', token: gateway.acme.owner });
    for (const { headers } of [denied, post, text]) {
      expect(headers.get('etag')).toBeNull();
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('operations:check', () => {
  test('fails with the operation’s and the client’s name when a field that is used goes away', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'operations-check-'));
    const schema = printSchema(buildPublicSchema());
    const withoutNames = schema.replace(
      /(type Project implements Node \{.*?\n {2})name: String!/s,
      '$1renamed: String!',
    );
    expect(withoutNames).not.toBe(schema);
    await writeFile(join(folder, 'now.graphql'), schema);
    await writeFile(join(folder, 'then.graphql'), withoutNames);
    const check = async (name: string) => {
      const lines: string[] = [];
      const output = { out: (line: string) => lines.push(line), error: (line: string) => lines.push(line) };
      const env = { DATABASE_MIGRATION_URL: gateway.ownerUrl };
      return { code: await operationsCheck(['--schema', join(folder, name)], env, output), text: lines.join('\n') };
    };
    expect(await check('now.graphql')).toEqual({ code: 0, text: expect.stringMatching(/^All \d+ registered/) });
    const { code, text } = await check('then.graphql');
    expect(code).toBe(1);
    expect(text).toContain(`PartnerProjects of partner (acme), ${idOf(projects)}`);
    expect(text).toContain('Cannot query field "name" on type "Project".');
    expect(text).not.toContain('Everybody of frontend');
    await rm(folder, { recursive: true });
  });
});

describe('operations:push', () => {
  const push = async (argv: string[], env: Record<string, string>) => {
    const lines: string[] = [];
    const output = { out: (line: string) => lines.push(line), error: (line: string) => lines.push(line) };
    return { code: await operationsPush(argv, env, output), text: lines.join('\n') };
  };
  const manifest = fileURLToPath(new URL('../fixtures/operations/manifest.json', import.meta.url));
  const faulty = fileURLToPath(new URL('../fixtures/operations/faulty-manifest.json', import.meta.url));

  test('registers as the operator for the deployment and for one organization, and again changes nothing', async () => {
    const env = { DATABASE_MIGRATION_URL: gateway.ownerUrl };
    const everywhere = [manifest, '--client', 'web', '--deployment'];
    expect(await push(everywhere, env)).toEqual({ code: 0, text: 'web: 2 registered, 0 registered before.' });
    expect(await push(everywhere, env)).toEqual({ code: 0, text: 'web: 0 registered, 2 registered before.' });
    const own = [manifest, '--client', 'pushed', '--organization', 'acme'];
    expect(await push(own, env)).toEqual({ code: 0, text: 'pushed: 2 registered, 0 registered before.' });
    expect((await push([manifest, '--client', 'x', '--organization', 'nowhere'], env)).code).toBe(1);
  });

  test('registers over HTTP with a key that holds operation:manage, and with no other', async () => {
    const manager = await gateway.acme.createKey({
      client: 'ci',
      role: 'admin',
      scopes: ['operation:manage'],
      allowAdHoc: true,
    });
    const argv = [manifest, '--client', 'over-http', '--url', gateway.url];
    expect(await push(argv, { FIELDGATE_API_KEY: manager.secret })).toEqual({
      code: 0,
      text: 'over-http: 2 registered, 0 registered before.',
    });
    const powerless = await gateway.acme.createKey({ client: 'ci', role: 'partner', allowAdHoc: true });
    const denied = await push(argv, { FIELDGATE_API_KEY: powerless.secret });
    expect([denied.code, denied.text]).toEqual([1, expect.stringMatching(/FORBIDDEN.*\n?.*Nothing was registered/s)]);
    expect((await push(argv, {})).text).toContain('FIELDGATE_API_KEY');
  });

  test('names each faulty operation and registers none', async () => {
    const { code, text } = await push([faulty, '--client', 'bad', '--deployment'], {
      DATABASE_MIGRATION_URL: gateway.ownerUrl,
    });
    expect(code).toBe(1);
    expect(text).toContain('Broken: Cannot query field "nothing" on type "Query".');
    expect(text).toContain('Nothing was registered.');
    const { rows } = await gateway.owner.query(`select 1 from "PersistedOperation" where "client" = 'bad'`);
    expect(rows).toEqual([]);
  });

  test('retires one operation with its reason', async () => {
    const env = { DATABASE_MIGRATION_URL: gateway.ownerUrl };
    const retired = 'query Retired { viewer { permissions } }';
    await gateway.owner.query(
      `insert into "PersistedOperation" ("id", "client", "sha256", "name", "body", "cost", "requires")
       values (gen_random_uuid(), 'web', $1, 'Retired', $2, 1, '{}')`,
      [hashOf(retired), retired],
    );
    const argv = ['--retire', idOf(retired), '--reason', 'Gone.', '--client', 'web', '--deployment'];
    expect((await push(argv, env)).code).toBe(0);
    expect((await push(argv, env)).code).toBe(1);
    const answer = await gateway.send({ documentId: idOf(retired) });
    expect([answer.codes, answer.errors[0]?.message]).toEqual([['OPERATION_RETIRED'], 'Gone.']);
  });

  test.each([
    ['no client', ['x.json', '--deployment']],
    ['no target', ['x.json', '--client', 'a']],
    ['two targets', ['x.json', '--client', 'a', '--deployment', '--organization', 'acme']],
    ['no manifest', ['--client', 'a', '--deployment']],
    ['no reason', ['--retire', 'sha256:x', '--client', 'a', '--deployment']],
  ])('says how it is used with %s', async (_what, argv) => {
    expect(await push(argv, {})).toEqual({ code: 1, text: expect.stringMatching(/^Usage:/) });
  });
});
