/**
 * The composition root: from a configuration and opened stores to a gateway that listens. It opens nothing itself and
 * closes only what it made; `main.ts` opens and closes the stores.
 */
import { Readable } from 'node:stream';
import type { Redis } from 'ioredis';
import { createAccessTokens } from './authentication/access-token.ts';
import { createAuthenticator } from './authentication/authenticate.ts';
import type { SigningKeys } from './authentication/signing-keys.ts';
import { columnRulesOf, createColumnGuard } from './authorization/column-guard.ts';
import { createPlanner } from './authorization/plan.ts';
import { policies } from './authorization/policies.ts';
import { permissionsOfRoles } from './authorization/roles.ts';
import type { Config } from './config.ts';
import { parseProxyTrust } from './http/client-address.ts';
import type { Answer, Exchange } from './http/exchange.ts';
import { createNodeListener } from './http/node-listener.ts';
import { documentLimitsOf } from './limits/document-limits.ts';
import { createDocumentPreparer, prepareDocument } from './limits/prepare-document.ts';
import type { Logger } from './logger.ts';
import { createOperationLookup } from './operations/operation-lookup.ts';
import { useAccountState } from './plugins/account-state.ts';
import { createAuthenticationStep } from './plugins/authentication.ts';
import { useAuthorization } from './plugins/authorization.ts';
import { useCors } from './plugins/cors.ts';
import { useCsrfHeader } from './plugins/csrf.ts';
import { useDatabaseScope } from './plugins/database-scope.ts';
import { useDeprecation } from './plugins/deprecation.ts';
import { useErrorMask } from './plugins/error-mask.ts';
import { fieldLimits, limitFields } from './plugins/field-limits.ts';
import { useGraphiql } from './plugins/graphiql.ts';
import { type HealthCheck, useHealth } from './plugins/health.ts';
import { useHttpsOnly } from './plugins/https-only.ts';
import { useIntrospectionPermission } from './plugins/introspection.ts';
import { createJwksRoute } from './plugins/jwks.ts';
import { createLoadShedder } from './plugins/load-shedding.ts';
import { createMetrics, createMetricsServer, useMetrics } from './plugins/metrics.ts';
import { useOperationCost } from './plugins/operation-cost.ts';
import { useOperationLimits } from './plugins/operation-limits.ts';
import { cacheabilityOf, createOperationAdmission, usePersistedOperations } from './plugins/persisted-operations.ts';
import { createExchangeOpener, useRequestLog } from './plugins/request-context.ts';
import { useRevalidation } from './plugins/revalidation.ts';
import { useSecurityHeaders } from './plugins/security-headers.ts';
import { useViewAs } from './plugins/view-as.ts';
import { buildSchemas } from './schema/schema.ts';
import { createServer } from './server.ts';
import { createAccessService } from './services/access-service.ts';
import { createOperationUsage } from './services/operation-usage.ts';
import { createBudgetStore } from './stores/budget-store.ts';
import type { Database } from './stores/database.ts';
import { createRegisteredOperationStore } from './stores/registered-operations.ts';

/** What the gateway is made of. */
export interface AppDependencies {
  readonly config: Config;
  readonly log: Logger;
  readonly db: Database;
  /** Null runs a single instance, with limits and events in this process. */
  readonly redis: Redis | null;
  /** The keys that access tokens are signed and verified with. */
  readonly signingKeys: SigningKeys;
  /** What readiness depends on. */
  readonly healthChecks: readonly HealthCheck[];
  /** Told of each SQL statement that a request sends; tests count with it. */
  onStatement?(requestId: string, sql: string): void;
}

/** A gateway. */
export interface App {
  /** Starts to listen. @returns the origins. @throws the socket's error when a port is taken. */
  listen(): Promise<{ readonly url: string; readonly metricsUrl: string | null }>;
  /** Answers one request without a socket; for tests and embedding. */
  fetch(request: Request): Promise<Response>;
  /** Stops accepting, lets requests in flight finish within DRAIN_TIMEOUT_MS, and closes what the gateway opened. */
  close(): Promise<void>;
}

/** How many registered operations a starting process compiles. */
const prewarmedOperations = 500;

/** Composes a gateway. @throws CoverageError unless schema and policies agree; ConfigError for a faulty TRUST_PROXY. */
export function createApp(dependencies: AppDependencies): App {
  const { config, log, db, redis } = dependencies;
  const trust = parseProxyTrust(config.TRUST_PROXY);
  const { publicSchema, executableSchema } = buildSchemas({ fastPath: config.AUTHORIZATION_FAST_PATH });
  const planner = createPlanner(publicSchema, policies);
  const columnRules = columnRulesOf(policies);

  const shedder = createLoadShedder({
    maxRequestsInFlight: config.MAX_REQUESTS_IN_FLIGHT,
    maxEventLoopDelayMs: config.MAX_EVENT_LOOP_DELAY_MS,
    onShed: (cause) => metrics.shed.inc({ cause }),
  });
  const metrics = createMetrics({
    requestsInFlight: () => shedder.requestsInFlight,
    eventLoopDelayMs: () => shedder.eventLoopDelayMs,
  });
  const budgets = createBudgetStore({ redis, log, onFallback: () => metrics.budgetFallbacks.inc() });
  limitFields(executableSchema, fieldLimits, budgets);

  const accessTokens = createAccessTokens({
    keys: dependencies.signingKeys,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    ttlSeconds: config.ACCESS_TOKEN_TTL_SECONDS,
  });
  const authenticator = createAuthenticator({ db, accessTokens, permissionsOf: permissionsOfRoles });

  const services = {
    access: createAccessService({ db, schema: publicSchema, policies, planner, maxTokens: config.MAX_TOKENS }),
  };

  const documentLimits = documentLimitsOf(config);
  const operationStore = createRegisteredOperationStore(db);
  const operationLookup = createOperationLookup({
    store: operationStore,
    prepare: (body) => prepareDocument(publicSchema, body, documentLimits),
  });
  const operationUsage = createOperationUsage({ write: (uses) => operationStore.addUses(uses), log });

  let stopping = false;
  const handle = createServer({
    log,
    schema: publicSchema,
    shared: { db, services, config },
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    uploadLimitBytes: config.UPLOAD_LIMIT_BYTES,
    timeoutMs: config.REQUEST_TIMEOUT_MS,
    authenticate: createAuthenticationStep(authenticator),
    httpPlugins: [
      useRequestLog(),
      useMetrics(metrics),
      useSecurityHeaders({ https: config.publicUrl.protocol === 'https:' }),
      useHttpsOnly({ trust, publicUrl: config.publicUrl }),
      useCors(config.CORS_ORIGINS),
      useHealth({ checks: dependencies.healthChecks, log, isStopping: () => stopping }),
      shedder,
      useGraphiql({ enabled: config.GRAPHIQL ?? !config.isProduction, log, build: graphiqlBuilder(config) }),
      useRevalidation({ cacheabilityOf: (exchange) => cacheabilityOf(exchange, publicSchema, policies) }),
    ],
    operationPlugins: [
      useOperationLimits({
        preparer: createDocumentPreparer(publicSchema, documentLimits),
        variableLimits: { maxDepth: config.MAX_VARIABLE_DEPTH, maxValues: config.MAX_VARIABLE_VALUES },
        maxOperationNameLength: config.MAX_OPERATION_NAME_LENGTH,
      }),
      usePersistedOperations(
        createOperationAdmission({
          lookup: operationLookup,
          usage: operationUsage,
          persistedOnly: config.PERSISTED_ONLY,
          onWouldRefuse: () => metrics.overLimit.inc({ limit: 'persisted', enforced: 'false' }),
        }),
      ),
      useAccountState(),
      useCsrfHeader(),
      useIntrospectionPermission({ restricted: config.isProduction }),
      useDeprecation({ schema: publicSchema }),
      useViewAs(),
      useOperationCost({
        schema: publicSchema,
        budgets,
        metrics,
        maxCost: {
          anonymous: config.MAX_COST_ANONYMOUS ?? config.MAX_COST,
          user: config.MAX_COST,
          apiKey: config.MAX_COST_API_KEY ?? config.MAX_COST,
        },
        viewerBudget: config.COST_BUDGET_PER_MINUTE,
        organizationBudget: config.COST_BUDGET_PER_ORGANIZATION_PER_MINUTE,
        addressBudget: config.COST_BUDGET_PER_ADDRESS_PER_MINUTE,
        enforced: config.LIMITS_MODE === 'enforce',
      }),
      useAuthorization({ planner, executableSchema, fastPath: config.AUTHORIZATION_FAST_PATH }),
      useDatabaseScope({
        guardOf: (viewer) => createColumnGuard(columnRules, viewer),
        onStatement: dependencies.onStatement,
      }),
    ],
    errorMask: useErrorMask(),
    routes: { '/.well-known/jwks.json': createJwksRoute(dependencies.signingKeys) },
  });

  const open = createExchangeOpener({ log, trust });
  const listener = createNodeListener({
    host: config.HOST,
    port: config.PORT,
    log,
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
    maxConnections: config.MAX_CONNECTIONS,
    handle,
    open,
  });
  const metricsServer =
    config.METRICS_PORT === undefined
      ? null
      : createMetricsServer(metrics, { host: config.HOST, port: config.METRICS_PORT });

  return {
    async listen() {
      // Without it the first calls compile what they need: no reason not to start.
      await operationLookup
        .prewarm(prewarmedOperations)
        .catch((error) => log.warn({ err: error }, 'registered operations were not compiled ahead'));
      const metricsUrl = (await metricsServer?.listen()) ?? null;
      return { url: await listener.listen(), metricsUrl };
    },
    async fetch(request) {
      const exchange = open(requestOf(request));
      return responseOf(request, exchange, await handle(exchange));
    },
    async close() {
      stopping = true;
      await listener.close(config.DRAIN_TIMEOUT_MS);
      await operationUsage.close();
      await metricsServer?.close();
      shedder.close();
    },
  };
}

/** Bundles on first use in development; in production the build has done it. */
function graphiqlBuilder(config: Config): ((folder: string) => Promise<void>) | null {
  if (config.isProduction) return null;
  return async (folder) => (await import('./graphiql/build.ts')).buildGraphiql(folder);
}

function requestOf(request: Request): Parameters<ReturnType<typeof createExchangeOpener>>[0] {
  const url = new URL(request.url);
  return {
    method: request.method,
    path: url.pathname,
    search: url.search.slice(1),
    headers: Object.fromEntries(request.headers),
    remoteAddress: '127.0.0.1',
    encrypted: url.protocol === 'https:',
    body: request.body ? Readable.fromWeb(request.body as Parameters<typeof Readable.fromWeb>[0]) : null,
    signal: request.signal,
    overConnectionLimit: false,
  };
}

function responseOf(request: Request, exchange: Exchange, answer: Answer): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries({ ...answer.headers, ...exchange.answerHeaders }))
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, String(one));
  const { body, status } = answer;
  if (body === null || request.method === 'HEAD') return new Response(null, { status, headers });
  if (typeof body === 'string') return new Response(body, { status, headers });
  if (body instanceof Uint8Array) return new Response(new Uint8Array(body), { status, headers });
  const stream = Readable.toWeb(Readable.from(body)) as unknown as ReadableStream;
  return new Response(stream, { status, headers });
}
