/**
 * Says no early when there is too much to do: too many connections, too many requests in flight, or an event loop that
 * lags. A refused request costs next to nothing, and `/health` is answered all the while.
 */
import { createError } from '../errors.ts';
import { errorAnswer } from '../http/error-body.ts';
import type { Exchange, HttpPlugin } from '../http/exchange.ts';

/** Options of {@link createLoadShedder}. */
export interface LoadSheddingOptions {
  readonly maxRequestsInFlight: number;
  /** The lag of the event loop beyond which requests are refused. */
  readonly maxEventLoopDelayMs: number;
  /** Told of each refusal, with its cause. */
  onShed?(cause: 'connections' | 'requests' | 'eventLoop'): void;
}

/** A plugin, what it measures, and its end. */
export interface LoadShedder extends HttpPlugin {
  readonly requestsInFlight: number;
  readonly eventLoopDelayMs: number;
  close(): void;
}

const sampleIntervalMs = 50;
/** Whole seconds until another try; long enough for a queue to shrink. */
const retryAfterSeconds = 1;

/** Makes the plugin and starts to measure. */
export function createLoadShedder(options: LoadSheddingOptions): LoadShedder {
  const counted = new WeakSet<Exchange>();
  let inFlight = 0;
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

  return {
    get requestsInFlight() {
      return inFlight;
    },
    get eventLoopDelayMs() {
      return Math.max(0, delay());
    },
    onExchange(exchange) {
      if (exchange.path.startsWith('/health')) return undefined;
      const cause = exchange.overConnectionLimit
        ? 'connections'
        : inFlight >= options.maxRequestsInFlight
          ? 'requests'
          : delay() > options.maxEventLoopDelayMs
            ? 'eventLoop'
            : null;
      if (cause === null) {
        inFlight += 1;
        counted.add(exchange);
        return undefined;
      }
      options.onShed?.(cause);
      const headers = { 'retry-after': String(retryAfterSeconds) };
      return errorAnswer(
        exchange,
        createError('SERVICE_UNAVAILABLE', 'The gateway is busy. Try again later.', { status: 503, headers }),
      );
    },
    onAnswer(exchange) {
      if (counted.delete(exchange)) inFlight -= 1;
    },
    close() {
      clearInterval(timer);
    },
  };
}
