import { GraphQLError } from 'graphql';
import { describe, expect, test } from 'vitest';
import { columnRulesOf, createColumnGuard } from '../../src/authorization/column-guard.ts';
import { authenticated, can, canOrSelf } from '../../src/authorization/rules.ts';
import { key, person } from './viewers.ts';

const rules = columnRulesOf({
  User: authenticated,
  'User.name': authenticated,
  'User.email': canOrSelf<{ id: string }>('user.contact:read', ({ id }) => id),
  Project: can('project:read'),
  'Project.name': can('project:read'),
  'Project.budget': can('project.budget:read'),
  'CreateProjectInput.budget': can('project.budget:write'),
  'UpdateProjectInput.budget': can('project.budget:write'),
  Task: can('task:read'),
  'Task.internalNotes': can('task.internal:read'),
  Attachment: can('attachment:read'),
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
