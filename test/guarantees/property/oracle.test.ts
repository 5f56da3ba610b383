/** Random operations by random viewers against the independent model, and planned against unplanned execution. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiKeyViewer, UserViewer } from '../../../src/authorization/viewer.ts';
import { openWork, type Work } from '../../support/work.ts';
import { denialCodeOf, expectedPermissions, expectedRoles, permissionsOfRole } from '../expected-access.ts';
import { evaluate, type ModelRows } from './model.ts';
import { insertRows, makeRows } from './model-rows.ts';
import { operations, writeOperation } from './operation-text.ts';
import { runsOf, timeFor } from './ways.ts';

const numRuns = runsOf(300);

let planned: Work;
let unplanned: Work;
let rows: ModelRows;

/** The same rows in both databases, for the viewer's organization; the other one gets some that nobody may ever see. */
async function fill(work: Work, made: ModelRows): Promise<void> {
  for (const { id: organizationId, slug, users } of [work.acme, work.globex]) {
    // The manager has left.
    await work.asOwner('update "Membership" set "status" = $1 where "userId" = $2', ['REMOVED', users.manager]);
    const personId = (role: string) => work[slug as 'acme'].users[role as 'owner'];
    await insertRows(work.asOwner, made, { organizationId, ownIds: slug === 'acme', personId });
  }
}

beforeAll(async () => {
  [planned, unplanned] = await Promise.all([openWork(), openWork({ planned: false })]);
  const made = makeRows();
  await Promise.all([fill(planned, made), fill(unplanned, made)]);
  rows = made;
}, 120_000);
afterAll(() => Promise.all([planned.close(), unplanned.close()]));

/** Random permissions: those of the system roles, and any others. */
const permissionSets = fc.oneof(
  fc.constantFrom(...expectedRoles).map((role) => [...permissionsOfRole(role)]),
  fc.subarray([...expectedPermissions]),
  fc.subarray([
    'project:read',
    'task:read',
    'comment:read',
    'project.budget:read',
    'task.internal:read',
    'comment.internal:read',
    'user.contact:read',
  ]),
);

/** Random viewers: people and keys. */
const viewers = fc.record({
  kind: fc.oneof({ weight: 3, arbitrary: fc.constant('user') }, { weight: 1, arbitrary: fc.constant('apiKey') }),
  permissions: permissionSets,
});

function viewerOf({ acme }: Work, kind: string, permissions: readonly string[]): UserViewer | ApiKeyViewer {
  const person = acme.viewerWith(...permissions);
  if (kind === 'user') return person;
  return {
    kind: 'apiKey',
    apiKeyId: '0190a0a0-0000-7000-8000-0000000000cc',
    prefix: '',
    client: 'random',
    allowAdHoc: true,
    organization: { id: acme.id, slug: acme.slug },
    roles: person.roles,
    permissions: person.permissions,
    budget: null,
    requestsPerMinute: null,
    makers: [],
  };
}

/** The rows as the model takes them, with people's ids of one database. */
function rowsOf({ acme }: Work): ModelRows {
  const id = (role: string | null) => (role === null ? null : (acme.users[role as 'owner'] as string));
  const names: Readonly<Record<string, string>> = {
    owner: 'Owner',
    member: 'Member',
    guest: 'Guest',
    manager: 'Manager',
  };
  return {
    users: Object.entries(names).map(([role, name]) => ({
      id: id(role) as string,
      name: `${name} of acme`,
      email: `${role}@acme.example`,
      phone: '+4930',
      isFormer: role === 'manager',
    })),
    projects: rows.projects.map((one) => ({ ...one, leadId: id(one.leadId) })),
    tasks: rows.tasks.map((one) => ({ ...one, assigneeId: id(one.assigneeId) })),
    comments: rows.comments,
  };
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

test(
  'random operations by random viewers answer what the independent model says, and nothing else',
  async () => {
    const modelled = rowsOf(planned);
    let denials = 0;
    let values = 0;
    await fc.assert(
      fc.asyncProperty(operations, viewers, async (operation, { kind, permissions }) => {
        const { text, variables } = writeOperation(operation);
        const viewer = viewerOf(planned, kind, permissions);
        // A key is nobody's self.
        const id = viewer.kind === 'user' ? viewer.userId : 'nobody';
        const expected = evaluate(
          modelled,
          { id, isKey: kind === 'apiKey', permissions: new Set(permissions) },
          operation,
        );
        const answer = await planned.send(viewer, text, variables);
        const { __typename: _, ...data } = plain(answer.data);
        denials += expected.denied.size;
        values += JSON.stringify(expected.data).length;
        expect(
          { data, denied: [...answer.coordinates].sort(), codes: new Set(answer.codes) },
          `${text}\n${JSON.stringify(variables)}`,
        ).toEqual({
          data: plain(expected.data),
          denied: [...expected.denied].sort(),
          codes: new Set(expected.denied.size > 0 ? [denialCodeOf(viewer.kind)] : []),
        });
      }),
      { numRuns },
    );
    // A generator that never denies, or never reads, would prove nothing.
    expect(denials).toBeGreaterThan(numRuns / 2);
    expect(values).toBeGreaterThan(numRuns * 20);
  },
  timeFor(numRuns),
);

test(
  'planned and unplanned execution give the same data and the same denied coordinates',
  async () => {
    await fc.assert(
      fc.asyncProperty(operations, viewers, async (operation, { kind, permissions }) => {
        const { text, variables } = writeOperation(operation);
        const [fast, slow] = await Promise.all([
          planned.send(viewerOf(planned, kind, permissions), text, variables),
          unplanned.send(viewerOf(unplanned, kind, permissions), text, variables),
        ]);
        expect([...slow.coordinates].sort(), text).toEqual([...fast.coordinates].sort());
        expect(plain(slow.data), text).toEqual(plain(fast.data));
      }),
      { numRuns },
    );
  },
  timeFor(numRuns),
);
