/**
 * Writes of projects, tasks and comments: who may, what is refused and why, what goes on record, and that a refused write leaves
 * every row as it was.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Viewer } from '../../src/authorization/viewer.ts';
import { globalId, openWork, type Work, type WorkAnswer } from '../support/work.ts';

let work: Work;
let projectId: string;
let taskId: string;
let commentId: string;
let internalCommentId: string;
let serial = 0;

beforeAll(async () => {
  work = await openWork();
});
afterAll(() => work?.close());

beforeEach(async () => {
  const { db, acme } = work;
  serial += 1;
  await acme.run(async () => {
    const project = { key: `KEY-${serial}`, name: 'Before', budget: '100.00', lastTaskNumber: 1 };
    ({ id: projectId } = await db.project.create({ data: project as never, select: { id: true } }));
    const task = { projectId, number: 1, title: 'Before', estimateMinutes: 60, internalNotes: 'Between us' };
    ({ id: taskId } = await db.task.create({ data: task as never, select: { id: true } }));
    const comment = { taskId, body: 'Before', authorId: acme.users.member };
    ({ id: commentId } = await db.comment.create({ data: comment as never, select: { id: true } }));
    const internal = { ...comment, internal: true };
    ({ id: internalCommentId } = await db.comment.create({ data: internal as never, select: { id: true } }));
  });
});

/** Sends a mutation with one input. */
function mutate(viewer: Viewer, name: string, input: object, selection: string): Promise<WorkAnswer> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  return work.send(viewer, `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`, { input });
}

/** Everything that a write could have changed. */
async function rows(): Promise<unknown> {
  const tables = ['Project', 'ProjectMember', 'Task', 'Comment', 'AuditEvent'];
  return Promise.all(tables.map((table) => work.asOwner(`select * from "${table}" order by 1, 2, 3`)));
}

async function lastEvent(): Promise<Record<string, unknown> | undefined> {
  const [event] = await work.asOwner('select * from "AuditEvent" order by "at" desc, "id" desc limit 1');
  return event;
}

const project = () => globalId('Project', projectId);
const task = () => globalId('Task', taskId);
const comment = () => globalId('Comment', commentId);

describe('what is written can be read, and is on record', () => {
  test('a project', async () => {
    const manager = work.acme.viewer('manager');
    const leadId = globalId('User', work.acme.users.member);
    const answer = await mutate(
      manager,
      'createProject',
      { key: 'NEW', name: 'New', description: 'For all', status: 'ACTIVE', leadId, budget: '12.5' },
      'project { id key name description status budget spent lead { id } archivedAt }',
    );
    expect(answer.errors).toEqual([]);
    expect(answer.data.createProject.project).toMatchObject({
      key: 'NEW',
      description: 'For all',
      status: 'ACTIVE',
      budget: '12.50',
      spent: '0.00',
      lead: { id: leadId },
      archivedAt: null,
    });
    const event = await lastEvent();
    expect(event).toMatchObject({
      organizationId: work.acme.id,
      actorType: 'User',
      actorId: manager.userId,
      action: 'project.create',
      targetType: 'Project',
      requestId: expect.any(String),
      ip: '127.0.0.1',
    });
    expect(JSON.stringify(event?.details)).not.toContain('12.5');
    await work.asOwner('delete from "Project" where "key" = $1', ['NEW']);
  });

  test('a change touches what was named, and null empties what can be empty', async () => {
    const answer = await mutate(
      work.acme.viewer('manager'),
      'updateProject',
      { id: project(), name: 'After', budget: null },
      'project { key name budget }',
    );
    expect(answer.data.updateProject.project).toEqual({ key: `KEY-${serial}`, name: 'After', budget: null });
    expect(JSON.stringify((await lastEvent())?.details)).not.toMatch(/100|After/);
  });

  test('archive and restore; the first time stays, and doing it again is no event', async () => {
    const manager = work.acme.viewer('manager');
    const first = await mutate(manager, 'archiveProject', { id: project() }, 'project { archivedAt }');
    expect(first.data.archiveProject.project.archivedAt).toMatch(/^\d{4}-/);
    const before = await rows();
    const second = await mutate(manager, 'archiveProject', { id: project() }, 'project { archivedAt }');
    expect(second.data.archiveProject).toEqual(first.data.archiveProject);
    expect(await rows()).toEqual(before);
    const restored = await mutate(manager, 'restoreProject', { id: project() }, 'project { archivedAt }');
    expect(restored.data.restoreProject.project.archivedAt).toBeNull();
    expect(await lastEvent()).toMatchObject({ action: 'project.restore', targetId: projectId });
  });

  test('members of a project; the same one twice is one', async () => {
    const manager = work.acme.viewer('manager');
    const input = { projectId: project(), userId: globalId('User', work.acme.users.member) };
    for (let time = 0; time < 2; time += 1) {
      const { data } = await mutate(manager, 'addProjectMember', input, 'project { members { name } }');
      expect(data.addProjectMember.project.members).toEqual([{ name: 'Member of acme' }]);
    }
    expect(await lastEvent()).toMatchObject({
      action: 'project.addMember',
      details: { userId: work.acme.users.member },
    });
    const { data } = await mutate(manager, 'removeProjectMember', input, 'project { members { name } }');
    expect(data.removeProjectMember.project.members).toEqual([]);
  });

  test('tasks get numbers without gaps and without touching their project, twenty at once', async () => {
    const before = await work.asOwner('select "updatedAt" from "Project" where "id" = $1', [projectId]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        mutate(work.acme.viewer('member'), 'createTask', { projectId: project(), title: 'T' }, 'task { number }'),
      ),
    );
    const numbers = answers.map(({ data }) => data.createTask.task.number).sort((one, other) => one - other);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 2));
    expect(await work.asOwner('select "updatedAt" from "Project" where "id" = $1', [projectId])).toEqual(before);
  });

  test('a task and its change are told after they are kept', async () => {
    const member = work.acme.viewer('member');
    const from = work.published.length;
    const { data } = await mutate(
      member,
      'createTask',
      { projectId: project(), title: 'T', estimateMinutes: 5, internalNotes: 'N', dueAt: '2026-12-01T00:00:00Z' },
      'task { id reporter { id } estimateMinutes internalNotes dueAt status priority }',
    );
    const { id, ...created } = data.createTask.task;
    expect(created).toEqual({
      reporter: { id: globalId('User', member.userId) },
      estimateMinutes: 5,
      internalNotes: 'N',
      dueAt: '2026-12-01T00:00:00.000Z',
      status: 'TODO',
      priority: 'MEDIUM',
    });
    await mutate(member, 'updateTask', { id, status: 'DONE' }, 'task { status }');
    await mutate(work.acme.viewer('manager'), 'deleteTask', { id }, 'deletedId');
    const kinds = work.published
      .slice(from)
      .map((event) => (event as [string, string, string, { kind: string }])[3].kind);
    expect(kinds).toEqual(['CREATED', 'UPDATED', 'DELETED']);
    const details = JSON.stringify(
      await work.asOwner('select "details" from "AuditEvent" where "targetId" = $1', [
        Buffer.from(id, 'base64').toString().slice(5),
      ]),
    );
    expect(details).not.toMatch(/"N"|5/);
  });

  test('deleting a project takes everything in it along', async () => {
    const answer = await mutate(work.acme.viewer('owner'), 'deleteProject', { id: project() }, 'deletedId');
    expect(answer.data.deleteProject.deletedId).toBe(project());
    expect(await work.asOwner('select 1 from "Comment" where "taskId" = $1', [taskId])).toEqual([]);
  });

  test('a payload denies what the viewer may not read, and the write stands', async () => {
    const answer = await mutate(
      work.acme.viewerWith('project:read', 'project:update'),
      'updateProject',
      { id: project(), name: 'After' },
      'project { name budget }',
    );
    expect(answer.data.updateProject.project).toEqual({ name: 'After', budget: null });
    expect(answer.coordinates).toEqual(['Project.budget']);
    expect(answer.sql.join()).not.toContain('budget');
  });
});

describe('optimistic concurrency', () => {
  test('a stale write is a CONFLICT and changes nothing; of twenty with one version exactly one wins', async () => {
    const manager = work.acme.viewer('manager');
    const read = await work.send(manager, 'query ($id: ID!) { project(id: $id) { updatedAt } }', { id: project() });
    const expectedUpdatedAt = read.data.project.updatedAt;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        mutate(manager, 'updateProject', { id: project(), name: `N${index}`, expectedUpdatedAt }, 'project { name }'),
      ),
    );
    expect(answers.filter(({ codes }) => codes.length === 0)).toHaveLength(1);
    expect(answers.flatMap(({ codes }) => codes)).toEqual(Array.from({ length: 19 }, () => 'CONFLICT'));
    const before = await rows();
    for (const name of ['updateProject', 'archiveProject'])
      expect((await mutate(manager, name, { id: project(), expectedUpdatedAt }, 'project { name }')).codes).toEqual([
        'CONFLICT',
      ]);
    expect(await rows()).toEqual(before);
  });

  test('tasks and comments likewise', async () => {
    const member = work.acme.viewer('member');
    const expectedUpdatedAt = '2020-01-01T00:00:00Z';
    const before = await rows();
    const updates = [
      await mutate(member, 'updateTask', { id: task(), title: 'After', expectedUpdatedAt }, 'task { title }'),
      await mutate(member, 'updateComment', { id: comment(), body: 'After', expectedUpdatedAt }, 'comment { body }'),
    ];
    expect(updates.map(({ codes }) => codes)).toEqual([['CONFLICT'], ['CONFLICT']]);
    expect(await rows()).toEqual(before);
  });

  test('without a version nobody is in conflict: twenty at once are all kept, one after the other', async () => {
    const twenty = Array.from({ length: 20 }, (_, index) => index);
    const all: Readonly<Record<string, (index: number) => ReturnType<typeof mutate>>> = {
      Task: (index) =>
        mutate(work.acme.viewer('member'), 'updateTask', { id: task(), title: `T${index}` }, 'task { title }'),
      Comment: (index) =>
        mutate(work.acme.viewer('member'), 'updateComment', { id: comment(), body: `C${index}` }, 'comment { body }'),
      Project: (index) =>
        mutate(work.acme.viewer('manager'), 'updateProject', { id: project(), name: `P${index}` }, 'project { name }'),
    };
    for (const [model, update] of Object.entries(all)) {
      const answers = await Promise.all(twenty.map(update));
      expect(
        answers.flatMap(({ codes }) => codes),
        model,
      ).toEqual([]);
    }
  });

  test('a key that is taken is a CONFLICT, in another organization it is free', async () => {
    const input = { key: `KEY-${serial}`, name: 'N' };
    expect((await mutate(work.acme.viewer('owner'), 'createProject', input, 'project { id }')).codes).toEqual([
      'CONFLICT',
    ]);
    const foreign = await mutate(work.globex.viewer('owner'), 'createProject', input, 'project { key }');
    expect(foreign.data.createProject.project.key).toBe(input.key);
  });
});

describe('every fault at once', () => {
  const paths = ({ errors }: WorkAnswer) =>
    ((errors[0]?.extensions?.issues ?? []) as { path: string[]; message: string }[]).map(({ path }) => path.join('.'));

  test('of a project', async () => {
    const before = await rows();
    const answer = await mutate(
      work.acme.viewer('owner'),
      'createProject',
      { key: 'small', name: '   ', description: null, status: null, budget: '-1', leadId: 'nonsense' },
      'project { id }',
    );
    expect(answer.codes).toEqual(['BAD_USER_INPUT']);
    expect(paths(answer).sort()).toEqual(
      ['budget', 'description', 'key', 'leadId', 'name', 'status'].map((name) => `input.${name}`),
    );
    expect(await rows()).toEqual(before);
  });

  test('of a task', async () => {
    const answer = await mutate(
      work.acme.viewer('member'),
      'updateTask',
      { id: task(), title: ' ', priority: null, estimateMinutes: -1, assigneeId: globalId('Task', taskId) },
      'task { id }',
    );
    expect(answer.codes).toEqual(['BAD_USER_INPUT']);
    expect(paths(answer).sort()).toEqual(
      ['assigneeId', 'estimateMinutes', 'priority', 'title'].map((name) => `input.${name}`),
    );
  });

  test('somebody of another organization cannot be told from nobody', async () => {
    const answers = await Promise.all(
      [work.globex.users.member, '01900000-0000-7000-8000-000000000000'].map((id) =>
        mutate(
          work.acme.viewer('manager'),
          'updateProject',
          { id: project(), leadId: globalId('User', id) },
          'project { id }',
        ),
      ),
    );
    expect(answers[0]?.errors).toEqual(answers[1]?.errors);
    expect(answers[0]?.codes).toEqual(['BAD_USER_INPUT']);
  });
});

describe('refused writes change nothing', () => {
  const cases: readonly [string, () => Viewer, string, () => object, string, string][] = [
    [
      'a member creates a project',
      () => work.acme.viewer('member'),
      'createProject',
      () => ({ key: 'X', name: 'X' }),
      'project { id }',
      'Mutation.createProject',
    ],
    [
      'an auditor archives one',
      () => work.acme.viewer('auditor'),
      'archiveProject',
      () => ({ id: project() }),
      'project { id }',
      'Mutation.archiveProject',
    ],
    [
      'a manager deletes one',
      () => work.acme.viewer('manager'),
      'deleteProject',
      () => ({ id: project() }),
      'deletedId',
      'Mutation.deleteProject',
    ],
    [
      'a budget at creation without its permission',
      () => work.acme.viewerWith('project:read', 'project:create'),
      'createProject',
      () => ({ key: 'XX', name: 'X', budget: '1' }),
      'project { id }',
      'CreateProjectInput.budget',
    ],
    [
      'a budget that is emptied without its permission',
      () => work.acme.viewerWith('project:read', 'project:update'),
      'updateProject',
      () => ({ id: project(), budget: null }),
      'project { id }',
      'UpdateProjectInput.budget',
    ],
    [
      'an estimate without its permission',
      () => work.acme.viewerWith('project:read', 'task:read', 'task:update'),
      'updateTask',
      () => ({ id: task(), estimateMinutes: 1 }),
      'task { id }',
      'UpdateTaskInput.estimateMinutes',
    ],
    [
      'internal notes without their permission',
      () => work.acme.viewerWith('project:read', 'task:read', 'task:create'),
      'createTask',
      () => ({ projectId: project(), title: 'T', internalNotes: 'N' }),
      'task { id }',
      'CreateTaskInput.internalNotes',
    ],
    [
      'an internal comment by somebody who could not read it',
      () => work.acme.viewerWith('task:read', 'comment:read', 'comment:create'),
      'addComment',
      () => ({ taskId: task(), body: 'B', internal: true }),
      'comment { id }',
      'AddCommentInput.internal',
    ],
    [
      'a guest comments',
      () => work.acme.viewer('guest'),
      'addComment',
      () => ({ taskId: task(), body: 'B' }),
      'comment { id }',
      'Mutation.addComment',
    ],
    [
      'an owner edits somebody else’s comment',
      () => work.acme.viewer('owner'),
      'updateComment',
      () => ({ id: comment(), body: 'B' }),
      'comment { id }',
      'Mutation.updateComment',
    ],
    [
      'a guest deletes somebody else’s comment',
      () => work.acme.viewer('guest'),
      'deleteComment',
      () => ({ id: comment() }),
      'deletedId',
      'Mutation.deleteComment',
    ],
  ];
  test.each(cases)('%s', async (_title, viewer, name, input, selection, coordinate) => {
    const before = await rows();
    const answer = await mutate(viewer(), name, input(), selection);
    expect(answer.codes).toEqual(['FORBIDDEN']);
    expect(answer.coordinates).toEqual([coordinate]);
    expect(answer.data).toEqual({ [name]: null });
    expect(await rows()).toEqual(before);
  });

  const targets: readonly [string, () => object, string][] = [
    ['updateProject', () => ({ id: project(), name: 'X' }), 'project { id }'],
    ['archiveProject', () => ({ id: project() }), 'project { id }'],
    ['deleteProject', () => ({ id: project() }), 'deletedId'],
    [
      'addProjectMember',
      () => ({ projectId: project(), userId: globalId('User', work.globex.users.member) }),
      'project { id }',
    ],
    ['createTask', () => ({ projectId: project(), title: 'X' }), 'task { id }'],
    ['updateTask', () => ({ id: task(), title: 'X' }), 'task { id }'],
    ['deleteTask', () => ({ id: task() }), 'deletedId'],
    ['addComment', () => ({ taskId: task(), body: 'X' }), 'comment { id }'],
    ['updateComment', () => ({ id: comment(), body: 'X' }), 'comment { id }'],
    ['deleteComment', () => ({ id: comment() }), 'deletedId'],
  ];
  test.each(targets)('%s of another organization is answered as one of nothing', async (name, input, selection) => {
    const owner = work.globex.viewer('owner');
    const before = await rows();
    const foreign = await mutate(owner, name, input(), selection);
    const first = Object.keys(input())[0] ?? '';
    const type = Buffer.from(Object.values(input())[0], 'base64').toString().split(':')[0] ?? '';
    const missing = globalId(type, '01900000-0000-7000-8000-000000000000');
    expect(foreign.codes).toEqual(['NOT_FOUND']);
    for (const id of [missing, 'nonsense', globalId('User', work.globex.users.owner)]) {
      const answer = await mutate(owner, name, { ...input(), [first]: id }, selection);
      expect(answer.errors).toEqual(foreign.errors);
    }
    expect(await rows()).toEqual(before);
  });

  test('an internal comment does not exist for a guest, whatever the guest tries', async () => {
    const internal = await mutate(
      work.acme.viewer('guest'),
      'deleteComment',
      { id: globalId('Comment', internalCommentId) },
      'deletedId',
    );
    expect(internal.codes).toEqual(['NOT_FOUND']);
  });

  test('the author deletes their own comment, a moderator anybody’s', async () => {
    const own = await mutate(work.acme.viewer('member'), 'deleteComment', { id: comment() }, 'deletedId');
    expect(own.data.deleteComment.deletedId).toBe(comment());
    const input = { id: globalId('Comment', internalCommentId) };
    expect((await mutate(work.acme.viewer('manager'), 'deleteComment', input, 'deletedId')).codes).toEqual([]);
  });
});
