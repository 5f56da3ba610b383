/** People who left, and people who are not in yet: what of them is read, filtered, sorted, counted and found, and by whom. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Everything, makeEverything } from '../support/everything.ts';
import { globalId, openWork, type Work } from '../support/work.ts';

let work: Work;
let made: Everything;
let acme: Work['acme'];
beforeAll(async () => {
  work = await openWork();
  made = await makeEverything(work);
  acme = work.acme;
});
afterAll(() => work?.close());

const roleNames = ['Administrator', 'Auditor', 'Guest', 'Manager', 'Member', 'Owner', 'Partner'].map(
  (role) => `${role} of acme`,
);
const fields = 'name avatarUrl email phone lastSignInAt mfaEnabled status memberships { joinedAt }';
const nothingBut = (name: string) => ({
  name,
  avatarUrl: null,
  email: null,
  phone: null,
  lastSignInAt: null,
  mfaEnabled: null,
  status: null,
  memberships: [],
});
const readsAll = [
  'member:list',
  'user.contact:read',
  'user.security:read',
  'project:read',
  'task:read',
  'comment:read',
];

describe('a former member', () => {
  test('keeps the name in past work, and everything private of them is null without an error', async () => {
    const viewer = acme.viewerWith(...readsAll, 'attachment:read');
    const text = `query ($project: ID!, $task: ID!) {
      project(id: $project) { lead { ${fields} } }
      task(id: $task) {
        assignee { ${fields} }
        comments(filter: { body: { eq: "open" } }) { nodes { author { ${fields} } } }
        attachments(first: 1) { nodes { uploadedBy { ${fields} } } }
      }
      tasks(filter: { number: { eq: 2 } }) { nodes { assignee { name email status } reporter { ${fields} } } }
    }`;
    const { data, errors } = await work.send(viewer, text, {
      project: globalId('Project', made.projectId),
      task: globalId('Task', made.taskId),
    });
    const former = nothingBut('former');
    expect([data, errors]).toEqual([
      {
        project: { lead: former },
        task: {
          assignee: former,
          comments: { nodes: [{ author: former }] },
          attachments: { nodes: [{ uploadedBy: former }] },
        },
        tasks: {
          nodes: [
            { assignee: { name: 'suspended', email: 'suspended@acme.example', status: 'SUSPENDED' }, reporter: former },
          ],
        },
      },
      [],
    ]);
  });

  test('is denied to whoever may not read such columns, like anybody else', async () => {
    const { data, coordinates } = await work.send(
      acme.viewerWith('task:read', 'member:list'),
      'query ($id: ID!) { task(id: $id) { assignee { name email status } } }',
      { id: globalId('Task', made.taskId) },
    );
    expect(data).toEqual({ task: { assignee: { name: 'former', email: null, status: null } } });
    expect([...coordinates].sort()).toEqual(['User.email', 'User.status']);
  });

  test('is none of the users, in any order and under any filter, nor of the organization’s members', async () => {
    const viewer = acme.viewerWith(...readsAll);
    for (const order of ['NAME', 'CREATED_AT', 'EMAIL', 'LAST_SIGN_IN_AT']) {
      const { data, errors } = await work.send(
        viewer,
        `{ users(first: 100, orderBy: { field: ${order} }) { totalCount nodes { name } } }`,
      );
      expect(errors).toEqual([]);
      expect(data.users.totalCount).toBe(9);
      expect(data.users.nodes.map(({ name }: { name: string }) => name).sort()).toEqual([
        ...roleNames,
        'pending',
        'suspended',
      ]);
    }
    for (const filter of [
      '{ name: { in: ["former", "gone"] } }',
      '{ email: { startsWith: "former@" } }',
      '{ status: { eq: REMOVED } }',
    ]) {
      const { data, errors } = await work.send(viewer, `{ users(filter: ${filter}) { totalCount nodes { name } } }`);
      expect([data, errors]).toEqual([{ users: { totalCount: 0, nodes: [] } }, []]);
    }
    const members = await work.send(
      viewer,
      '{ organization { members(first: 100) { totalCount nodes { user { name } } } } }',
    );
    expect(members.errors).toEqual([]);
    expect(members.data.organization.members.totalCount).toBe(9);
    expect(JSON.stringify(members.data)).not.toMatch(/former|gone|unconfirmed/);
  });

  test.each([
    ['email', '{ email: { eq: "former@acme.example" } }'],
    ['part of an email', '{ email: { startsWith: "forme" } }'],
    ['phone', '{ phone: { eq: "+4940" } }'],
    ['having a phone', '{ phone: { isNull: false } }'],
    ['having no phone', '{ phone: { isNull: true } }'],
    ['sign-in', '{ lastSignInAt: { gt: "2020-01-01T00:00:00Z" } }'],
    ['second factor', '{ mfaEnabled: { eq: true } }'],
    ['state', '{ status: { eq: REMOVED } }'],
  ])('is not found in past work by %s', async (_what, filter) => {
    const viewer = acme.viewerWith(...readsAll);
    const numbers = async (condition: string) => {
      const { data, errors } = await work.send(
        viewer,
        `{ tasks(filter: ${condition}) { totalCount nodes { number } } projects(filter: ${condition.replaceAll('assignee', 'lead')}) { totalCount } }`,
      );
      expect(errors).toEqual([]);
      return [data.tasks.nodes.map(({ number }: { number: number }) => number), data.projects.totalCount];
    };
    expect(await numbers('{ assignee: { name: { eq: "former" } } }')).toEqual([[1], 1]);
    expect(await numbers(`{ assignee: { AND: [{ name: { eq: "former" } }, ${filter}] } }`)).toEqual([[], 0]);
    // A condition that does not hold of them tells nothing by its negation either: it is the same for every value.
    expect(await numbers(`{ assignee: { AND: [{ name: { eq: "former" } }, { NOT: ${filter} }] } }`)).toEqual([[1], 1]);
  });

  test('is found by node(id) where visible work names them, by name; whoever no work names, not at all', async () => {
    const read = async (id: string, ...permissions: string[]) => {
      const text = `query ($id: ID!) { node(id: $id) { ... on User { name email } } }`;
      const { data, errors } = await work.send(acme.viewerWith(...permissions), text, { id: globalId('User', id) });
      expect(errors).toEqual([]);
      return data.node;
    };
    expect(await read(made.former, ...readsAll)).toEqual({ name: 'former', email: null });
    expect(await read(made.former, 'member:list', 'user.contact:read')).toBeNull();
    expect(await read(made.gone, ...readsAll, 'attachment:read', 'apiKey:list', 'user:approve')).toBeNull();
  });

  test('has no membership any more, by its id neither', async () => {
    const [row] = await work.asOwner('select "id" from "Membership" where "userId" = $1', [made.former]);
    const id = globalId('Membership', String(row?.id));
    const { data, errors } = await work.send(acme.viewer('owner'), 'query ($id: ID!) { node(id: $id) { id } }', { id });
    expect([data, errors]).toEqual([{ node: null }, []]);
  });

  test('changes nothing for others: users are filtered by e-mail by those who may', async () => {
    const text = '{ users(filter: { email: { eq: "member@acme.example" } }) { totalCount nodes { name email } } }';
    const may = await work.send(acme.viewer('manager'), text);
    expect([may.data, may.errors]).toEqual([
      { users: { totalCount: 1, nodes: [{ name: 'Member of acme', email: 'member@acme.example' }] } },
      [],
    ]);
    const mayNot = await work.send(acme.viewer('member'), text);
    expect([mayNot.data, mayNot.coordinates]).toEqual([{ users: null }, ['UserFilter.email']]);
  });
});

describe('a registration that waits', () => {
  const seen = async (...permissions: string[]) => {
    const text = `query ($ids: [ID!]!) {
      nodes(ids: $ids) { ... on User { name } }
      users(first: 100) { totalCount nodes { name } }
      found: users(filter: { name: { in: ["pending", "unconfirmed"] } }) { totalCount }
      organization { members(first: 100) { totalCount } }
    }`;
    const ids = [globalId('User', made.pending), globalId('User', made.unconfirmed)];
    const { data, errors } = await work.send(acme.viewerWith('member:list', ...permissions), text, { ids });
    expect(errors).toEqual([]);
    expect(data.users.nodes.length).toBe(data.users.totalCount);
    expect(data.organization.members.totalCount).toBe(data.users.totalCount);
    return [data.nodes, data.users.totalCount, data.found.totalCount];
  };

  test.each(['user:approve', 'user.security:read'])(
    'is seen with %s once its address is confirmed',
    async (permission) => {
      expect(await seen(permission)).toEqual([[{ name: 'pending' }, null], 9, 1]);
    },
  );

  test('is seen by nobody else, whatever else they may', async () => {
    expect(await seen()).toEqual([[null, null], 8, 0]);
    expect(await seen('user.contact:read', 'user:suspend', 'member:update', 'member:invite', 'audit:read')).toEqual([
      [null, null],
      8,
      0,
    ]);
  });
});
