/** Puts a server to work: measures its load, sheds what is too much, listens, and stops gracefully. */
import { setMaxListeners } from 'node:events';
import type { RequestListener } from 'node:http';
import type { Config } from './config.ts';
import { parseProxyTrust } from './http/client-address.ts';
import { createConnectionLimits } from './http/connection-limits.ts';
import { createListener } from './http/listener.ts';
import { createMetrics, createMetricsServer, type Metrics } from './http/metrics.ts';
import type { Logger } from './logger.ts';
import { useLoadShedding } from './plugins/load-shedding.ts';
import { createServer, type ServerOptions } from './server.ts';

/** Options of {@link serve}. */
export type ServeOptions = Omit<ServerOptions, 'trust' | 'metrics' | 'loadShedding' | 'isStopping' | 'stopped'>;

/** A server at work. */
export interface Serving {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Starts to listen. @returns the origins. @throws the socket's error when a port is taken. */
  listen(): Promise<{ readonly url: string; readonly metricsUrl: string | null }>;
  /** Answers one request without a socket. */
  fetch(request: Request): Promise<Response>;
  /** Answers requests of another `node:http` server. */
  readonly handle: RequestListener;
  /** Is unready for DRAIN_DELAY_MS, then stops accepting, and lets requests in flight finish within DRAIN_TIMEOUT_MS. */
  close(): Promise<void>;
}

/** Makes a server and what is around it; nothing is opened yet. @throws ConfigError for a faulty TRUST_PROXY. */
export function serve(options: ServeOptions): Serving {
  const { config, log } = options;
  const trust = parseProxyTrust(config.TRUST_PROXY);
  const connections = createConnectionLimits({
    max: config.MAX_CONNECTIONS,
    maxPerNetwork: config.MAX_CONNECTIONS_PER_ADDRESS,
    isProxy: trust.trusts,
  });
  const { plugin: loadShedding, load } = useLoadShedding({
    connections,
    maxRequestsInFlight: config.MAX_REQUESTS_IN_FLIGHT,
    maxEventLoopDelayMs: config.MAX_EVENT_LOOP_DELAY_MS,
    onShed: (cause) => metrics.shed.inc({ cause }),
  });
  const metrics = createMetrics({
    requestsInFlight: () => load.requestsInFlight,
    eventLoopDelayMs: () => load.eventLoopDelayMs,
  });
  let isStopping = false;
  const stop = new AbortController();
  // One for each open stream.
  setMaxListeners(0, stop.signal);

  const { fetch, handle } = createServer({
    ...options,
    trust,
    metrics,
    loadShedding,
    isStopping: () => isStopping,
    stopped: stop.signal,
  });
  const listener = createListener({
    host: config.HOST,
    port: config.PORT,
    log,
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
    maxConnections: config.MAX_CONNECTIONS,
    connections,
    handle,
  });
  const metricsServer =
    config.METRICS_PORT === undefined
      ? null
      : createMetricsServer(metrics, { host: config.HOST, port: config.METRICS_PORT });

  return {
    metrics,
    log,
    fetch,
    handle,
    async listen() {
      const metricsUrl = (await metricsServer?.listen()) ?? null;
      try {
        return { url: await listener.listen(), metricsUrl };
      } catch (error) {
        await metricsServer?.close();
        throw error;
      }
    },
    async close() {
      isStopping = true;
      // Load balancers learn by `/health/ready` that nothing new is to come, while what they still send is answered.
      if (listener.isListening) await new Promise((resolve) => setTimeout(resolve, drainDelayOf(config)));
      stop.abort();
      await listener.close(config.DRAIN_TIMEOUT_MS);
      await metricsServer?.close();
      load.close();
    },
  };
}

const productionDrainDelayMs = 5_000;

/** How long an unready gateway goes on listening: where nobody balances load, Ctrl-C is not to take that long. */
export function drainDelayOf(config: Config): number {
  return config.DRAIN_DELAY_MS ?? (config.isProduction ? productionDrainDelayMs : 0);
}
