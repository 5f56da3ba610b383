/** What Prometheus reads on METRICS_PORT: requests, costs, refusals, fallbacks, the process itself. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The gateway's own metrics. Labels have few values: no names of operations, no ids. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<'status' | 'kind'>;
  readonly requestSeconds: Histogram<'kind'>;
  readonly errors: Counter<'code'>;
  readonly estimatedCost: Histogram<'viewer'>;
  readonly actualCost: Histogram<'viewer'>;
  readonly overLimit: Counter<'limit' | 'enforced'>;
  readonly budgetFallbacks: Counter;
  readonly shed: Counter<'cause'>;
}

const costBuckets = [1, 5, 20, 100, 500, 1_000, 2_500, 5_000, 10_000];

/** Makes the metrics; each gateway has its own registry, so that several can run in one process. */
export function createMetrics(gauges: {
  readonly requestsInFlight: () => number;
  readonly eventLoopDelayMs: () => number;
}): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: 'fieldgate_requests_in_flight',
    help: 'Requests that are being answered.',
    registers,
    collect() {
      this.set(gauges.requestsInFlight());
    },
  });
  new Gauge({
    name: 'fieldgate_event_loop_delay_seconds',
    help: 'How late the event loop is.',
    registers,
    collect() {
      this.set(gauges.eventLoopDelayMs() / 1_000);
    },
  });
  return {
    registry,
    requests: new Counter({
      name: 'fieldgate_requests_total',
      help: 'Answers, by status and kind of operation.',
      labelNames: ['status', 'kind'],
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'fieldgate_request_duration_seconds',
      help: 'From the first byte to the answer.',
      labelNames: ['kind'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    errors: new Counter({
      name: 'fieldgate_errors_total',
      help: 'Errors in answers, by code.',
      labelNames: ['code'],
      registers,
    }),
    estimatedCost: new Histogram({
      name: 'fieldgate_operation_cost_estimated',
      help: 'Points that operations were estimated at.',
      labelNames: ['viewer'],
      buckets: costBuckets,
      registers,
    }),
    actualCost: new Histogram({
      name: 'fieldgate_operation_cost_actual',
      help: 'Objects that came back.',
      labelNames: ['viewer'],
      buckets: costBuckets,
      registers,
    }),
    overLimit: new Counter({
      name: 'fieldgate_over_limit_total',
      help: 'Operations over a limit; enforced is false where LIMITS_MODE only measures.',
      labelNames: ['limit', 'enforced'],
      registers,
    }),
    budgetFallbacks: new Counter({
      name: 'fieldgate_budget_fallbacks_total',
      help: 'Charges counted in this process because Redis was away.',
      registers,
    }),
    shed: new Counter({
      name: 'fieldgate_shed_total',
      help: 'Requests refused because there was too much to do, by cause.',
      labelNames: ['cause'],
      registers,
    }),
  };
}

/** The server of METRICS_PORT: nothing but `/metrics`. */
export interface MetricsServer {
  /** @returns the origin that is listened at. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** Makes the server; it is never reachable through the gateway's own port. */
export function createMetricsServer(metrics: Metrics, options: { host: string; port: number }): MetricsServer {
  const server: Server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  return {
    listen() {
      return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, () => {
          server.off('error', reject);
          resolve(`http://${options.host}:${(server.address() as AddressInfo).port}`);
        });
      });
    },
    close() {
      return new Promise((resolve) => {
        if (!server.listening) return resolve();
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
