/**
 * Two organizations with work in them, and operations that run on them as the gateway runs them from the plan on: planned,
 * under the viewer's column guard and database scope. What HTTP and credentials add is tested over HTTP.
 */
import { randomUUID } from 'node:crypto';
import type { GraphQLFormattedError } from 'graphql';
import { PermissionSet } from '../../src/authorization/permission-set.ts';
import { policyTable } from '../../src/authorization/policies.ts';
import { type SystemRoleKey, systemRole, systemRoleKeys } from '../../src/authorization/roles.ts';
import type { UserViewer, Viewer } from '../../src/authorization/viewer.ts';
import { parseConfig } from '../../src/config.ts';
import type { GatewayContext } from '../../src/context.ts';
import { installedDomain } from '../../src/installed-domain.ts';
import { createLogger } from '../../src/logger.ts';
import { createRowService } from '../../src/nouns/row-service.ts';
import { createOperations } from '../../src/operation/operations.ts';
import { buildSchemas } from '../../src/schema.ts';
import { createBudgetStore } from '../../src/stores/budget-store.ts';
import { runAsService } from '../../src/stores/database-scope.ts';
import type { Events } from '../../src/stores/events.ts';
import { createSealer } from '../../src/stores/sealer.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

/** What came of an operation. */
export interface WorkAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: answers of ad-hoc operations; assertions name what they expect.
  readonly data: any;
  readonly errors: readonly GraphQLFormattedError[];
  /** Codes of the errors, in order. */
  readonly codes: readonly unknown[];
  /** Coordinates of the errors, in order; undefined where there is none. */
  readonly coordinates: readonly unknown[];
  /** Every SQL statement that was sent. */
  readonly sql: readonly string[];
}

/** An organization under test. */
export interface TestOrganization {
  readonly id: string;
  readonly slug: string;
  /** Role to account. */
  readonly users: Readonly<Record<SystemRoleKey, string>>;
  /** Somebody who holds a system role. */
  viewer(role: SystemRoleKey): UserViewer;
  /** A member who holds these permissions alone. */
  viewerWith(...permissions: string[]): UserViewer;
  /** Runs work on the database as the gateway itself. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Both organizations. */
export interface Work extends TestDatabase {
  readonly acme: TestOrganization;
  readonly globex: TestOrganization;
  /** Events that were published, in order. */
  readonly published: readonly unknown[];
  /** Runs an operation. */
  send(viewer: Viewer, text: string, variables?: Readonly<Record<string, unknown>>): Promise<WorkAnswer>;
}

/** Nobody. */
export const anonymous: Viewer = { kind: 'anonymous', organization: null, permissions: PermissionSet.none };

/** A global id. */
export const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');

/** Opens a database with two organizations and their members. @param planned false runs every scope for every row. */
export async function openWork({ planned = true } = {}): Promise<Work> {
  const database = await openTestDatabase();
  const { db } = database;
  // What bounds clients is tested elsewhere; here it would only hide answers.
  const wide = '1000000000';
  const config = parseConfig({
    NODE_ENV: 'test',
    MAX_COST: wide,
    MAX_ALIASES: '10000',
    MAX_TOKENS: '100000',
    MAX_DEPTH: '100',
    MAX_ROOT_FIELDS: '10000',
    MAX_DIRECTIVES: '10000',
    COST_BUDGET_PER_MINUTE: wide,
    COST_BUDGET_PER_ORGANIZATION_PER_MINUTE: wide,
    COST_BUDGET_PER_ADDRESS_PER_MINUTE: wide,
  });
  const { publicSchema, executableSchema } = buildSchemas({ planned });
  const budgets = createBudgetStore({ redis: null, log: createLogger({ level: 'silent' }) });
  const statements = new Map<string, string[]>();
  const { reader, runner } = createOperations({
    config,
    publicSchema,
    executableSchema,
    planned,
    policies: policyTable(),
    budgets,
    db,
    authenticator: { authenticate: () => Promise.reject(new Error('Nobody signs in here.')) },
    onStatement: (requestId, sql) => statements.get(requestId)?.push(sql),
  });
  const sealer = createSealer(['a secret for tests, of no further use']);
  const published: unknown[] = [];
  const events = {
    rowChanged: (...event: unknown[]) => void published.push(event),
  } as unknown as Events;
  const removeFiles = async () => undefined;
  const files = { receive: refuse, keep: refuse, get: refuse, remove: refuse };
  const domain = installedDomain.start({
    db,
    events,
    files,
    removeFiles,
    scan: null,
    scanRequired: false,
  });
  const services = { rows: createRowService({ db, events, removeFiles }), ...domain.services };

  const send: Work['send'] = async (viewer, text, variables = {}) => {
    const document = reader.read(text);
    if (document.errors.length > 0)
      throw new Error(`The test's operation is not valid: ${document.errors.map(String).join('\n')}`);
    const operation = reader.prepare({ document, operationName: null, variables });
    const requestId = randomUUID();
    const sql: string[] = [];
    statements.set(requestId, sql);
    const facts = { requestId, ip: '127.0.0.1', userAgent: null };
    const context = {
      db,
      sealer,
      services,
      config,
      requestFacts: facts,
      exchange: { facts, log: createLogger({ level: 'silent' }), operation: {}, answerHeaders: {} },
    } as unknown as GatewayContext;
    const result = await runner.run({ operation, viewer, context });
    const errors = result.errors ?? [];
    // Without a catalogued code a client would read INTERNAL_SERVER_ERROR.
    const codes = errors.map(({ extensions, message }) => extensions.code ?? `INTERNAL: ${message}`);
    return {
      data: result.data,
      errors: errors.map((error) => error.toJSON()),
      codes,
      coordinates: errors.map(({ extensions }) => extensions.coordinate),
      sql,
    };
  };

  const acme = await createOrganization(database, 'acme');
  const globex = await createOrganization(database, 'globex');
  return { ...database, acme, globex, published, send };
}

/** Nothing is stored here. */
const refuse = () => Promise.reject(new Error('There are no files here.'));

async function createOrganization({ asOwner }: TestDatabase, slug: string): Promise<TestOrganization> {
  const insert = async (table: string, row: Readonly<Record<string, unknown>>): Promise<string> => {
    const names = Object.keys(row);
    const [created] = await asOwner(
      `insert into "${table}" ("id", "updatedAt", ${names.map((name) => `"${name}"`).join(', ')})
       values (gen_random_uuid(), now(), ${names.map((_, index) => `$${index + 1}`).join(', ')}) returning "id"`,
      Object.values(row),
    );
    return String(created?.id);
  };
  const id = await insert('Organization', { slug, name: slug });
  const people = new Map<string, { userId: string; membershipId: string; roleId: string }>();
  for (const [key, { name, permissions }] of systemRoleKeys.map((key) => [key, systemRole(key)] as const)) {
    const userId = await insert('User', {
      name: `${name} of ${slug}`,
      email: `${key}@${slug}.example`,
      phone: '+4930',
    });
    const membershipId = await insert('Membership', { organizationId: id, userId });
    const roleId = await insert('Role', { organizationId: id, key, name, system: true, permissions: [...permissions] });
    await asOwner('insert into "MembershipRole" ("organizationId", "membershipId", "roleId") values ($1, $2, $3)', [
      id,
      membershipId,
      roleId,
    ]);
    people.set(key, { userId, membershipId, roleId });
  }
  const viewerOf = (key: SystemRoleKey, permissions: readonly string[]): UserViewer => {
    const person = people.get(key);
    if (!person) throw new Error(`Nobody is ${key}.`);
    return {
      kind: 'user',
      userId: person.userId,
      sessionId: '0190a0a0-0000-7000-8000-0000000000bb',
      organization: { id, slug },
      membershipId: person.membershipId,
      membershipState: 'ACTIVE',
      roles: [{ id: person.roleId, key }],
      permissions: new PermissionSet(permissions),
    };
  };
  const users = Object.fromEntries([...people].map(([key, { userId }]) => [key, userId])) as TestOrganization['users'];
  return {
    id,
    slug,
    users,
    viewer: (role) => viewerOf(role, systemRole(role).permissions),
    viewerWith: (...permissions) => viewerOf('guest', permissions),
    // Awaited inside: a statement of Prisma's runs where it is awaited.
    run: (work) => runAsService('standing', { organizationId: id, userId: users.owner }, async () => await work()),
  };
}
