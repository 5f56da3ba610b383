/** Filters become the condition that logic says, never a wider one, and look through relations at visible rows alone. */
import fc from 'fast-check';
import { GraphQLError, type GraphQLInputObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { localId } from '../../src/authorization/global-id.ts';
import { visibleRows } from '../../src/authorization/visibility.ts';
import { filterOf, toWhere } from '../../src/nouns/filter.ts';
import { buildPublicSchema } from '../../src/schema.ts';
import { nobody, person } from '../authorization/viewers.ts';

const commentFilter = filterOf('Comment');
const projectFilter = filterOf('Project');
const taskFilter = filterOf('Task');
const userFilter = filterOf('User');

const owner = person('task:read', 'comment:read', 'comment.internal:read', 'member:list');
const guest = person('task:read', 'comment:read');
const without = person('project:read');
const nothing = { id: { in: [] } };
const id = '0190a0a0-0000-7000-8000-000000000009';
const globalId = (type: string, local = id) => Buffer.from(`${type}:${local}`).toString('base64');

interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The condition on a relation, however deep the ANDs around it. */
function relationOf(where: unknown, relation: string): unknown {
  const node = where as Readonly<Record<string, unknown>> & { readonly AND?: readonly unknown[] };
  return node.AND?.length === 1 ? relationOf(node.AND[0], relation) : node[relation];
}

function issuesOf(work: () => unknown): readonly Issue[] {
  try {
    work();
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    expect(error.extensions.code).toBe('BAD_USER_INPUT');
    return error.extensions.issues as readonly Issue[];
  }
  throw new Error('Expected BAD_USER_INPUT.');
}

const pathsOf = (work: () => unknown) => issuesOf(work).map(({ path }) => path.join('.'));

describe('a condition', () => {
  test('on a column is that column alone', () => {
    expect(toWhere(projectFilter, { key: { eq: 'APO' } }, owner)).toEqual({ AND: [{ key: { equals: 'APO' } }] });
  });

  test('with several operators holds only where all of them do', () => {
    expect(toWhere(taskFilter, { number: { gte: 2, lt: 5 } }, owner)).toEqual({
      AND: [{ number: { gte: 2 } }, { number: { lt: 5 } }],
    });
  });

  test.each([
    [true, { equals: null }],
    [false, { not: null }],
  ])('isNull: %s asks for no value, or any', (isNull, condition) => {
    expect(toWhere(projectFilter, { archivedAt: { isNull } }, owner)).toEqual({ AND: [{ archivedAt: condition }] });
  });

  test('isNull on a column that always holds a value is known beforehand', () => {
    expect(toWhere(projectFilter, { name: { isNull: true } }, owner)).toEqual(nothing);
    expect(toWhere(projectFilter, { name: { isNull: false } }, owner)).toEqual({});
  });

  test.each(['contains', 'startsWith'])('%s takes % and _ for the characters that they are', (operator) => {
    expect(toWhere(projectFilter, { name: { [operator]: '50%_\\' } }, owner)).toEqual({
      AND: [{ name: { [operator]: '50\\%\\_\\\\', mode: 'insensitive' } }],
    });
  });

  test('on the status of a person concerns the membership in the viewer’s organization', () => {
    const organizationId = owner.organization?.id;
    expect(toWhere(userFilter, { status: { eq: 'ACTIVE' } }, owner)).toEqual({
      AND: [{ memberships: { some: { AND: [{ organizationId }, { status: { equals: 'ACTIVE' } }] } } }],
    });
    const [part] = (toWhere(userFilter, { status: { eq: 'ACTIVE' } }, nobody) as { AND: object[] }).AND;
    expect(part).toHaveProperty('memberships.some.AND.0.organizationId', expect.stringMatching(/^0{8}-/));
  });
});

describe('an empty condition', () => {
  test.each([
    ['no filter', undefined],
    ['null', null],
    ['an empty filter', {}],
    ['an empty AND', { AND: [] }],
    ['a member left undefined', { key: undefined }],
    ['NOT of an empty OR', { NOT: { OR: [] } }],
    ['every related row like anything', { tasks: { every: {} } }],
  ])('lets every row pass: %s', (_name, filter) => {
    expect(toWhere(projectFilter, filter, owner)).toEqual({});
  });

  test.each([
    ['an empty OR', { OR: [] }],
    ['NOT of an empty AND', { NOT: { AND: [] } }],
    ['an empty OR beside a condition', { key: { eq: 'APO' }, OR: [] }],
  ])('lets no row pass: %s', (_name, filter) => {
    expect(toWhere(projectFilter, filter, owner)).toEqual(nothing);
  });
});

test.each([
  ['OR', { OR: [{ key: { eq: 'APO' } }, {}] }, ['filter.OR.1']],
  ['AND', { AND: [{}] }, ['filter.AND.0']],
  ['NOT', { NOT: {} }, ['filter.NOT']],
  ['an OR below a relation', { tasks: { some: { OR: [{}] } } }, ['filter.tasks.some.OR.0']],
  ['an OR whose member is undefined', { OR: [{ key: undefined }] }, ['filter.OR.0']],
  ['a comparison in an OR', { OR: [{ key: {} }] }, ['filter.OR.0.key']],
])('a part of %s without any condition is faulty', (_name, filter, paths) => {
  expect(pathsOf(() => toWhere(projectFilter, filter, owner))).toEqual(paths);
});

describe('a filter through a relation', () => {
  const comments = { internal: { eq: true } };

  test('counts only related rows that the viewer can see', () => {
    const { AND } = toWhere(taskFilter, { comments: { some: comments } }, guest) as { AND: unknown[] };
    expect(JSON.stringify(AND)).toContain('{"internal":false}');
    expect(JSON.stringify(toWhere(taskFilter, { comments: { some: comments } }, owner))).not.toContain('false');
  });

  test('finds nothing where the viewer sees no related row', () => {
    expect(relationOf(toWhere(projectFilter, { tasks: { some: {} } }, without), 'tasks')).toEqual({
      some: { AND: [nothing] },
    });
  });

  test('does not let a hidden row make `every` false', () => {
    const where = toWhere(taskFilter, { comments: { every: { body: { eq: 'x' } } } }, guest);
    const { every } = relationOf(where, 'comments') as { every: { OR: unknown[] } };
    expect(every.OR).toEqual([{ NOT: visibleRows('Comment', guest) }, { AND: [{ body: { equals: 'x' } }] }]);
  });
});

describe('a filter on an id', () => {
  test('takes the global id of its type', () => {
    expect(toWhere(projectFilter, { id: { eq: globalId('Project') } }, owner)).toEqual({
      AND: [{ id: { equals: id } }],
    });
  });

  test.each([
    ['another type', globalId('Task')],
    ['a type that begins with it', globalId('Projects')],
    ['no uuid', globalId('Project', '1')],
    ['a uuid with more behind it', globalId('Project', `${id}0`)],
    ['a bare uuid', id],
    ['nothing', ''],
  ])('matches nothing for an id of %s, and says no more', (_name, malformed) => {
    expect(localId(malformed, 'Project')).toBeNull();
    expect(toWhere(projectFilter, { id: { in: [malformed] } }, owner)).toEqual({
      AND: [{ id: { in: ['00000000-0000-0000-0000-000000000000'] } }],
    });
  });
});

describe('a variable that was not sent leaves an operator without a value, which is told with its path', () => {
  test.each<[object, string]>([
    [{ id: {} }, 'filter.id'],
    [{ key: {} }, 'filter.key'],
    [{ key: { eq: undefined } }, 'filter.key'],
    [{ key: { in: undefined, contains: undefined } }, 'filter.key'],
    [{ budget: {} }, 'filter.budget'],
    [{ lead: { status: {} } }, 'filter.lead.status'],
    [{ tasks: {} }, 'filter.tasks'],
    [{ AND: [{ key: {} }] }, 'filter.AND.0.key'],
    [{ OR: [{ name: { eq: 'x' } }, { id: {} }] }, 'filter.OR.1.id'],
    [{ NOT: { key: {} } }, 'filter.NOT.key'],
    [{ tasks: { some: { title: {} } } }, 'filter.tasks.some.title'],
    [{ tasks: { every: { comments: {} } } }, 'filter.tasks.every.comments'],
    [{ AND: [null] }, 'filter.AND.0'],
    [{ key: { in: ['A', null] } }, 'filter.key.in.1'],
    [{ id: { in: [undefined] } }, 'filter.id.in.0'],
    [{ archivedAt: { isNull: null } }, 'filter.archivedAt.isNull'],
  ])('%j', (filter, path) => {
    expect(pathsOf(() => toWhere(projectFilter, filter, owner))).toEqual([path]);
  });
});

describe('what no filter has is a fault of the program, never dropped', () => {
  test.each([
    ['a member', { colour: { eq: 'red' } }, 'ProjectFilter has no member colour.'],
    ['a name of every object', { constructor: { eq: 'x' } }, 'ProjectFilter has no member constructor.'],
    ['an operator', { key: { like: 'A%' } }, 'No comparison has the operator like.'],
    ['a word about lists', { tasks: { most: {} } }, 'No list has most.'],
  ])('%s', (_what, filter, message) => {
    expect(() => toWhere(projectFilter, filter, owner)).toThrow(message);
    expect(() => toWhere(projectFilter, { OR: [{ key: { eq: 'A' } }, { NOT: filter }] }, owner)).toThrow(message);
  });

  test('the members of each input are those that are translated', () => {
    const schema = buildPublicSchema();
    const filters = { userFilter, commentFilter, taskFilter, projectFilter };
    for (const { name, members } of Object.values(filters)) {
      const input = schema.getType(name) as GraphQLInputObjectType;
      expect(Object.keys(input.getFields())).toEqual([...Object.keys(members), 'AND', 'OR', 'NOT']);
    }
  });
});

describe('faults', () => {
  test('are told all at once, each with its path', () => {
    expect(
      pathsOf(() =>
        toWhere(
          projectFilter,
          { key: { eq: null }, name: null, OR: [{ description: { contains: 'a\u0000b' } }], tasks: { some: null } },
          owner,
        ),
      ),
    ).toEqual(['filter.key.eq', 'filter.name', 'filter.OR.0.description.contains', 'filter.tasks.some']);
  });

  test.each(['in', 'AND', 'OR'])('%s takes 100 values, and not 101', (name) => {
    const filter = (count: number) =>
      name === 'in'
        ? { number: { in: Array.from({ length: count }, (_, index) => index) } }
        : { [name]: Array.from({ length: count }, (_, number) => ({ number: { eq: number } })) };
    expect(() => toWhere(taskFilter, filter(100), owner)).not.toThrow();
    expect(pathsOf(() => toWhere(taskFilter, filter(101), owner))).toEqual([
      name === 'in' ? 'filter.number.in' : `filter.${name}`,
    ]);
  });

  test('are more than 1,000 values in all, also where one variable is named over and over', () => {
    const ids = Array.from({ length: 99 }, (_, index) => index);
    const shared = { number: { in: ids } };
    const filter = (count: number) => ({ OR: Array.from({ length: count }, () => shared) });
    expect(() => toWhere(taskFilter, filter(9), owner)).not.toThrow();
    expect(issuesOf(() => toWhere(taskFilter, filter(10), owner))).toEqual([
      { path: ['filter'], message: 'A filter holds at most 1000 values and conditions.' },
    ]);
    const began = process.cpuUsage();
    const fivefold = { OR: Array.from({ length: 100 }, () => filter(100)) };
    issuesOf(() => toWhere(taskFilter, { OR: Array.from({ length: 100 }, () => fivefold) }, owner));
    // A walk of all ten million would take seconds of CPU.
    expect(process.cpuUsage(began).user / 1_000).toBeLessThan(500);
  });

  test('are nestings deeper than eight, in whatever shape', () => {
    const deep = (levels: number): object => (levels === 0 ? { number: { eq: 1 } } : { NOT: deep(levels - 1) });
    expect(() => toWhere(taskFilter, deep(8), owner)).not.toThrow();
    expect(issuesOf(() => toWhere(taskFilter, deep(9), owner))[0]?.message).toMatch(/at most 8 deep/);
    const through = (levels: number): object =>
      levels === 0 ? {} : { project: { tasks: { some: through(levels - 1) } } };
    expect(() => toWhere(taskFilter, through(4), owner)).not.toThrow();
    expect(issuesOf(() => toWhere(taskFilter, through(5), owner))[0]?.message).toMatch(/at most 8 deep/);
  });
});

/** What a filter means, said a second time: the translation must agree with it on every row. */
interface NumberFilter {
  readonly number?: { readonly eq?: number; readonly gt?: number; readonly in?: readonly number[] };
  readonly AND?: readonly NumberFilter[];
  readonly OR?: readonly NumberFilter[];
  readonly NOT?: NumberFilter;
}

function matches(filter: NumberFilter, number: number): boolean {
  const { eq, gt, in: list } = filter.number ?? {};
  return (
    (eq === undefined || number === eq) &&
    (gt === undefined || number > gt) &&
    (list === undefined || list.includes(number)) &&
    (filter.AND ?? []).every((part) => matches(part, number)) &&
    (filter.OR === undefined || filter.OR.some((part) => matches(part, number))) &&
    (filter.NOT === undefined || !matches(filter.NOT, number))
  );
}

/** Reads a `where` as Prisma does: an empty OR is false, and an id is in no empty list. */
function holds(where: Readonly<Record<string, unknown>>, number: number): boolean {
  return Object.entries(where).every(([name, value]) => {
    const list = value as Readonly<Record<string, unknown>>[];
    if (name === 'AND') return list.every((part) => holds(part, number));
    if (name === 'OR') return list.some((part) => holds(part, number));
    if (name === 'NOT') return !holds(value as Readonly<Record<string, unknown>>, number);
    if (name === 'id') return false;
    const { equals, gt, in: values } = value as { equals?: number; gt?: number; in?: number[] };
    if (equals !== undefined) return number === equals;
    return gt === undefined ? (values?.includes(number) ?? false) : number > gt;
  });
}

const small = fc.integer({ min: 0, max: 4 });
const anyCondition = fc
  .record({ eq: small, gt: small, in: fc.array(small, { maxLength: 3 }) }, { requiredKeys: [] })
  .filter((condition) => Object.keys(condition).length > 0);

function anyFilter(levels: number): fc.Arbitrary<NumberFilter> {
  if (levels === 0) return fc.record({ number: anyCondition }, { requiredKeys: [] });
  const part = anyFilter(levels - 1).filter((one) => Object.keys(one).length > 0);
  const parts = fc.array(part, { maxLength: 2 });
  return fc.record({ number: anyCondition, AND: parts, OR: parts, NOT: part }, { requiredKeys: [] });
}

test('any combination of AND, OR and NOT means what logic says', () => {
  fc.assert(
    fc.property(anyFilter(3), (filter) => {
      const where = toWhere(taskFilter, filter, owner);
      for (const number of [0, 1, 2, 3, 4, 5])
        if (holds(where, number) !== matches(filter, number))
          throw new Error(`${number} in ${JSON.stringify(filter)} became ${JSON.stringify(where)}`);
    }),
    { numRuns: 500 },
  );
});
