/**
 * What a refusal does not tell: of somebody or something that the caller may not read, whatever state it is in and whether it is there at
 * all, the answer is the same to the letter, and nothing changes.
 */
import { v7 as makeId } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, Credential } from '../support/client.ts';
import { globalId } from '../support/delegation.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type AddedMember, type Rows, rowsOf, uniqueWord } from '../support/rows.ts';

let gateway: TestGateway;
let rows: Rows;
let projectId: string;
let taskId: string;
/** Ids of people, by how they stand to the organization. */
let people: Readonly<Record<'active' | 'suspended' | 'pending' | 'former' | 'foreign' | 'nobody', string>>;
/** A role that nobody has and everybody could grant, and a key that no role has. */
let hiddenRole: { id: string; key: string };
const missingKey = 'no-such-role';

beforeAll(async () => {
  gateway = await startGateway();
  const { acme, globex } = gateway.organizations;
  rows = rowsOf(gateway, acme.id);
  hiddenRole = await rows.role([]);
  projectId = await rows.insert('Project', { key: uniqueWord().toUpperCase(), name: 'A project', lastTaskNumber: 100 });
  taskId = await rows.insert('Task', { projectId, number: 1, title: 'A task' });
  const add = async (status: 'ACTIVE' | 'SUSPENDED' | 'PENDING' | 'REMOVED') => (await rows.member([], { status })).id;
  people = {
    active: await add('ACTIVE'),
    suspended: await add('SUSPENDED'),
    pending: await add('PENDING'),
    former: await add('REMOVED'),
    foreign: globex.users.member.id,
    nobody: makeId(),
  };
  // All but nobody stand beside work that everybody reads, so that each of them can be seen.
  for (const [at, id] of [people.active, people.suspended, people.pending, people.former].entries())
    await rows.insert('Task', { projectId, number: 10 + at, title: 'Done', assigneeId: id });
}, 120_000);
afterAll(() => gateway?.close());

type Data = Readonly<Record<string, unknown>>;
const send = (text: string, as: Credential, headers?: Readonly<Record<string, string>>) =>
  gateway.send<Data>(text, {}, { as, headers });

/** All that an answer says, but for the id of its request. */
const said = ({ status, data, errors }: Answer<Data>): unknown => ({
  status,
  data,
  errors: errors.map(({ message, path, extensions: { requestId: _, ...extensions } }) => ({
    message,
    path,
    extensions,
  })),
});

/** What each of several attempts is answered: one answer when they are alike. */
async function answersTo(as: Credential, texts: readonly string[]): Promise<readonly unknown[]> {
  const answers = [];
  for (const text of texts) answers.push(JSON.stringify(said(await send(text, as))));
  return [...new Set(answers)].map((answer) => JSON.parse(answer) as unknown);
}

const work = () =>
  gateway.database.query(
    'select (select jsonb_agg(t order by t."id") from "Task" t where t."projectId" = $1) as tasks, (select to_jsonb(p) from "Project" p where p."id" = $1) as project, (select count(*) from "ProjectMember" where "projectId" = $1) as members',
    [projectId],
  );

const user = (name: keyof typeof people) => globalId('User', people[name]);
const everybody = () => Object.keys(people) as (keyof typeof people)[];

const naming: readonly [string, readonly string[], (id: string) => string][] = [
  [
    'the assignee of a task that changes',
    ['task:read', 'task:update'],
    (id) =>
      `mutation { updateTask(input: { id: "${globalId('Task', taskId)}", assigneeId: "${id}" }) { task { id } } }`,
  ],
  [
    'the assignee of a new task',
    ['project:read', 'task:read', 'task:create'],
    (id) =>
      `mutation { createTask(input: { projectId: "${globalId('Project', projectId)}", title: "T", assigneeId: "${id}" }) { task { title } } }`,
  ],
  [
    'who leads a project that changes',
    ['project:read', 'project:update', 'task:read'],
    (id) =>
      `mutation { updateProject(input: { id: "${globalId('Project', projectId)}", leadId: "${id}" }) { project { id } } }`,
  ],
];

describe.each(naming)('%s', (_title, permissions, text) => {
  test('is oneself, to those who may not list members: anybody else is nobody, whatever they are', async () => {
    const me = await rows.member(permissions);
    const before = await work();
    const answers = await answersTo(
      me.as,
      everybody().map((name) => text(user(name))),
    );
    expect(answers).toMatchObject([{ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }]);
    expect(await work()).toEqual(before);
    expect((await send(text(globalId('User', me.id)), me.as)).codes).toEqual([]);
  });

  test('tells those who list members nothing of suspension, and of nobody who is no member', async () => {
    const me = await rows.member([...permissions, 'member:list']);
    const members = await answersTo(me.as, [text(user('active')), text(user('suspended'))]);
    expect(members).toMatchObject([{ errors: [] }]);
    const before = await work();
    const others = await answersTo(
      me.as,
      (['pending', 'former', 'foreign', 'nobody'] as const).map((name) => text(user(name))),
    );
    expect(others).toMatchObject([{ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }]);
    expect(await work()).toEqual(before);
  });
});

test('who joins a project is a member: suspended or not is alike, and so is everybody else', async () => {
  const me = await rows.member(['project:read', 'project:update', 'member:list']);
  const text = (name: keyof typeof people) =>
    `mutation { addProjectMember(input: { projectId: "${globalId('Project', projectId)}", userId: "${user(name)}" }) { project { id } } }`;
  const members = await answersTo(me.as, (['active', 'suspended'] as const).map(text));
  expect(members).toMatchObject([{ errors: [] }]);
  const before = await work();
  const others = await answersTo(me.as, (['pending', 'former', 'foreign', 'nobody'] as const).map(text));
  expect(others).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }]);
  expect(await work()).toEqual(before);
});

test('who decides about registrations learns of nobody else whether they are a member', async () => {
  const me = await rows.member(['user:approve']);
  const texts = (['active', 'suspended', 'former', 'foreign', 'nobody'] as const).map(
    (name) => `mutation { approveUser(input: { userId: "${user(name)}", roleKey: "${me.roleKey}" }) { user { id } } }`,
  );
  expect(await answersTo(me.as, texts)).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }]);
});

describe('without role:list a role’s key tells nothing', () => {
  const grants: readonly [string, readonly string[], (key: string, me: AddedMember) => string][] = [
    [
      'inviteMember',
      ['member:invite'],
      (key) => `inviteMember(input: { email: "new@rows.example", roleKey: "${key}" }) { __typename }`,
    ],
    [
      'createApiKey',
      ['apiKey:manage'],
      (key) => `createApiKey(input: { name: "K", client: "partner", roleKey: "${key}" }) { __typename }`,
    ],
    [
      'setMemberRoles',
      ['member:update', 'member:list'],
      (key) => `setMemberRoles(input: { userId: "${user('active')}", roleKeys: ["${key}"] }) { __typename }`,
    ],
    [
      'approveUser',
      ['user:approve'],
      (key) => `approveUser(input: { userId: "${user('pending')}", roleKey: "${key}" }) { __typename }`,
    ],
  ];
  const grantsMade = () =>
    gateway.database.query(
      'select (select count(*) from "Invitation") as invitations, (select count(*) from "ApiKey") as keys, (select count(*) from "AuditEvent") as events, (select jsonb_agg(m order by m."membershipId") from "MembershipRole" m) as roles',
    );

  test.each(grants)('to %s', async (_name, permissions, text) => {
    const me = await rows.member(permissions);
    const before = await grantsMade();
    const answers = await answersTo(
      me.as,
      [hiddenRole.key, missingKey].map((key) => `mutation { ${text(key, me)} }`),
    );
    expect(answers).toHaveLength(1);
    expect(JSON.stringify(answers)).toMatch(/"code":"(NOT_FOUND|BAD_USER_INPUT)"/);
    expect(await grantsMade()).toEqual(before);
  });

  test('to explainAccess, x-view-as and accessMatrix, which name system roles and one’s own alone', async () => {
    const me = await rows.member(['access:explain']);
    const explain = (key: string) =>
      `{ explainAccess(operation: "{ __typename }", as: { role: "${key}" }) { allowed } }`;
    expect(await answersTo(me.as, [hiddenRole.key, missingKey].map(explain))).toMatchObject([
      { errors: [{ extensions: { code: 'NOT_FOUND' } }] },
    ]);
    const views = [];
    for (const key of [hiddenRole.key, missingKey])
      views.push(said(await send('{ viewer { permissions } }', me.as, { 'x-view-as': `role:${key}` })));
    expect(views[0]).toEqual(views[1]);
    const answer = await send('{ accessMatrix { roles { role } } }', me.as);
    const [row] = answer.expectData().accessMatrix as readonly { roles: readonly { role: string }[] }[];
    expect(row?.roles.map(({ role }) => role).sort()).toEqual(
      ['admin', 'anonymous', 'auditor', 'guest', 'manager', 'member', 'owner', 'partner', me.roleKey].sort(),
    );
    const lister = await rows.member(['access:explain', 'role:list']);
    const full = await send('{ accessMatrix { roles { role } } }', lister.as);
    expect(JSON.stringify(full.expectData())).toContain(hiddenRole.key);
  });

  test('nor does a refusal say what somebody holds', async () => {
    const owner = globalId('User', gateway.organizations.acme.users.owner.id);
    const text = `mutation { removeMember(input: { userId: "${owner}" }) { deletedId } }`;
    const blind = await rows.member(['member:remove', 'member:list']);
    const refused = await send(text, blind.as);
    expect(refused.errors.map(({ extensions }) => [extensions.code, extensions.requires])).toEqual([['FORBIDDEN', []]]);
    const lister = await rows.member(['member:remove', 'member:list', 'role:list']);
    const told = await send(text, lister.as);
    expect(told.errors[0]?.extensions.requires).toContain('organization:delete');
  });
});

describe('explainAccess', () => {
  const explain = (member: string) => `{ explainAccess(operation: "{ __typename }", as: { ${member} }) { allowed } }`;

  test('tells nobody who is a member, unless they list members; nor what keys there are, unless they list keys', async () => {
    const [key] = await gateway.database.query<{ id: string }>(
      'select "id" from "ApiKey" where "organizationId" = $1 limit 1',
      [gateway.organizations.acme.id],
    );
    const me = await rows.member(['access:explain']);
    const asked = [...everybody().map((name) => explain(`user: "${user(name)}"`))];
    expect(await answersTo(me.as, asked)).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }]);
    const keys = [key?.id ?? '', makeId()].map((id) => explain(`apiKey: "${globalId('ApiKey', id)}"`));
    expect(await answersTo(me.as, keys)).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }]);
  });

  test('tells who is suspended to nobody but those who read it', async () => {
    const of = (member: AddedMember) =>
      `{ explainAccess(operation: "{ projects { totalCount } }", as: { user: "${globalId('User', member.id)}" }) { allowed } }`;
    const role = await rows.role(['project:read']);
    const active = await rows.member([], { role });
    const suspended = await rows.member([], { role, status: 'SUSPENDED' });
    const lister = await rows.member(['access:explain', 'member:list']);
    expect(await answersTo(lister.as, [of(active), of(suspended)])).toMatchObject([
      { data: { explainAccess: { allowed: true } } },
    ]);
    const reader = await rows.member(['access:explain', 'member:list', 'user.security:read']);
    expect((await send(of(suspended), reader.as)).data).toEqual({ explainAccess: { allowed: false } });
  });
});
