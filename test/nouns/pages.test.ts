/** Pages by keyset: each row once in either direction and order, whatever comes and goes; and cursors that are worth nothing elsewhere. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWork, type Work } from '../support/work.ts';

let work: Work;
const budgets = [null, '5.00', '10.00', null, '10.00', '7.50', '10.00'];

beforeAll(async () => {
  work = await openWork();
  const { db, acme, globex } = work;
  for (const organization of [acme, globex])
    await organization.run(async () => {
      for (const [index, budget] of budgets.entries()) {
        const status = index % 2 === 0 ? 'ACTIVE' : 'PLANNED';
        const { id: projectId } = await db.project.create({
          data: { key: `P${index}`, name: `Same name`, budget, status } as never,
          select: { id: true },
        });
        for (let number = 1; number <= 5; number += 1)
          await db.task.create({
            data: { projectId, number, title: `T${number}`, dueAt: number > 3 ? null : new Date() } as never,
            select: { id: true },
          });
      }
    });
});

afterAll(() => work?.close());

const pages = `query ($first: Int, $last: Int, $after: String, $before: String, $orderBy: ProjectOrder, $filter: ProjectFilter) {
  projects(first: $first, last: $last, after: $after, before: $before, orderBy: $orderBy, filter: $filter) {
    totalCount
    edges { cursor node { key } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

async function walk(orderBy: object, direction: 'forwards' | 'backwards'): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 10; page += 1) {
    const variables: Record<string, unknown> =
      direction === 'forwards' ? { first: 2, after: cursor, orderBy } : { last: 2, before: cursor, orderBy };
    const { data, errors } = await work.send(work.acme.viewer('owner'), pages, variables);
    expect(errors).toEqual([]);
    const { edges, pageInfo, totalCount } = data.projects;
    expect(totalCount).toBe(budgets.length);
    const found = edges.map(({ node }: { node: { key: string } }) => node.key);
    if (direction === 'forwards') keys.push(...found);
    else keys.unshift(...found);
    expect(direction === 'forwards' ? pageInfo.hasPreviousPage : pageInfo.hasNextPage).toBe(cursor !== null);
    if (!(direction === 'forwards' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return keys;
    cursor = direction === 'forwards' ? pageInfo.endCursor : pageInfo.startCursor;
  }
  throw new Error('The pages do not end.');
}

describe('each row once', () => {
  test.each(
    ['KEY', 'NAME', 'STATUS', 'BUDGET', 'CREATED_AT'].flatMap((field) => [
      { field, direction: 'ASC' },
      { field, direction: 'DESC' },
    ]),
  )(
    'by $field $direction, forwards and backwards alike, equal values and rows without one included',
    async (orderBy) => {
      const whole = await work.send(work.acme.viewer('owner'), pages, { first: 100, orderBy });
      const expected = whole.data.projects.edges.map(({ node }: { node: { key: string } }) => node.key);
      expect(new Set(expected).size).toBe(budgets.length);
      expect(await walk(orderBy, 'forwards')).toEqual(expected);
      expect(await walk(orderBy, 'backwards')).toEqual(expected);
    },
  );

  test('rows without a value come last upwards and first downwards', async () => {
    const up = await walk({ field: 'BUDGET', direction: 'ASC' }, 'forwards');
    expect(up.slice(0, 2)).toEqual(['P1', 'P5']);
    expect(up.slice(-2)).toEqual(['P0', 'P3']);
    expect(await walk({ field: 'BUDGET', direction: 'DESC' }, 'forwards')).toEqual([...up].reverse());
  });

  test('a row that comes in front of a page shifts nothing', async () => {
    const owner = work.acme.viewer('owner');
    const orderBy = { field: 'KEY' };
    const first = await work.send(owner, pages, { first: 3, orderBy });
    const { id } = await work.acme.run(() =>
      work.db.project.create({ data: { key: 'A', name: 'New' } as never, select: { id: true } }),
    );
    const second = await work.send(owner, pages, { first: 2, orderBy, after: first.data.projects.pageInfo.endCursor });
    await work.acme.run(() => work.db.project.deleteMany({ where: { id } }));
    expect(second.data.projects.edges.map(({ node }: { node: { key: string } }) => node.key)).toEqual(['P3', 'P4']);
  });

  test('lists below a row have pages too, one for each parent and alias', async () => {
    const below = `query ($after: String) {
      projects(first: 3) { nodes {
        a: tasks(first: 2, after: $after, orderBy: { field: DUE_AT }) { totalCount nodes { number } pageInfo { endCursor hasNextPage } }
        b: tasks(last: 1) { nodes { number } pageInfo { hasPreviousPage } }
      } } }`;
    const first = await work.send(work.acme.viewer('owner'), below);
    expect(first.errors).toEqual([]);
    for (const { a, b } of first.data.projects.nodes) {
      expect(a.nodes).toHaveLength(2);
      expect(a.totalCount).toBe(5);
      expect(a.pageInfo.hasNextPage).toBe(true);
      expect(b).toEqual({ nodes: [{ number: 5 }], pageInfo: { hasPreviousPage: true } });
    }
    const after = first.data.projects.nodes[0].a.pageInfo.endCursor;
    const second = await work.send(work.acme.viewer('owner'), below, { after });
    expect(second.errors).toEqual([]);
    expect(second.data.projects.nodes[0].a.nodes.map(({ number }: { number: number }) => number)).toEqual([3, 4]);
  });
});

describe('the size of a page', () => {
  test('20 when left out or null', async () => {
    for (const first of [undefined, null]) {
      const { data } = await work.send(work.acme.viewer('owner'), '{ tasks { nodes { id } } }', { first });
      expect(data.tasks.nodes).toHaveLength(20);
    }
  });

  test.each([{ first: 0 }, { first: 101 }, { first: -1 }, { last: 0 }, { last: 101 }, { first: 1, last: 1 }])(
    '%j is refused before anything is read',
    async (variables) => {
      const answer = await work.send(work.acme.viewer('owner'), pages, variables);
      expect(answer.codes).toEqual(['BAD_USER_INPUT']);
      expect(answer.errors[0]?.extensions?.issues).toMatchObject([{ path: ['last' in variables ? 'last' : 'first'] }]);
      expect(answer.sql).toEqual([]);
    },
  );
});

describe('a cursor is worth nothing elsewhere', () => {
  const order = { field: 'BUDGET', direction: 'ASC' };

  async function cursor(): Promise<string> {
    const { data } = await work.send(work.acme.viewer('owner'), pages, { first: 2, orderBy: order });
    return data.projects.pageInfo.endCursor;
  }

  test('it tells nothing: not the id, not the budget', async () => {
    const bytes = Buffer.from(await cursor(), 'base64url').toString('latin1');
    expect(bytes).not.toMatch(/7\.5|[0-9a-f]{8}-[0-9a-f]{4}/);
  });

  test('an edited one is refused, whichever character was edited', async () => {
    const original = await cursor();
    for (const at of [0, 5, 20, 40, original.length - 2]) {
      const edited = `${original.slice(0, at)}${original[at] === 'A' ? 'B' : 'A'}${original.slice(at + 1)}`;
      const answer = await work.send(work.acme.viewer('owner'), pages, { first: 2, orderBy: order, after: edited });
      expect(answer.codes).toEqual(['BAD_USER_INPUT']);
      expect(answer.sql).toEqual([]);
    }
  });

  test.each([
    ['another order', { orderBy: { field: 'KEY', direction: 'ASC' } }],
    ['another direction', { orderBy: { field: 'BUDGET', direction: 'DESC' } }],
    ['another filter', { orderBy: order, filter: { key: { eq: 'P1' } } }],
  ])('one that was borrowed from %s is refused', async (_title, variables) => {
    const answer = await work.send(work.acme.viewer('owner'), pages, { first: 2, ...variables, after: await cursor() });
    expect(answer.codes).toEqual(['BAD_USER_INPUT']);
  });

  test('one that was borrowed from another organization or another list is refused', async () => {
    const after = await cursor();
    const foreign = await work.send(work.globex.viewer('owner'), pages, { first: 2, orderBy: order, after });
    expect(foreign.codes).toEqual(['BAD_USER_INPUT']);
    const other = await work.send(
      work.acme.viewer('owner'),
      'query ($after: String) { tasks(after: $after) { totalCount } }',
      {
        after,
      },
    );
    expect(other.codes).toEqual(['BAD_USER_INPUT']);
  });

  test('one that was borrowed by a guest opens no order that the guest may not use', async () => {
    const after = await cursor();
    const answer = await work.send(work.acme.viewer('guest'), pages, { first: 2, orderBy: order, after });
    expect(answer.coordinates).toEqual(['ProjectOrderField.BUDGET']);
    expect(answer.sql).toEqual([]);
  });
});
