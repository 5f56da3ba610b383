/** Adds to `extensions` of a result, and leaves streams as they are. */
import type { ExecutionResult } from 'graphql';

/** A copy of a single result with one more member in `extensions`. */
export function addExtension<T>(result: T, name: string, value: unknown): T {
  if (isStream(result)) return result;
  const { extensions } = result as ExecutionResult;
  return { ...result, extensions: { ...extensions, [name]: value } };
}

/** Whether a result is a stream of results. */
export function isStream(result: unknown): result is AsyncIterable<ExecutionResult> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}
