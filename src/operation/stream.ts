/**
 * Subscriptions, authorized for each event: the credential is read again (good for half a second, like everywhere), the operation is planned
 * for what the viewer may do now, and the event is run like any operation, charged to its viewer. Between events the credential is read
 * again too, so that a session that ended, a revoked key or a lost role ends a stream that is idle.
 */
import type { ExecutionResult, GraphQLError } from 'graphql';
import { SkippedEvent } from '../authorization/skipped-event.ts';
import type { Viewer } from '../authorization/viewer.ts';
import type { GatewayContext } from '../context.ts';
import { createError, type ErrorCode, isCatalogued } from '../errors.ts';
import { isStream } from '../http/results.ts';
import type { OperationRunner, RunRequest } from './run.ts';
import type { StreamGauge } from './stream-gauge.ts';

/** Options of {@link createSubscriber}. */
export interface SubscriberOptions {
  readonly runner: OperationRunner;
  /** Counts open streams, and refuses one too many. */
  readonly gauge: StreamGauge;
  /** Who calls, read anew. @throws the error that ends the stream. */
  authenticate(context: GatewayContext): Promise<Viewer>;
  /** How often the credential of an idle stream is read again, in milliseconds. */
  readonly recheckMs?: number;
}

/** Opens subscriptions. */
export type Subscriber = (request: RunRequest) => Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;

/** With the half second for which a credential is good, an idle stream ends within a second of its end. */
const defaultRecheckMs = 450;

const over = { done: true, value: undefined } as const;

/** Makes a subscriber. */
export function createSubscriber({
  runner,
  gauge,
  authenticate,
  recheckMs = defaultRecheckMs,
}: SubscriberOptions): Subscriber {
  /** Who listens, as of now. @throws the error that ends the stream. */
  const currentViewer = async ({ context, viewer, operation }: RunRequest): Promise<Viewer> => {
    let current: Viewer;
    try {
      current = await authenticate(context);
    } catch (error) {
      if (!isCatalogued(error)) throw createError('SERVICE_UNAVAILABLE', 'The credential could not be read.');
      throw createError(error.extensions.code as ErrorCode, error.message);
    }
    // The topic belongs to the organization that was subscribed in.
    if (current.organization?.id !== viewer.organization?.id)
      throw createError('UNAUTHENTICATED', 'The membership ended.');
    const [denied] = runner.rootDenials(operation, current);
    if (denied) throw denied;
    return current;
  };

  return async (request) => {
    const place = gauge.enter(request.viewer, request.context.exchange.facts.ip);
    if (place.error) return { errors: [place.error] };
    const { release } = place;
    const source = await runner.open(request).catch((error: unknown) => {
      release();
      throw error;
    });
    if (!isStream(source)) {
      release();
      return source as ExecutionResult;
    }
    const events = (source as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    let pending: Promise<IteratorResult<unknown>> | undefined;
    let ended = false;

    const end = (): void => {
      ended = true;
      release();
      // Not awaited: a source that waits for an event only hears of the end once that has come.
      void Promise.resolve(events.return?.()).catch(() => undefined);
    };
    const last = (error: GraphQLError): IteratorResult<ExecutionResult> => {
      end();
      return { done: false, value: { data: null, errors: [error] } };
    };
    const next = async (): Promise<IteratorResult<ExecutionResult>> => {
      while (!ended) {
        pending ??= events.next();
        const step = await withinOrNull(pending, recheckMs);
        if (step?.done) break;
        if (step) pending = undefined;
        const viewer = await currentViewer(request);
        if (!step) continue;
        const result = await runner.run({ ...request, viewer, rootValue: step.value });
        if (result.errors?.some(({ originalError }) => originalError instanceof SkippedEvent)) continue;
        // Nothing ran: the budget is used up.
        if (result.data === undefined) throw result.errors?.[0];
        return { done: false, value: result };
      }
      ended = true;
      release();
      return over;
    };
    const results: AsyncIterableIterator<ExecutionResult> = {
      async next() {
        try {
          return await next();
        } catch (error) {
          if (ended) return over;
          if (!isCatalogued(error)) {
            end();
            throw error;
          }
          return last(error);
        }
      },
      async return() {
        end();
        return over;
      },
      [Symbol.asyncIterator]: () => results,
    };
    return results;
  };
}

/** What a promise gives within a time; null when it takes longer, and then it goes on. */
function withinOrNull<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), ms);
    timer.unref();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
