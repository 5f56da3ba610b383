/**
 * Says no early when there is too much to do: too many connections, too many requests in flight, or an event loop that
 * lags. A refused request costs next to nothing, and `/health` is answered all the while.
 */
import type { GatewayPlugin } from '../context.ts';
import { createError } from '../errors.ts';
import type { ConnectionLimits } from '../http/connection-limits.ts';
import { errorResponse } from '../http/error-body.ts';
import type { Exchange } from '../http/exchange.ts';

/** Options of {@link createLoadShedder}. */
export interface LoadSheddingOptions {
  /** Which connections came when there were too many already: only health is answered on them. */
  readonly connections: Pick<ConnectionLimits, 'isSurplus'>;
  readonly maxRequestsInFlight: number;
  /** The lag of the event loop beyond which requests are refused. */
  readonly maxEventLoopDelayMs: number;
  /** Told of each refusal, with its cause. */
  onShed?(cause: 'connections' | 'requests' | 'eventLoop'): void;
}

/** What is measured, and the end of measuring. */
export interface Load {
  readonly requestsInFlight: number;
  readonly eventLoopDelayMs: number;
  close(): void;
}

const sampleIntervalMs = 50;
/** Whole seconds until another try; long enough for a queue to shrink. */
const retryAfterSeconds = 1;

/** Makes the plugin and starts to measure. */
export function useLoadShedding(options: LoadSheddingOptions): { readonly plugin: GatewayPlugin; readonly load: Load } {
  /** Requests that are being answered: no counter, so that it cannot drift. */
  const inFlight = new Set<Exchange>();
  let lag = 0;
  let sampledAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    lag = (lag + Math.max(0, now - sampledAt - sampleIntervalMs)) / 2;
    sampledAt = now;
  }, sampleIntervalMs);
  timer.unref();
  /** A mean in which the latest weighs most, the running sample included: one pause alone must be twice as long. */
  const delay = (): number => Math.max(lag, (lag + performance.now() - sampledAt - sampleIntervalMs) / 2);

  const plugin: GatewayPlugin = {
    onRequest({ serverContext: { exchange, req, res }, endResponse }) {
      if (exchange.path.startsWith('/health')) return;
      const cause =
        req && options.connections.isSurplus(req.socket)
          ? 'connections'
          : inFlight.size >= options.maxRequestsInFlight
            ? 'requests'
            : delay() > options.maxEventLoopDelayMs
              ? 'eventLoop'
              : null;
      if (cause === null) {
        inFlight.add(exchange);
        // A client that goes away is over, wherever its request is at.
        res?.once('close', () => inFlight.delete(exchange));
        return;
      }
      options.onShed?.(cause);
      const headers = { 'retry-after': String(retryAfterSeconds) };
      endResponse(
        errorResponse(
          exchange,
          createError('SERVICE_UNAVAILABLE', 'The gateway is busy. Try again later.', { status: 503, headers }),
        ),
      );
    },
    onResponse({ serverContext: { exchange } }) {
      inFlight.delete(exchange);
    },
  };

  return {
    plugin,
    load: {
      get requestsInFlight() {
        return inFlight.size;
      },
      get eventLoopDelayMs() {
        return Math.max(0, delay());
      },
      close() {
        clearInterval(timer);
      },
    },
  };
}
