/** {anonymous, each role, another tenant's owner, partner keys} x {every coordinate}, over HTTP on the real database. */
import { v7 as makeId } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Credential } from '../support/client.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import {
  denialCodeOf,
  type ExpectedRole,
  type ExpectedViewer,
  expectedDecision,
  expectedInputs,
  lackingPermissions,
  permissionsOfRole,
} from './expected-access.ts';
import { useOf } from './input-uses.ts';
import { expectedDenial, isOfTheRow, reachEverything, type Samples } from './operations.ts';

let gateway: TestGateway;
let samples: Samples;
/** A person who holds the role that is meant for keys. */
let partnerPerson: Credential;

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');

beforeAll(async () => {
  gateway = await startGateway({
    env: {
      COST_BUDGET_PER_MINUTE: '100000000',
      COST_BUDGET_PER_ADDRESS_PER_MINUTE: '100000000',
      COST_BUDGET_PER_ORGANIZATION_PER_MINUTE: '100000000',
      MAX_EVENT_LOOP_DELAY_MS: '60000',
    },
  });
  const { acme } = gateway.organizations;
  const found: Record<string, string> = {};
  for (const type of [
    'Project',
    'Task',
    'Comment',
    'Attachment',
    'Role',
    'Membership',
    'ApiKey',
    'PersistedOperation',
    'AuditEvent',
  ]) {
    const order = type === 'Comment' ? '"internal", "id"' : '"id"';
    const [row] = await gateway.database.query<{ id: string }>(
      `select "id" from "${type}" where "organizationId" = $1 order by ${order} limit 1`,
      [acme.id],
    );
    found[type] = globalId(type, row?.id ?? '');
  }
  found.Organization = globalId('Organization', acme.id);
  // Somebody whose work everybody can see, and who is none of the callers but the owner.
  found.User = globalId('User', acme.users.owner.id);
  samples = found;
  partnerPerson = await addPartnerPerson();
}, 120_000);
afterAll(() => gateway.close());

async function addPartnerPerson(): Promise<Credential> {
  const { id: organizationId } = gateway.organizations.acme;
  const [id, membershipId, sessionId] = [makeId(), makeId(), makeId()];
  const run = gateway.database.query;
  await run('insert into "User" ("id", "name", "email", "updatedAt") values ($1, $2, $3, now())', [
    id,
    'Partner',
    'partner@acme.example',
  ]);
  await run('insert into "Membership" ("id", "organizationId", "userId", "updatedAt") values ($1, $2, $3, now())', [
    membershipId,
    organizationId,
    id,
  ]);
  await run(
    `insert into "MembershipRole" ("organizationId", "membershipId", "roleId")
     select $1, $2, "id" from "Role" where "organizationId" = $1 and "key" = 'partner'`,
    [organizationId, membershipId],
  );
  await run('insert into "Session" ("id", "userId", "expiresAt") values ($1, $2, now() + interval \'1 day\')', [
    sessionId,
    id,
  ]);
  return { authorization: `Bearer ${await gateway.viewers.tokenOf({ id, sessionId })}` };
}

/** Everybody who calls, by name: with what the contract says that they hold. */
const callers: readonly (readonly [string, (gateway: TestGateway) => Credential, ExpectedViewer])[] = [
  ['anonymous', () => ({}), { kind: 'anonymous', permissions: new Set() }],
  ...(['owner', 'admin', 'manager', 'member', 'guest', 'auditor'] as const).map(
    (role: ExpectedRole) =>
      [
        role,
        ({ viewers }: TestGateway) => viewers.acme[role as 'owner'],
        { kind: 'user', permissions: permissionsOfRole(role) },
      ] as const,
  ),
  ['a person of the role partner', () => partnerPerson, { kind: 'user', permissions: permissionsOfRole('partner') }],
  ['partner key', ({ viewers }) => viewers.acme.partner, { kind: 'apiKey', permissions: permissionsOfRole('partner') }],
  [
    'another tenant’s owner',
    ({ viewers }) => viewers.globex.owner,
    { kind: 'user', permissions: permissionsOfRole('owner') },
  ],
];

/** A number that any write changes. */
async function fingerprint(): Promise<string> {
  const [row] = await gateway.database.query<{ sum: string }>(
    `select (select count(*) || max("updatedAt")::text from "Project") || (select count(*) || max("updatedAt")::text from "Task")
      || (select count(*) || max("updatedAt")::text from "Comment") || (select count(*) || max("updatedAt")::text from "Role")
      || (select count(*) || max("updatedAt")::text from "Membership") || (select count(*) from "MembershipRole")
      || (select count(*) || coalesce(max("revokedAt")::text, '') || max("prefix") from "ApiKey") || (select count(*) from "Invitation") || (select count(*) from "Attachment")
      || (select count(*) from "PersistedOperation") || (select count(*) || max("name") from "Organization") || (select count(*) from "AuditEvent") as sum`,
  );
  return row?.sum ?? '';
}

/** What an answer holds at the end of a way, for every row. */
function valuesAt(data: unknown, way: readonly { readonly field: string }[]): readonly unknown[] {
  let values: readonly unknown[] = [data];
  for (const { field } of way)
    values = values
      .flatMap((value) =>
        typeof value === 'object' && value !== null && field in value ? (value as Record<string, unknown>)[field] : [],
      )
      .filter((value) => value !== undefined);
  return values;
}

describe.each(callers)('%s', (name, credentialOf, expected) => {
  test('reads each coordinate that they may, and is denied each other with its coordinate and permissions', async () => {
    const wrong: string[] = [];
    const code = denialCodeOf(expected.kind);
    let reached = 0;
    for (const { coordinate, text, way, kind } of reachEverything(samples)) {
      if (kind !== 'query') continue;
      const answer = await gateway.send(text, {}, { as: credentialOf(gateway) });
      const denial = expectedDenial(way, expected);
      const forbidden = answer.errors
        .filter(({ extensions }) => extensions.code === code)
        .map(({ extensions }) => ({ coordinate: extensions.coordinate, requires: extensions.requires }));
      const others = answer.codes.filter((one) => one !== code && one !== 'BAD_USER_INPUT');
      const known = denial ? [denial] : [];
      // The row decides: a denial of this very coordinate, or none, and never another.
      const fits =
        others.length === 0 &&
        (JSON.stringify(forbidden) === JSON.stringify(known) ||
          (isOfTheRow(way, expected) && forbidden.every((one) => one.coordinate === coordinate)));
      if (denial && valuesAt(answer.data, way).some((value) => value !== null))
        wrong.push(`${coordinate}: denied, and answered with ${JSON.stringify(answer.data)}`);
      if (name === 'another tenant’s owner' && way[0]?.field === 'node' && answer.data?.node !== null)
        wrong.push(`${coordinate}: ${JSON.stringify(answer.data)} of another tenant`);
      if (!denial && forbidden.length === 0 && valuesAt(answer.data, way).length > 0) reached += 1;
      if (!fits)
        wrong.push(`${coordinate}: ${JSON.stringify(forbidden)} ${others} instead of ${JSON.stringify(known)}`);
    }
    expect(wrong).toEqual([]);
    // Denials on empty lists alone would say little of what is read.
    expect(reached).toBeGreaterThan(expected.kind === 'anonymous' ? 0 : 60);
  }, 120_000);

  test('is refused each mutation that they may not call, in the plan and for real, and nothing changes', async () => {
    const wrong: string[] = [];
    const before = await fingerprint();
    for (const { coordinate, text, variables, way, kind } of reachEverything(samples)) {
      if (kind !== 'mutation') continue;
      const denial = expectedDenial(way, expected);
      const headers = { 'x-authorization-mode': 'dry-run' };
      const planned = await gateway.send(text, variables, { as: credentialOf(gateway), headers });
      const { decisions } = planned.extensions.authorization as {
        decisions: { coordinate: string; decision: string; belowDenied: boolean }[];
      };
      const denied = decisions
        .filter(({ decision, belowDenied }) => decision === 'DENIED' && !belowDenied)
        .map((one) => one.coordinate);
      if (JSON.stringify(denied) !== JSON.stringify(denial ? [denial.coordinate] : []))
        wrong.push(`${coordinate}: plan denies ${denied}`);
      if (!denial?.coordinate.startsWith('Mutation.')) continue;
      const answer = await gateway.send<Record<string, unknown>>(text, variables, { as: credentialOf(gateway) });
      const [error] = answer.errors;
      if (
        answer.codes.join() !== denialCodeOf(expected.kind) ||
        error?.extensions.coordinate !== denial.coordinate ||
        JSON.stringify(error?.extensions.requires) !== JSON.stringify(denial.requires) ||
        Object.values(answer.data ?? {}).some((value) => value !== null)
      )
        wrong.push(`${coordinate}: ${answer.toString()}`);
    }
    expect(wrong).toEqual([]);
    expect(await fingerprint()).toBe(before);
  }, 120_000);

  test('may use each filter, order and input that their permissions open, and no other', async () => {
    const wrong: string[] = [];
    for (const [coordinate, need] of expectedInputs) {
      const { text, carrier } = useOf(coordinate);
      const headers = { 'x-authorization-mode': 'dry-run' };
      const planned = await gateway.send(text, {}, { as: credentialOf(gateway), headers });
      const decisions = (
        planned.extensions.authorization as {
          decisions: { coordinate: string; decision: string; lacks: string[] }[];
        }
      ).decisions;
      const field = decisions.find((one) => one.coordinate === carrier);
      // Denied before it comes to the input; whoever holds everything always comes to it.
      if (field?.decision !== 'ALLOWED' && name !== 'owner') continue;
      const decision = expectedDecision([need], expected) === 'allowed' ? 'ALLOWED' : 'DENIED';
      const got = decisions.find((one) => one.coordinate === coordinate);
      if (got?.decision !== decision) wrong.push(`${coordinate}: ${got?.decision} instead of ${decision}`);
      if (decision === 'DENIED' && got?.lacks.join() !== lackingPermissions([need], expected).join())
        wrong.push(`${coordinate}: lacks ${got?.lacks}`);
    }
    expect(wrong).toEqual([]);
  }, 60_000);
});
