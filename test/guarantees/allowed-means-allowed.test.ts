/**
 * What the rows of mutations say is what their services do: whoever holds what a row documents, and nothing else, is served; whoever lacks any
 * part of it is refused by the plan, and nothing changes; and so for every role, as the matrix says.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApiKeySecret } from '../../src/identity/authentication/api-key.ts';
import type { Answer, Credential } from '../support/client.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { memberRoles } from '../support/organizations.ts';
import { type AddedMember, rowsOf } from '../support/rows.ts';
import { expectedPermissions } from './expected-access.ts';
import { callOf, type MutationCall, mutationNames, ownComment } from './mutation-calls.ts';

type Place = { readonly id: string; readonly slug: string };

interface Decided {
  readonly coordinate: string;
  readonly decision: string;
  readonly requires: readonly string[];
  readonly lacks: readonly string[];
}

let gateway: TestGateway;
let acme: Place;

beforeAll(async () => {
  gateway = await startGateway({
    env: {
      COST_BUDGET_PER_MINUTE: '100000000',
      COST_BUDGET_PER_ADDRESS_PER_MINUTE: '100000000',
      COST_BUDGET_PER_ORGANIZATION_PER_MINUTE: '100000000',
    },
  });
  acme = gateway.organizations.acme;
}, 120_000);
afterAll(() => gateway.close());

/** Where a mutation is tried: one that ends the organization in one of its own. */
async function placeFor(mutation: string): Promise<Place> {
  if (mutation !== 'deleteOrganization') return acme;
  const place = { id: globalThis.crypto.randomUUID(), slug: `gone-${globalThis.crypto.randomUUID()}` };
  await gateway.database.query(
    'insert into "Organization" ("id", "slug", "name", "updatedAt") values ($1, $2, $2, now())',
    [place.id, place.slug],
  );
  return place;
}

/** The permissions that the row of a mutation documents, as anybody may ask. */
async function documented(mutation: string): Promise<readonly string[]> {
  const operation = `mutation { ${mutation} { __typename } }`;
  const input = `mutation ($input: ${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!) { ${mutation}(input: $input) { __typename } }`;
  const ask = (text: string) =>
    gateway.send<{ explainAccess: { coordinates: readonly Decided[] } }>(
      'query ($operation: String!) { explainAccess(operation: $operation) { coordinates { coordinate requires } } }',
      { operation: text },
      { as: gateway.viewers.acme.owner },
    );
  const first = await ask(input);
  const { explainAccess } = (first.errors.length === 0 ? first : await ask(operation)).expectData();
  const row = explainAccess.coordinates.find(({ coordinate }) => coordinate === `Mutation.${mutation}`);
  if (!row) throw new Error(`Nothing is explained of ${mutation}.`);
  return row.requires;
}

const run = (call: MutationCall, as: Credential): Promise<Answer<Record<string, unknown>>> =>
  gateway.send<Record<string, unknown>>(call.text, call.variables, { as });

async function planned(call: MutationCall, mutation: string, as: Credential): Promise<Decided> {
  const headers = { 'x-authorization-mode': 'dry-run' };
  const answer = await gateway.send(call.text, call.variables, { as, headers });
  const { decisions } = answer.extensions.authorization as { decisions: readonly Decided[] };
  const decided = decisions.find(({ coordinate }) => coordinate === `Mutation.${mutation}`);
  if (!decided) throw new Error(`Nothing is planned of ${mutation}: ${answer}`);
  return decided;
}

/** Everything that a mutation could change; when sessions and keys were last used is no change. */
async function everything(): Promise<string> {
  const tables = await gateway.database.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  );
  const parts = await Promise.all(
    tables.map(({ name }) =>
      gateway.database.query<{ hash: string }>(
        `select '${name}' || count(*) || coalesce(md5(string_agg((to_jsonb(t) - 'lastUsedAt')::text, ';' order by t::text)), '') as hash from "${name}" t`,
      ),
    ),
  );
  return parts
    .flat()
    .map(({ hash }) => hash)
    .join(' ');
}

/** What is wrong with a refusal; null when it is one. */
function notRefused(answer: Answer<Record<string, unknown>>, mutation: string): string | null {
  const [error] = answer.errors;
  const isRefused =
    answer.codes.join() === 'FORBIDDEN' &&
    error?.extensions.coordinate === `Mutation.${mutation}` &&
    answer.data?.[mutation] === null;
  return isRefused ? null : `${mutation}: ${answer}`;
}

describe('a role with exactly what a row documents', () => {
  test.each(mutationNames)('calls %s', async (mutation) => {
    const place = await placeFor(mutation);
    const me = await rowsOf(gateway, place.id).member(await documented(mutation));
    const call = await callOf(gateway, mutation, place, me);
    const { decision } = await planned(call, mutation, me.as);
    expect(decision).toBe(mutation === 'updateComment' ? 'PER_ROW' : 'ALLOWED');
    const answer = await run(call, me.as);
    expect(answer.codes, answer.toString()).toEqual(call.code === null ? [] : [call.code]);
  });

  test('and without any one part of it is refused by the plan, and nothing changes', async () => {
    const attempts: { mutation: string; lacking: string; me: AddedMember; call: MutationCall }[] = [];
    for (const mutation of mutationNames) {
      const permissions = await documented(mutation);
      for (const lacking of permissions) {
        const me = await rowsOf(gateway, acme.id).member(permissions.filter((name) => name !== lacking));
        attempts.push({ mutation, lacking, me, call: await callOf(gateway, mutation, acme, me) });
      }
    }
    const before = await everything();
    const wrong: string[] = [];
    for (const { mutation, lacking, me, call } of attempts) {
      const { decision, lacks } = await planned(call, mutation, me.as);
      // The row may say yes to its author.
      const isPerRow = mutation === 'deleteComment';
      if (decision !== (isPerRow ? 'PER_ROW' : 'DENIED')) wrong.push(`${mutation} without ${lacking}: ${decision}`);
      if (!isPerRow && lacks.join() !== lacking) wrong.push(`${mutation} without ${lacking} lacks ${lacks}`);
      const answer = await run(call, me.as);
      // Somebody else's comment that one may not read does not exist.
      if (isPerRow && lacking === 'comment:read') {
        if (answer.codes.join() !== 'NOT_FOUND') wrong.push(`${mutation} without ${lacking}: ${answer}`);
      } else wrong.push(...[notRefused(answer, mutation)].filter((fault) => fault !== null));
    }
    expect(wrong).toEqual([]);
    expect(attempts.length).toBeGreaterThan(50);
    expect(await everything()).toBe(before);
  }, 120_000);
});

describe('a comment', () => {
  test('is deleted by its author without any right', async () => {
    const rows = rowsOf(gateway, acme.id);
    const me = await rows.member([]);
    const call = await ownComment(rows, me);
    expect(await planned(call, 'deleteComment', me.as)).toMatchObject({ decision: 'PER_ROW' });
    expect((await run(call, me.as)).codes).toEqual([]);
    const [, id] = Buffer.from(String(call.variables.id), 'base64').toString().split(':');
    expect(await gateway.database.query('select from "Comment" where "id" = $1', [id])).toEqual([]);
  });

  test('is changed by its author alone, whatever else somebody holds', async () => {
    const rows = rowsOf(gateway, acme.id);
    const [me, other] = [await rows.member([]), await rows.member(expectedPermissions)];
    const call = await callOf(gateway, 'updateComment', acme, me);
    const before = await everything();
    expect(notRefused(await run(call, other.as), 'updateComment')).toBeNull();
    expect(await everything()).toBe(before);
  });
});

describe('an API key', () => {
  test('is refused by the plan what is about an account of one’s own, and nothing changes', async () => {
    const rows = rowsOf(gateway, acme.id);
    const [me, role] = [await rows.member(expectedPermissions), await rows.role(expectedPermissions)];
    const { secret, prefix, digest } = createApiKeySecret();
    await rows.insert('ApiKey', {
      name: 'All',
      client: 'partner',
      prefix,
      digest,
      roleId: role.id,
      scopes: [...expectedPermissions],
      allowAdHoc: true,
      allowedNetworks: [],
    });
    const as = { 'x-api-key': secret };
    const calls = new Map<string, MutationCall>();
    for (const mutation of mutationNames) calls.set(mutation, await callOf(gateway, mutation, acme, me));
    const refused: string[] = [];
    for (const [mutation, call] of calls)
      if ((await planned(call, mutation, as)).decision === 'DENIED') refused.push(mutation);
    expect(refused.sort()).toEqual(
      [
        'acceptInvitation changeEmail changePassword confirmTotpEnrolment createOrganization deleteAccount disableTotp',
        'exportAccount leaveOrganization newRecoveryCodes revokeSession signOutEverywhere startTotpEnrolment',
        'updateComment updateProfile',
      ]
        .join(' ')
        .split(' '),
    );
    const before = await everything();
    for (const mutation of refused) {
      const answer = await run(calls.get(mutation) as MutationCall, as);
      expect(notRefused(answer, mutation)).toBeNull();
    }
    expect(await everything()).toBe(before);
  }, 60_000);
});

describe('the matrix', () => {
  let matrix: ReadonlyMap<string, Readonly<Record<string, string>>>;
  beforeAll(async () => {
    const answer = await gateway.send<{
      accessMatrix: readonly { coordinate: string; roles: readonly { role: string; decision: string }[] }[];
    }>('{ accessMatrix { coordinate roles { role decision } } }', {}, { as: gateway.viewers.acme.owner });
    matrix = new Map(
      answer
        .expectData()
        .accessMatrix.map(({ coordinate, roles }) => [
          coordinate,
          Object.fromEntries(roles.map(({ role, decision }) => [role, decision])),
        ]),
    );
  });

  test.each([...memberRoles, 'partner'] as const)(
    'says of every mutation what happens to the role %s',
    async (key) => {
      const wrong: string[] = [];
      for (const mutation of mutationNames) {
        const place = mutation === 'deleteOrganization' ? await placeFor(mutation) : acme;
        const rows = rowsOf(gateway, place.id);
        const [found] = await gateway.database.query<{ id: string }>(
          'select "id" from "Role" where "organizationId" = $1 and "key" = $2',
          [place.id, key],
        );
        const id = found?.id ?? (await rows.insert('Role', { key, name: key, system: true, permissions: [] }));
        const me = await rows.member([], { role: { id, key } });
        const call = await callOf(gateway, mutation, place, me);
        const decision = matrix.get(`Mutation.${mutation}`)?.[key];
        const before = decision === 'DENIED' ? await everything() : '';
        const answer = await run(call, me.as);
        if (decision === 'DENIED') {
          wrong.push(...[notRefused(answer, mutation)].filter((fault) => fault !== null));
          if ((await everything()) !== before) wrong.push(`${mutation}: a row changed`);
        } else if (decision === 'PER_ROW' && mutation === 'deleteComment')
          // Somebody else's, which the caller reads.
          wrong.push(...[notRefused(answer, mutation)].filter((fault) => fault !== null));
        else if (answer.codes.join() !== (call.code ?? '')) wrong.push(`${mutation} is ${decision}: ${answer}`);
      }
      expect(wrong).toEqual([]);
    },
    300_000,
  );
});
