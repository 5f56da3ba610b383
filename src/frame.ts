/**
 * The HTTP frame around a schema: what every request meets whatever it asks for, from the socket to the limits and back.
 * `app.ts` puts the gateway's schema, viewers and rules into it; tests of the frame put a small schema there.
 */
import { Readable } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Config } from './config.ts';
import type { GatewayContext } from './context.ts';
import { parseProxyTrust } from './http/client-address.ts';
import type { Answer, Exchange, HttpPlugin, Route } from './http/exchange.ts';
import { createNodeListener, type OpenRequest } from './http/node-listener.ts';
import { documentLimitsOf, variableLimitsOf } from './limits/document-limits.ts';
import { createDocumentPreparer } from './limits/prepare-document.ts';
import type { Logger } from './logger.ts';
import { useAccountState } from './plugins/account-state.ts';
import { useCors } from './plugins/cors.ts';
import { type CostGate, createCostGate } from './plugins/cost-gate.ts';
import { useCsrfHeader } from './plugins/csrf.ts';
import { useErrorMask } from './plugins/error-mask.ts';
import { useGraphiql } from './plugins/graphiql.ts';
import { type HealthCheck, useHealth } from './plugins/health.ts';
import { useHttpsOnly } from './plugins/https-only.ts';
import { useIntrospectionPermission } from './plugins/introspection.ts';
import { createLoadShedder } from './plugins/load-shedding.ts';
import { createMetrics, createMetricsServer, type Metrics, useMetrics } from './plugins/metrics.ts';
import { useOperationCost } from './plugins/operation-cost.ts';
import { useOperationLimits } from './plugins/operation-limits.ts';
import { createExchangeOpener, useRequestLog } from './plugins/request-context.ts';
import { useSecurityHeaders } from './plugins/security-headers.ts';
import { createServer, type SharedContext, type ShortWay } from './server.ts';
import type { BudgetStore } from './stores/budget-store.ts';

/** What the frame is put around. */
export interface FrameOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly schema: GraphQLSchema;
  readonly shared: SharedContext;
  readonly budgets: BudgetStore;
  /** Sets `exchange.viewer`. @throws the error that answers a bad credential. */
  authenticate(exchange: Exchange): Promise<void>;
  readonly healthChecks: readonly HealthCheck[];
  /** Further paths beside `/graphql`; see `ServerOptions.routes`. */
  readonly routes: Readonly<Record<string, Route>>;
  /** Further parts that see every exchange, after the frame's own. */
  readonly httpPlugins: readonly HttpPlugin[];
  /** Decide which document runs, as whom; after the limits and before the cost. */
  readonly beforeCost: readonly Plugin<GatewayContext>[];
  /** Makes the short way of operations that need no plugin. */
  createShortWay?(costGate: CostGate): ShortWay;
  /** Decide what of it runs, and on what; after the cost. */
  readonly afterCost: readonly Plugin<GatewayContext>[];
}

/** A frame that listens, answers and stops. */
export interface Frame {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Starts to listen. @returns the origins. @throws the socket's error when a port is taken. */
  listen(): Promise<{ readonly url: string; readonly metricsUrl: string | null }>;
  /** Answers one request without a socket. */
  fetch(request: Request): Promise<Response>;
  /** Stops accepting, and lets requests in flight finish within DRAIN_TIMEOUT_MS. */
  close(): Promise<void>;
}

/** Makes a frame; nothing is opened yet. @throws ConfigError for a faulty TRUST_PROXY. */
export function createFrame(options: FrameOptions): Frame {
  const { config, log, schema } = options;
  const trust = parseProxyTrust(config.TRUST_PROXY);
  const shedder = createLoadShedder({
    maxRequestsInFlight: config.MAX_REQUESTS_IN_FLIGHT,
    maxEventLoopDelayMs: config.MAX_EVENT_LOOP_DELAY_MS,
    onShed: (cause) => metrics.shed.inc({ cause }),
  });
  const metrics = createMetrics({
    requestsInFlight: () => shedder.requestsInFlight,
    eventLoopDelayMs: () => shedder.eventLoopDelayMs,
  });
  let stopping = false;

  const costGate = createCostGate({
    schema,
    budgets: options.budgets,
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
  });

  const handle = createServer({
    log,
    schema,
    shared: options.shared,
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    uploadLimitBytes: config.UPLOAD_LIMIT_BYTES,
    timeoutMs: config.REQUEST_TIMEOUT_MS,
    authenticate: options.authenticate,
    httpPlugins: [
      useRequestLog(),
      useMetrics(metrics),
      useSecurityHeaders({ https: config.publicUrl.protocol === 'https:' }),
      useHttpsOnly({ trust, publicUrl: config.publicUrl }),
      useCors(config.CORS_ORIGINS),
      useHealth({
        checks: options.healthChecks,
        log,
        requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
        isStopping: () => stopping,
      }),
      shedder,
      useGraphiql({ enabled: config.GRAPHIQL ?? !config.isProduction, log, build: graphiqlBuilder(config) }),
      ...options.httpPlugins,
    ],
    operationPlugins: [
      useOperationLimits({
        preparer: createDocumentPreparer(schema, documentLimitsOf(config)),
        variableLimits: variableLimitsOf(config),
        maxOperationNameLength: config.MAX_OPERATION_NAME_LENGTH,
      }),
      useAccountState(),
      useCsrfHeader(),
      useIntrospectionPermission({ restricted: config.isProduction }),
      ...options.beforeCost,
      useOperationCost(costGate),
      ...options.afterCost,
    ],
    shortWay: options.createShortWay?.(costGate),
    errorMask: useErrorMask(),
    routes: options.routes,
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
    metrics,
    log,
    async listen() {
      const metricsUrl = (await metricsServer?.listen()) ?? null;
      try {
        return { url: await listener.listen(), metricsUrl };
      } catch (error) {
        await metricsServer?.close();
        throw error;
      }
    },
    async fetch(request) {
      const exchange = open(requestOf(request));
      return responseOf(request, exchange, await handle(exchange));
    },
    async close() {
      stopping = true;
      await listener.close(config.DRAIN_TIMEOUT_MS);
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

function requestOf(request: Request): OpenRequest {
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
