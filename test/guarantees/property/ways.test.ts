/**
 * Random operations over HTTP, by every way in, against the independent model; and events of a subscription against the same selection of
 * the same task, asked for. Long form: `PROPERTY_RUNS=1000 npx vitest run --project gateway test/property`.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnsweredError, Credential } from '../../support/client.ts';
import { keyWith, personWith } from '../../support/custom-viewers.ts';
import { listen } from '../../support/event-reader.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { denialCodeOf, expectedPermissions, permissionsOfRole } from '../expected-access.ts';
import { evaluate, type ModelRows, type ModelViewer } from './model.ts';
import { insertRows, makeRows } from './model-rows.ts';
import { operations, taskSelections, writeOperation, writeSelection } from './operation-text.ts';
import { createWays, openLimits, runsOf, timeFor, toAnswer, wayNames } from './ways.ts';

const numRuns = runsOf(40);
const numEvents = runsOf(20);

interface Caller {
  readonly as: Credential;
  readonly viewer: ModelViewer;
}

let planned: TestGateway;
let unplanned: TestGateway;
let rows: ModelRows;
let callers: readonly Caller[];

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

beforeAll(async () => {
  planned = await startGateway({ env: openLimits });
  unplanned = await startGateway({ env: openLimits, planned: false, replicaOf: planned });
  const { acme, globex } = planned.organizations;
  const run = planned.database.query;
  for (const table of ['Comment', 'Attachment', 'Task', 'ProjectMember', 'Project'])
    await run(`delete from "${table}"`);
  const made = makeRows();
  for (const organization of [acme, globex]) {
    const personId = (role: string) => organization.users[role as 'owner'].id;
    // The manager has left.
    await run('update "Membership" set "status" = \'REMOVED\' where "id" = $1', [
      organization.users.manager.membershipId,
    ]);
    await insertRows(run, made, { organizationId: organization.id, ownIds: organization === acme, personId });
  }
  const idOf = (role: string | null) => (role === null ? null : acme.users[role as 'owner'].id);
  const people = ['owner', 'member', 'guest', 'manager'] as const;
  const users = await run<{ id: string; name: string; email: string; phone: string }>(
    'select "id", "name", "email", "phone" from "User" where "id" = any($1)',
    [people.map(idOf)],
  );
  rows = {
    users: users.map((user) => ({ ...user, isFormer: user.id === idOf('manager') })),
    projects: made.projects.map((one) => ({ ...one, leadId: idOf(one.leadId) })),
    tasks: made.tasks.map((one) => ({ ...one, assigneeId: idOf(one.assigneeId) })),
    comments: made.comments,
  };
  callers = [
    ...(['owner', 'admin', 'member', 'guest', 'auditor'] as const).map((role) => ({
      as: planned.viewers.acme[role],
      viewer: { id: acme.users[role].id, isKey: false, permissions: permissionsOfRole(role) },
    })),
    ...(await customCallers()),
  ];
}, 120_000);
afterAll(async () => {
  await unplanned?.close();
  await planned?.close();
});

/** People and keys of any permissions, and of those that the model is about. */
async function customCallers(): Promise<Caller[]> {
  const about = expectedPermissions.filter((name) => /^(project|task|comment|user\.contact)\b.*:read$/.test(name));
  const sets = [...fc.sample(fc.subarray([...expectedPermissions]), 4), ...fc.sample(fc.subarray(about), 12)];
  const made: Caller[] = [];
  for (const permissions of sets) {
    const viewer = { id: 'nobody', permissions: new Set(permissions) };
    made.push({ as: await personWith(planned, permissions), viewer: { ...viewer, isKey: false } });
    made.push({ as: await keyWith(planned, permissions), viewer: { ...viewer, isKey: true } });
  }
  return made;
}

test.each(wayNames)(
  'random operations answer what the independent model says, and nothing else: %s',
  async (way) => {
    const send = createWays(planned, unplanned)[way];
    let ran = 0;
    let denials = 0;
    let values = 0;
    await fc.assert(
      fc.asyncProperty(operations, fc.nat(callers.length - 1), async (operation, index) => {
        const { as, viewer } = callers[index] as Caller;
        const { text, variables } = writeOperation(operation);
        const expected = evaluate(rows, viewer, operation);
        const answer = await send({ text, variables, as });
        const { __typename: _, ...data } = plain(answer.data);
        ran += 1;
        denials += expected.denied.size;
        values += JSON.stringify(expected.data).length;
        expect(
          { status: answer.status, data, denied: answer.denied, codes: answer.codes },
          `${[...viewer.permissions]}\n${text}\n${JSON.stringify(variables)}\n${answer.text}`,
        ).toEqual({
          status: 200,
          data: plain(expected.data),
          denied: [...expected.denied].sort(),
          codes: expected.denied.size > 0 ? [denialCodeOf(viewer.isKey ? 'apiKey' : 'user')] : [],
        });
      }),
      { numRuns },
    );
    expect(ran).toBe(numRuns);
    // A generator that never denies, or never reads, would prove nothing.
    expect(denials).toBeGreaterThan(numRuns / 4);
    expect(values).toBeGreaterThan(numRuns * 3);
  },
  timeFor(numRuns),
);

test(
  'an event answers of a task what a query of it does, and nothing else',
  async () => {
    const listeners = callers.filter(({ viewer }) =>
      ['project:read', 'task:read'].every((permission) => viewer.permissions.has(permission)),
    );
    let ran = 0;
    let denials = 0;
    await fc.assert(
      fc.asyncProperty(
        taskSelections,
        fc.nat(listeners.length - 1),
        fc.nat(rows.tasks.length - 1),
        async (selection, index, at) => {
          const { as } = listeners[index] as Caller;
          const task = rows.tasks[at] as ModelRows['tasks'][number];
          const written = writeSelection('Task', selection);
          const declared = ['$id: ID!', ...written.declarations].join(', ');
          const stream = await listen(
            planned.endpoint,
            `subscription (${declared}) { taskChanged(projectId: $id) { task { ${written.selection} } } } ${written.fragments}`,
            as,
            { ...written.variables, id: globalId('Project', task.projectId) },
          );
          try {
            const changed = await planned.send(
              'mutation ($input: UpdateTaskInput!) { updateTask(input: $input) { task { id } } }',
              { input: { id: globalId('Task', task.id), priority: ran % 2 === 0 ? 'HIGH' : 'LOW' } },
              { as: planned.viewers.acme.owner },
            );
            changed.expectData();
            const event = (await stream.next()) as {
              data: { taskChanged: { task: unknown } };
              errors?: AnsweredError[];
            };
            const asked = await planned.send<{ task: unknown }>(
              `query (${declared}) { task(id: $id) { ${written.selection} } } ${written.fragments}`,
              { ...written.variables, id: globalId('Task', task.id) },
              { as },
            );
            const query = toAnswer(200, asked);
            expect({ ...toAnswer(200, event), data: event.data?.taskChanged?.task }, asked.toString()).toEqual({
              ...query,
              data: asked.data?.task,
            });
            ran += 1;
            denials += query.denied.length;
          } finally {
            stream.close();
          }
        },
      ),
      { numRuns: numEvents },
    );
    expect(ran).toBe(numEvents);
    expect(denials).toBeGreaterThan(0);
  },
  timeFor(numEvents),
);
