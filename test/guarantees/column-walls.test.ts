/**
 * Behind every coordinate that narrows stands the database client: whoever lacks only its permission, and sends the statement that a
 * resolver with a wrong plan would send, is refused before anything is read or written. For every such coordinate of the real schema.
 */
import { GraphQLError } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createColumnGuard } from '../../src/authorization/column-guard.ts';
import { columnRulesOf, stepsOf } from '../../src/authorization/column-rules.ts';
import { type ColumnUse, columnUsesOf } from '../../src/authorization/column-uses.ts';
import { modelMembers } from '../../src/authorization/data-model.ts';
import { PermissionSet } from '../../src/authorization/permission-set.ts';
import { type Permission, permissionNames } from '../../src/authorization/permissions.ts';
import { policyTable } from '../../src/authorization/policies.ts';
import type { PolicyTable } from '../../src/authorization/policy-table.ts';
import { requiredPermissions } from '../../src/authorization/rules.ts';
import type { Viewer } from '../../src/authorization/viewer.ts';
import { namedWithoutCoordinate } from '../../src/authorization/visibility.ts';
import { createVisibilityWall } from '../../src/authorization/visibility-wall.ts';
import { buildPublicSchema } from '../../src/schema.ts';
import { runInDatabaseScope } from '../../src/stores/database-scope.ts';
import { openWork, type Work } from '../support/work.ts';

const found = columnUsesOf(buildPublicSchema());
const rules = columnRulesOf(policyTable(), found);
const table: PolicyTable = policyTable();

type Statement = readonly [model: string, operation: string, args: object];

/** A coordinate that narrows, the permission that it takes, and the member of a model that it reads, compares or writes. */
interface Narrowed {
  readonly use: ColumnUse;
  readonly permission: Permission;
  readonly model: string;
  readonly name: string;
}

const narrowed: readonly Narrowed[] = found.uses.flatMap((use) => {
  const rule = table[use.coordinate];
  const owner = table[use.owner];
  const [permission] = rule ? requiredPermissions(rule) : [];
  const [model = '', name = ''] = stepsOf(use).at(-1)?.[0].split('.') ?? [];
  return permission === undefined || rule === owner || model === '' ? [] : [{ use, permission, model, name }];
});

/** What reads, compares or writes the member, in each way that Prisma has for it. */
function statementsOf({ use, model, name }: Narrowed): readonly Statement[] {
  const select = { id: true };
  const member = modelMembers.get(model)?.get(name);
  const isJoin = model === 'MembershipRole' || model === 'ProjectMember';
  if (!member || isJoin) throw new Error(`What is ${model}.${name}?`);
  if (member.kind === 'object') {
    const inner = {
      select: { [member.type === 'MembershipRole' || member.type === 'ProjectMember' ? 'organizationId' : 'id']: true },
    };
    const related = member.isList ? { some: {} } : { is: {} };
    const reading: Statement[] = [
      [model, 'findMany', { select: { ...select, [name]: inner } }],
      [model, 'findFirst', { include: { [name]: inner } }],
      ...(member.isList ? ([[model, 'findMany', { select: { _count: { select: { [name]: true } } } }]] as const) : []),
    ];
    return [
      ...(use.purpose === 'read' ? reading : []),
      [model, 'count', { where: { [name]: related } }],
      [model, 'findMany', { select, where: { NOT: { [name]: related } } }],
      [model, 'findMany', { select, orderBy: { [name]: member.isList ? { _count: 'asc' } : { id: 'asc' } } }],
    ];
  }
  if (use.purpose === 'write')
    return [
      [model, 'updateMany', { data: { [name]: valueFor(model, name) } }],
      [model, 'create', { select, data: { [name]: valueFor(model, name) } }],
      [model, 'createMany', { data: [{ [name]: valueFor(model, name) }] }],
    ];
  const reading: Statement[] = [
    [model, 'findMany', { select: { ...select, [name]: true } }],
    [model, 'findMany', { distinct: [name], select: { [name]: true } }],
  ];
  return [
    ...(use.purpose === 'read' ? reading : []),
    [model, 'findMany', { select, where: { [name]: valueFor(model, name) } }],
    [model, 'count', { where: { OR: [{ NOT: { [name]: valueFor(model, name) } }] } }],
    [model, 'count', { select: { [name]: true } }],
    [model, 'findMany', { select, orderBy: [{ id: 'asc' }, { [name]: 'desc' }] }],
    [model, 'findMany', { select, distinct: [name] }],
    [model, 'groupBy', { by: [name] }],
    [model, 'aggregate', { _max: { [name]: true } }],
    [model, 'aggregate', { _count: { [name]: true } }],
  ];
}

function valueFor(model: string, name: string): unknown {
  const values: Readonly<Record<string, unknown>> = {
    Boolean: true,
    DateTime: new Date(0),
    Decimal: '1.00',
    Int: 1,
    String: 'x',
    MembershipStatus: 'ACTIVE',
  };
  return values[modelMembers.get(model)?.get(name)?.type ?? ''];
}

/** A key is nobody's self: what the row would open to a person stays shut. */
const keyWithout = (work: Work, permission: Permission): Viewer => ({
  kind: 'apiKey',
  apiKeyId: '0190a0a0-0000-7000-8000-0000000000dd',
  prefix: '',
  client: 'partner',
  allowAdHoc: true,
  organization: { id: work.acme.id, slug: 'acme' },
  roles: [],
  permissions: new PermissionSet(permissionNames().filter((one) => one !== permission)),
  budget: null,
  requestsPerMinute: null,
  makers: [],
});

let work: Work;

beforeAll(async () => {
  work = await openWork();
  const { db, acme } = work;
  await acme.run(async () => {
    const project = await db.project.create({ data: { key: 'A', name: 'A' } as never, select: { id: true } });
    const data = { projectId: project.id, number: 1, title: 'A1' } as never;
    const task = await db.task.create({ data, select: { id: true } });
    await db.comment.create({ data: { taskId: task.id, body: 'x' } as never, select: { id: true } });
  });
});
afterAll(() => work?.close());

type Delegate = Readonly<Record<string, (args: object) => Promise<unknown>>>;

/** @returns the code of the refusal, `done`, or what else was thrown; and the statements that were sent. */
async function outcome(viewer: Viewer, [model, operation, args]: Statement) {
  const sql: string[] = [];
  const scope = {
    organizationId: work.acme.id,
    userId: viewer.kind === 'user' ? viewer.userId : null,
    guard: createColumnGuard(rules, viewer),
    wall: createVisibilityWall(viewer),
    onStatement: (text: string) => void sql.push(text),
  };
  const delegate = (work.db as unknown as Readonly<Record<string, Delegate>>)[
    model.charAt(0).toLowerCase() + model.slice(1)
  ];
  const run = delegate?.[operation];
  if (!run) throw new Error(`Prisma has no ${model}.${operation}.`);
  try {
    await runInDatabaseScope(scope, async () => await run(args));
    return { code: 'done', requires: [], sql };
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return { code: error.extensions.code, requires: error.extensions.requires, sql };
  }
}

/** Members of the models that a viewer may meet, which nothing that is asked of the gateway names. */
const unnamed = [...rules.models.keys()].flatMap((model) =>
  [...(modelMembers.get(model)?.values() ?? [])]
    .filter(({ name }) => !rules.named.has(`${model}.${name}`))
    .map((member) => ({ model, member })),
);

test('what no coordinate names cannot be read or compared, whatever one may', async () => {
  const viewer = work.acme.viewer('owner');
  const statements = unnamed.flatMap(({ model, member }): Statement[] => {
    const { name, kind, isList } = member;
    if (kind !== 'object')
      return [
        [model, 'findMany', { select: { [name]: true } }],
        [model, 'count', { where: { NOT: { [name]: null } } }],
        [model, 'findMany', { select: { organizationId: true }, orderBy: { [name]: 'asc' } }],
        [model, 'aggregate', { _max: { [name]: true } }],
      ];
    return [
      [model, 'findMany', { select: { [name]: true } }],
      [model, 'count', { where: { [name]: isList ? { some: {} } : { is: {} } } }],
    ];
  });
  for (const statement of statements)
    expect(await outcome(viewer, statement), JSON.stringify(statement)).toMatchObject({ code: 'FORBIDDEN', sql: [] });
  expect(unnamed.map(({ model, member }) => `${model}.${member.name}`)).toEqual(
    expect.arrayContaining([
      'User.erasedAt',
      'Session.revokedReason',
      'ApiKey.previousUntil',
      'Project.lastTaskNumber',
    ]),
  );
});

test('what is named without a coordinate is in the data model, and by no coordinate', () => {
  const byCoordinate = new Set(
    found.uses.filter(({ purpose }) => purpose !== 'write').flatMap((use) => stepsOf(use).map(([name]) => name)),
  );
  for (const name of namedWithoutCoordinate().keys()) {
    const [model = '', member = ''] = name.split('.');
    expect(modelMembers.get(model)?.has(member), name).toBe(true);
    expect(byCoordinate.has(name), name).toBe(false);
  }
});

test('the coordinates that narrow are these at least', () => {
  const names = narrowed.map(({ use }) => use.coordinate);
  expect(names).toEqual(
    expect.arrayContaining([
      'Project.budget',
      'ProjectFilter.budget',
      'ProjectOrderField.BUDGET',
      'UpdateProjectInput.budget',
      'User.status',
      'UserFilter.status',
      'User.memberships',
      'Membership.roles',
      'Project.members',
      'CommentFilter.internal',
      'AddCommentInput.internal',
      'CreateApiKeyInput.allowAdHoc',
    ]),
  );
  expect(new Set(names).size).toBeGreaterThan(40);
});

describe('whoever lacks only the permission is refused, and nothing is sent', () => {
  test.each(narrowed.map((one) => [one.use.coordinate, one] as const))('%s', async (_coordinate, one) => {
    const viewer = keyWithout(work, one.permission);
    for (const statement of statementsOf(one)) {
      const answer = await outcome(viewer, statement);
      expect(answer, JSON.stringify(statement)).toEqual({ code: 'FORBIDDEN', requires: [one.permission], sql: [] });
    }
    // Every column, this one among them.
    expect(await outcome(viewer, [one.model, 'findFirst', {}])).toMatchObject({ code: 'FORBIDDEN', sql: [] });
  });
});

describe('whoever holds every permission is not', () => {
  const everything = (at: Work): Viewer => at.acme.viewerWith(...permissionNames());

  test.each(narrowed.map((one) => [one.use.coordinate, one] as const))('%s', async (_coordinate, one) => {
    const [statement] = statementsOf(one).filter(
      ([, operation]) => operation !== 'create' && operation !== 'createMany',
    );
    if (!statement) throw new Error('No statement.');
    expect((await outcome(everything(work), statement)).code, JSON.stringify(statement)).toBe('done');
  });
});

test('the gateway hides rows by columns that the viewer may not compare', async () => {
  const guest = work.acme.viewer('guest');
  await work.acme.run(async () => {
    const task = await work.db.task.findFirst({ select: { id: true } });
    await work.db.comment.deleteMany({});
    const data = [false, true, true].map((internal) => ({ taskId: task?.id, body: 'x', internal }));
    await work.db.comment.createMany({ data: data as never });
  });
  const answer = await work.send(guest, '{ tasks { nodes { comments { totalCount } } } }');
  expect(answer.codes).toEqual([]);
  expect(answer.data.tasks.nodes).toEqual([{ comments: { totalCount: 1 } }]);
});
