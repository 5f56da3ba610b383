/**
 * `/health` and `/health/live` say whether a new process is needed, `/health/ready` whether this one can do its work. A database that is
 * down is no reason for a new process: it would find the same. One that answers nobody, or that cannot use a database which is up, is.
 */
import type { GatewayPlugin } from '../context.ts';
import { errorResponse, onlyGet } from '../http/error-body.ts';
import type { Exchange } from '../http/exchange.ts';
import { respond } from '../http/respond.ts';
import type { Logger } from '../logger.ts';
import { withPatientTimeout } from '../stores/patient-timer.ts';

/** One thing that health depends on. */
export interface HealthCheck {
  /** As it is named in the answer. */
  readonly name: string;
  /**
   * What its failure means. `required` (the default): nothing new is sent here. `degradable`: it is told, and the gateway works on.
   * `vital`: asked for liveness alone, the process must be replaced.
   */
  readonly role?: 'required' | 'degradable' | 'vital';
  /** Rejects when it is not well; why is for the log only. */
  run(): Promise<void>;
}

type Outcome = 'ok' | 'failed' | 'degraded';
type Outcomes = Readonly<Record<string, Outcome>>;

/** How long a check may take. */
const checkTimeoutMs = 2_500;
/** How long an outcome is good for, so that many probes cost one check. */
const outcomeTtlMs = 500;
/** How much longer than a request may take none may be answered while some wait, in milliseconds. */
const quietGraceMs = 15_000;

/** Options of {@link useHealth}. */
export interface HealthOptions {
  readonly checks: readonly HealthCheck[];
  readonly log: Logger;
  /** How long one request may take; a gateway that answers nobody for longer than that is stuck. */
  readonly requestTimeoutMs?: number;
  /** Once true, the gateway is not ready, so that load balancers send nothing new while it drains. */
  isStopping(): boolean;
  /** The monotonic clock in milliseconds, for tests. */
  readonly now?: () => number;
}

/** Makes the plugin. */
export function useHealth(options: HealthOptions): GatewayPlugin {
  const { log, now = () => performance.now(), requestTimeoutMs = 30_000 } = options;
  const known = new Map<string, Outcome>();

  const check = async ({ name, role, run }: HealthCheck): Promise<readonly [string, Outcome]> => {
    let result: Outcome = 'ok';
    try {
      await withPatientTimeout(run(), checkTimeoutMs, `no answer within ${checkTimeoutMs} ms`);
    } catch (error) {
      result = role === 'degradable' ? 'degraded' : 'failed';
      if (known.get(name) !== result) log.warn({ check: name, err: error }, 'a health check failed');
    }
    known.set(name, result);
    return [name, result];
  };

  /** Runs checks, and keeps their outcome for a moment. */
  const kept = (checks: readonly HealthCheck[]): (() => Promise<Outcomes>) => {
    let outcome: { readonly at: number; readonly all: Promise<Outcomes> } | undefined;
    return () => {
      if (!outcome || now() - outcome.at > outcomeTtlMs)
        outcome = { at: now(), all: Promise.all(checks.map(check)).then((pairs) => Object.fromEntries(pairs)) };
      return outcome.all;
    };
  };
  const readiness = kept(options.checks.filter(({ role }) => role !== 'vital'));
  const vitals = kept(options.checks.filter(({ role }) => role === 'vital'));

  /** Requests that were not answered yet: no counter, so that it cannot drift. */
  const waiting = new Set<Exchange>();
  /** Since when somebody waits and nobody was answered. */
  let quietSince = now();

  const ready = async (): Promise<Response> => {
    const checks = await readiness();
    const stopping = options.isStopping();
    const isReady = !stopping && Object.values(checks).every((result) => result !== 'failed');
    return json(isReady ? 200 : 503, { status: isReady ? 'ok' : stopping ? 'stopping' : 'unavailable', checks });
  };

  const live = async (): Promise<Response> => {
    const isQuiet = waiting.size > 0 && now() - quietSince > requestTimeoutMs + quietGraceMs;
    const isAlive = !isQuiet && Object.values(await vitals()).every((result) => result === 'ok');
    return isAlive ? json(200, { status: 'ok' }) : json(503, { status: 'stuck' });
  };

  return {
    onRequest({ serverContext: { exchange, res }, endResponse }) {
      const { path, method } = exchange;
      if (path !== '/health' && path !== '/health/live' && path !== '/health/ready') {
        if (waiting.size === 0) quietSince = now();
        waiting.add(exchange);
        // A client that goes away waits no more, and was not answered.
        res?.once('close', () => waiting.delete(exchange));
        return undefined;
      }
      if (method !== 'GET' && method !== 'HEAD') return endResponse(errorResponse(exchange, onlyGet()));
      return (path === '/health/ready' ? ready() : live()).then(endResponse);
    },
    onResponse({ serverContext: { exchange } }) {
      if (waiting.delete(exchange)) quietSince = now();
    },
  };
}

function json(status: number, value: unknown): Response {
  return respond(
    status,
    {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...(status === 503 ? { 'retry-after': '1' } : {}),
    },
    JSON.stringify(value),
  );
}
