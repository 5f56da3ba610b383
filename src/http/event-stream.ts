/** Sends results as server-sent events: Yoga's own frames and pings, under the headers that proxies and caches need. */
import type { ExecutionResult } from 'graphql';
import { type FetchAPI, getSSEProcessor } from 'graphql-yoga';

const writeStream = getSSEProcessor();

/**
 * The response of a stream of results, or of a single one.
 * @param textOf the JSON of one result.
 */
export async function eventStream(
  results: AsyncIterable<ExecutionResult>,
  textOf: (result: ExecutionResult) => string,
  fetchAPI: FetchAPI,
): Promise<Response> {
  const response = await writeStream(eachWithText(results, textOf), fetchAPI, 'text/event-stream');
  const { headers } = response;
  headers.delete('content-encoding');
  headers.delete('connection');
  headers.set('content-type', 'text/event-stream; charset=utf-8');
  headers.set('cache-control', 'no-store');
  headers.set('x-accel-buffering', 'no');
  return response;
}

/** A stream of one result, for an operation that is no subscription. */
export async function* oneResult(result: ExecutionResult): AsyncGenerator<ExecutionResult, void, undefined> {
  yield result;
}

/** Yoga asks a result for its text. */
function eachWithText(
  results: AsyncIterable<ExecutionResult>,
  textOf: (result: ExecutionResult) => string,
): AsyncIterableIterator<ExecutionResult> {
  const iterator = results[Symbol.asyncIterator]();
  return {
    async next() {
      const step = await iterator.next();
      if (step.done) return { done: true, value: undefined };
      return { done: false, value: { stringify: () => textOf(step.value) } as ExecutionResult };
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
