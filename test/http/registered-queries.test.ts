/**
 * The short way of registered queries: whatever is sent by id is answered as if its text had been sent, to every role, for every field,
 * with every odd variable and header; and what is compiled stands behind the same walls.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buildSchema, getNullableType, isLeafType, isObjectType } from 'graphql';
import { v7 as makeId } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Credential } from '../support/client.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    env: { COST_BUDGET_PER_MINUTE: '10000000', COST_BUDGET_PER_ADDRESS_PER_MINUTE: '10000000' },
  });
});
afterAll(() => gateway.close());

const globalId = (type: string, id: string | undefined) => Buffer.from(`${type}:${id}`).toString('base64');
const schema = buildSchema(readFileSync('schema.graphql', 'utf8'), { assumeValidSDL: true });
const people = ['owner', 'admin', 'manager', 'member', 'guest', 'auditor'] as const;

/** Registers texts for the deployment, and for acme's client `partner`. @returns their ids, in order. */
async function register(texts: readonly string[]): Promise<string[]> {
  const hashes = texts.map((text) => createHash('sha256').update(text).digest('hex'));
  for (const [index, text] of texts.entries())
    for (const [organizationId, client] of [
      [null, 'frontend'],
      [gateway.organizations.acme.id, 'partner'],
    ])
      await gateway.database.query(
        `insert into "PersistedOperation" ("id", "organizationId", "client", "sha256", "name", "body", "cost", "requires")
         values ($1, $2, $3, $4, $5, $6, 1, '{}') on conflict do nothing`,
        [makeId(), organizationId, client, hashes[index], `Named${index}`, text],
      );
  return hashes.map((hash) => `sha256:${hash}`);
}

interface Sent {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, string | null>;
  readonly statements: readonly string[];
}

async function send(params: object, as: Credential, headers: Record<string, string> = {}): Promise<Sent> {
  const response = await fetch(gateway.endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...as, ...headers },
    body: JSON.stringify(params),
  });
  const text = await response.text();
  const { errors, ...rest } = JSON.parse(text) as {
    errors?: { extensions: Record<string, unknown>; locations?: unknown }[];
  };
  const comparable = errors?.map(({ extensions: { requestId: _, ...extensions }, ...error }) => ({
    ...error,
    extensions,
  }));
  const header = (name: string) => response.headers.get(name);
  return {
    status: response.status,
    body: JSON.stringify({ ...rest, errors: comparable }),
    headers: {
      cost: header('x-operation-cost'),
      policy: header('ratelimit-policy'),
      type: header('content-type'),
      cache: header('cache-control'),
      deprecation: header('deprecation'),
    },
    statements: gateway.statementsOf(header('x-request-id') ?? ''),
  };
}

/** Sends an operation by its text and by its id, the latter twice so that it is known, and expects one answer. */
async function expectSame(
  text: string,
  params: object,
  as: Credential,
  headers: Record<string, string> = {},
): Promise<Sent> {
  const [documentId] = await register([text]);
  const byText = await send({ query: text, ...params }, as, headers);
  await send({ documentId, ...params }, as, headers);
  const byId = await send({ documentId, ...params }, as, headers);
  const { statements: _text, ...whole } = byText;
  const { statements: _id, ...short } = byId;
  expect(short, text).toEqual(whole);
  return byId;
}

const isPrepared = (sql: string | undefined) =>
  /^select (1|"\w+"(, "\w+")*) from "(Project|Task)" where "id" = \$1 and "organizationId" = \$2$/.test(sql ?? '');

describe.each(['Project', 'Task'] as const)('a point read of a %s', (type) => {
  const root = type.toLowerCase();
  const ids = () =>
    ({ Project: gateway.organizations.acme.projectIds, Task: gateway.organizations.acme.taskIds })[type];
  const definition = schema.getType(type);
  const fields = isObjectType(definition) ? Object.values(definition.getFields()) : [];
  const leaves = fields
    .filter((field) => isLeafType(getNullableType(field.type)) && field.args.length === 0)
    .map(({ name }) => name);

  test.each(people)('gives %s by id what it gives by text, field by field and all together', async (role) => {
    expect(leaves.length).toBeGreaterThan(8);
    const as = gateway.viewers.acme[role];
    for (const field of leaves)
      await expectSame(
        `query One($id: ID!) { ${root}(id: $id) { ${field} } }`,
        { variables: { id: globalId(type, ids()[0]) } },
        as,
      );
    const all = `query All($id: ID!) { it: ${root}(id: $id) { __typename ${leaves.map((name, i) => `f${i}: ${name}`).join(' ')} } }`;
    for (const id of ids().slice(0, 10)) await expectSame(all, { variables: { id: globalId(type, id) } }, as);
  });

  test('is compiled for who may see all of it, and for nobody else', async () => {
    const field = type === 'Project' ? 'budget' : 'internalNotes';
    const text = `query Compiled($id: ID!) { ${root}(id: $id) { id ${field} } }`;
    const variables = { id: globalId(type, ids()[1]) };
    const manager = await expectSame(text, { variables }, gateway.viewers.acme.manager);
    expect(manager.statements).toHaveLength(1);
    expect(isPrepared(manager.statements[0]), manager.statements[0]).toBe(true);
    const guest = await expectSame(text, { variables }, gateway.viewers.acme.guest);
    expect(guest.body).toContain('FORBIDDEN');
    expect(guest.statements.some(isPrepared)).toBe(false);
    expect(guest.statements.join()).not.toContain(field);
  });

  test('shows nothing of another organization, nor anything but its type, and takes odd ids as the text does', async () => {
    const { globex } = gateway.organizations;
    const foreign = { Project: globex.projectIds, Task: globex.taskIds }[type];
    const text = `query Odd($id: ID!) { ${root}(id: $id) { id createdAt } }`;
    const as = gateway.viewers.acme.owner;
    const other = type === 'Project' ? 'Task' : 'Project';
    for (const id of [
      globalId(type, foreign[0]),
      globalId(other, ids()[0]),
      globalId(type, '0190a0a0-0000-7000-8000-00000000dead'),
      globalId(type, ids()[0]?.toUpperCase()),
      globalId(type, `${ids()[0]}' or true --`),
      globalId('__proto__', ids()[0]),
      'nonsense',
      '',
      7,
      null,
      undefined,
      { deep: [1] },
      ['a', 'b'],
    ]) {
      const { body } = await expectSame(text, { variables: { id } }, as);
      expect(body).not.toContain(foreign[0] ?? 'x');
      expect(body).not.toContain('INTERNAL');
    }
    const literal = `{ ${root}(id: "${globalId(type, ids()[2])}") { id createdAt } }`;
    expect((await expectSame(literal, {}, as)).statements.some(isPrepared)).toBe(true);
    // A nullable variable with a default, which null overrides; a name that is no ordinary member.
    const nullable = `query Nullable($id: ID = "${globalId(type, ids()[3])}") { ${root}(id: $id) { id } }`;
    for (const variables of [{}, { id: null }, { id: globalId(type, ids()[4]) }])
      await expectSame(nullable, { variables }, as);
    const odd = `{ ${root}(id: "${globalId(type, ids()[2])}") { __proto__: createdAt constructor: id } __proto__: ${root}(id: "${globalId(type, ids()[2])}") { id } }`;
    expect((await expectSame(odd, {}, as)).body).toContain('"__proto__"');
    const defaulted = `query Default($id: ID! = "${globalId(type, ids()[3])}") { ${root}(id: $id) { id } }`;
    expect((await expectSame(defaulted, {}, as)).statements.some(isPrepared)).toBe(true);
  });
});

describe('a registered query', () => {
  const text = 'query Registered($id: ID!) { project(id: $id) { name status } }';
  const variables = () => ({ id: globalId('Project', gateway.organizations.acme.projectIds[0]) });

  test.each([
    [
      'of lists, relations and denied fields',
      'query L { projects(first: 3) { totalCount nodes { name budget lead { name email } tasks(first: 2) { nodes { title internalNotes } } } } }',
    ],
    ['with a fragment', 'query F { projects(first: 1) { nodes { ...P } } } fragment P on Project { name }'],
    [
      'with conditions',
      'query C($yes: Boolean = false) { projects(first: 1) { nodes { name @include(if: $yes) key @skip(if: $yes) } } }',
    ],
    ['of two rows at once', `query T { a: viewer { permissions } b: __typename }`],
    ['that the anonymous may not run', 'query A { viewer { permissions } projects(first: 1) { nodes { name } } }'],
    ['that asks for the schema', 'query S { __schema { queryType { name } } }'],
    ['that refuses an input', 'query I { projects(first: 1, filter: { budget: { gt: "1" } }) { nodes { name } } }'],
    ['with a page that is too large', 'query P { projects(first: 101) { nodes { name } } }'],
  ])('%s is answered by id as by text, to everybody', async (_what, operation) => {
    for (const role of people) await expectSame(operation, {}, gateway.viewers.acme[role]);
    await expectSame(operation, {}, gateway.viewers.acme.partner);
    await expectSame(operation, {}, {});
  });

  test.each([
    ['x-authorization-mode', 'reject'],
    ['x-authorization-mode', 'dry-run'],
    ['x-authorization-mode', 'nonsense'],
    ['x-view-as', 'role:guest'],
    ['x-view-as', 'role:nobody'],
    ['x-include-cost', '1'],
    ['x-organization', 'globex'],
    ['accept', 'application/graphql-response+json'],
  ])('with %s: %s goes the long way, and to the same answer', async (name, value) => {
    const budget = 'query B($id: ID!) { project(id: $id) { budget } }';
    for (const role of ['owner', 'guest', 'auditor'] as const) {
      const strip = (sent: Sent) => ({
        ...sent,
        statements: [],
        body: sent.body.replace(/"currentlyAvailable":[\d.]+/, ''),
      });
      const [documentId] = await register([budget]);
      const as = gateway.viewers.acme[role];
      await send({ documentId, variables: variables() }, as);
      const byText = await send({ query: budget, variables: variables() }, as, { [name]: value });
      const byId = await send({ documentId, variables: variables() }, as, { [name]: value });
      expect(strip(byId)).toEqual(strip(byText));
    }
  });

  test('with another name than its own, too many variables or too deep ones is refused as its text is', async () => {
    const as = gateway.viewers.acme.owner;
    expect((await expectSame(text, { variables: variables(), operationName: 'Registered' }, as)).status).toBe(200);
    expect((await expectSame(text, { variables: variables(), operationName: 'Other' }, as)).status).toBe(400);
    const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) as object;
    expect((await expectSame(text, { variables: { ...variables(), deep } }, as)).body).toContain('OPERATION_TOO_DEEP');
    const many = Array.from({ length: 20_000 }, (_, i) => i);
    expect((await expectSame(text, { variables: { ...variables(), many } }, as)).body).toContain('OPERATION_TOO_LARGE');
  });

  test('is refused to the suspended, and within a second to whoever loses a permission', async () => {
    const [documentId] = await register([text]);
    const { member } = gateway.organizations.acme.users;
    const as = gateway.viewers.acme.member;
    const ask = () => send({ documentId, variables: variables() }, as);
    await ask();
    expect((await ask()).status).toBe(200);
    await gateway.database.query('update "Membership" set "status" = \'SUSPENDED\' where "id" = $1', [
      member.membershipId,
    ]);
    await expect.poll(async () => (await ask()).body, { timeout: 20_000 }).toContain('ACCOUNT_SUSPENDED');
    await gateway.database.query('update "Membership" set "status" = \'ACTIVE\' where "id" = $1', [
      member.membershipId,
    ]);
    await expect.poll(async () => (await ask()).status, { timeout: 20_000 }).toBe(200);
    await gateway.database.query('delete from "MembershipRole" where "membershipId" = $1', [member.membershipId]);
    await expect.poll(async () => (await ask()).body, { timeout: 20_000 }).toContain('FORBIDDEN');
  });

  test('that is retired is refused within a second, though it was known', async () => {
    const gone = 'query Gone($id: ID!) { project(id: $id) { key } }';
    const [documentId] = await register([gone]);
    const ask = () => send({ documentId, variables: variables() }, gateway.viewers.acme.owner);
    await ask();
    expect((await ask()).status).toBe(200);
    await gateway.database.query(
      'update "PersistedOperation" set "retiredAt" = now(), "retiredReason" = \'Gone.\' where "body" = $1',
      [gone],
    );
    await expect.poll(async () => (await ask()).body, { timeout: 20_000 }).toContain('OPERATION_RETIRED');
  });

  test('is logged, counted and charged like any other', async () => {
    const counted = 'query Counted($id: ID!) { project(id: $id) { key name } }';
    const [documentId] = await register([counted]);
    for (let i = 0; i < 5; i++) await send({ documentId, variables: variables() }, gateway.viewers.acme.owner);
    const lines = gateway
      .logText()
      .split('\n')
      .filter((line) => line.includes('"operation":"Counted"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(5);
    expect(lines.at(-1)).toMatchObject({ kind: 'query', cost: 1, actualCost: 1, status: 200 });
    await expect
      .poll(
        async () =>
          (
            await gateway.database.query<{ count: number }>(
              'select sum(u."count")::int as count from "PersistedOperationUse" u join "PersistedOperation" p on p."id" = u."operationId" where p."body" = $1',
              [counted],
            )
          )[0]?.count,
        { timeout: 10_000, interval: 200 },
      )
      .toBe(5);
  });

  test('that uses up a budget is refused by id as by text', async () => {
    const key = await gateway.database.query<{ id: string }>(
      'update "ApiKey" set "requestsPerMinute" = 3 where "id" = $1 returning "id"',
      [gateway.organizations.acme.partnerKey.id],
    );
    expect(key).toHaveLength(1);
    const [documentId] = await register([text]);
    await new Promise((done) => setTimeout(done, 600));
    const statuses = [];
    for (let i = 0; i < 5; i++)
      statuses.push((await send({ documentId, variables: variables() }, gateway.viewers.acme.partner)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
  });
});
