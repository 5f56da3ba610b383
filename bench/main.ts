/**
 * `npm run bench`: what authorization, explanations, revocations and limits cost, as ratios within one run, on an
 * embedded PostgreSQL with the demo data. Bounded: a few thousand requests on the loopback. Prints one table; `bench/README.md` keeps it.
 */

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute } from 'graphql';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { type App, createApp } from '../src/app.ts';
import { createColumnGuard } from '../src/authorization/column-guard.ts';
import { columnRulesOf } from '../src/authorization/column-rules.ts';
import { columnUsesOf } from '../src/authorization/column-uses.ts';
import { explainAccess } from '../src/authorization/explain.ts';
import { PermissionSet } from '../src/authorization/permission-set.ts';
import { createPlanner } from '../src/authorization/plan.ts';
import { policyTable } from '../src/authorization/policies.ts';
import { systemRole } from '../src/authorization/roles.ts';
import { AuthorizationState } from '../src/authorization/state.ts';
import type { Viewer } from '../src/authorization/viewer.ts';
import { createVisibilityWall } from '../src/authorization/visibility-wall.ts';
import { parseConfig } from '../src/config.ts';
import type { GatewayContext } from '../src/context.ts';
import { seedDemo } from '../src/dev/demo.ts';
import { startEmbeddedDatabase } from '../src/dev/embedded-database.ts';
import { createAccessTokens } from '../src/identity/authentication/access-token.ts';
import { generateSigningJwk, parseSigningKeys } from '../src/identity/authentication/signing-keys.ts';
import { createLogger } from '../src/logger.ts';
import { documentLimitsOf, variableLimitsOf } from '../src/operation/document-limits.ts';
import { createOperationReader } from '../src/operation/prepare.ts';
import { buildSchemas } from '../src/schema.ts';
import { createBudgetStore } from '../src/stores/budget-store.ts';
import { createDatabase } from '../src/stores/database.ts';
import { runAsService, runInDatabaseScope } from '../src/stores/database-scope.ts';
import { migrate } from '../src/stores/migrations.ts';
import { createSealer } from '../src/stores/sealer.ts';
import { createTenantPool } from '../src/stores/tenant-pool.ts';

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const p99 = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? Number.NaN;
const table: (readonly [string, string, string])[] = [];
const row = (what: string, figure: string, bound: string): void => {
  table.push([what, figure, bound]);
  console.log(`${what}: ${figure} (${bound})`);
};

const dataDir = await mkdtemp(join(tmpdir(), 'fieldgate-bench-'));
await chmod(dataDir, 0o755);
const awake = setInterval(() => undefined, 1_000);
const server = await startEmbeddedDatabase(dataDir);
const owner = new pg.Client({ connectionString: server.ownerUrl });
try {
  await migrate(server.ownerUrl);
  await seedDemo({ ownerUrl: server.ownerUrl, dataDir, scale: 1 });
  await owner.connect();
  await measure();
  console.log(
    `\n| what | measured | bound |\n|---|---|---|\n${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}`,
  );
} finally {
  await owner.end();
  await server.stop();
  clearInterval(awake);
  await rm(dataDir, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const wide = String(1_000_000_000);
  const config = parseConfig({
    PORT: '0',
    LOG_LEVEL: 'silent',
    DATA_DIR: dataDir,
    DATABASE_URL: server.gatewayUrl,
    COST_BUDGET_PER_MINUTE: wide,
    COST_BUDGET_PER_ADDRESS_PER_MINUTE: wide,
    COST_BUDGET_PER_ORGANIZATION_PER_MINUTE: wide,
    MAX_EVENT_LOOP_DELAY_MS: '60000',
  });
  const log = createLogger({ level: 'silent' });
  const signingKeys = await parseSigningKeys(JSON.stringify([await generateSigningJwk()]));
  const pool = createTenantPool({ connectionString: server.gatewayUrl, max: 8, statementTimeoutMs: 10_000 });
  const { db, close } = createDatabase({ pool });
  const open = (): App => createApp({ config, log, db, redis: null, signingKeys, healthChecks: [] });
  const [one, other] = [open(), open()];
  const { url } = await one.listen();
  const { url: otherUrl } = await other.listen();

  const [acme] = (await owner.query<{ id: string }>(`select "id" from "Organization" where "slug" = 'acme'`)).rows;
  const organizationId = acme?.id ?? '';
  const personOf = async (role: string) =>
    (
      await owner.query<{ userId: string; membershipId: string; roleId: string }>(
        `select m."userId", m."id" as "membershipId", r."id" as "roleId" from "Membership" m join "MembershipRole" mr on mr."membershipId" = m."id"
       join "Role" r on r."id" = mr."roleId" where m."organizationId" = $1 and r."key" = $2 limit 1`,
        [organizationId, role],
      )
    ).rows[0]!;
  const tokens = createAccessTokens({
    keys: signingKeys,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    ttlSeconds: 600,
  });
  const tokenOf = async (userId: string): Promise<string> => {
    const sessionId = uuid();
    await owner.query(
      `insert into "Session" ("id", "userId", "expiresAt") values ($1, $2, now() + interval '1 hour')`,
      [sessionId, userId],
    );
    return (await tokens.sign({ userId, sessionId })).token;
  };
  const manager = await personOf('manager');
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await tokenOf(manager.userId)}` };
  const projectIds = (
    await owner.query<{ id: string }>(`select "id" from "Project" where "organizationId" = $1`, [organizationId])
  ).rows.map(({ id }) => Buffer.from(`Project:${id}`).toString('base64'));
  let turn = 0;
  const nextId = () => projectIds[turn++ % projectIds.length];

  const readerOf = (schema: ReturnType<typeof buildSchemas>['publicSchema']) =>
    createOperationReader({ schema, limits: documentLimitsOf(config), variableLimits: variableLimitsOf(config) });

  await authorizationShare();
  await timeToDenial();
  await limits();
  await one.close();
  await other.close();
  await close();

  /** The nested read with all rules and without any, in turn, below HTTP: there their share is the largest. */
  async function authorizationShare(): Promise<void> {
    const text =
      'query ($id: ID!) { project(id: $id) { name budget spent tasks(first: 50) { nodes { number title estimateMinutes internalNotes assignee { name } } } } }';
    const { publicSchema, executableSchema } = buildSchemas({ planned: true });
    const reader = readerOf(publicSchema);
    const prepare = (variables: object) =>
      reader.prepare({ document: reader.read(text), operationName: null, variables });
    const { document } = prepare({});
    const planner = createPlanner(publicSchema, policyTable());
    const columnRules = columnRulesOf(policyTable(), columnUsesOf(publicSchema));
    const sealer = createSealer(['bench']);
    const viewer: Viewer = {
      kind: 'user',
      userId: manager.userId,
      sessionId: '',
      organization: { id: organizationId, slug: 'acme' },
      membershipId: manager.membershipId,
      membershipState: 'ACTIVE',
      roles: [{ id: manager.roleId, key: 'manager' }],
      permissions: new PermissionSet(systemRole('manager').permissions),
    };
    const shared = { viewer, db, sealer, config } as unknown as GatewayContext;
    const unruled = new AuthorizationState({
      denials: [],
      isAllowed: () => true,
      isDenied: () => false,
      handedOver: () => undefined,
    });
    const withRules = async (id: string | undefined) => {
      const { plan } = prepare({ id }).planFor(planner, viewer);
      const contextValue = { ...shared, authorization: new AuthorizationState(plan) };
      const scope = {
        organizationId,
        userId: manager.userId,
        guard: createColumnGuard(columnRules, viewer),
        wall: createVisibilityWall(viewer),
      };
      return runInDatabaseScope(scope, async () =>
        execute({ schema: executableSchema, document: plan.document, contextValue, variableValues: { id } }),
      );
    };
    const withoutRules = async (id: string | undefined) => {
      const contextValue = { ...shared, authorization: unruled };
      return runAsService('standing', { organizationId, userId: manager.userId }, async () =>
        execute({ schema: executableSchema, document, contextValue, variableValues: { id } }),
      );
    };
    const check = await withRules(nextId());
    if (check.errors) throw new Error(String(check.errors[0]));
    const ratios: number[] = [];
    const times = { ruled: [] as number[], bare: [] as number[] };
    for (let round = 0; round < 30; round++) {
      const timeOf = async (work: (id: string | undefined) => Promise<unknown>): Promise<number> => {
        const startedAt = performance.now();
        for (let i = 0; i < 20; i++) await work(nextId());
        return (performance.now() - startedAt) / 20;
      };
      // In turn, and each first every other time: the machine's mood hits both.
      const [first, second] = round % 2 === 0 ? [withRules, withoutRules] : [withoutRules, withRules];
      const a = await timeOf(first);
      const b = await timeOf(second);
      const [ruled, bare] = round % 2 === 0 ? [a, b] : [b, a];
      if (round < 5) continue;
      times.ruled.push(ruled);
      times.bare.push(bare);
      ratios.push(ruled / bare);
    }
    row(
      'authorization: nested read (50 tasks, assignees, four guarded fields) with all rules / without any',
      `${median(ratios).toFixed(3)} (${median(times.ruled).toFixed(2)} / ${median(times.bare).toFixed(2)} ms)`,
      '≤ 1.05',
    );
    const explained: number[] = [];
    for (let i = 0; i < 200; i++) {
      const startedAt = performance.now();
      const operation = prepare({});
      const { plan } = operation.planFor(planner, viewer);
      explainAccess({ schema: publicSchema, policies: policyTable(), operation, viewer, plan, roles: [] });
      explained.push(performance.now() - startedAt);
    }
    row(
      'explainAccess of that operation, median / p99',
      `${median(explained).toFixed(2)} / ${p99(explained).toFixed(2)} ms`,
      '< 5 ms',
    );
  }

  /** From the answer of the change on one instance to the first denial on the other, with no message between them. */
  async function timeToDenial(): Promise<void> {
    const member = await personOf('member');
    const administrator = await personOf('owner');
    const setRoles = async (roleKeys: readonly string[], token: string) => {
      const query =
        'mutation ($userId: ID!, $roleKeys: [String!]!) { setMemberRoles(input: { userId: $userId, roleKeys: $roleKeys }) { __typename } }';
      const variables = { userId: Buffer.from(`User:${member.userId}`).toString('base64'), roleKeys };
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      });
      const { errors } = (await response.json()) as { errors?: unknown };
      if (errors) throw new Error(JSON.stringify(errors));
    };
    const [ownerToken, memberToken] = [await tokenOf(administrator.userId), await tokenOf(member.userId)];
    const reads = async (): Promise<boolean> => {
      const response = await fetch(`${otherUrl}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${memberToken}` },
        body: JSON.stringify({ query: '{ tasks(first: 1) { nodes { internalNotes } } }' }),
      });
      return ((await response.json()) as { errors?: unknown }).errors === undefined;
    };
    const delays: number[] = [];
    for (let i = 0; i < 40; i++) {
      await setRoles(['member'], ownerToken);
      while (!(await reads())) await new Promise((resolve) => setTimeout(resolve, 5));
      await setRoles(['guest'], ownerToken);
      const startedAt = performance.now();
      while (await reads()) await new Promise((resolve) => setTimeout(resolve, 2));
      delays.push(performance.now() - startedAt);
    }
    await setRoles(['member'], ownerToken);
    row(
      'time to denial on another instance, without any message (as with Redis gone), median / p99',
      `${median(delays).toFixed(0)} / ${p99(delays).toFixed(0)} ms`,
      'p99 < 1,000 ms',
    );
  }

  /** What the limits themselves take of a point read: shape, variables, cost and budgets, of a document that is known. */
  async function limits(): Promise<void> {
    const text = 'query Point($id: ID!) { project(id: $id) { name status } }';
    const { publicSchema } = buildSchemas({ planned: true });
    const reader = readerOf(publicSchema);
    const budgets = createBudgetStore({ redis: null, log, onFallback: () => undefined });
    const limited = async (): Promise<void> => {
      const operation = reader.prepare({
        document: reader.read(text),
        operationName: null,
        variables: { id: nextId() },
      });
      const points = operation.cost ?? 0;
      const policy = (name: string) => ({ name, key: name, capacity: 1_000_000_000, points, windowMs: 60_000 });
      await budgets.charge([policy('viewer'), policy('organization'), policy('address')]);
    };
    const whole = async (): Promise<void> => {
      const request = new Request('http://gateway/graphql', {
        method: 'POST',
        headers,
        body: JSON.stringify({ query: text, variables: { id: nextId() } }),
      });
      await (await one.fetch(request)).text();
    };
    const timeOf = async (work: () => Promise<void>, times: number): Promise<number> => {
      const startedAt = performance.now();
      for (let i = 0; i < times; i++) await work();
      return (performance.now() - startedAt) / times;
    };
    const shares: number[] = [];
    for (let round = 0; round < 9; round++) {
      const share = (await timeOf(limited, 400)) / (await timeOf(whole, 150));
      if (round >= 2) shares.push(share);
    }
    row(
      'all limits (shape, variables, cost, local budgets), share of a point read’s time in process',
      `${(median(shares) * 100).toFixed(1)} %`,
      '≤ 10 %',
    );
  }
}
