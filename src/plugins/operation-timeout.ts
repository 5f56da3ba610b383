/** Gives an operation up that takes too long; streams are exempt once they have begun. */
import type { ExecutionResult } from 'graphql';
import type { GatewayPlugin } from '../context.ts';
import { createError } from '../errors.ts';
import { isStream } from '../http/results.ts';

/** Makes the plugin. @param timeoutMs until the answer must be there. */
export function useOperationTimeout(timeoutMs: number): GatewayPlugin {
  return {
    onParams({ paramsHandler, setParamsHandler }) {
      setParamsHandler((payload) => withTimeout(Promise.resolve(paramsHandler(payload)), timeoutMs));
    },
  };
}

type Outcome = ExecutionResult | AsyncIterable<ExecutionResult>;

function withTimeout<T extends Outcome>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      const headers = { 'retry-after': '1' };
      reject(createError('SERVICE_UNAVAILABLE', 'The operation took too long.', { status: 503, headers }));
    }, timeoutMs);
    work
      .then((result) => {
        // Nobody will read what comes too late.
        if (isLate && isStream(result)) void result[Symbol.asyncIterator]().return?.();
        resolve(result);
      }, reject)
      .finally(() => clearTimeout(timer));
  });
}
