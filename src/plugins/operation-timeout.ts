/**
 * Gives an operation up that takes too long; streams are exempt once they have begun. A mutation that runs is not undone by that: its
 * client is told that it may have been done, and nothing asks for it to be sent again.
 */
import type { ExecutionResult } from 'graphql';
import type { GatewayPlugin } from '../context.ts';
import { createError } from '../errors.ts';
import type { OperationFacts } from '../http/exchange.ts';
import { isStream } from '../http/results.ts';

/** By when each request must be answered, by the monotonic clock in milliseconds: from the first hook that sees its parameters. */
const deadlines = new WeakMap<object, number>();

function leftOf(exchange: object, timeoutMs: number): number {
  const deadline = deadlines.get(exchange) ?? performance.now() + timeoutMs;
  deadlines.set(exchange, deadline);
  return Math.max(0, deadline - performance.now());
}

/** Makes the plugin. @param timeoutMs until the answer must be there. */
export function useOperationTimeout(timeoutMs: number): GatewayPlugin {
  return {
    onParams({ paramsHandler, setParamsHandler }) {
      setParamsHandler((payload) => {
        const { exchange } = payload.context;
        const onLate = () => tooLate(exchange.operation);
        return withTimeout(Promise.resolve(paramsHandler(payload)), leftOf(exchange, timeoutMs), onLate);
      });
    },
  };
}

/** A plugin whose `onParams` is given up like the operation itself: what finds the operation, a stranger's hook too, may wait for ever. */
export function timedParams<P extends Pick<GatewayPlugin, 'onParams'>>(plugin: P, timeoutMs: number): P {
  const { onParams } = plugin;
  if (!onParams) return plugin;
  const timed: Pick<GatewayPlugin, 'onParams'> = {
    onParams(payload) {
      const { exchange } = payload.context;
      const leftMs = leftOf(exchange, timeoutMs);
      const work = onParams(payload);
      // It throws: nothing of the operation has begun.
      return work && withTimeout(Promise.resolve(work), leftMs, () => void tooLate(exchange.operation));
    },
  };
  return { ...plugin, ...timed };
}

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

function withTimeout<T>(work: Promise<T>, timeoutMs: number, onLate: () => T): Promise<T> {
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
