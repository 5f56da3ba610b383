/** The other doors: what a field's denial must hold at filters, orders, cursors, counts, payloads, nodes and errors. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Credential } from '../support/client.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { MAX_EVENT_LOOP_DELAY_MS: '60000' } });
});
afterAll(() => gateway.close());

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');
const guest = (): Credential => gateway.viewers.acme.guest;
const owner = (): Credential => gateway.viewers.acme.owner;

describe('a guest cannot learn a budget, an estimate or an address', () => {
  test.each([
    ['by filtering', '{ projects(filter: { budget: { gt: "1" } }) { totalCount } }', 'ProjectFilter.budget'],
    [
      'by filtering one at a time',
      '{ projects(first: 1, filter: { budget: { gt: "500" } }) { nodes { id } } }',
      'ProjectFilter.budget',
    ],
    [
      'by whether it is set',
      '{ projects(filter: { budget: { isNull: true } }) { totalCount } }',
      'ProjectFilter.budget',
    ],
    [
      'below AND',
      '{ projects(filter: { AND: [{ name: { not: "" } }, { budget: { gt: "1" } }] }) { totalCount } }',
      'ProjectFilter.budget',
    ],
    ['below OR', '{ projects(filter: { OR: [{ budget: { gt: "1" } }] }) { totalCount } }', 'ProjectFilter.budget'],
    ['below NOT', '{ projects(filter: { NOT: { budget: { gt: "1" } } }) { totalCount } }', 'ProjectFilter.budget'],
    [
      'below all of them',
      '{ projects(filter: { AND: [{ OR: [{ NOT: { NOT: { spent: { lt: "9" } } } }] }] }) { totalCount } }',
      'ProjectFilter.spent',
    ],
    ['by sorting', '{ projects(orderBy: { field: BUDGET }) { nodes { id } } }', 'ProjectOrderField.BUDGET'],
    [
      'by a filter through a relation',
      '{ projects(filter: { tasks: { some: { estimateMinutes: { gt: 60 } } } }) { totalCount } }',
      'TaskFilter.estimateMinutes',
    ],
    [
      'by a filter through a person',
      '{ projects(filter: { lead: { email: { startsWith: "a" } } }) { totalCount } }',
      'UserFilter.email',
    ],
    [
      'by a filter the other way round',
      '{ tasks(filter: { project: { budget: { gt: "1" } } }) { totalCount } }',
      'ProjectFilter.budget',
    ],
    [
      'by a filter of a nested list',
      '{ projects(first: 1) { nodes { tasks(filter: { internalNotes: { contains: "x" } }) { totalCount } } } }',
      'TaskFilter.internalNotes',
    ],
    [
      'by the order of a nested list',
      '{ projects(first: 1) { nodes { tasks(orderBy: { field: ESTIMATE_MINUTES }) { nodes { id } } } } }',
      'TaskOrderField.ESTIMATE_MINUTES',
    ],
    ['under an alias', '{ projects(first: 1) { nodes { name: budget } } }', 'Project.budget'],
    [
      'in a fragment on the interface',
      '{ projects(first: 1) { nodes { ... on Node { ... on Project { budget } } } } }',
      'Project.budget',
    ],
    [
      'in a named fragment',
      'query { projects(first: 1) { nodes { ...P } } } fragment P on Project { spent }',
      'Project.spent',
    ],
  ])('%s', async (_how, text, coordinate) => {
    const answer = await gateway.send(text, {}, { as: guest() });
    expect(answer.errors.map(({ extensions }) => extensions.coordinate)).toEqual([coordinate]);
    expect(answer.codes).toEqual(['FORBIDDEN']);
    expect(answer.sql).not.toMatch(/budget|spent|estimateMinutes|internalNotes|"email"/);
    const honest = await gateway.send(text, {}, { as: owner() });
    expect(honest.errors, honest.toString()).toEqual([]);
  });

  test('by a variable that carries the filter or the order', async () => {
    const byFilter = 'query ($f: ProjectFilter) { projects(filter: $f) { totalCount } }';
    const byOrder = 'query ($o: ProjectOrder) { projects(orderBy: $o) { totalCount } }';
    const allowed = await gateway.send(byFilter, { f: { name: { contains: 'a' } } }, { as: guest() });
    expect(allowed.errors).toEqual([]);
    for (const [text, variables] of [
      [byFilter, { f: { OR: [{ name: { eq: 'x' } }, { budget: { gt: '1' } }] } }],
      [byOrder, { o: { field: 'BUDGET', direction: 'DESC' } }],
    ] as const) {
      const answer = await gateway.send<Record<string, unknown>>(text, variables as Record<string, unknown>, {
        as: guest(),
      });
      expect(answer.codes).toEqual(['FORBIDDEN']);
      expect(answer.data?.projects).toBeNull();
      expect(answer.sql).not.toMatch(/budget/);
    }
  });

  test('the error says which field, and no value', async () => {
    const { acme } = gateway.organizations;
    const rows = await gateway.database.query<{ budget: string }>(
      'select "budget"::text from "Project" where "organizationId" = $1 and "budget" is not null',
      [acme.id],
    );
    const answer = await gateway.send('{ projects(first: 100) { nodes { name budget } } }', {}, { as: guest() });
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors[0]?.path).toEqual(['projects', 'nodes', 0, 'budget']);
    for (const { budget } of rows) {
      expect(answer.toString()).not.toContain(budget);
      expect(gateway.logText()).not.toContain(`"${budget}"`);
    }
  });
});

describe('internal comments do not exist for a guest', () => {
  const text = '{ tasks(first: 100) { nodes { comments { totalCount nodes { body internal } } } } }';
  type Seen = {
    tasks: { nodes: { comments: { totalCount: number; nodes: { body: string; internal: boolean }[] } }[] };
  };

  test('in lists, in counts, by node and through filters', async () => {
    const seen = (await gateway.send<Seen>(text, {}, { as: guest() }))
      .expectData()
      .tasks.nodes.map(({ comments }) => comments);
    const all = (await gateway.send<Seen>(text, {}, { as: owner() }))
      .expectData()
      .tasks.nodes.map(({ comments }) => comments);
    expect(seen.flatMap(({ nodes }) => nodes).filter(({ internal }) => internal)).toEqual([]);
    const publicOnes = all.map(({ nodes }) => nodes.filter(({ internal }) => !internal).length);
    expect(publicOnes.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    expect(seen.map(({ totalCount }) => totalCount)).toEqual(publicOnes);
    expect(all.some(({ totalCount }, index) => totalCount > (publicOnes[index] ?? 0))).toBe(true);

    const [row] = await gateway.database.query<{ id: string }>(
      'select "id" from "Comment" where "internal" and "organizationId" = $1 limit 1',
      [gateway.organizations.acme.id],
    );
    const node = await gateway.send(
      'query ($id: ID!) { node(id: $id) { id } }',
      { id: globalId('Comment', row?.id ?? '') },
      { as: guest() },
    );
    expect(node.expectData()).toEqual({ node: null });
    const probe = await gateway.send(
      '{ tasks(filter: { comments: { some: { body: { contains: "Not for outside eyes" } } } }) { totalCount } }',
      {},
      { as: guest() },
    );
    expect(probe.expectData()).toEqual({ tasks: { totalCount: 0 } });
  });
});

describe('another tenant', () => {
  const missing = '0190a0a0-0000-7000-8000-00000000abcd';
  const strip = (text: string, id: string) =>
    text
      .replaceAll(id, 'ID')
      .replace(/"requestId":"[^"]+"/g, '"requestId":"R"')
      .replace(/request id: .*/g, '')
      .replace(/variables: .*/g, '');

  test.each([
    ['node', 'query ($id: ID!) { node(id: $id) { id ... on Project { name budget } } }', 'Project'],
    ['nodes', 'query ($id: ID!) { nodes(ids: [$id]) { id } }', 'Project'],
    ['project', 'query ($id: ID!) { project(id: $id) { name } }', 'Project'],
    ['task', 'query ($id: ID!) { task(id: $id) { title } }', 'Task'],
    ['a filter by id', 'query ($id: ID!) { projects(filter: { id: { eq: $id } }) { totalCount } }', 'Project'],
    [
      'updateProject',
      'mutation ($id: ID!) { updateProject(input: { id: $id, name: "taken over" }) { project { name } } }',
      'Project',
    ],
    ['deleteProject', 'mutation ($id: ID!) { deleteProject(input: { id: $id }) { deletedId } }', 'Project'],
    [
      'createTask',
      'mutation ($id: ID!) { createTask(input: { projectId: $id, title: "mine" }) { task { id } } }',
      'Project',
    ],
    [
      'addComment',
      'mutation ($id: ID!) { addComment(input: { taskId: $id, body: "hello" }) { comment { id } } }',
      'Task',
    ],
    ['deleteTask', 'mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedId } }', 'Task'],
  ])('cannot tell %s of an id of acme from one that does not exist', async (_how, text, type) => {
    const { acme } = gateway.organizations;
    const existing = globalId(type, (type === 'Project' ? acme.projectIds[0] : acme.taskIds[0]) ?? '');
    const nothing = globalId(type, missing);
    const before = await gateway.database.query('select count(*), max("updatedAt") from "Project"');
    const as = gateway.viewers.globex.owner;
    const [one, other] = [
      await gateway.send(text, { id: existing }, { as }),
      await gateway.send(text, { id: nothing }, { as }),
    ];
    expect(strip(one.toString(), existing)).toBe(strip(other.toString(), nothing));
    expect(one.toString()).not.toContain('Apollo');
    expect(await gateway.database.query('select count(*), max("updatedAt") from "Project"')).toEqual(before);
  });

  test('cannot tell its organization from one that does not exist', async () => {
    const ask = (organization: string) =>
      gateway.send(
        '{ __typename }',
        {},
        { as: gateway.viewers.globex.owner, headers: { 'x-organization': organization } },
      );
    const [one, other] = [await ask('acme'), await ask('nowhere')];
    expect(one.status).toBe(404);
    expect(strip(one.toString(), 'x')).toBe(strip(other.toString(), 'x'));
  });

  test('an id of the wrong type, a malformed one and none at all are the same nothing', async () => {
    const { acme } = gateway.organizations;
    for (const id of [
      globalId('Task', acme.projectIds[0] ?? ''),
      globalId('Password', acme.users.owner.id),
      'nonsense',
      '',
      acme.projectIds[0] ?? '',
    ])
      expect(
        (
          await gateway.send(
            'query ($id: ID!) { project(id: $id) { name } node(id: $id) { id } }',
            { id },
            { as: owner() },
          )
        ).data,
        id,
      ).toEqual({ project: null, node: null });
  });
});

describe('cursors', () => {
  type Page = { projects: { pageInfo: { endCursor: string }; nodes: { name: string }[] } };
  const page =
    'query ($after: String, $filter: ProjectFilter, $orderBy: ProjectOrder) { projects(first: 3, after: $after, filter: $filter, orderBy: $orderBy) { pageInfo { endCursor } nodes { name } } }';
  const cursorOf = async (as: Credential, variables = {}) =>
    (await gateway.send<Page>(page, variables, { as })).expectData().projects.pageInfo.endCursor;

  test('an edited or borrowed one is BAD_USER_INPUT, and carries no value', async () => {
    const byBudget = { orderBy: { field: 'BUDGET', direction: 'DESC' } };
    const cursor = await cursorOf(owner(), byBudget);
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toMatch(/\d{4,}\.\d\d/);
    const edited = `${cursor.slice(0, -2)}${cursor.endsWith('AA') ? 'BB' : 'AA'}`;
    for (const [how, as, variables] of [
      ['edited', owner(), { ...byBudget, after: edited }],
      ['of another order', owner(), { after: cursor }],
      ['of another filter', owner(), { ...byBudget, after: cursor, filter: { name: { contains: 'a' } } }],
      ['of another organization', gateway.viewers.globex.owner, { ...byBudget, after: cursor }],
      ['made up', owner(), { ...byBudget, after: 'bm9uc2Vuc2U' }],
    ] as const) {
      const answer = await gateway.send(page, variables as Record<string, unknown>, { as });
      expect(answer.codes, how).toEqual(['BAD_USER_INPUT']);
    }
    const lent = await gateway.send(page, { ...byBudget, after: cursor }, { as: guest() });
    expect(lent.codes).toEqual(['FORBIDDEN']);
    expect(
      (await gateway.send<Page>(page, { ...byBudget, after: cursor }, { as: owner() })).expectData().projects.nodes,
    ).toHaveLength(3);
  });

  test.each([0, -1, 101, 2_147_483_647])('first: %d is BAD_USER_INPUT', async (first) => {
    expect(
      (await gateway.send('query ($first: Int) { projects(first: $first) { totalCount } }', { first }, { as: owner() }))
        .codes,
    ).toEqual(['BAD_USER_INPUT']);
  });
});

describe('the payload of a mutation', () => {
  test('does not tell what its caller may write and not read', async () => {
    const { acme } = gateway.organizations;
    const role = await gateway.send<{ createRole: { role: { id: string } } }>(
      'mutation { createRole(input: { key: "setter", name: "Setter", permissions: ["project:read", "project:update", "project.budget:write"] }) { role { id } } }',
      {},
      { as: owner() },
    );
    expect(role.errors).toEqual([]);
    const userId = globalId('User', acme.users.auditor.id);
    await gateway.send(
      'mutation ($userId: ID!) { setMemberRoles(input: { userId: $userId, roleKeys: ["setter"] }) { membership { id } } }',
      { userId },
      { as: owner() },
    );
    const answer = await gateway.send<{ updateProject: { project: { name: string; budget: null } } }>(
      'mutation ($id: ID!) { updateProject(input: { id: $id, budget: "4242.42" }) { project { name budget } } }',
      { id: globalId('Project', acme.projectIds[3] ?? '') },
      { as: gateway.viewers.acme.auditor },
    );
    expect(answer.errors.map(({ extensions }) => extensions.coordinate)).toEqual(['Project.budget']);
    expect(answer.data?.updateProject.project.budget).toBeNull();
    const [row] = await gateway.database.query<{ budget: string }>(
      'select "budget"::text from "Project" where "id" = $1',
      [acme.projectIds[3]],
    );
    expect(row?.budget).toBe('4242.42');
    const [event] = await gateway.database.query<{ details: unknown }>(
      `select "details" from "AuditEvent" where "action" = 'project.update' order by "at" desc limit 1`,
    );
    expect(JSON.stringify(event?.details)).not.toContain('4242');
  });
});

describe('the modes', () => {
  const text = '{ projects(first: 1) { nodes { name budget } } }';

  test('reject refuses the whole operation before anything is read', async () => {
    const answer = await gateway.send(text, {}, { as: guest(), headers: { 'x-authorization-mode': 'reject' } });
    expect(answer.status).toBe(403);
    expect(answer.data ?? null).toBeNull();
    expect(answer.codes).toEqual(['FORBIDDEN']);
    expect(answer.sql).not.toMatch(/Project/);
    const allowed = await gateway.send(
      '{ projects(first: 1) { nodes { name } } }',
      {},
      { as: guest(), headers: { 'x-authorization-mode': 'reject' } },
    );
    expect(allowed.errors).toEqual([]);
  });

  test('dry-run executes nothing and tells the decisions', async () => {
    const mutation = 'mutation { createProject(input: { key: "DRY", name: "x", budget: "1.00" }) { project { id } } }';
    const answer = await gateway.send(
      mutation,
      {},
      { as: gateway.viewers.acme.manager, headers: { 'x-authorization-mode': 'dry-run' } },
    );
    expect(answer.extensions.authorization).toMatchObject({ allowed: true });
    expect(await gateway.database.query(`select 1 from "Project" where "key" = 'DRY'`)).toEqual([]);
    const denied = await gateway.send(text, {}, { as: guest(), headers: { 'x-authorization-mode': 'dry-run' } });
    expect(denied.extensions.authorization).toMatchObject({
      allowed: false,
      decisions: expect.arrayContaining([
        {
          coordinate: 'Project.budget',
          decision: 'DENIED',
          requires: ['project:read', 'project.budget:read'],
          lacks: ['project.budget:read'],
          belowDenied: false,
        },
      ]),
    });
  });

  test('an unknown mode is 400: who asked for a refusal must not get a partial answer', async () => {
    expect((await gateway.send(text, {}, { as: guest(), headers: { 'x-authorization-mode': 'strict' } })).status).toBe(
      400,
    );
  });
});

describe('explainAccess', () => {
  const ask =
    'query ($operation: String!, $as: AccessSubject) { explainAccess(operation: $operation, as: $as) { allowed coordinates { coordinate decision rule requires grantedBy } } }';
  const operation = '{ projects { nodes { budget } } }';

  test('tells everybody about themselves, and names roles to those who may list them', async () => {
    type Told = {
      explainAccess: {
        allowed: boolean;
        coordinates: { coordinate: string; decision: string; grantedBy: string[] | null }[];
      };
    };
    const own = await gateway.send<Told>(ask, { operation }, { as: guest() });
    const budget = own.data?.explainAccess.coordinates.find(({ coordinate }) => coordinate === 'Project.budget');
    expect(budget).toMatchObject({
      decision: 'DENIED',
      requires: ['project:read', 'project.budget:read'],
      grantedBy: null,
    });
    const named = await gateway.send<Told>(
      ask,
      { operation, as: { role: 'guest' } },
      { as: gateway.viewers.acme.admin },
    );
    expect(
      named.data?.explainAccess.coordinates.find(({ coordinate }) => coordinate === 'Project.budget'),
    ).toMatchObject({
      decision: 'DENIED',
      grantedBy: expect.arrayContaining(['admin', 'manager', 'owner']),
    });
  });

  test('is nobody’s way to ask about others without access:explain, or about another tenant', async () => {
    const { acme, globex } = gateway.organizations;
    for (const as of [
      { role: 'owner' },
      { user: globalId('User', acme.users.owner.id) },
      { apiKey: globalId('ApiKey', acme.partnerKey.id) },
    ])
      expect((await gateway.send(ask, { operation, as }, { as: guest() })).codes[0], JSON.stringify(as)).toBe(
        'FORBIDDEN',
      );
    for (const as of [
      { user: globalId('User', globex.users.owner.id) },
      { apiKey: globalId('ApiKey', globex.partnerKey.id) },
      { role: 'nosuch' },
    ])
      expect((await gateway.send(ask, { operation, as }, { as: owner() })).codes, JSON.stringify(as)).toEqual([
        'NOT_FOUND',
      ]);
  });
});

describe('viewing as another', () => {
  const text = '{ viewer { permissions } projects(first: 1) { nodes { budget } } }';
  const ask = (as: Credential, whom: string, operation = text) =>
    gateway.send<{ viewer: { permissions: string[] } }>(operation, {}, { as, headers: { 'x-view-as': whom } });

  test('gives what both hold, says what is missing, and is on record', async () => {
    const { admin } = gateway.viewers.acme;
    const asOwner = await ask(admin, 'role:owner');
    const own = await gateway.send<{ viewer: { permissions: string[] } }>(text, {}, { as: admin });
    expect(asOwner.expectData().viewer.permissions).toEqual(own.expectData().viewer.permissions);
    expect((asOwner.extensions.viewAs as { missing: string[] }).missing).toEqual(['organization:delete']);
    const asPartner = await ask(admin, `apiKey:${gateway.organizations.acme.partnerKey.id}`);
    expect(asPartner.data?.viewer.permissions.sort()).toEqual(['comment:read', 'project:read', 'task:read']);
    expect(asPartner.codes).toEqual(['FORBIDDEN']);
    expect(asPartner.sql).not.toMatch(/"budget"/);
    for (const answer of [asOwner, asPartner])
      expect(
        await gateway.database.query('select "action" from "AuditEvent" where "requestId" = $1', [
          answer.headers.get('x-request-id'),
        ]),
      ).toEqual([{ action: 'access.viewAs' }]);
  });

  test('is nothing for a guest, a key, a mutation, or another tenant’s key', async () => {
    const { acme, globex } = gateway.organizations;
    for (const as of [guest(), gateway.viewers.acme.partner, {}]) {
      const refused = await ask(as, 'role:owner');
      expect([refused.status, refused.codes, refused.data]).toEqual([403, ['FORBIDDEN'], null]);
    }
    const before = await gateway.database.query('select "name" from "Organization" where "id" = $1', [acme.id]);
    const write = 'mutation { updateOrganization(input: { name: "Taken over" }) { __typename } }';
    const refused = await ask(owner(), 'role:owner', write);
    expect([refused.status, refused.codes]).toEqual([400, ['BAD_REQUEST']]);
    expect(await gateway.database.query('select "name" from "Organization" where "id" = $1', [acme.id])).toEqual(
      before,
    );
    expect((await ask(owner(), `apiKey:${globex.partnerKey.id}`)).codes).toEqual(['NOT_FOUND']);
  });
});
