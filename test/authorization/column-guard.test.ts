import '../../src/schema.ts';
import { GraphQLError } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createColumnGuard } from '../../src/authorization/column-guard.ts';
import { columnRulesOf } from '../../src/authorization/column-rules.ts';
import type { ColumnUse, Purpose } from '../../src/authorization/column-uses.ts';
import { modelMembers } from '../../src/authorization/data-model.ts';
import { own } from '../../src/authorization/own-condition.ts';
import { permissionNames } from '../../src/authorization/permissions.ts';
import type { PolicyTable } from '../../src/authorization/policy-table.ts';
import { authenticated, can, canOrSelf, inherited } from '../../src/authorization/rules.ts';
import { key, person } from './viewers.ts';

const table: PolicyTable = {
  User: authenticated,
  'User.name': authenticated,
  'User.email': canOrSelf<{ id: string }>('user.contact:read', ({ id }) => id),
  'User.status': canOrSelf<{ id: string }>('user.security:read', ({ id }) => id),
  'User.memberships': canOrSelf<{ id: string }>('member:list', ({ id }) => id),
  Membership: authenticated,
  UserFilter: inherited,
  'UserFilter.status': can('user.security:read'),
  Project: can('project:read'),
  'Project.name': can('project:read'),
  'Project.budget': can('project.budget:read'),
  'Project.members': can('member:list'),
  CreateProjectInput: inherited,
  'CreateProjectInput.budget': can('project.budget:write'),
  Task: can('task:read'),
  'Task.internalNotes': can('task.internal:read'),
  Comment: can('comment:read'),
  'Comment.internal': can('comment:read'),
  CommentFilter: inherited,
  'CommentFilter.internal': can('comment.internal:read'),
  AddCommentInput: inherited,
  'AddCommentInput.internal': can('comment.internal:read'),
  Attachment: can('attachment:read'),
  ApiKey: authenticated,
};

const use = (purpose: Purpose, coordinate: string, path = coordinate): ColumnUse => ({
  purpose,
  coordinate,
  owner: coordinate.split('.')[0] ?? '',
  path,
});

const shownModels = ['User', 'Membership', 'Project', 'Task', 'Comment', 'Attachment', 'ApiKey'];

const declared: readonly ColumnUse[] = [
  use('read', 'User.name'),
  use('read', 'User.email'),
  use('read', 'User.status', 'User.memberships.status'),
  use('read', 'User.memberships'),
  use('compare', 'UserFilter.status', 'User.memberships.status'),
  use('read', 'Project.name'),
  use('read', 'Project.budget'),
  use('read', 'Project.members'),
  use('write', 'CreateProjectInput.budget', 'Project.budget'),
  use('read', 'Task.internalNotes'),
  use('read', 'Comment.internal'),
  use('compare', 'CommentFilter.internal', 'Comment.internal'),
  use('write', 'AddCommentInput.internal', 'Comment.internal'),
];

/** Every other member is read by a coordinate of its own, but for `lastTaskNumber` and `ledProjects`, which none reads. */
const others = [...shownModels, 'ProjectMember'].flatMap((model) =>
  [...(modelMembers.get(model)?.keys() ?? [])]
    .filter((name) => name !== 'lastTaskNumber' && name !== 'ledProjects')
    .map((name) => use('read', `${model}.${name}`))
    .filter(
      ({ path }) => path !== 'Membership.status' && !declared.some((one) => `${one.path}.`.startsWith(`${path}.`)),
    ),
);

const rules = columnRulesOf(table, {
  uses: [...declared, ...others],
  without: new Map(),
  types: new Map(shownModels.map((name) => [name, [name]])),
});

const guard = createColumnGuard(rules, person('project:read', 'task:read'));

function refusal(model: string, operation: string, args: unknown, use = guard): string | null {
  try {
    use(model, operation, args);
    return null;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    expect(error.extensions.code).toBe('FORBIDDEN');
    return String(error.extensions.coordinate);
  }
}

const select = { id: true };

/** As `db.project.fields.budget` gives it. */
const columnReference = new (class {
  readonly modelName = 'Project';
  readonly name = 'budget';
})();

describe('what no coordinate reads is closed to whoever sees the model', () => {
  const select = { id: true };
  test.each([
    [
      'a column that is selected',
      'Project',
      'findMany',
      { select: { lastTaskNumber: true } },
      'Project.lastTaskNumber',
    ],
    ['a column among all others', 'Project', 'findMany', {}, /^Project\./],
    ['a condition', 'Project', 'count', { where: { lastTaskNumber: { gt: 1 } } }, 'Project.lastTaskNumber'],
    ['an order', 'Project', 'findMany', { select, orderBy: { lastTaskNumber: 'asc' } }, 'Project.lastTaskNumber'],
    ['a sum', 'Project', 'aggregate', { _max: { lastTaskNumber: true } }, 'Project.lastTaskNumber'],
    ['a relation', 'User', 'findMany', { select: { ledProjects: { select } } }, 'User.ledProjects'],
    ['a condition on a relation', 'User', 'count', { where: { ledProjects: { some: {} } } }, 'User.ledProjects'],
    [
      'a count of a relation',
      'User',
      'findMany',
      { select: { _count: { select: { ledProjects: true } } } },
      'User.ledProjects',
    ],
  ])('%s', (_what, model, operation, args, coordinate) => {
    const everything = createColumnGuard(rules, person(...permissionNames()));
    expect(refusal(model, operation, args, everything)).toMatch(coordinate);
  });

  test('but its rows may be written with it', () => {
    expect(refusal('Project', 'updateMany', { data: { lastTaskNumber: { increment: 1 } } })).toBeNull();
  });
});

describe('a statement that names a column which the viewer lacks is refused', () => {
  test.each([
    ['in select', 'Project', 'findMany', { select: { id: true, budget: true } }, 'Project.budget'],
    ['without a select, which loads every column', 'Project', 'findMany', {}, 'Project.budget'],
    [
      'with an include, which loads every column',
      'Project',
      'findMany',
      { include: { lead: { select } } },
      'Project.budget',
    ],
    [
      'in a nested select',
      'Project',
      'findMany',
      { select: { tasks: { select: { internalNotes: true } } } },
      'Task.internalNotes',
    ],
    ['in a nested relation without a select', 'Project', 'findMany', { select: { tasks: true } }, 'Task.internalNotes'],
    ['in a filter', 'Project', 'findMany', { select, where: { budget: { gt: 1 } } }, 'Project.budget'],
    [
      'below AND, OR and NOT',
      'Project',
      'findMany',
      { select, where: { AND: [{ OR: [{ NOT: { budget: 1 } }] }] } },
      'Project.budget',
    ],
    [
      'in a relation filter',
      'Project',
      'count',
      { where: { tasks: { some: { internalNotes: 'x' } } } },
      'Task.internalNotes',
    ],
    ['in a filter of one related row', 'Task', 'count', { where: { project: { budget: 1 } } }, 'Project.budget'],
    ['in a filter with is', 'Task', 'count', { where: { project: { is: { budget: 1 } } } }, 'Project.budget'],
    [
      'in a compound key',
      'Project',
      'findFirst',
      { select, where: { organizationId_id: { budget: 1 } } },
      'Project.budget',
    ],
    [
      'in an order',
      'Project',
      'findMany',
      { select, orderBy: [{ name: 'asc' }, { budget: 'desc' }] },
      'Project.budget',
    ],
    [
      'in an order by a related row',
      'Task',
      'findMany',
      { select, orderBy: { project: { budget: 'desc' } } },
      'Project.budget',
    ],
    [
      'in a nested filter',
      'Project',
      'findMany',
      { select: { tasks: { select, where: { internalNotes: 'x' } } } },
      'Task.internalNotes',
    ],
    [
      'in a nested order',
      'Project',
      'findMany',
      { select: { tasks: { select, orderBy: { internalNotes: 'asc' } } } },
      'Task.internalNotes',
    ],
    [
      'in the filter of a count',
      'Project',
      'findMany',
      { select: { _count: { select: { tasks: { where: { internalNotes: 'x' } } } } } },
      'Task.internalNotes',
    ],
    ['in a sum', 'Project', 'aggregate', { _sum: { budget: true } }, 'Project.budget'],
    ['in a grouping', 'Project', 'groupBy', { by: ['budget'] }, 'Project.budget'],
    ['in having', 'Project', 'groupBy', { by: ['name'], having: { budget: { _avg: { gt: 1 } } } }, 'Project.budget'],
    ['in distinct', 'Project', 'findMany', { select, distinct: ['budget'] }, 'Project.budget'],
    ['in a cursor', 'Project', 'findMany', { select, cursor: { budget: 1 } }, 'Project.budget'],
    ['in data', 'Project', 'update', { select, where: { id: '1' }, data: { budget: 1 } }, 'Project.budget'],
    ['in data of many', 'Project', 'createMany', { data: [{ name: 'a' }, { budget: 1 }] }, 'Project.budget'],
    [
      'in an upsert',
      'Project',
      'upsert',
      { select, where: { id: '1' }, create: { budget: 1 }, update: {} },
      'Project.budget',
    ],
    ['in a nested write', 'Task', 'update', { select, data: { project: { update: { budget: 1 } } } }, 'Project.budget'],
    ['in what a write answers', 'Project', 'update', { where: { id: '1' }, data: { name: 'a' } }, 'Project.budget'],
    ['a model of which it may read nothing', 'Attachment', 'findMany', { select }, 'Attachment'],
    ['such a model below another', 'Task', 'findMany', { select: { attachments: { select } } }, 'Attachment'],
    [
      'such a model, merely counted',
      'Task',
      'findMany',
      { select: { _count: { select: { attachments: true } } } },
      'Attachment',
    ],
    ['such a model, merely filtered by', 'Task', 'count', { where: { attachments: { some: {} } } }, 'Attachment'],
    ['a password', 'User', 'findMany', { select: { password: { select: { hash: true } } } }, 'Password'],
    ['the digest of a key', 'ApiKey', 'findMany', { select: { digest: true } }, 'ApiKey.digest'],
    ['a column that does not exist', 'Project', 'findMany', { select: { secret: true } }, 'Project.secret'],
    [
      'a relation with a rule of its own',
      'Project',
      'findMany',
      { select: { members: { select: { userId: true } } } },
      'Project.members',
    ],
    [
      'such a relation, merely counted',
      'Project',
      'findMany',
      { select: { _count: { select: { members: true } } } },
      'Project.members',
    ],
    [
      'such a relation, merely filtered by',
      'Project',
      'count',
      { where: { members: { some: {} } } },
      'Project.members',
    ],
    [
      'such a relation, merely sorted by',
      'Project',
      'findMany',
      { select, orderBy: { members: { _count: 'asc' } } },
      'Project.members',
    ],
    [
      'a column compared with another',
      'Project',
      'count',
      { where: { name: { equals: columnReference } } },
      'Project.budget',
    ],
    [
      'an order of a sum',
      'Project',
      'groupBy',
      { by: ['name'], orderBy: { _sum: { budget: 'asc' } } },
      'Project.budget',
    ],
    ['a count of a column’s values', 'Project', 'count', { select: { _all: true, budget: true } }, 'Project.budget'],
  ])('%s', (_where, model, operation, args, coordinate) => {
    expect(refusal(model, operation, args)).toBe(coordinate);
  });
});

describe('a name that the guard does not know is refused', () => {
  test.each([
    ['a model', 'Secret', 'findMany', { select }, 'Secret'],
    ['a model without a type', 'Password', 'createMany', { data: [{ hash: 'x' }] }, 'Password'],
    ['a column of a condition', 'Project', 'count', { where: { secret: 1 } }, 'Project.secret'],
    [
      'a column within a condition that is no compound key',
      'Project',
      'count',
      { where: { key_name: { name: 'x' } } },
      'Project.key_name',
    ],
    ['a column of an order', 'Project', 'findMany', { select, orderBy: { secret: 'asc' } }, 'Project.secret'],
    [
      'an order by relevance',
      'Project',
      'findMany',
      { select, orderBy: { _relevance: { fields: ['budget'] } } },
      'Project._relevance',
    ],
    ['a column of a group', 'Project', 'groupBy', { by: ['secret'] }, 'Project.secret'],
    ['a column of a sum', 'Project', 'aggregate', { _sum: { secret: true } }, 'Project.secret'],
    ['an aggregate', 'Project', 'aggregate', { _median: { budget: true } }, 'Project._median'],
    ['an argument', 'Project', 'findMany', { select, nearest: { budget: 1 } }, 'Project.nearest'],
    ['a relation’s operator', 'Project', 'count', { where: { tasks: { most: {} } } }, 'Project.tasks.most'],
    ['an operator of single rows on a list', 'Project', 'count', { where: { tasks: { is: {} } } }, 'Project.tasks.is'],
    [
      'an operator of lists on a single row',
      'Task',
      'count',
      { where: { project: { is: {}, some: {} } } },
      'Task.project.some',
    ],
    [
      'a relation’s count',
      'Project',
      'findMany',
      { select: { _count: { select: { secrets: true } } } },
      'Project.secrets',
    ],
    ['a column left out', 'Project', 'findMany', { omit: { secret: true } }, 'Project.secret'],
    ['a column written', 'Project', 'updateMany', { data: { secret: 1 } }, 'Project.secret'],
    ['a verb of writing', 'Task', 'update', { select, data: { project: { replace: {} } } }, 'Task.project.replace'],
  ])('%s', (_where, model, operation, args, coordinate) => {
    expect(refusal(model, operation, args)).toBe(coordinate);
  });
});

describe('what is allowed passes', () => {
  test.each([
    [
      'columns without a rule of their own',
      'Project',
      'findMany',
      { select: { id: true, name: true }, where: { name: 'x' }, orderBy: { name: 'asc' } },
    ],
    ['counting', 'Project', 'count', { where: { name: 'x' } }],
    ['undefined and false in a selection', 'Project', 'findMany', { select: { id: true, budget: false } }],
    ['writing what no rule narrows', 'Project', 'update', { select, where: { id: '1' }, data: { name: 'x' } }],
    ['connecting a relation', 'Task', 'update', { select, data: { project: { connect: { id: '1' } } } }],
  ])('%s', (_what, model, operation, args) => {
    expect(refusal(model, operation, args)).toBeNull();
  });

  test('a column with its permission, in every place', () => {
    const manager = createColumnGuard(rules, person('project:read', 'project.budget:read'));
    const args = { select: { budget: true }, where: { budget: 1 }, orderBy: { budget: 'asc' } };
    expect(refusal('Project', 'findMany', args, manager)).toBeNull();
    expect(refusal('Project', 'update', { select, data: { budget: 1 } }, manager)).toBe('Project.budget');
  });
});

describe('a rule of the row', () => {
  const user = createColumnGuard(rules, person());

  test('lets a person select, since the row is asked afterwards', () => {
    expect(refusal('User', 'findMany', { select: { email: true } }, user)).toBeNull();
  });

  test('never opens a filter or an order', () => {
    expect(refusal('User', 'findMany', { select, where: { email: 'a@b.c' } }, user)).toBe('User.email');
    expect(refusal('User', 'findMany', { select, orderBy: { email: 'asc' } }, user)).toBe('User.email');
  });

  test('opens nothing for a key, which is nobody’s self', () => {
    expect(refusal('User', 'findMany', { select: { email: true } }, createColumnGuard(rules, key()))).toBe(
      'User.email',
    );
  });
});

describe('a column behind a relation', () => {
  const status = { memberships: { select: { status: true }, take: 1 } };

  test('is read by whoever may read the field that shows it, with the relation as far as that takes', () => {
    const security = createColumnGuard(rules, key('user.security:read'));
    expect(refusal('User', 'findMany', { select: status }, security)).toBeNull();
    const more = { memberships: { select: { status: true, joinedAt: true } } };
    expect(refusal('User', 'findMany', { select: more }, security)).toBe('Membership.joinedAt');
    expect(refusal('User', 'findMany', { select: more }, createColumnGuard(rules, key('member:list')))).toBe(
      'Membership.status',
    );
    expect(
      refusal('User', 'findMany', { select: more }, createColumnGuard(rules, key('member:list', 'user.security:read'))),
    ).toBeNull();
  });

  test('opens neither the number of its rows nor whether there are any', () => {
    const security = createColumnGuard(rules, key('user.security:read'));
    const counted = { select: { _count: { select: { memberships: true } } } };
    expect(refusal('User', 'findMany', counted, security)).toBe('User.memberships');
    expect(refusal('User', 'count', { where: { memberships: { some: {} } } }, security)).toBe('User.memberships');
    const order = { select, orderBy: { memberships: { _count: 'asc' } } };
    expect(refusal('User', 'findMany', order, security)).toBe('Membership._count');
    expect(refusal('User', 'count', { where: { memberships: { some: { status: 'ACTIVE' } } } }, security)).toBeNull();
  });

  test('is found nowhere else by whoever may not', () => {
    const user = createColumnGuard(rules, person('member:list'));
    for (const [model, args] of [
      ['User', { select, where: { memberships: { some: { status: 'ACTIVE' } } } }],
      ['Membership', { select, where: { NOT: { status: 'ACTIVE' } } }],
      ['Membership', { select, orderBy: { status: 'asc' } }],
      ['Membership', { select, distinct: 'status' }],
    ] as const)
      expect(refusal(model, 'findMany', args, user)).toBe('Membership.status');
    expect(refusal('Membership', 'groupBy', { by: ['status'], _count: true }, user)).toBe('Membership.status');
  });
});

describe('a column that may be read, but not compared or written', () => {
  const reader = createColumnGuard(rules, person('comment:read'));

  test('is read', () => {
    expect(refusal('Comment', 'findMany', { select: { internal: true } }, reader)).toBeNull();
  });

  test.each([
    ['filtered by', 'count', { where: { internal: true } }],
    ['sorted by', 'findMany', { select, orderBy: { internal: 'asc' } }],
    ['written', 'create', { select, data: { body: 'x', internal: true } }],
    ['written as what it is anyway', 'createMany', { data: [{ body: 'x', internal: false }] }],
  ])('is refused when %s', (_what, operation, args) => {
    expect(refusal('Comment', operation, args, reader)).toBe('Comment.internal');
    const both = createColumnGuard(rules, person('comment:read', 'comment.internal:read'));
    expect(refusal('Comment', operation, args, both)).toBeNull();
  });
});

describe('a condition of the gateway’s own', () => {
  const reader = createColumnGuard(rules, person('comment:read'));
  const visible = own({ internal: false });

  test('is not asked about, wherever it stands', () => {
    for (const where of [visible, { AND: [visible] }, { NOT: visible }, { OR: [{ body: 'x' }, { NOT: [visible] }] }])
      expect(refusal('Comment', 'count', { where }, reader)).toBeNull();
  });

  test('covers nothing beside it, and no copy of it', () => {
    expect(refusal('Comment', 'count', { where: { AND: [visible, { internal: true }] } }, reader)).toBe(
      'Comment.internal',
    );
    expect(refusal('Comment', 'count', { where: { ...visible } }, reader)).toBe('Comment.internal');
    expect(refusal('Comment', 'count', { where: JSON.parse(JSON.stringify(visible)) }, reader)).toBe(
      'Comment.internal',
    );
    expect(() => Object.assign(visible, { body: 'x' })).toThrow(TypeError);
  });
});

describe('what is undefined, and would match every row', () => {
  test.each([
    ['a condition', { where: { name: undefined } }],
    ['an operand', { where: { OR: [{ name: { equals: undefined } }] } }],
    ['a condition on related rows', { where: { tasks: { some: { title: undefined } } } }],
    ['an order', { select, orderBy: { name: undefined } }],
  ])('%s never reaches Prisma', (_what, args) => {
    expect(() => guard('Project', 'findMany', { select, ...args })).toThrow(/is undefined/);
  });
});
