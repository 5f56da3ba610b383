/**
 * The server around a schema of a few fields, listening on a free port: for tests of what every request meets whatever it
 * asks for. Viewers are named in the credential, since who they are is not what these tests are about.
 */
// The column guard asks what every noun declares.
import '../../src/schema.ts';
import { buildSchema, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import type { Redis } from 'ioredis';
import { makePlannedSchema } from '../../src/authorization/executable-schema.ts';
import { PermissionSet } from '../../src/authorization/permission-set.ts';
import type { PolicyTable } from '../../src/authorization/policy-table.ts';
import { anyone } from '../../src/authorization/rules.ts';
import type { Viewer } from '../../src/authorization/viewer.ts';
import { parseConfig } from '../../src/config.ts';
import type { DeploymentPlugin } from '../../src/context.ts';
import { badCredential } from '../../src/errors.ts';
import { headerOf } from '../../src/http/exchange.ts';
import { createLogger } from '../../src/logger.ts';
import { annotateCosts } from '../../src/operation/cost-directives.ts';
import type { FieldLimit } from '../../src/operation/field-limit-table.ts';
import { createOperations } from '../../src/operation/operations.ts';
import type { HealthCheck } from '../../src/plugins/health.ts';
import { type Serving, serve } from '../../src/serve.ts';
import { createBudgetStore } from '../../src/stores/budget-store.ts';
import { listenPlainly } from './plain-listener.ts';

/** What resolvers of the small schema do; each test sets what it needs. */
export type Resolvers = Readonly<Record<string, GraphQLFieldResolver<unknown, unknown, Record<string, unknown>>>>;

/** Options of {@link startFrame}. */
export interface StartFrameOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** `Query.hello` to its resolver. */
  readonly resolvers?: Resolvers;
  readonly redis?: Redis | null;
  readonly healthChecks?: readonly HealthCheck[];
  /** Awaited before it is known who calls. */
  readonly beforeAuthentication?: () => Promise<void>;
  readonly fieldLimits?: readonly FieldLimit[];
  /** Of a deployment's own. */
  readonly plugins?: readonly DeploymentPlugin[];
}

/** A frame under test. */
export interface TestFrame {
  readonly frame: Serving;
  /** Of the origin. */
  readonly url: string;
  readonly endpoint: string;
  readonly metricsUrl: string | null;
  /** Lines that were logged so far, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** What was logged, as it was written. */
  readonly logText: () => string;
  /** Sends an operation as JSON. */
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<FrameAnswer>;
  close(): Promise<void>;
}

/** An answer, read to its end. */
export interface FrameAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: {
    readonly data?: Readonly<Record<string, unknown>> | null;
    readonly errors?: readonly {
      readonly message: string;
      readonly path?: readonly (string | number)[];
      readonly extensions: Readonly<Record<string, unknown>>;
    }[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  };
  /** Codes of the errors, in order. */
  readonly codes: readonly unknown[];
}

const sdl = `
  type Query { hello: String echo(text: String): String viewer: User boom: String boomStrict: String! wait: String projects(first: Int, last: Int): ProjectConnection guarded: String }
  type Mutation { signIn(input: SignInInput): User signOut: Boolean signOutEverywhere: Boolean refreshSession: Boolean change: Boolean upload(file: Upload): String }
  type Subscription { ticks(count: Int): Int }
  type User { id: ID! name: String friend: User }
  type ProjectConnection { totalCount: Int nodes: [Project!]! }
  type Project { id: ID! }
  input SignInInput { email: String password: String kind: Kind = OWNER }
  enum Kind { OWNER GUEST }
  scalar Upload
`;

/** Makes the small schema. */
export function frameSchema(resolvers: Resolvers = {}): GraphQLSchema {
  const schema = buildSchema(sdl);
  for (const [coordinate, resolve] of Object.entries(resolvers)) {
    const [type = '', field = ''] = coordinate.split('.');
    const definition = schema.getRootType(type.toLowerCase() as never)?.getFields()[field];
    if (!definition) throw new Error(`The small schema has no ${coordinate}.`);
    if (type === 'Subscription') {
      definition.subscribe = resolve;
      definition.resolve = (value) => value;
    } else definition.resolve = resolve;
  }
  annotateCosts(schema);
  return schema;
}

/** A table that lets everybody do everything: who may what is tested elsewhere. */
function openPolicies(schema: GraphQLSchema): PolicyTable {
  const rows: Record<string, typeof anyone> = {};
  for (const type of Object.values(schema.getTypeMap())) {
    rows[type.name] = anyone;
    for (const field of 'getFields' in type ? Object.values(type.getFields()) : []) {
      rows[`${type.name}.${field.name}`] = anyone;
      for (const { name } of 'args' in field ? field.args : []) rows[`${type.name}.${field.name}(${name}:)`] = anyone;
    }
  }
  return rows;
}

const organization = { id: '0190a0a0-0000-7000-8000-000000000001', slug: 'acme' };

/** `Bearer user:<name>[:<state>][:<permission>]`, or nobody. */
function viewerOf(credential: string | undefined): Viewer {
  if (credential === undefined) return { kind: 'anonymous', organization: null, permissions: PermissionSet.none };
  const [kind, name = '', state = 'ACTIVE', permission = ''] = credential.replace(/^Bearer /, '').split('/');
  if (kind !== 'user' || name === '') throw badCredential();
  return {
    kind: 'user',
    userId: name,
    sessionId: `session-of-${name}`,
    organization,
    membershipId: `membership-of-${name}`,
    membershipState: state as 'ACTIVE',
    roles: [],
    permissions: new PermissionSet(permission === '' ? [] : [permission]),
  };
}

/** Starts a frame on a free port. */
export async function startFrame(options: StartFrameOptions = {}): Promise<TestFrame> {
  const lines: string[] = [];
  const config = parseConfig({
    PORT: '0',
    LOG_LEVEL: 'debug',
    GRAPHIQL: 'false',
    // Client and gateway share one event loop here: what the test does is no load.
    MAX_EVENT_LOOP_DELAY_MS: '60000',
    ...options.env,
  });
  const log = createLogger({ level: config.LOG_LEVEL, destination: { write: (line) => void lines.push(line) } });
  const schema = frameSchema(options.resolvers);
  const budgets = createBudgetStore({
    redis: options.redis ?? null,
    log,
    onFallback: () => frame.metrics.budgetFallbacks.inc(),
  });
  const policies = openPolicies(schema);
  const { reader, runner } = createOperations({
    config,
    publicSchema: schema,
    executableSchema: makePlannedSchema(frameSchema(options.resolvers), schema, policies),
    planned: true,
    policies,
    fieldLimits: options.fieldLimits ?? [],
    budgets,
    db: { $rowStatement: () => null },
    authenticator: { authenticate: () => Promise.reject(new Error('Nobody signs in here.')) },
    onOverLimit: (limit, enforced) => frame.metrics.overLimit.inc({ limit, enforced: String(enforced) }),
  });
  const frame = serve({
    config,
    log,
    schema,
    shared: { config } as never,
    operations: { reader, runner },
    budgets,
    async authenticate(exchange) {
      await options.beforeAuthentication?.();
      exchange.viewer = viewerOf(headerOf(exchange, 'authorization'));
    },
    healthChecks: options.healthChecks ?? [],
    plugins: options.plugins,
    gateway: null,
  });
  const plain = process.env.PLAIN_LISTENER === 'true' ? await listenPlainly(frame.handle) : null;
  const { url, metricsUrl } = plain ? { url: plain.url, metricsUrl: null } : await frame.listen();
  const endpoint = `${url}/graphql`;
  return {
    frame,
    url,
    endpoint,
    metricsUrl,
    get log() {
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    logText: () => lines.join(''),
    async post(body, headers = {}) {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return readAnswer(response);
    },
    async close() {
      await frame.close();
      await plain?.close();
    },
  };
}

/** Reads an answer; one that is not JSON has an empty body. */
export async function readAnswer(response: Response): Promise<FrameAnswer> {
  const text = await response.text();
  let body: FrameAnswer['body'] = {};
  try {
    body = JSON.parse(text) as FrameAnswer['body'];
  } catch {
    // Not JSON: the test looks at the text.
  }
  const codes = (body.errors ?? []).map(({ extensions }) => extensions.code);
  return { status: response.status, headers: response.headers, text, body, codes };
}
