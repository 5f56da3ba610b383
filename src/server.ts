/**
 * Yoga and the one ordered list of its plugins: read from top to bottom, it is the life of a request. Whatever stands in the list is in
 * force for every way in: text, id, GET, streams, uploads.
 */
import type { RequestListener } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Viewer } from './authorization/viewer.ts';
import type { Config } from './config.ts';
import type { DeploymentPlugin, GatewayContext, GatewayPlugin } from './context.ts';
import type { ProxyTrust } from './http/client-address.ts';
import type { Exchange, ServerContext } from './http/exchange.ts';
import { answerFailures, guardedPlugin } from './http/guarded-plugin.ts';
import { LazyRequest } from './http/lazy-request.ts';
import type { Metrics } from './http/metrics.ts';
import type { SigningKeys } from './identity/authentication/signing-keys.ts';
import type { Logger } from './logger.ts';
import type { Download } from './nouns/domain.ts';
import type { Operations } from './operation/operations.ts';
import { createSubscriber } from './operation/stream.ts';
import { createStreamGauge } from './operation/stream-gauge.ts';
import { useAccountState } from './plugins/account-state.ts';
import { useAuthentication } from './plugins/authentication.ts';
import { useCors } from './plugins/cors.ts';
import { useCsrfHeader } from './plugins/csrf.ts';
import { useDeprecation } from './plugins/deprecation.ts';
import { useErrorMask } from './plugins/error-mask.ts';
import { useExecution } from './plugins/execution.ts';
import { useFiles } from './plugins/files.ts';
import { useGraphiql } from './plugins/graphiql.ts';
import { useHeaderLimits } from './plugins/header-limits.ts';
import { type HealthCheck, useHealth } from './plugins/health.ts';
import { useHttpsOnly } from './plugins/https-only.ts';
import { useIntrospectionPermission } from './plugins/introspection.ts';
import { useJwks } from './plugins/jwks.ts';
import { useMetrics } from './plugins/metrics.ts';
import { useNegotiation } from './plugins/negotiation.ts';
import { useNotFound } from './plugins/not-found.ts';
import { useOperation } from './plugins/operation.ts';
import { timedParams, useOperationTimeout } from './plugins/operation-timeout.ts';
import { useFieldRateLimiter } from './plugins/rate-limiter.ts';
import { useRegisteredOperations } from './plugins/registered-operations.ts';
import { useRequestBody } from './plugins/request-body.ts';
import { useRequestContext } from './plugins/request-context.ts';
import { useRequestLog } from './plugins/request-log.ts';
import { useResultProcessor } from './plugins/result-processor.ts';
import { useRevalidation } from './plugins/revalidation.ts';
import { useSecurityHeaders } from './plugins/security-headers.ts';
import { useStartPage } from './plugins/start-page.ts';
import { useViewAs } from './plugins/view-as.ts';
import type { OperationAdmission } from './registry/admission.ts';
import type { BudgetStore } from './stores/budget-store.ts';

/** What a resolver's context holds beside what belongs to one request. */
export type SharedContext = Pick<GatewayContext, 'db' | 'sealer' | 'events' | 'services' | 'config'>;

/** What decides and runs operations on the gateway's own data. */
export interface GatewayParts {
  readonly signingKeys: SigningKeys;
  readonly admission: OperationAdmission;
  download(viewer: Viewer, id: string): Promise<Download | null>;
}

/** Options of {@link createServer}. */
export interface ServerOptions {
  readonly config: Config;
  readonly log: Logger;
  /** What clients know; operations execute on another one. */
  readonly schema: GraphQLSchema;
  readonly shared: SharedContext;
  readonly trust: ProxyTrust;
  readonly metrics: Metrics;
  readonly loadShedding: GatewayPlugin;
  readonly operations: Pick<Operations, 'reader' | 'runner'>;
  /** What limits of single fields are charged to. */
  readonly budgets: BudgetStore;
  /** Sets `exchange.viewer`. @throws the error that answers a bad credential. */
  authenticate(exchange: Exchange): Promise<void>;
  readonly healthChecks: readonly HealthCheck[];
  /** Once true, the gateway is not ready. */
  isStopping(): boolean;
  /** Ends streams. */
  readonly stopped: AbortSignal;
  /** Null where a schema of a test's own is served, which has no data behind it. */
  readonly gateway: GatewayParts | null;
  /** Of the deployment's own. */
  readonly plugins?: readonly DeploymentPlugin[];
}

/** In the order in which they see a request. */
function pluginsOf(options: ServerOptions): (GatewayPlugin | Plugin<GatewayContext> | null)[] {
  const { config, log, schema, trust, gateway, authenticate } = options;
  const graphiql = config.GRAPHIQL ?? !config.isProduction;
  return [
    // Every request, whatever it asks for.
    useRequestContext({ log, trust }),
    useRequestLog(log),
    useMetrics(options.metrics),
    useSecurityHeaders({ https: config.publicUrl.protocol === 'https:' }),
    useHeaderLimits(),
    useHttpsOnly({ trust, publicUrl: config.publicUrl }),
    useCors(config.CORS_ORIGINS),
    useHealth({
      checks: options.healthChecks,
      log,
      requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
      isStopping: options.isStopping,
    }),
    options.loadShedding,
    // Paths beside `/graphql`.
    useGraphiql({ enabled: graphiql, log, build: graphiqlBuilder(config) }),
    useStartPage({ graphiql }),
    gateway && useJwks(gateway.signingKeys),
    gateway && useFiles({ authenticate, download: gateway.download }),
    ...((options.plugins ?? []) as GatewayPlugin[]),
    useNotFound(),
    // GraphQL over HTTP.
    useNegotiation(),
    useAuthentication(authenticate),
    useRequestBody({ bodyLimitBytes: config.BODY_LIMIT_BYTES, uploadLimitBytes: config.UPLOAD_LIMIT_BYTES }),
    useOperationTimeout(config.REQUEST_TIMEOUT_MS),
    // Which operation, whether it may run at all, and as whom.
    useFieldRateLimiter(options.budgets),
    gateway && useRegisteredOperations(gateway.admission),
    useOperation(options.operations.reader),
    useAccountState(),
    useCsrfHeader(),
    useIntrospectionPermission({ restricted: config.isProduction }),
    useDeprecation(schema),
    gateway && useViewAs(),
    // What it costs, what of it may be seen, and the run.
    useExecution({
      runner: options.operations.runner,
      subscribe: createSubscriber({
        runner: options.operations.runner,
        gauge: createStreamGauge({
          viewer: config.MAX_STREAMS_PER_VIEWER,
          address: config.MAX_STREAMS_PER_ADDRESS,
          organization: config.MAX_STREAMS_PER_ORGANIZATION,
          process: config.MAX_STREAMS,
        }),
        async authenticate({ exchange }) {
          const again = { ...exchange };
          await authenticate(again);
          return again.viewer as Viewer;
        },
      }),
    }),
    // The way back.
    useErrorMask({ stopped: options.stopped }),
    useResultProcessor(),
    useRevalidation(),
  ];
}

/** Yoga, as its users see it. */
export interface Server {
  /** Answers one request without a socket. */
  fetch(request: Request): Promise<Response>;
  /** Answers requests of `node:http`. */
  readonly handle: RequestListener;
}

/** Makes the server; it listens to nothing. */
export function createServer(options: ServerOptions): Server {
  const { config, log, schema, shared } = options;
  const plugins = pluginsOf(options).filter((plugin) => plugin !== null);
  const hardened = (plugin: (typeof plugins)[number]): GatewayPlugin =>
    timedParams(guardedPlugin(plugin as GatewayPlugin), config.REQUEST_TIMEOUT_MS);
  const yoga = createYoga<ServerContext, SharedContext>({
    schema,
    context: shared,
    fetchAPI: { Request: LazyRequest },
    plugins: [answerFailures, ...plugins.map(hardened)],
    // What Yoga would do for these is done in the list, by the contract.
    maskedErrors: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    parserAndValidationCache: false,
    maxRequestBodySize: false,
    // No path ends with a space: Yoga's own health check would answer every path that ends in `/health`, before the list.
    healthCheckEndpoint: ' ',
    extraParamNames: ['documentId'],
    logging: {
      debug: () => undefined,
      info: (...args) => log.info({ yoga: args.map(String) }, 'yoga'),
      warn: (...args) => log.warn({ yoga: args.map(String) }, 'yoga'),
      error: (...args) => log.debug({ yoga: args.map(String) }, 'yoga'),
    },
  });
  return {
    fetch: async (request) => yoga.fetch(request),
    handle: (request, response) => void yoga.requestListener(request, response),
  };
}

/** Bundles on first use in development; in production the build has done it. */
function graphiqlBuilder(config: Config): ((folder: string) => Promise<void>) | null {
  if (config.isProduction) return null;
  return async (folder) => (await import('./graphiql/build.ts')).buildGraphiql(folder);
}
