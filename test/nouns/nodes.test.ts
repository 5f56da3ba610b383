/** Single things by id: what is foreign, invisible, malformed or of another type is what does not exist. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anonymous, globalId, openWork, type Work } from '../support/work.ts';

let work: Work;
let ids: Record<'project' | 'task' | 'comment' | 'internal', string>;

beforeAll(async () => {
  work = await openWork();
  const { db, acme } = work;
  await acme.run(async () => {
    const { member, manager } = acme.users;
    const data = { key: 'P', name: 'P', leadId: manager };
    const { id: projectId } = await db.project.create({ data: data as never, select: { id: true } });
    const task = { projectId, number: 1, title: 'T', assigneeId: member };
    const { id: taskId } = await db.task.create({ data: task as never, select: { id: true } });
    const comment = { taskId, body: 'C', authorId: acme.users.auditor };
    const { id: commentId } = await db.comment.create({ data: comment as never, select: { id: true } });
    const internal = { ...comment, internal: true, authorId: acme.users.admin };
    const { id: internalId } = await db.comment.create({ data: internal as never, select: { id: true } });
    ids = {
      project: globalId('Project', projectId),
      task: globalId('Task', taskId),
      comment: globalId('Comment', commentId),
      internal: globalId('Comment', internalId),
    };
  });
});

afterAll(() => work?.close());

const nodes = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';

test('nodes come in the order of their ids, twice when asked twice, with null for what does not exist', async () => {
  const missing = globalId('Task', '01900000-0000-7000-8000-000000000000');
  const asked = [ids.task, missing, ids.project, 'nonsense', ids.task, globalId('Nothing', work.acme.id), ids.internal];
  const { data, errors } = await work.send(work.acme.viewer('owner'), nodes, { ids: asked });
  expect(errors).toEqual([]);
  expect(data.nodes.map((node: { __typename: string } | null) => node?.__typename ?? null)).toEqual([
    'Task',
    null,
    'Project',
    null,
    'Task',
    null,
    'Comment',
  ]);
});

test('another organization, a guest and the anonymous see of it what they may, and no errors that tell', async () => {
  const asked = Object.values(ids);
  const foreign = await work.send(work.globex.viewer('owner'), nodes, { ids: asked });
  expect([foreign.data, foreign.errors]).toEqual([{ nodes: [null, null, null, null] }, []]);
  const guest = await work.send(work.acme.viewer('guest'), nodes, { ids: asked });
  expect(guest.data.nodes.map((node: object | null) => node !== null)).toEqual([true, true, true, false]);
  const nobody = await work.send(anonymous, nodes, { ids: asked });
  expect([nobody.data, nobody.coordinates, nobody.sql]).toEqual([{ nodes: null }, ['Query.nodes'], []]);
});

test('a hundred ids at most', async () => {
  const asked = Array.from({ length: 101 }, () => ids.task);
  const answer = await work.send(work.acme.viewer('owner'), nodes, { ids: asked });
  expect(answer.codes).toEqual(['BAD_USER_INPUT']);
  expect(answer.sql).toEqual([]);
});

test.each(['project', 'task', 'user'])('%s(id) is null, without an error, for anything but its own', async (field) => {
  const text = `query ($id: ID!) { ${field}(id: $id) { id } }`;
  const own = { project: ids.project, task: ids.task, user: globalId('User', work.acme.users.member) }[field] ?? '';
  const wrong = field === 'task' ? ids.project : ids.task;
  const found = await work.send(work.acme.viewer('owner'), text, { id: own });
  expect(found.data).toEqual({ [field]: { id: own } });
  for (const [viewer, id] of [
    [work.globex.viewer('owner'), own],
    [work.acme.viewer('owner'), wrong],
    [work.acme.viewer('owner'), `${own}=`.slice(2)],
  ] as const) {
    const { data, errors } = await work.send(viewer, text, { id });
    expect([data, errors]).toEqual([{ [field]: null }, []]);
  }
});

test('without member:list one knows oneself and who stands beside work that one can see, and nobody else', async () => {
  const { users } = work.acme;
  const roles = ['owner', 'admin', 'manager', 'member', 'guest', 'auditor', 'partner'] as const;
  const asked = roles.map((role) => globalId('User', users[role]));
  const known = async (...permissions: string[]) => {
    const { data, errors } = await work.send(work.acme.viewerWith(...permissions), nodes, { ids: asked });
    expect(errors).toEqual([]);
    return roles.filter((_, index) => data.nodes[index] !== null);
  };
  expect(await known('project:read', 'task:read', 'comment:read')).toEqual(['manager', 'member', 'guest', 'auditor']);
  expect(await known('task:read')).toEqual(['member', 'guest']);
  expect(await known('comment:read', 'comment.internal:read')).toEqual(['admin', 'guest', 'auditor']);
  expect(await known()).toEqual(['guest']);
  expect(await known('member:list')).toEqual(roles);
});

test('everybody reads their own contact and security data, and those of others by permission alone', async () => {
  const fields = 'name email phone lastSignInAt mfaEnabled status';
  const text = `query ($id: ID!) { node(id: $id) { ... on User { ${fields} } } }`;
  const read = (role: 'guest' | 'member' | 'auditor' | 'manager', of: 'guest' | 'member') =>
    work.send(work.acme.viewer(role), text, { id: globalId('User', work.acme.users[of]) });
  const own = await read('guest', 'guest');
  expect(own.errors).toEqual([]);
  expect(own.data.node).toMatchObject({
    email: 'guest@acme.example',
    phone: '+4930',
    mfaEnabled: false,
    status: 'ACTIVE',
  });
  const others = await read('guest', 'member');
  expect(others.data.node).toEqual({
    name: 'Member of acme',
    email: null,
    phone: null,
    lastSignInAt: null,
    mfaEnabled: null,
    status: null,
  });
  expect([...others.coordinates].sort()).toEqual([
    'User.email',
    'User.lastSignInAt',
    'User.mfaEnabled',
    'User.phone',
    'User.status',
  ]);
  const auditor = await read('auditor', 'member');
  expect([...auditor.coordinates].sort()).toEqual(['User.email', 'User.phone']);
  expect(auditor.data.node).toMatchObject({ mfaEnabled: false, status: 'ACTIVE' });
  const manager = await read('manager', 'member');
  expect(manager.data.node).toMatchObject({ email: 'member@acme.example', status: null });
});
