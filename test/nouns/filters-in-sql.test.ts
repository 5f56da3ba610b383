/** Filters and orders on real rows: what they mean, whom they refuse, and that nobody learns by them what they may not read. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { globalId, openWork, type Work } from '../support/work.ts';

let work: Work;

beforeAll(async () => {
  work = await openWork();
  const { db, acme, globex } = work;
  for (const organization of [acme, globex])
    await organization.run(async () => {
      const { manager, member } = organization.users;
      const projects = [
        { key: 'A', name: 'Save 100%', budget: '1000.00', leadId: manager },
        { key: 'B', name: 'under_score', budget: '250.50', leadId: null },
        { key: 'C', name: 'back\\slash', budget: null, leadId: member },
      ];
      for (const row of projects) {
        const { id: projectId } = await db.project.create({ data: row as never, select: { id: true } });
        if (row.key === 'C') continue;
        for (const number of [1, 2]) {
          const { id: taskId } = await db.task.create({
            data: {
              projectId,
              number,
              title: `${row.key}${number}`,
              status: number === 1 ? 'DONE' : 'TODO',
              estimateMinutes: number * 60,
              assigneeId: number === 1 ? member : null,
            } as never,
            select: { id: true },
          });
          await db.comment.create({
            data: { taskId, body: `${row.key}${number}`, internal: row.key === 'A', authorId: member } as never,
            select: { id: true },
          });
        }
      }
    });
});

afterAll(() => work?.close());

async function keys(filter: object, role: 'owner' | 'guest' = 'owner'): Promise<string[]> {
  const answer = await work.send(
    work.acme.viewer(role),
    'query ($filter: ProjectFilter) { projects(filter: $filter, orderBy: { field: KEY }) { totalCount nodes { key } } }',
    { filter },
  );
  expect(answer.errors).toEqual([]);
  const found = answer.data.projects.nodes.map(({ key }: { key: string }) => key);
  expect(answer.data.projects.totalCount).toBe(found.length);
  return found;
}

describe('what a filter means', () => {
  test.each([
    [{}, ['A', 'B', 'C']],
    [{ AND: [] }, ['A', 'B', 'C']],
    [{ OR: [] }, []],
    [{ NOT: { OR: [] } }, ['A', 'B', 'C']],
    [{ OR: [{ key: { eq: 'A' } }, { key: { eq: 'B' } }] }, ['A', 'B']],
    [{ AND: [{ key: { in: ['A', 'B'] } }, { NOT: { key: { eq: 'A' } } }] }, ['B']],
    [{ key: { in: [] } }, []],
    [{ key: { not: 'A' }, budget: { isNull: false } }, ['B']],
    [{ budget: { gt: '250.50' } }, ['A']],
    [{ budget: { gte: '250.50', lt: '1000' } }, ['B']],
    [{ budget: { isNull: true } }, ['C']],
    [{ lead: { name: { startsWith: 'manager' } } }, ['A']],
    [{ NOT: { lead: {} } }, ['B']],
    [{ tasks: { some: {} } }, ['A', 'B']],
    [{ tasks: { none: {} } }, ['C']],
    [{ tasks: { some: { status: { eq: 'DONE' }, title: { eq: 'B1' } } } }, ['B']],
    [{ tasks: { every: { status: { eq: 'DONE' } } } }, ['C']],
    [{ tasks: { every: {} } }, ['A', 'B', 'C']],
    [{ tasks: { some: { assignee: { name: { contains: 'MEMBER' } } } } }, ['A', 'B']],
    [{ tasks: { some: { comments: { some: { body: { eq: 'A1' } } } } } }, ['A']],
  ])('%j', async (filter, expected) => {
    expect(await keys(filter)).toEqual(expected);
  });

  test('a wildcard of LIKE is a character like any other', async () => {
    expect(await keys({ name: { contains: '%' } })).toEqual(['A']);
    expect(await keys({ name: { contains: '_' } })).toEqual(['B']);
    expect(await keys({ name: { contains: '\\' } })).toEqual(['C']);
    expect(await keys({ name: { contains: 'S%1' } })).toEqual([]);
  });

  test('an id of another organization and a malformed one match nothing', async () => {
    const foreign = await work.send(work.globex.viewer('owner'), '{ projects(first: 1) { nodes { id } } }');
    expect(await keys({ id: { eq: foreign.data.projects.nodes[0].id } })).toEqual([]);
    expect(await keys({ id: { in: ['nonsense', globalId('Task', work.acme.users.owner)] } })).toEqual([]);
  });
});

describe('what a filter refuses', () => {
  const projects = 'query ($filter: ProjectFilter) { projects(filter: $filter) { totalCount } }';

  test('null is no condition, and every faulty member is named', async () => {
    const answer = await work.send(work.acme.viewer('owner'), projects, {
      filter: { name: null, key: { eq: null }, tasks: { some: null } },
    });
    expect(answer.codes).toEqual(['BAD_USER_INPUT']);
    const issues = (answer.errors[0]?.extensions?.issues ?? []) as { path: string[] }[];
    expect(issues.map(({ path }) => path.join('.')).sort()).toEqual([
      'filter.key.eq',
      'filter.name',
      'filter.tasks.some',
    ]);
    expect(answer.sql).toEqual([]);
  });

  test.each([
    ['query ($x: String) { projects(filter: { key: { eq: $x } }) { totalCount } }', 'filter.key'],
    ['query ($x: [String!]) { projects(filter: { key: { in: $x } }) { totalCount } }', 'filter.key'],
    ['query ($x: String) { projects(filter: { name: { contains: $x } }) { totalCount } }', 'filter.name'],
    [
      'query ($x: ID) { projects(filter: { OR: [{ key: { eq: "A" } }, { id: { eq: $x } }] }) { totalCount } }',
      'filter.OR.1.id',
    ],
    ['query ($x: String) { projects(filter: { NOT: { key: { eq: $x } } }) { totalCount } }', 'filter.NOT.key'],
    ['query ($x: TaskFilter) { projects(filter: { tasks: { some: $x } }) { totalCount } }', 'filter.tasks'],
    [
      'query ($x: String) { projects(filter: { tasks: { some: { title: { eq: $x } } } }) { totalCount } }',
      'filter.tasks.some.title',
    ],
    ['query ($x: MembershipStatus) { users(filter: { status: { eq: $x } }) { totalCount } }', 'filter.status'],
    ['query ($x: ID) { auditEvents(filter: { actorId: { eq: $x } }) { totalCount } }', 'filter.actorId'],
    ['query ($x: String) { persistedOperations(filter: { name: { eq: $x } }) { totalCount } }', 'filter.name'],
  ])('a variable that was not sent: %s', async (text, path) => {
    const answer = await work.send(work.acme.viewer('owner'), text);
    expect(answer.codes).toEqual(['BAD_USER_INPUT']);
    const issues = (answer.errors[0]?.extensions?.issues ?? []) as { path: string[] }[];
    expect(issues.map((issue) => issue.path.join('.'))).toEqual([path]);
    expect(answer.sql).toEqual([]);
  });

  test.each([
    ['query ($f: StringFilter) { projects(filter: { OR: [{ name: $f }] }) { totalCount } }', 'filter.OR.0'],
    ['query ($f: StringFilter) { projects(filter: { AND: [{ name: $f }] }) { totalCount } }', 'filter.AND.0'],
    ['query ($f: StringFilter) { projects(filter: { NOT: { name: $f } }) { totalCount } }', 'filter.NOT'],
    ['query ($f: StringFilter) { projects(filter: { lead: { name: $f } }) { totalCount } }', 'filter.lead'],
    [
      'query ($f: StringFilter) { projects(filter: { tasks: { some: { title: $f } } }) { totalCount } }',
      'filter.tasks.some',
    ],
    [
      'query ($f: StringFilter) { projects(filter: { tasks: { every: { title: $f } } }) { totalCount } }',
      'filter.tasks.every',
    ],
    [
      'query ($f: StringFilter, $g: IntFilter) { tasks(filter: { OR: [{ number: { eq: 1 } }, { title: $f, number: $g }] }) { totalCount } }',
      'filter.OR.1',
    ],
    [
      'query ($f: StringFilter) { ...Below } fragment Below on Query { projects(filter: { tasks: { none: { title: $f } } }) { totalCount } }',
      'filter.tasks.none',
    ],
  ])('conditions of which nothing is left without their variables: %s', async (text, path) => {
    const owner = work.acme.viewer('owner');
    const answer = await work.send(owner, text);
    expect(answer.codes).toEqual(['BAD_USER_INPUT']);
    const issues = (answer.errors[0]?.extensions?.issues ?? []) as { path: (string | number)[] }[];
    expect(issues.map((issue) => issue.path.join('.'))).toEqual([path]);
    expect(answer.sql).toEqual([]);
    // With them it is a filter like any other.
    expect((await work.send(owner, text, { f: { startsWith: 'A' } })).errors).toEqual([]);
  });

  test.each([{ OR: [{}] }, { AND: [{ key: { eq: 'A' } }, {}] }, { NOT: {} }, { tasks: { some: { OR: [{}] } } }])(
    'a part without any condition, as a client’s JSON leaves it: %j',
    async (filter) => {
      const answer = await work.send(work.acme.viewer('owner'), projects, { filter });
      expect(answer.codes).toEqual(['BAD_USER_INPUT']);
      expect(answer.sql).toEqual([]);
    },
  );

  test('a filter itself may be left without any condition, and a relation say that there is one', async () => {
    const text =
      'query ($f: StringFilter) { all: projects(filter: { name: $f }) { totalCount } led: projects(filter: { lead: {} }) { totalCount } }';
    const answer = await work.send(work.acme.viewer('owner'), text);
    expect(answer.data).toEqual({ all: { totalCount: 3 }, led: { totalCount: 2 } });
  });

  test('a filter and an order that were not sent are none', async () => {
    const text =
      'query ($filter: ProjectFilter, $order: ProjectOrder, $direction: OrderDirection) { projects(filter: $filter, orderBy: $order) { totalCount } tasks(orderBy: { field: NUMBER, direction: $direction }) { totalCount } }';
    const answer = await work.send(work.acme.viewer('owner'), text);
    expect(answer.codes).toEqual([]);
    expect(answer.data).toEqual({ projects: { totalCount: 3 }, tasks: { totalCount: 4 } });
  });

  test('text that PostgreSQL cannot hold, long lists and deep nesting', async () => {
    let deep: object = {};
    for (let level = 0; level < 12; level += 1) deep = { NOT: deep };
    for (const filter of [
      { name: { contains: 'a\u0000b' } },
      { key: { in: ['a\u0000'] } },
      { key: { in: Array.from({ length: 101 }, () => 'A') } },
      { OR: Array.from({ length: 101 }, () => ({})) },
      deep,
    ]) {
      const answer = await work.send(work.acme.viewer('owner'), projects, { filter });
      expect(answer.codes).toEqual(['BAD_USER_INPUT']);
      expect(answer.sql).toEqual([]);
    }
  });
});

describe('nobody learns by a filter or an order what they may not read', () => {
  test.each([
    ['ProjectFilter.budget', '{ projects(filter: { budget: { gt: "1" } }) { totalCount } }'],
    [
      'ProjectFilter.spent',
      '{ projects(filter: { OR: [{ NOT: { AND: [{ spent: { gt: "1" } }] } }] }) { totalCount } }',
    ],
    ['ProjectOrderField.BUDGET', '{ projects(orderBy: { field: BUDGET }) { nodes { key } } }'],
    ['ProjectOrderField.SPENT', '{ projects(orderBy: { field: SPENT, direction: DESC }) { nodes { key } } }'],
    ['TaskFilter.estimateMinutes', '{ tasks(filter: { estimateMinutes: { gt: 1 } }) { totalCount } }'],
    [
      'TaskFilter.internalNotes',
      '{ projects(filter: { tasks: { some: { internalNotes: { isNull: false } } } }) { totalCount } }',
    ],
    [
      'TaskOrderField.ESTIMATE_MINUTES',
      '{ projects { nodes { tasks(orderBy: { field: ESTIMATE_MINUTES }) { totalCount } } } }',
    ],
    ['UserFilter.email', '{ tasks(filter: { assignee: { email: { contains: "m" } } }) { totalCount } }'],
    ['UserFilter.phone', '{ projects(filter: { lead: { phone: { isNull: false } } }) { totalCount } }'],
    ['UserFilter.mfaEnabled', '{ tasks(filter: { reporter: { mfaEnabled: { eq: true } } }) { totalCount } }'],
    ['UserFilter.status', '{ tasks(filter: { assignee: { status: { eq: ACTIVE } } }) { totalCount } }'],
    ['CommentFilter.internal', '{ tasks { nodes { comments(filter: { internal: { eq: true } }) { totalCount } } } }'],
  ])('a guest at %s', async (coordinate, text) => {
    const answer = await work.send(work.acme.viewer('guest'), text);
    expect(answer.coordinates).toEqual([coordinate]);
    expect(answer.codes).toEqual(['FORBIDDEN']);
    expect(answer.sql.join()).not.toMatch(/budget|spent|estimateMinutes|internalNotes|email|phone|mfaEnabled/);
  });

  test('a member cannot filter by addresses, although their own is theirs to read', async () => {
    const answer = await work.send(
      work.acme.viewer('member'),
      '{ users(filter: { email: { eq: "member@acme.example" } }) { totalCount } }',
    );
    expect(answer.coordinates).toEqual(['UserFilter.email']);
    expect(answer.data).toEqual({ users: null });
  });

  test('internal comments neither make "some" true nor "every" false nor count', async () => {
    expect(await keys({ tasks: { some: { comments: { some: {} } } } }, 'guest')).toEqual(['B']);
    expect(await keys({ tasks: { every: { comments: { every: { body: { startsWith: 'B' } } } } } }, 'guest')).toEqual([
      'A',
      'B',
      'C',
    ]);
    expect(await keys({ tasks: { some: { comments: { none: {} } } } }, 'guest')).toEqual(['A']);
    const counts = await work.send(
      work.acme.viewer('guest'),
      '{ tasks(filter: { title: { eq: "A1" } }) { nodes { comments { totalCount nodes { body } } } } }',
    );
    expect(counts.data.tasks.nodes).toEqual([{ comments: { totalCount: 0, nodes: [] } }]);
  });
});
