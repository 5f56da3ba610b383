/**
 * Two organizations with work in them, and operations that run on them as the gateway runs them from the plan on: planned,
 * under the viewer's column guard and database scope. What HTTP and credentials add is tested over HTTP.
 */
import { execute, type GraphQLFormattedError, parse, validate } from 'graphql';
import { PermissionSet } from '../../src/authentication/permission-set.ts';
import type { UserViewer, Viewer } from '../../src/authentication/viewer.ts';
import { columnRulesOf, createColumnGuard } from '../../src/authorization/column-guard.ts';
import { createPlanner } from '../../src/authorization/plan.ts';
import { policies } from '../../src/authorization/policies.ts';
import { type SystemRoleKey, systemRoles } from '../../src/authorization/roles.ts';
import { AuthorizationState } from '../../src/authorization/state.ts';
import { createVisibilityWall } from '../../src/authorization/visibility-wall.ts';
import type { GatewayContext } from '../../src/context.ts';
import { denialError } from '../../src/plugins/authorization.ts';
import { buildSchemas } from '../../src/schema/schema.ts';
import { createProjectService } from '../../src/services/project-service.ts';
import { createCommentService, createTaskService } from '../../src/services/task-service.ts';
import { runInDatabaseScope } from '../../src/stores/database-scope.ts';
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

/** Opens a database with two organizations and their members. @param fastPath false runs every scope for every row. */
export async function openWork({ fastPath = true } = {}): Promise<Work> {
  const database = await openTestDatabase();
  const { db } = database;
  const { publicSchema, executableSchema } = buildSchemas({ fastPath });
  const planner = createPlanner(publicSchema, policies);
  const columnRules = columnRulesOf(policies);
  const sealer = createSealer(['a secret for tests, of no further use']);
  const published: unknown[] = [];
  const events = {
    taskChanged: (...event: unknown[]) => void published.push(event),
    commentAdded: (...event: unknown[]) => void published.push(event),
  } as unknown as Events;
  const services = {
    projects: createProjectService({ db }),
    tasks: createTaskService({ db, events }),
    comments: createCommentService({ db, events }),
  };

  const send: Work['send'] = async (viewer, text, variables = {}) => {
    const document = parse(text);
    const faults = validate(publicSchema, document);
    if (faults.length > 0) throw new Error(`The test's operation is not valid: ${faults.map(String).join('\n')}`);
    const plan = planner.plan(document, undefined, variables, viewer);
    if (!plan) throw new Error('No operation.');
    const sql: string[] = [];
    const authorization = new AuthorizationState(plan);
    const contextValue = {
      viewer,
      db,
      sealer,
      services,
      authorization,
      config: { publicUrl: new URL('http://127.0.0.1:4000') },
      requestFacts: { requestId: 'test', ip: '127.0.0.1', userAgent: null },
    } as unknown as GatewayContext;
    const scope = {
      organizationId: viewer.organization?.id ?? null,
      userId: viewer.kind === 'user' ? viewer.userId : null,
      guard: createColumnGuard(columnRules, viewer),
      wall: createVisibilityWall(viewer),
      onStatement: (statement: string) => void sql.push(statement),
    };
    const result = await runInDatabaseScope(scope, async () =>
      execute({
        schema: executableSchema,
        document: fastPath ? plan.document : plan.scopedDocument,
        contextValue,
        variableValues: variables,
      }),
    );
    const errors = [
      ...(result.errors ?? []),
      ...authorization.denials.map((denial) => denialError(denial, result.data)),
    ];
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
  for (const [key, { name, permissions }] of Object.entries(systemRoles)) {
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
    viewer: (role) => viewerOf(role, systemRoles[role].permissions),
    viewerWith: (...permissions) => viewerOf('guest', permissions),
    // Awaited inside: a statement of Prisma's runs where it is awaited.
    run: (work) =>
      runInDatabaseScope({ organizationId: id, userId: users.owner, guard: null }, async () => await work()),
  };
}
