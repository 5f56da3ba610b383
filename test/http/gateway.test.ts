/** The whole gateway answers three kinds of callers, each with what is theirs, on real data. */
import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const ProjectsWithBudget = graphql(/* GraphQL */ `
  query ProjectsWithBudget($first: Int) {
    projects(first: $first) {
      totalCount
      nodes {
        id
        name
        budget
      }
    }
  }
`);

const ProjectById = graphql(/* GraphQL */ `
  query ProjectById($id: ID!) {
    project(id: $id) {
      name
    }
  }
`);

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.close());

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');

describe('the same query', () => {
  test('shows an owner everything', async () => {
    const { data, codes } = await gateway.send(ProjectsWithBudget, { first: 10 }, { as: gateway.viewers.acme.owner });
    expect(codes).toEqual([]);
    expect(data?.projects?.totalCount).toBe(20);
    expect(data?.projects?.nodes.filter(({ budget }) => budget !== null).length).toBeGreaterThan(5);
    const rows = await gateway.database.query<{ name: string; budget: string | null }>(
      'select "name", "budget" from "Project" where "organizationId" = $1',
      [gateway.organizations.acme.id],
    );
    for (const { name, budget } of data?.projects?.nodes ?? [])
      expect(Number(budget)).toBe(Number(rows.find((row) => row.name === name)?.budget));
  });

  test('shows a guest no budget, says so once, and never asks the database for it', async () => {
    const answer = await gateway.send(ProjectsWithBudget, { first: 10 }, { as: gateway.viewers.acme.guest });
    expect(answer.status).toBe(200);
    expect(answer.codes).toEqual(['FORBIDDEN']);
    expect(answer.errors[0]?.extensions).toMatchObject({
      coordinate: 'Project.budget',
      requires: ['project.budget:read'],
    });
    expect(answer.data?.projects?.nodes.map(({ budget }) => budget)).toEqual(Array(10).fill(null));
    expect(answer.statements.length).toBeGreaterThan(0);
    expect(answer.sql).not.toMatch(/budget/i);
  });

  test('shows a partner key what its role may see', async () => {
    const answer = await gateway.send(ProjectsWithBudget, { first: 1 }, { as: gateway.viewers.acme.partner });
    expect(answer.codes).toEqual(['FORBIDDEN']);
    expect(answer.data?.projects?.totalCount).toBe(20);
  });

  test('shows the anonymous nothing, and sends no statement for them', async () => {
    const answer = await gateway.send(ProjectsWithBudget, { first: 10 });
    expect(answer.data).toEqual({ projects: null });
    expect([answer.status, answer.codes]).toEqual([200, ['UNAUTHENTICATED']]);
    expect(answer.errors[0]?.extensions).toMatchObject({
      coordinate: 'Query.projects',
      requires: ['project:read'],
    });
    expect(answer.statements).toEqual([]);
    const headers = { 'x-authorization-mode': 'reject' };
    const whole = await gateway.send(ProjectsWithBudget, { first: 10 }, { headers });
    expect([whole.status, whole.codes, whole.data]).toEqual([401, ['UNAUTHENTICATED'], null]);
  });
});

describe('another organization', () => {
  test("'s id cannot be told from a missing one", async () => {
    const [projectId = ''] = gateway.organizations.acme.projectIds;
    const foreign = await gateway.send(
      ProjectById,
      { id: globalId('Project', projectId) },
      { as: gateway.viewers.globex.owner },
    );
    const missing = await gateway.send(
      ProjectById,
      { id: globalId('Project', '0190a0a0-0000-7000-8000-000000000009') },
      { as: gateway.viewers.globex.owner },
    );
    const withoutId = ({ errors, data, status }: typeof foreign) =>
      JSON.stringify({ status, data, errors }).replace(/"requestId":"[^"]*"/g, '');
    expect(withoutId(foreign)).toBe(withoutId(missing));
    expect(foreign.data).toEqual({ project: null });
  });

  test('is not entered by naming it', async () => {
    for (const organization of ['globex', gateway.organizations.globex.id, 'nowhere']) {
      const answer = await gateway.send(
        '{ __typename }',
        {},
        { as: gateway.viewers.acme.owner, headers: { 'x-organization': organization } },
      );
      expect([answer.status, answer.codes]).toEqual([404, ['NOT_FOUND']]);
    }
    const own = await gateway.send(
      '{ __typename }',
      {},
      { as: gateway.viewers.acme.owner, headers: { 'x-organization': 'acme' } },
    );
    expect(own.status).toBe(200);
  });
});

describe('a credential', () => {
  test.each([
    ['no token', { authorization: 'Bearer' }],
    ['a token of somebody else', { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.' }],
    ['another scheme', { authorization: 'Basic b3duZXI6eA==' }],
    ['a key with a wrong checksum', { 'x-api-key': `fg_${'a'.repeat(12)}_${'b'.repeat(38)}` }],
  ])('that is %s is 401', async (_name, as) => {
    const answer = await gateway.send('{ __typename }', {}, { as });
    expect([answer.status, answer.codes]).toEqual([401, ['UNAUTHENTICATED']]);
    expect(answer.data).toBeNull();
  });

  test('and another one at once are 401', async () => {
    const as = { ...gateway.viewers.acme.owner, ...gateway.viewers.acme.partner };
    expect((await gateway.send('{ __typename }', {}, { as })).status).toBe(401);
  });

  test('in a URL is none', async () => {
    const key = gateway.organizations.acme.partnerKey.secret;
    const response = await fetch(
      `${gateway.endpoint}?query=${encodeURIComponent('{ projects { totalCount } }')}&apiKey=${key}&access_token=${key}`,
    );
    expect(await response.json()).toMatchObject({ data: { projects: null } });
    expect(gateway.logText()).not.toContain(key);
  });

  test('that was revoked is refused within a second', async () => {
    const user = gateway.organizations.globex.users.member;
    const as = { authorization: `Bearer ${await gateway.viewers.tokenOf(user)}` };
    expect((await gateway.send('{ __typename }', {}, { as })).status).toBe(200);
    await gateway.database.query('update "Session" set "revokedAt" = now() where "id" = $1', [user.sessionId]);
    await expect
      .poll(async () => (await gateway.send('{ __typename }', {}, { as })).status, { timeout: 20_000 })
      .toBe(401);
  });
});

describe('viewing as a role', () => {
  const headers = { 'x-view-as': 'role:guest' };

  test('shows what that role would see, and says where that falls short', async () => {
    const answer = await gateway.send(ProjectsWithBudget, { first: 2 }, { as: gateway.viewers.acme.auditor, headers });
    expect(answer.data?.projects?.nodes.map(({ budget }) => budget)).toEqual([null, null]);
    expect(answer.codes).toEqual(['FORBIDDEN']);
    expect(answer.extensions.viewAs).toEqual({ as: 'role:guest', missing: ['attachment:read'] });
    const [event] = await gateway.database.query<{ action: string; actorId: string }>(
      'select "action", "actorId" from "AuditEvent" where "requestId" = $1',
      [answer.headers.get('x-request-id')],
    );
    expect(event).toEqual({ action: 'access.viewAs', actorId: gateway.organizations.acme.users.auditor.id });
    expect(answer.sql).not.toMatch(/budget/i);
  });

  test('is for those who may explain access, and never more than one holds', async () => {
    for (const as of [gateway.viewers.acme.member, gateway.viewers.acme.partner, gateway.viewers.anonymous]) {
      const answer = await gateway.send('{ __typename }', {}, { as, headers: { 'x-view-as': 'role:owner' } });
      expect([answer.status, answer.codes]).toEqual([403, ['FORBIDDEN']]);
    }
    const asOwner = await gateway.send(
      '{ viewer { permissions } }',
      {},
      { as: gateway.viewers.acme.auditor, headers: { 'x-view-as': 'role:owner' } },
    );
    expect(JSON.stringify(asOwner.data)).not.toContain('project:delete');
  });

  test('is for queries only, and for roles that exist here', async () => {
    const as = gateway.viewers.acme.owner;
    const write = await gateway.send('mutation { __typename }', {}, { as, headers });
    expect([write.status, write.codes]).toEqual([400, ['BAD_REQUEST']]);
    const unknown = await gateway.send('{ __typename }', {}, { as, headers: { 'x-view-as': 'role:nobody' } });
    expect([unknown.status, unknown.codes]).toEqual([404, ['NOT_FOUND']]);
    expect(unknown.errors[0]?.message).toBe(
      'Role not found. Roles that you may name: admin, auditor, guest, manager, member, owner, partner.',
    );
    const malformed = await gateway.send('{ __typename }', {}, { as, headers: { 'x-view-as': 'owner' } });
    expect([malformed.status, malformed.codes]).toEqual([400, ['BAD_REQUEST']]);
  });
});

describe('the audits of graphql-http', () => {
  test('find no failed MUST or SHOULD on the whole gateway', async () => {
    const results = await auditServer({ url: gateway.endpoint });
    expect(results.length).toBeGreaterThan(50);
    expect(results.filter(({ status, name }) => status !== 'ok' && !name.startsWith('MAY'))).toEqual([]);
  });
});

describe('the key set', () => {
  test('holds public halves only, and may be kept for a while', async () => {
    const response = await fetch(`${gateway.url}/.well-known/jwks.json`);
    expect(response.headers.get('cache-control')).toMatch(/max-age=\d+/);
    const { keys } = (await response.json()) as { keys: Record<string, unknown>[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });
});
