/**
 * Random queries over the whole schema, by people and keys of system and custom roles, over HTTP: each denies exactly what the
 * hand-written file says; planned execution cannot be told from unplanned, nor an id from its text.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { isInputObjectType } from 'graphql';
import { v7 as makeId } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiKeySecret } from '../../../src/identity/authentication/api-key.ts';
import type { Answer, AnsweredError, Credential } from '../../support/client.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { denialCodeOf, type ExpectedViewer, expectedPermissions, permissionsOfRole } from '../expected-access.ts';
import { type Samples, schema } from '../operations.ts';
import { writeQuery } from './whole-schema.ts';

const numRuns = Number(process.env.PROPERTY_RUNS ?? 500);

/** What bounds clients is tested elsewhere; here it would only hide answers. */
const env = {
  COST_BUDGET_PER_MINUTE: '1000000000',
  COST_BUDGET_PER_ADDRESS_PER_MINUTE: '1000000000',
  COST_BUDGET_PER_ORGANIZATION_PER_MINUTE: '1000000000',
  MAX_COST: '1000000',
  MAX_ALIASES: '100',
  MAX_DEPTH: '40',
};

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
  planned = await startGateway({ env });
  unplanned = await startGateway({ env, planned: false, replicaOf: planned });
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
    custom.push(await addPerson(permissions), await addKey(permissions));
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

/** Somebody with a custom role of these permissions. */
async function addPerson(permissions: readonly string[]): Promise<Caller> {
  const { acme } = planned.organizations;
  const [id, membershipId, roleId, sessionId] = [makeId(), makeId(), makeId(), makeId()];
  const run = planned.database.query;
  await run('insert into "User" ("id", "name", "email", "updatedAt") values ($1, $2, $3, now())', [
    id,
    'Custom',
    `${id}@acme.example`,
  ]);
  await run('insert into "Membership" ("id", "organizationId", "userId", "updatedAt") values ($1, $2, $3, now())', [
    membershipId,
    acme.id,
    id,
  ]);
  await run(
    'insert into "Role" ("id", "organizationId", "key", "name", "permissions", "updatedAt") values ($1, $2, $3, $3, $4, now())',
    [roleId, acme.id, `custom-${roleId}`, permissions],
  );
  await run('insert into "MembershipRole" ("organizationId", "membershipId", "roleId") values ($1, $2, $3)', [
    acme.id,
    membershipId,
    roleId,
  ]);
  await run('insert into "Session" ("id", "userId", "expiresAt") values ($1, $2, now() + interval \'1 day\')', [
    sessionId,
    id,
  ]);
  return {
    name: `a person with ${permissions.join(' ')}`,
    as: { authorization: `Bearer ${await planned.viewers.tokenOf({ id, sessionId })}` },
    expected: { kind: 'user', permissions: new Set(permissions) },
  };
}

/** A key of the owner's role, cut to these scopes. */
async function addKey(permissions: readonly string[]): Promise<Caller> {
  const { secret, prefix, digest } = createApiKeySecret();
  await planned.database.query(
    `insert into "ApiKey" ("id", "organizationId", "name", "client", "prefix", "digest", "roleId", "scopes", "allowAdHoc", "allowedNetworks")
     select $1, $2, 'Random', 'random', $3, $4, r."id", $5, true, '{}' from "Role" r where r."organizationId" = $2 and r."key" = 'owner'`,
    [makeId(), planned.organizations.acme.id, prefix, digest, permissions],
  );
  return {
    name: `a key with ${permissions.join(' ')}`,
    as: { 'x-api-key': secret },
    expected: { kind: 'apiKey', permissions: new Set(permissions) },
  };
}

/** What differs from one request to the next whoever asks: sealed cursors and times of last use. */
const differs = /_(cursor|startCursor|endCursor|lastUsedAt)$/;
const comparable = (data: unknown): string =>
  JSON.stringify(data, (key, value) => (differs.test(key) ? typeof value : value)) ?? 'none';

/**
 * Registers a query for the whole deployment and sends it by its id, twice: the first time it is looked up, the second time known.
 * @returns both answers as a text's are compared: data, and coordinates that were denied.
 */
async function sendById(
  text: string,
  variables: object,
  as: Credential,
): Promise<{ data: unknown; denied: string[] }[]> {
  const sha256 = createHash('sha256').update(text).digest('hex');
  await planned.database.query(
    `insert into "PersistedOperation" ("id", "organizationId", "client", "sha256", "name", "body", "cost", "requires")
     values ($1, null, 'frontend', $2, 'Random', $3, 1, '{}') on conflict do nothing`,
    [makeId(), sha256, text],
  );
  const answers = [];
  for (let i = 0; i < 2; i++) {
    const response = await fetch(planned.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...as },
      body: JSON.stringify({ documentId: `sha256:${sha256}`, variables }),
    });
    const { data, errors = [] } = (await response.json()) as { data: unknown; errors?: AnsweredError[] };
    const denied = errors.map(({ extensions }) => String(extensions.coordinate ?? extensions.code)).sort();
    answers.push({ data, denied });
  }
  return answers;
}

const coordinatesOf = ({ errors }: Answer<unknown>, code: string) =>
  errors
    .filter(({ extensions }) => extensions.code === code)
    .map(({ extensions }) => String(extensions.coordinate))
    .sort();

test('queries over the whole schema deny what the hand-written file says, planned, unplanned and by id alike', async () => {
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
        const [fast, slow] = await Promise.all([
          planned.send(text, variables, { as }),
          unplanned.send(text, variables, { as }),
        ]);
        const told = `${name}\n${fast}`;
        const { must, may } = deniedTo(expected);
        const denied = coordinatesOf(fast, code);
        expect(fast.status, told).toBe(200);
        expect(new Set(denied).size, told).toBe(denied.length);
        expect(
          denied.filter((coordinate) => !may.has(coordinate)),
          told,
        ).toEqual([...must].sort());
        expect(
          fast.codes.filter((one) => one !== code),
          told,
        ).toEqual([]);
        expect(coordinatesOf(slow, code), `${told}\nunplanned: ${slow}`).toEqual(denied);
        expect(comparable(slow.data), `${told}\nunplanned: ${slow}`).toBe(comparable(fast.data));
        for (const byId of await sendById(text, variables, as)) {
          expect(byId.denied, `${told}\nby id`).toEqual(denied);
          expect(comparable(byId.data), `${told}\nby id`).toBe(comparable(fast.data));
        }
        denials += denied.length;
        characters += comparable(fast.data).length;
      },
    ),
    { numRuns, interruptAfterTimeLimit: 80_000 },
  );
  // A generator that never denies, or never reads, would prove nothing.
  expect(denials).toBeGreaterThan(numRuns / 4);
  expect(characters).toBeGreaterThan(numRuns * 50);
}, 120_000);

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
