/** A document is read once: whatever is planned, priced and answered is what runs, by text and by id, in a sign-in and in a stream. */
import { createHash } from 'node:crypto';
import { v7 as makeId } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { personWith } from '../support/custom-viewers.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
}, 120_000);
afterAll(() => gateway?.close());

const password = 'Fieldgate-demo-1';
const credentials = { email: 'manager@acme.example', password };
const commentsOf = async () =>
  Number((await gateway.database.query<{ n: string }>('select count(*) as n from "Comment"'))[0]?.n);

describe('a default of a variable that is named like a member of Object.prototype', () => {
  const ways = {
    'a filter':
      'query ($constructor: UserFilter = { status: { eq: SUSPENDED } }) { users(filter: $constructor) { totalCount } }',
    'a filter inside of a filter':
      'query ($valueOf: UserFilter! = { status: { eq: SUSPENDED } }) { users(filter: { AND: [$valueOf] }) { totalCount } }',
    'an order':
      'query ($toString: UserOrder = { field: LAST_SIGN_IN_AT }) { users(orderBy: $toString) { totalCount } }',
  };

  test.each(Object.entries(ways))('is denied like any other: %s', async (_what, text) => {
    const answer = await gateway.send(text, {}, { as: gateway.viewers.acme.member });
    expect(answer.data).toEqual({ users: null });
    expect(answer.codes).toEqual(['FORBIDDEN']);
    expect(answer.sql).not.toMatch(/lastSignInAt|SUSPENDED/);
  });

  test('is denied by id too', async () => {
    const text = `query Hidden ${ways['a filter'].slice('query '.length)}`;
    const sha256 = createHash('sha256').update(text).digest('hex');
    await gateway.database.query(
      `insert into "PersistedOperation" ("id", "organizationId", "client", "sha256", "name", "body", "cost", "requires")
       values ($1, null, 'frontend', $2, 'Hidden', $3, 1, '{}')`,
      [makeId(), sha256, text],
    );
    const response = await fetch(gateway.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...gateway.viewers.acme.member },
      body: JSON.stringify({ documentId: `sha256:${sha256}` }),
    });
    const { data, errors } = (await response.json()) as { data: unknown; errors: { extensions: object }[] };
    expect(data).toEqual({ users: null });
    expect(errors.map(({ extensions }) => extensions)).toMatchObject([
      { code: 'FORBIDDEN', coordinate: 'UserFilter.status' },
    ]);
  });

  test('writes nothing that is denied', async () => {
    const [task] = await gateway.database.query<{ id: string }>(
      'select "id" from "Task" where "organizationId" = $1 limit 1',
      [gateway.organizations.acme.id],
    );
    const taskId = Buffer.from(`Task:${task?.id}`).toString('base64');
    const as = await personWith(gateway, ['task:read', 'comment:read', 'comment:create']);
    const before = await commentsOf();
    const answer = await gateway.send(
      `mutation ($constructor: AddCommentInput! = { taskId: "${taskId}", body: "x", internal: true }) { addComment(input: $constructor) { comment { id } } }`,
      {},
      { as },
    );
    expect(answer.data).toEqual({ addComment: null });
    expect(answer.errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN', coordinate: 'AddCommentInput.internal' } },
    ]);
    expect(await commentsOf()).toBe(before);
  });
});

describe('the viewer of a sign-in', () => {
  const nested = (depth: number): string =>
    depth === 0 ? '{ name }' : `{ memberships { user ${nested(depth - 1)} roles { key } } }`;

  test('answers what is included, of the operation that runs, and nothing else', async () => {
    const answer = await gateway.send<{ signIn: { viewer: object } }>(
      `mutation In($input: SignInInput!, $no: Boolean = false) {
         signIn(input: $input) {
           viewer { user { name } }
           ... @include(if: $no) { viewer { organization { name } } }
           ...Off @skip(if: true)
           viewer @include(if: $no) { permissions }
         }
       }
       mutation Other($input: SignInInput!) { signIn(input: $input) { viewer { roles { key } } } }
       fragment Off on SignInPayload { viewer { roles { key } } }`,
      { input: credentials },
      { operationName: 'In' },
    );
    expect(answer.expectData().signIn.viewer).toEqual({ user: { name: 'Alan Acme (manager)' } });
  });

  test('is charged for what runs of it', async () => {
    const text = (selection: string) =>
      `mutation ($input: SignInInput!, $no: Boolean = false) { signIn(input: $input) { viewer @skip(if: $no) ${selection} } }`;
    const costOf = async (selection: string) =>
      Number((await gateway.send(text(selection), { input: credentials })).headers.get('x-operation-cost'));
    const plain = await costOf('{ user { name } }');
    const deep = await costOf(`{ user ${nested(2)} }`);
    const excluded = await costOf(`{ user { name } ... @include(if: $no) { user ${nested(2)} } }`);
    expect(deep).toBeGreaterThan(plain + 50);
    expect(excluded).toBe(plain);
  });

  test('is refused before anybody signs in when it costs too much', async () => {
    const sessions = async () =>
      Number((await gateway.database.query<{ n: string }>('select count(*) as n from "Session"'))[0]?.n);
    const before = await sessions();
    const answer = await gateway.send(
      `mutation ($input: SignInInput!) { signIn(input: $input) { viewer { user ${nested(4)} } } }`,
      { input: credentials },
    );
    expect(answer.codes).toEqual(['OPERATION_TOO_COSTLY']);
    expect(await sessions()).toBe(before);
  });

  test('is not there in a dry run, and nobody is signed in by one', async () => {
    const answer = await gateway.send(
      'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken viewer { user { name } } } }',
      { input: credentials },
      { headers: { 'x-authorization-mode': 'dry-run' } },
    );
    expect(answer.data).toBeNull();
    expect(answer.extensions.authorization).toMatchObject({ allowed: true });
    expect(answer.sql).toBe('');
  });

  test('puts each error at its place, also under aliases and in several at once', async () => {
    const answer = await gateway.send<Record<string, unknown>>(
      `mutation ($a: SignInInput!, $b: SignInInput!) {
         one: signIn(input: $a) { who: viewer { organization { plan } } again: viewer { user { name } } }
         two: signIn(input: $b) { who: viewer { organization { plan } } }
       }`,
      { a: { email: 'guest@acme.example', password }, b: { email: 'owner@acme.example', password } },
    );
    expect(answer.data).toMatchObject({
      one: { who: { organization: { plan: null } }, again: { user: { name: expect.stringContaining('guest') } } },
      two: { who: { organization: { plan: expect.any(String) } } },
    });
    expect(answer.errors).toMatchObject([
      {
        path: ['one', 'who', 'organization', 'plan'],
        extensions: { code: 'FORBIDDEN', coordinate: 'Organization.plan' },
      },
    ]);
  });
});

describe('what is left of budgets', () => {
  const ask = async (as: Readonly<Record<string, string>>) => {
    const { headers } = await gateway.send('{ __typename }', {}, { as });
    return [...(headers.get('ratelimit-policy') ?? '').matchAll(/"(\w+)"/g)].map(([, name]) => name);
  };

  test('is told of one’s own, and of the organization’s to those who may read its plan', async () => {
    expect(await ask(gateway.viewers.acme.owner)).toEqual(['viewer', 'organization']);
    expect(await ask(gateway.viewers.acme.member)).toEqual(['viewer']);
    expect(await ask({})).toEqual(['anonymous']);
  });

  test('what is not seen costs what is not there', async () => {
    const [foreign] = await gateway.database.query<{ id: string }>(
      'select "id" from "Project" where "organizationId" = $1 limit 1',
      [gateway.organizations.globex.id],
    );
    const costOf = async (id: string) => {
      const answer = await gateway.send(
        'query ($id: ID!) { project(id: $id) { name tasks(first: 5) { nodes { title } } } }',
        { id: Buffer.from(`Project:${id}`).toString('base64') },
        { as: gateway.viewers.acme.owner, headers: { 'x-include-cost': '1' } },
      );
      const { requested, actual } = answer.extensions.cost as { requested: number; actual: number };
      return { data: answer.data, requested, actual, codes: answer.codes };
    };
    expect(await costOf(foreign?.id ?? '')).toEqual(await costOf(makeId()));
  });
});

test('introspection shows what the printed schema shows, and no stand-in', async () => {
  const answer = await gateway.send<{ __type: { fields: { name: string }[] } }>(
    '{ __type(name: "Project") { fields { name } } project(id: "x") { name } }',
    {},
    { as: gateway.viewers.acme.guest },
  );
  const names = answer.data?.__type.fields.map(({ name }) => name) ?? [];
  expect(names).toContain('budget');
  expect(names.filter((name) => name.startsWith('_'))).toEqual([]);
});

describe('an explanation', () => {
  const ask = (text: string) =>
    gateway.send(
      'query ($text: String!) { explainAccess(operation: $text) { coordinates { coordinate } } }',
      { text },
      { as: gateway.viewers.acme.member },
    );

  test('costs by the length of the text that it explains, whatever comes of it', async () => {
    const costs: number[] = [];
    for (const text of ['{ __typename }', `{ __typename }${' '.repeat(3_000)}`, 'x'.repeat(3_014)])
      costs.push(Number((await ask(text)).headers.get('x-operation-cost')));
    const [short = 0, ...long] = costs;
    expect(long).toEqual([short + 300, short + 300]);
  });

  test('is refused before it is worked on when its text is too long to pay for', async () => {
    const answer = await ask(`{ __typename }${' '.repeat(60_000)}`);
    expect([answer.status, ...answer.codes]).toEqual([400, 'OPERATION_TOO_COSTLY']);
  });
});
