/**
 * Random queries over the whole schema, by people and keys of system and custom roles, over HTTP, by every way in: each denies exactly
 * what the hand-written file says, and no way can be told from the text that is posted.
 */
import fc from 'fast-check';
import { isInputObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Credential } from '../../support/client.ts';
import { keyWith, personWith } from '../../support/custom-viewers.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { denialCodeOf, type ExpectedViewer, expectedPermissions, permissionsOfRole } from '../expected-access.ts';
import { type Samples, schema } from '../operations.ts';
import { comparable, createWays, openLimits, runsOf, timeFor, wayNames } from './ways.ts';
import { writeQuery } from './whole-schema.ts';

const numRuns = runsOf(60);

interface Caller {
  readonly name: string;
  readonly as: Credential;
  readonly expected: ExpectedViewer;
}

let planned: TestGateway;
let unplanned: TestGateway;
let samples: Samples;
let callers: readonly Caller[];

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');

beforeAll(async () => {
  planned = await startGateway({ env: openLimits });
  unplanned = await startGateway({ env: openLimits, planned: false, replicaOf: planned });
  const { acme } = planned.organizations;
  const found: Record<string, string> = {
    Organization: globalId('Organization', acme.id),
    User: globalId('User', acme.users.member.id),
  };
  for (const type of ['Project', 'Task', 'Comment', 'Attachment', 'Role', 'Membership', 'ApiKey', 'AuditEvent']) {
    const [row] = await planned.database.query<{ id: string }>(
      `select "id" from "${type}" where "organizationId" = $1 order by "id" limit 1`,
      [acme.id],
    );
    found[type] = globalId(type, row?.id ?? '');
  }
  samples = found;

  const system = (['owner', 'admin', 'manager', 'member', 'guest', 'auditor'] as const).map(
    (role): Caller => ({
      name: role,
      as: planned.viewers.acme[role],
      expected: { kind: 'user', permissions: permissionsOfRole(role) },
    }),
  );
  const custom: Caller[] = [];
  for (const permissions of fc.sample(fc.subarray([...expectedPermissions]), 6)) {
    custom.push(
      {
        name: `a person with ${permissions.join(' ')}`,
        as: await personWith(planned, permissions),
        expected: { kind: 'user', permissions: new Set(permissions) },
      },
      {
        name: `a key with ${permissions.join(' ')}`,
        as: await keyWith(planned, permissions),
        expected: { kind: 'apiKey', permissions: new Set(permissions) },
      },
    );
  }
  callers = [
    { name: 'anonymous', as: {}, expected: { kind: 'anonymous', permissions: new Set() } },
    ...system,
    {
      name: 'partner',
      as: planned.viewers.acme.partner,
      expected: { kind: 'apiKey', permissions: permissionsOfRole('partner') },
    },
    {
      name: 'owner of globex',
      as: planned.viewers.globex.owner,
      expected: { kind: 'user', permissions: permissionsOfRole('owner') },
    },
    ...custom,
  ];
}, 120_000);
afterAll(async () => {
  await unplanned.close();
  await planned.close();
});

test.each(wayNames)(
  'queries over the whole schema deny what the hand-written file says, by each way alike: %s',
  async (way) => {
    const send = createWays(planned, unplanned);
    let ran = 0;
    let denials = 0;
    let characters = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(5_039), { minLength: 40, maxLength: 200 }),
        fc.nat(callers.length - 1),
        async (choices, index) => {
          const { name, as, expected } = callers[index] as Caller;
          const code = denialCodeOf(expected.kind);
          const { text, variables, deniedTo } = writeQuery(choices, samples);
          const query = { text, variables, as };
          const answer = await send[way](query);
          const told = `${name}\n${text}\n${JSON.stringify(variables)}\n${way}: ${answer.text}`;
          const { must, may } = deniedTo(expected);
          expect(answer.status, told).toBe(200);
          expect(new Set(answer.denied).size, told).toBe(answer.denied.length);
          expect(
            answer.denied.filter((coordinate) => !may.has(coordinate)),
            told,
          ).toEqual([...must].sort());
          expect(answer.codes, told).toEqual(answer.denied.length > 0 ? [code] : []);
          if (way !== 'text POST') {
            const byText = await send['text POST'](query);
            expect(answer.denied, `${told}\nby text: ${byText.text}`).toEqual(byText.denied);
            expect(comparable(answer.data), `${told}\nby text: ${byText.text}`).toBe(comparable(byText.data));
          }
          ran += 1;
          denials += answer.denied.length;
          characters += comparable(answer.data).length;
        },
      ),
      { numRuns },
    );
    expect(ran).toBe(numRuns);
    // A generator that never denies, or never reads, would prove nothing.
    expect(denials).toBeGreaterThan(numRuns / 4);
    expect(characters).toBeGreaterThan(numRuns * 50);
  },
  timeFor(numRuns),
);

test('whether there is a value can be asked of every member of every filter', async () => {
  const lists: Readonly<Record<string, string>> = {
    ProjectFilter: 'projects',
    TaskFilter: 'tasks',
    UserFilter: 'users',
    AuditEventFilter: 'auditEvents',
    PersistedOperationFilter: 'persistedOperations',
  };
  let asked = 0;
  for (const [typeName, list] of Object.entries(lists)) {
    const type = schema.getType(typeName);
    if (!isInputObjectType(type)) throw new Error(`${typeName} is gone.`);
    for (const { name, type: condition } of Object.values(type.getFields())) {
      if (!isInputObjectType(condition) || !('isNull' in condition.getFields())) continue;
      const count = (filter: string) => `${list}(first: 1${filter}) { totalCount }`;
      const answer = await planned.send<Record<string, { totalCount: number }>>(
        `{ all: ${count('')} without: ${count(`, filter: { ${name}: { isNull: true } }`)} with: ${count(`, filter: { ${name}: { isNull: false } }`)} }`,
        {},
        { as: planned.viewers.acme.owner },
      );
      const { all, without, with: others } = answer.expectData();
      expect((without?.totalCount ?? 0) + (others?.totalCount ?? 0), answer.toString()).toBe(all?.totalCount);
      asked += 1;
    }
  }
  expect(asked).toBeGreaterThan(20);
});
