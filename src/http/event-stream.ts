/** Writes results as server-sent events, in the distinct connections mode of GraphQL over SSE. */
import type { ExecutionResult } from 'graphql';

/** How often a comment is sent so that proxies keep the connection open. */
const pingIntervalMs = 12_000;

/**
 * Turns results into the text of a stream: a `next` event for each, `complete` at the end, a comment now and then.
 * @param stringify makes the JSON of one result.
 * @param signal ends the stream, also while it waits for an event that may never come.
 */
export async function* eventStream(
  results: AsyncIterable<ExecutionResult>,
  stringify: (result: ExecutionResult) => string,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const iterator = results[Symbol.asyncIterator]();
  try {
    // Headers alone are held back by some proxies and browsers until something follows.
    yield ':\n\n';
    let next = iterator.next();
    for (;;) {
      const step = await nextOrPing(next, signal);
      if (step === 'gone') return;
      if (step === 'ping') {
        yield ':\n\n';
        continue;
      }
      if (step.done) break;
      yield `event: next\ndata: ${stringify(step.value)}\n\n`;
      next = iterator.next();
    }
    yield 'event: complete\ndata:\n\n';
  } finally {
    // Not awaited: a source that waits for an event only hears of the end once that has come.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** A stream of one result, for an operation that is no subscription. */
export async function* oneResult(result: ExecutionResult): AsyncGenerator<ExecutionResult, void, undefined> {
  yield result;
}

function nextOrPing<T>(
  next: Promise<IteratorResult<T>>,
  signal: AbortSignal,
): Promise<IteratorResult<T> | 'ping' | 'gone'> {
  if (signal.aborted) return Promise.resolve('gone');
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(() => resolve('ping')), pingIntervalMs);
    const onAbort = (): void => settle(() => resolve('gone'));
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      how();
    };
    timer.unref();
    signal.addEventListener('abort', onAbort, { once: true });
    next.then(
      (step) => settle(() => resolve(step)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}
