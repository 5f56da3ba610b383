/** No list sends a statement for each row: the number of statements of a nested read does not grow with the rows. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWork, type Work } from '../support/work.ts';

let planned: Work;
let unplanned: Work;
let serial = 0;

async function addProjects({ db, acme }: Work, from: number, count: number): Promise<void> {
  await acme.run(async () => {
    const { member, manager } = acme.users;
    for (let index = from; index < from + count; index += 1) {
      const { id: projectId } = await db.project.create({
        data: { key: `P${index}`, name: `Project ${index}`, leadId: manager } as never,
        select: { id: true },
      });
      await db.projectMember.create({ data: { projectId, userId: member } as never, select: { userId: true } });
      for (let number = 1; number <= 3; number += 1) {
        const { id: taskId } = await db.task.create({
          data: { projectId, number, title: 'T', assigneeId: member, reporterId: manager } as never,
          select: { id: true },
        });
        await db.comment.createMany({
          data: [1, 2].map(() => ({ taskId, body: 'C', authorId: member })) as never,
        });
      }
    }
  });
}

beforeAll(async () => {
  planned = await openWork();
  unplanned = await openWork({ planned: false });
});

afterAll(() => Promise.all([planned?.close(), unplanned?.close()]));

const operations = {
  nested: `{ projects(first: 50) { nodes {
    key lead { name email status memberships { roles { key } } } members { name }
    tasks(first: 10) { nodes { title assignee { name email } project { name } comments(first: 5) { nodes { body author { name phone } task { title } } } attachments { nodes { filename } } } }
  } } }`,
  counts: '{ projects(first: 50) { totalCount nodes { tasks { totalCount nodes { comments { totalCount } } } } } }',
  aliases: `{ projects(first: 50) { nodes {
    todo: tasks(filter: { status: { eq: TODO } }) { totalCount nodes { title assignee { name } } }
    done: tasks(filter: { status: { eq: DONE } }) { totalCount nodes { title } }
    latest: tasks(last: 1) { nodes { number comments { totalCount } } }
  } } }`,
  people:
    '{ users(first: 50) { totalCount nodes { name email status lastSignInAt memberships { joinedAt roles { key } } } } }',
  nodes:
    '{ tasks(first: 50) { nodes { id number assignee { name } reporter { name } project { key lead { name } } } } }',
} as const;

test.each(Object.entries(operations))(
  '%s',
  async (_name, text) => {
    const counts: number[][] = [];
    for (const size of [2, 10]) {
      for (const work of [planned, unplanned]) {
        serial += 100;
        await addProjects(work, serial, size);
      }
      const row: number[] = [];
      for (const work of [planned, unplanned])
        for (const role of ['owner', 'guest'] as const) {
          const answer = await work.send(work.acme.viewer(role), text);
          expect(answer.codes.filter((code) => code !== 'FORBIDDEN')).toEqual([]);
          row.push(answer.sql.length);
        }
      counts.push(row);
    }
    expect(counts[1]).toEqual(counts[0]);
    expect(Math.max(...(counts[1] ?? []))).toBeLessThanOrEqual(6);
  },
  60_000,
);
