/** What a list costs the database: no more than was asked for, and never a statement that it cannot take. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWork, type Work } from '../support/work.ts';

let work: Work;

beforeAll(async () => {
  work = await openWork();
  const { db, acme } = work;
  await acme.run(async () => {
    await db.project.create({ data: { key: 'ONE', name: 'One' } as never, select: { id: true } });
  });
});

afterAll(() => work?.close());

test.each([
  ['@include(if: $shown)', true, 2],
  ['@include(if: $shown)', false, 1],
  ['@skip(if: $shown)', true, 1],
  ['@skip(if: $shown)', false, 2],
])('counts only where the count is selected: %s with %s', async (directive, shown, statements) => {
  const { data, errors, sql } = await work.send(
    work.acme.viewer('owner'),
    `query ($shown: Boolean!) { projects { nodes { key } ... ${directive} { totalCount } } }`,
    { shown },
  );
  expect(errors).toEqual([]);
  expect(data.projects).toMatchObject({ nodes: [{ key: 'ONE' }] });
  expect('totalCount' in data.projects).toBe(statements === 2);
  expect(sql).toHaveLength(statements);
});

test('reads no row where only the count is selected', async () => {
  const { data, sql } = await work.send(work.acme.viewer('owner'), '{ projects { totalCount } }');
  expect(data).toEqual({ projects: { totalCount: 1 } });
  expect(sql).toHaveLength(1);
});

test('refuses a filter with more values than a statement can bind, before it sends one', async () => {
  const filter = { OR: Array.from({ length: 90 }, () => ({ name: { in: Array.from({ length: 100 }, String) } })) };
  const { data, codes, sql } = await work.send(
    work.acme.viewer('owner'),
    `query ($filter: ProjectFilter!) { projects(filter: { OR: [${'$filter '.repeat(100)}] }) { totalCount } }`,
    { filter },
  );
  expect(data).toEqual({ projects: null });
  expect(codes).toEqual(['BAD_USER_INPUT']);
  expect(sql).toEqual([]);
});
