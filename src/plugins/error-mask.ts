/**
 * Masks every error of every answer and event: what has no code of the catalogue becomes INTERNAL_SERVER_ERROR, whatever
 * `NODE_ENV` says, and the original goes to the log. Takes the place of Yoga's masking, which lets every GraphQLError
 * through.
 */
import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.ts';
import { codeOf } from '../http/error-body.ts';
import { maskResult } from '../http/graphql-endpoint.ts';
import { isStream } from '../operation/result.ts';

/** Makes the plugin; it comes last, so that it sees what all others add. */
export function useErrorMask(): Plugin<object, GatewayContext> {
  return {
    onExecutionResult({ result, setResult, context }) {
      const { exchange } = context;
      const mask = (one: ExecutionResult): ExecutionResult => {
        const masked = maskResult(exchange, one);
        if (masked.errors) exchange.operation.codes = masked.errors.map(codeOf);
        return masked;
      };
      if (result === undefined || Array.isArray(result)) return;
      setResult(isStream(result) ? mapStream(result, mask) : mask(result as ExecutionResult));
    },
  };
}

/** No generator: one that waits for its next event could not be ended from outside. */
function mapStream<T>(stream: AsyncIterable<T>, map: (value: T) => T): AsyncIterableIterator<T> {
  const iterator = stream[Symbol.asyncIterator]();
  const over = { done: true, value: undefined } as const;
  return {
    async next() {
      const step = await iterator.next();
      return step.done ? over : { done: false, value: map(step.value) };
    },
    return: async () => {
      await iterator.return?.();
      return over;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
