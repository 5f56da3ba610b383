/** Rows for the independent model, with roles in place of people's ids, and how they come into a database. */
import { v7 as uuid } from 'uuid';
import type { ModelRows } from './model.ts';

/** Makes the rows. */
export function makeRows(): ModelRows {
  const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
  const projects = Array.from({ length: 8 }, (_, i) => ({
    id: uuid(),
    key: `P-${i}`,
    name: pick(['Apollo', 'Borealis', 'Cascade'], i * 2) + (i % 2),
    status: pick(['PLANNED', 'ACTIVE', 'ON_HOLD'], i),
    budget: i % 3 === 2 ? null : `${i * 150}.00`,
    spent: `${(i * 37) % 100}.00`,
    leadId: pick(['owner', 'guest', null, 'member', 'manager'], i),
  }));
  const tasks = projects.flatMap((project, p) =>
    Array.from({ length: 5 }, (_, i) => ({
      id: uuid(),
      projectId: project.id,
      number: i + 1,
      title: `${pick(['Plan', 'Test', 'Ship'], i + p)} ${i}`,
      status: pick(['TODO', 'DONE', 'IN_PROGRESS'], i * p + i),
      estimateMinutes: (i + p) % 4 === 0 ? null : ((i * p) % 5) * 30,
      internalNotes: (i + p) % 3 === 0 ? 'late again' : null,
      assigneeId: pick(['guest', null, 'owner', 'manager'], i + p),
    })),
  );
  const comments = tasks.flatMap((task, t) =>
    Array.from({ length: t % 3 }, (_, i) => ({
      id: uuid(),
      taskId: task.id,
      body: `${String.fromCharCode(97 + i)} remark ${t}`,
      internal: (t + i) % 2 === 0,
    })),
  );
  return { users: [], projects, tasks, comments };
}

/** An organization, and what its people are called in a database. */
export interface FilledOrganization {
  readonly organizationId: string;
  /** Whether the rows' own ids are used: an organization beside it gets ones of its own. */
  readonly ownIds: boolean;
  personId(role: string): string;
}

/** Inserts the rows into an organization. @param run runs SQL as the owner of the tables. */
export async function insertRows(
  run: (sql: string, parameters: unknown[]) => Promise<unknown>,
  made: ModelRows,
  { organizationId, ownIds, personId }: FilledOrganization,
): Promise<void> {
  const insert = async (table: string, list: readonly object[]): Promise<void> => {
    await run(`insert into "${table}" select * from jsonb_populate_recordset(null::"${table}", $1::jsonb)`, [
      JSON.stringify(list),
    ]);
  };
  const stamps = { createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z' };
  const own = (id: string) => (ownIds ? id : id.replace(/^..../, 'ffff'));
  const person = (role: string | null) => (role === null ? null : personId(role));
  await insert(
    'Project',
    made.projects.map((one) => ({
      ...one,
      id: own(one.id),
      leadId: person(one.leadId),
      organizationId,
      description: '',
      lastTaskNumber: 9,
      ...stamps,
    })),
  );
  await insert(
    'Task',
    made.tasks.map((one) => ({
      ...one,
      id: own(one.id),
      projectId: own(one.projectId),
      assigneeId: person(one.assigneeId),
      organizationId,
      description: '',
      priority: 'LOW',
      ...stamps,
    })),
  );
  await insert(
    'Comment',
    made.comments.map((one, index) => ({
      ...one,
      id: own(one.id),
      taskId: own(one.taskId),
      organizationId,
      ...stamps,
      createdAt: new Date(1_760_000_000_000 + index * 1_000).toISOString(),
    })),
  );
}
