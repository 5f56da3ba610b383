/**
 * Results of operations: changes them without looking at their data, and writes them as text. A result may carry its own `stringify`
 * (Yoga's), and its data may be a getter that parses only when somebody reads it: no function here does.
 */
import type { ExecutionResult, GraphQLError } from 'graphql';
import { formatError } from './error-body.ts';

/** A result that may know its own text. */
export type Result = ExecutionResult & { readonly stringify?: (result: ExecutionResult) => string };

/** Whether a result is a stream of results. */
export function isStream(result: unknown): result is AsyncIterable<ExecutionResult> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}

/** A copy with other members; getters stay getters. */
export function replaceMembers<T extends object>(result: T, members: Partial<T>): T {
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(result)) as T;
  for (const [name, value] of Object.entries(members))
    Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** A copy of a single result with one more member in `extensions`; a stream is left as it is. */
export function addExtension<T>(result: T, name: string, value: unknown): T {
  if (isStream(result)) return result;
  const single = result as ExecutionResult;
  return replaceMembers(single, { extensions: { ...single.extensions, [name]: value } }) as T;
}

/** Whether anything was executed: then there is data, be it null. */
export function hasRun(result: Result): boolean {
  return result.stringify !== undefined || ('data' in result && result.data !== undefined);
}

/** The JSON of a result whose errors are masked already. */
export function textOfResult(result: Result, requestId: string): string {
  const { stringify } = result;
  const errors = result.errors?.length ? result.errors.map((error) => formatError(error, requestId)) : undefined;
  if (stringify) {
    const formatted = errors ? replaceMembers(result, { errors: errors as unknown as GraphQLError[] }) : result;
    return stringify(formatted);
  }
  if (!errors) return JSON.stringify(result);
  const { errors: _masked, ...rest } = result;
  return JSON.stringify({ errors, ...rest });
}

/**
 * A stream with each result changed, which ends for its reader when a signal says so, also while it waits for an event that
 * may never come, and lets go of its source then, also when nobody ever read from it. No generator: one that waits could not be ended
 * from outside. It never rejects: a source that fails ends with what `onFailure` makes of it.
 */
export function readStream<T>(
  source: AsyncIterable<T>,
  options: { map(value: T): T; onFailure(error: unknown): T; readonly signals: readonly AbortSignal[] },
): AsyncIterableIterator<T> {
  const { map, onFailure, signals } = options;
  const iterator = source[Symbol.asyncIterator]();
  const over = { done: true, value: undefined } as const;
  let isOver = false;
  let wake: (step: typeof over) => void = () => undefined;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    for (const signal of signals) signal.removeEventListener('abort', end);
    wake(over);
    // Not awaited: a source that waits for an event only hears of the end once that has come.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  };
  for (const signal of signals) {
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  }
  return {
    async next() {
      if (isOver) return over;
      const gone = new Promise<typeof over>((resolve) => {
        wake = resolve;
      });
      try {
        const step = await Promise.race([iterator.next(), gone]);
        if (isOver) return over;
        if (step.done) {
          end();
          return over;
        }
        return { done: false, value: map(step.value) };
      } catch (error) {
        if (isOver) return over;
        end();
        return { done: false, value: onFailure(error) };
      }
    },
    async return() {
      end();
      return over;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
