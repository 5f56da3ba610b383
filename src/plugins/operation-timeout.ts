/**
 * Gives an operation up that takes too long; streams are exempt once they have begun. A mutation that runs is not undone by that: its
 * client is told that it may have been done, and nothing asks for it to be sent again.
 */
import type { ExecutionResult } from 'graphql';
import type { GatewayPlugin } from '../context.ts';
import { createError } from '../errors.ts';
import type { OperationFacts } from '../http/exchange.ts';
import { isStream } from '../http/results.ts';

/** Makes the plugin. @param timeoutMs until the answer must be there. */
export function useOperationTimeout(timeoutMs: number): GatewayPlugin {
  return {
    onParams({ paramsHandler, setParamsHandler }) {
      setParamsHandler((payload) =>
        withTimeout(Promise.resolve(paramsHandler(payload)), timeoutMs, () =>
          tooLate(payload.context.exchange.operation),
        ),
      );
    },
  };
}

type Outcome = ExecutionResult | AsyncIterable<ExecutionResult>;

/** @throws the error of an operation that can be sent again. */
function tooLate(operation: OperationFacts): ExecutionResult {
  // A mutation that runs goes on: what was not kept yet may still be. One that does not run yet never will.
  if (operation.kind !== 'mutation' || !operation.writes) {
    operation.isGivenUp = true;
    const headers = { 'retry-after': '1' };
    throw createError('SERVICE_UNAVAILABLE', 'The operation took too long.', { status: 503, headers });
  }
  const message = 'The operation took too long, and it may have been done: look first.';
  const extensions = { mayHaveCommitted: true };
  return { data: null, errors: [createError('SERVICE_UNAVAILABLE', message, { extensions })] };
}

function withTimeout(work: Promise<Outcome>, timeoutMs: number, onLate: () => ExecutionResult): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      try {
        resolve(onLate());
      } catch (error) {
        reject(error);
      }
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
