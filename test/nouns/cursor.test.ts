/** Pages by keyset, and cursors that open nowhere but where they were made. */
import fc from 'fast-check';
import { GraphQLError } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { Viewer } from '../../src/authorization/viewer.ts';
import { type OrderColumn, type PageArguments, type PageList, type PageRow, readPage } from '../../src/nouns/page.ts';
import { createSealer } from '../../src/stores/sealer.ts';
import { person } from '../authorization/viewers.ts';

const sealer = createSealer(['the newest secret of a test', 'an older secret of a test']);
const viewer = person('project:read');
const elsewhere = { ...viewer, organization: { id: '0190a0a0-0000-7000-8000-000000000002', slug: 'globex' } } as Viewer;
const key: OrderColumn = { column: 'key', kind: 'text' };
const budget: OrderColumn = { column: 'budget', kind: 'number', nullable: true };
const list: PageList = { coordinate: 'Query.projects', order: key, direction: 'asc', filter: { name: { eq: 'x' } } };
const context = { sealer, viewer };

interface Row extends PageRow {
  readonly key: string;
  readonly budget: number | null;
}

const id = (n: number) => `0190a0a0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const row: Row = { id: id(7), key: 'SECRET', budget: 5 };
const cursorOf = (of: PageList = list, as = context): string =>
  readPage({}, of, as).connect([row]).edges[0]?.cursor ?? '';

function refusalOf(args: PageArguments, of: PageList = list, as = context): unknown {
  try {
    readPage(args, of, as);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [
      error.extensions.code,
      ...(error.extensions.issues as { path: string[] }[]).map(({ path }) => path.join('.')),
    ];
  }
  return null;
}

describe('a cursor', () => {
  test('opens where it was made, whatever the spelling of the filter', () => {
    const filter = { OR: [], name: { contains: 'y', eq: 'x' } };
    const respelled = { name: { eq: 'x', contains: 'y', not: undefined }, OR: [] };
    const cursor = cursorOf({ ...list, filter });
    expect(refusalOf({ after: cursor }, { ...list, filter: respelled })).toBeNull();
  });

  test.each([
    ['another organization', list, { sealer, viewer: elsewhere }],
    ['no organization', list, { sealer, viewer: { ...viewer, organization: null } as Viewer }],
    ['another connection', { ...list, coordinate: 'Project.tasks' }, context],
    ['another order', { ...list, order: budget }, context],
    ['the other direction', { ...list, direction: 'desc' as const }, context],
    ['another filter', { ...list, filter: { name: { eq: 'y' } } }, context],
    ['no filter', { ...list, filter: null }, context],
    ['another deployment', list, { sealer: createSealer(['another secret']), viewer }],
  ])('does not open in %s', (_name, of, as) => {
    expect(refusalOf({ after: cursorOf() }, of, as)).toEqual(['BAD_USER_INPUT', 'after']);
    expect(refusalOf({ before: cursorOf() }, of, as)).toEqual(['BAD_USER_INPUT', 'before']);
  });

  test('does not open when any character of it was changed, taken or added', () => {
    const cursor = cursorOf();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const edit = fc
      .tuple(fc.nat(cursor.length - 1), fc.constantFrom(...alphabet, '=', ' ', '!', ''))
      .map(([at, character]) => cursor.slice(0, at) + character + cursor.slice(at + 1))
      .filter((edited) => edited !== cursor);
    fc.assert(
      fc.property(edit, (edited) => {
        expect(refusalOf({ after: edited })).toEqual(['BAD_USER_INPUT', 'after']);
      }),
    );
    // The last character holds spare bits, and a decoder skips what is none of its alphabet.
    for (const last of alphabet)
      if (!cursor.endsWith(last)) expect(refusalOf({ after: cursor.slice(0, -1) + last })).not.toBeNull();
    for (const extra of ['=', '==', '!', ' ', '\n']) expect(refusalOf({ after: cursor + extra })).not.toBeNull();
  });

  test.each(['', 'a', '{}', 'YXJyYXljb25uZWN0aW9uOjA=', 'x'.repeat(10_000)])('is refused when it is %j', (cursor) => {
    expect(refusalOf({ after: cursor })).toEqual(['BAD_USER_INPUT', 'after']);
  });

  test('shows nothing of the row, and is the same each time, so that an answer which holds it revalidates', () => {
    const cursor = cursorOf();
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toMatch(/SECRET|0190a0a0/);
    expect(cursorOf()).toBe(cursor);
    expect(cursorOf({ ...list, filter: null }).slice(6, 22)).not.toBe(cursor.slice(6, 22));
  });

  test('survives the rotation of the secret, and not its end', () => {
    const old = cursorOf(list, { sealer: createSealer(['an older secret of a test']), viewer });
    expect(refusalOf({ after: old })).toBeNull();
    const gone = cursorOf(list, { sealer: createSealer(['a secret that is gone']), viewer });
    expect(refusalOf({ after: gone })).toEqual(['BAD_USER_INPUT', 'after']);
  });

  test('cannot be made of what was sealed for another purpose', () => {
    const bound = JSON.stringify([viewer.organization?.id, 'Query.projects', 'key', 'asc', list.filter]);
    const text = JSON.stringify(['A', row.id]);
    expect(refusalOf({ after: sealer.seal('cursor', text, bound) })).toBeNull();
    expect(refusalOf({ after: sealer.seal('totp', text, bound) })).toEqual(['BAD_USER_INPUT', 'after']);
  });
});

describe('the size of a page', () => {
  test.each([
    [{}, 21],
    [{ first: null, last: null }, 21],
    [{ first: 1 }, 2],
    [{ last: 100 }, 101],
  ])('of %j takes one row more than it shows', (args, take) => {
    expect(readPage(args, list, context).take).toBe(take);
  });

  test.each([
    [{ first: 0 }, 'first'],
    [{ first: -1 }, 'first'],
    [{ first: 101 }, 'first'],
    [{ last: 0 }, 'last'],
    [{ last: 101 }, 'last'],
    [{ first: 1, last: 1 }, 'last'],
  ])('of %j is refused', (args, name) => {
    expect(refusalOf(args)).toEqual(['BAD_USER_INPUT', name]);
  });
});

/** A database of rows, read as Prisma reads a page's arguments. */
function compare(one: unknown, other: unknown): number {
  return Number((one as string) > (other as string)) - Number((one as string) < (other as string));
}

function holds(where: Readonly<Record<string, unknown>>, of: Row): boolean {
  return Object.entries(where).every(([name, value]): boolean => {
    const parts = value as Readonly<Record<string, unknown>>[];
    if (name === 'AND') return parts.every((part) => holds(part, of));
    if (name === 'OR') return parts.some((part) => holds(part, of));
    if (name === 'NOT') return !holds(value as Readonly<Record<string, unknown>>, of);
    const own = of[name as keyof Row];
    if (value === null || typeof value !== 'object') return own === value;
    const { gt, lt } = value as { gt?: unknown; lt?: unknown };
    // As in SQL: no comparison with null is true.
    return own !== null && (gt === undefined || compare(own, gt) > 0) && (lt === undefined || compare(own, lt) < 0);
  });
}

function readRows(rows: readonly Row[], args: PageArguments, of: PageList) {
  const page = readPage(args, of, context);
  const sorted = rows
    .filter((one) => page.where === null || holds(page.where, one))
    .sort((one, other) => {
      for (const part of page.orderBy) {
        const [[name, order] = ['id', 'asc']] = Object.entries(part);
        const { sort, nulls } =
          typeof order === 'object' ? (order as { sort: string; nulls: string }) : { sort: order, nulls: '' };
        const [left, right] = [one[name as keyof Row], other[name as keyof Row]];
        if (left === right) continue;
        if (left === null || right === null) return (left === null) === (nulls === 'first') ? -1 : 1;
        return sort === 'asc' ? compare(left, right) : -compare(left, right);
      }
      return 0;
    });
  return page.connect(sorted.slice(0, page.take));
}

const anyRows = fc
  .array(fc.record({ key: fc.constantFrom('A', 'B', 'C'), budget: fc.option(fc.integer({ min: 0, max: 2 })) }), {
    maxLength: 12,
  })
  .map((rows) => rows.map((one, index): Row => ({ ...one, id: id(index + 1) })));
const anyList = fc.record({
  coordinate: fc.constant('Query.projects'),
  order: fc.constantFrom(key, budget),
  direction: fc.constantFrom('asc' as const, 'desc' as const),
  filter: fc.constant(null),
});
const anySize = fc.integer({ min: 1, max: 5 });

describe('pages', () => {
  test('put end to end hold every row once, in the same order both ways, with the ends where they are', () => {
    fc.assert(
      fc.property(anyRows, anyList, anySize, (rows, of, size) => {
        const whole = readRows(rows, { first: 100 }, of).edges.map(({ node }) => node.id);
        const forwards: string[] = [];
        for (let after: string | null = null, more = true; more; ) {
          const { edges, pageInfo } = readRows(rows, { first: size, after }, of);
          expect(pageInfo.hasPreviousPage).toBe(forwards.length > 0);
          forwards.push(...edges.map(({ node }) => node.id));
          expect(pageInfo.hasNextPage).toBe(forwards.length < rows.length);
          after = pageInfo.endCursor;
          more = pageInfo.hasNextPage;
        }
        expect(forwards).toEqual(whole);
        const backwards: string[] = [];
        for (let before: string | null = null, more = true; more; ) {
          const { edges, pageInfo } = readRows(rows, { last: size, before }, of);
          expect(pageInfo.hasNextPage).toBe(backwards.length > 0);
          backwards.unshift(...edges.map(({ node }) => node.id));
          expect(pageInfo.hasPreviousPage).toBe(backwards.length < rows.length);
          before = pageInfo.startCursor;
          more = pageInfo.hasPreviousPage;
        }
        expect(backwards).toEqual(whole);
        expect(new Set(whole).size).toBe(rows.length);
      }),
    );
  });

  test('between two cursors hold what stands between them, and know of the rows outside', () => {
    fc.assert(
      fc.property(anyRows, anyList, anySize, fc.nat(11), fc.nat(11), (rows, of, size, one, other) => {
        fc.pre(rows.length >= 2 && one < rows.length && other < rows.length && one < other);
        const { edges } = readRows(rows, { first: 100 }, of);
        const between = edges.slice(one + 1, other).map(({ node }) => node.id);
        const bounds = { after: edges[one]?.cursor ?? null, before: edges[other]?.cursor ?? null };
        const first = readRows(rows, { ...bounds, first: size }, of);
        expect(first.edges.map(({ node }) => node.id)).toEqual(between.slice(0, size));
        expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
        const last = readRows(rows, { ...bounds, last: size }, of);
        expect(last.edges.map(({ node }) => node.id)).toEqual(between.slice(-size));
        expect(last.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
      }),
    );
  });

  test('stay in place while rows before them come and go', () => {
    const rows = Array.from({ length: 6 }, (_, index): Row => ({ id: id(index + 1), key: 'A', budget: index }));
    const { pageInfo } = readRows(rows, { first: 3 }, list);
    const changedRows = [
      { id: id(9), key: '0', budget: 0 },
      ...rows.filter((one) => one.id !== pageInfo.endCursor).slice(2),
    ];
    const next = readRows(changedRows, { first: 3, after: pageInfo.endCursor }, list);
    expect(next.edges.map(({ node }) => node.id)).toEqual([id(4), id(5), id(6)]);
  });

  test('order an enum as the database declares it', () => {
    const order: OrderColumn = { column: 'status', kind: 'enum', values: ['PLANNED', 'ACTIVE', 'DONE'] };
    const of: PageList = { ...list, order };
    const [edge] = readPage({}, of, context).connect([{ id: id(1), status: 'ACTIVE' }]).edges;
    const conditionOf = (args: PageArguments) => JSON.stringify(readPage(args, of, context).where);
    expect(conditionOf({ after: edge?.cursor ?? '' })).toContain('{"status":{"in":["DONE"]}}');
    expect(conditionOf({ before: edge?.cursor ?? '' })).toContain('{"status":{"in":["PLANNED"]}}');
  });
});
