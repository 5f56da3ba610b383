/** Lists and writes over a listening port: page by page, in few statements, within one organization, and not beyond the session. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.close());

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');

test('an id of another organization is answered byte for byte as one of nothing', async () => {
  const foreign = globalId('Project', gateway.organizations.acme.projectIds[0] ?? '');
  const missing = globalId('Project', '01900000-0000-7000-8000-000000000000');
  for (const text of [
    'query ($id: ID!) { project(id: $id) { name } }',
    'query ($id: ID!) { node(id: $id) { id } }',
    'query ($id: ID!) { projects(filter: { id: { eq: $id } }) { totalCount nodes { name } } }',
    'mutation ($id: ID!) { updateProject(input: { id: $id, name: "Mine" }) { project { name } } }',
    'mutation ($id: ID!) { createTask(input: { projectId: $id, title: "Mine" }) { task { id } } }',
  ]) {
    const as = gateway.viewers.globex.owner;
    const headers = { 'x-request-id': 'the-same' };
    const [one, other] = [
      await gateway.send(text, { id: foreign }, { as, headers }),
      await gateway.send(text, { id: missing }, { as, headers }),
    ];
    expect([one.status, one.data, one.errors]).toEqual([other.status, other.data, other.errors]);
  }
  expect(await gateway.database.query('select 1 from "Project" where "name" = $1', ['Mine'])).toEqual([]);
  expect(await gateway.database.query('select 1 from "Task" where "title" = $1', ['Mine'])).toEqual([]);
});

interface Pages {
  readonly tasks: {
    readonly nodes: readonly { readonly id: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  } | null;
}

const pages = `query ($after: String) {
  tasks(first: 100, after: $after, orderBy: { field: TITLE, direction: DESC }) { nodes { id } pageInfo { hasNextPage endCursor } }
}`;

test('pages hold each task once, and their cursors are refused to another organization', async () => {
  const as = gateway.viewers.acme.member;
  const found: string[] = [];
  let after: string | null = null;
  for (;;) {
    const data: Pages = (await gateway.send<Pages>(pages, { after }, { as })).expectData();
    if (!data.tasks) throw new Error('No tasks.');
    found.push(...data.tasks.nodes.map(({ id }) => id));
    after = data.tasks.pageInfo.endCursor;
    if (!data.tasks.pageInfo.hasNextPage) break;
  }
  const { id: organizationId } = gateway.organizations.acme;
  const rows = await gateway.database.query<{ id: string }>('select "id" from "Task" where "organizationId" = $1', [
    organizationId,
  ]);
  expect(found.length).toBeGreaterThan(200);
  expect([...found].sort()).toEqual(rows.map(({ id }) => globalId('Task', id)).sort());
  const borrowed = await gateway.send(pages, { after }, { as: gateway.viewers.globex.member });
  expect(borrowed.codes).toEqual(['BAD_USER_INPUT']);
});

test('the number of statements does not grow with the number of rows', async () => {
  const text = `query ($first: Int) { projects(first: $first) { totalCount nodes {
    name lead { name } tasks(first: 5) { totalCount nodes { title assignee { name } comments(first: 5) { nodes { body author { name } } } } }
  } } }`;
  const as = gateway.viewers.acme.owner;
  const one = await gateway.send(text, { first: 1 }, { as });
  const all = await gateway.send(text, { first: 20 }, { as });
  one.expectData();
  all.expectData();
  expect(all.statements).toHaveLength(one.statements.length);
  expect(all.statements.length).toBeLessThanOrEqual(3);
});

test('a write is denied to whoever lacks it, answered to whoever holds it, and dies with the session', async () => {
  const { acme } = gateway.organizations;
  const [task] = await gateway.database.query<{ id: string }>(
    'select "id" from "Task" where "organizationId" = $1 limit 1',
    [acme.id],
  );
  const id = globalId('Task', task?.id ?? '');
  const text =
    'mutation ($id: ID!, $body: String!) { addComment(input: { taskId: $id, body: $body }) { comment { body author { name } } } }';
  const count = async () => (await gateway.database.query('select 1 from "Comment"')).length;
  const before = await count();
  for (const as of [gateway.viewers.acme.guest, gateway.viewers.acme.partner, gateway.viewers.anonymous]) {
    const denied = await gateway.send(text, { id, body: 'No' }, { as });
    expect(denied.errors.map(({ extensions }) => extensions.coordinate)).toEqual(['Mutation.addComment']);
  }
  expect(await count()).toBe(before);

  const as = gateway.viewers.acme.member;
  const added = await gateway.send(text, { id, body: 'Yes' }, { as });
  expect(added.expectData()).toEqual({
    addComment: { comment: { body: 'Yes', author: { name: expect.any(String) } } },
  });

  await gateway.database.query('update "Session" set "revokedAt" = now() where "id" = $1', [
    acme.users.member.sessionId,
  ]);
  await expect
    .poll(async () => (await gateway.send(text, { id, body: 'Late' }, { as })).status, {
      timeout: 20_000,
      interval: 50,
    })
    .toBe(401);
  const after = await count();
  const refused = await gateway.send(text, { id, body: 'Too late' }, { as });
  expect(refused.codes).toEqual(['UNAUTHENTICATED']);
  expect(await count()).toBe(after);
});
