/** `/health` and `/health/live` say that the process runs; `/health/ready`, whether it can do its work. */
import type { GatewayPlugin } from '../context.ts';
import { errorResponse, onlyGet } from '../http/error-body.ts';
import { respond } from '../http/respond.ts';
import type { Logger } from '../logger.ts';

/** One thing that readiness depends on. */
export interface HealthCheck {
  /** As it is named in the answer. */
  readonly name: string;
  /** Rejects when it is not well; why is for the log only. */
  run(): Promise<void>;
}

/** How long a check may take. */
const checkTimeoutMs = 2_000;
/** How long an outcome is good for, so that many probes cost one check. */
const outcomeTtlMs = 500;

/**
 * Makes the plugin.
 * @param isStopping once true, the gateway is not ready, so that load balancers send nothing new while it drains.
 */
export function useHealth(options: {
  readonly checks: readonly HealthCheck[];
  readonly log: Logger;
  isStopping(): boolean;
}): GatewayPlugin {
  let outcome: { readonly at: number; readonly checks: Promise<Readonly<Record<string, 'ok' | 'failed'>>> } | undefined;
  const known = new Map<string, 'ok' | 'failed'>();

  const check = async ({ name, run }: HealthCheck): Promise<readonly [string, 'ok' | 'failed']> => {
    let result: 'ok' | 'failed' = 'ok';
    try {
      await withTimeout(run());
    } catch (error) {
      result = 'failed';
      if (known.get(name) !== 'failed') options.log.warn({ check: name, err: error }, 'a health check failed');
    }
    known.set(name, result);
    return [name, result];
  };

  const ready = async (): Promise<Response> => {
    const now = performance.now();
    if (!outcome || now - outcome.at > outcomeTtlMs)
      outcome = {
        at: now,
        checks: Promise.all(options.checks.map(check)).then((pairs) => Object.fromEntries(pairs)),
      };
    const checks = await outcome.checks;
    const stopping = options.isStopping();
    const isReady = !stopping && Object.values(checks).every((result) => result === 'ok');
    return json(isReady ? 200 : 503, { status: isReady ? 'ok' : stopping ? 'stopping' : 'unavailable', checks });
  };

  return {
    onRequest({ serverContext: { exchange }, endResponse }) {
      const { path, method } = exchange;
      if (path !== '/health' && path !== '/health/live' && path !== '/health/ready') return undefined;
      if (method !== 'GET' && method !== 'HEAD') return endResponse(errorResponse(exchange, onlyGet()));
      if (path !== '/health/ready') return endResponse(json(200, { status: 'ok' }));
      return ready().then(endResponse);
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

function withTimeout(work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${checkTimeoutMs} ms`)), checkTimeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
