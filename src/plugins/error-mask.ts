/**
 * Masks every error of every answer and event: what has no code of the catalogue becomes INTERNAL_SERVER_ERROR, whatever
 * `NODE_ENV` says, and the original goes to the log. Takes the place of Yoga's masking, which lets every GraphQLError
 * through. All ways to an answer come by here, errors of every hook included. Faults of the database are said as what they are here too.
 */
import type { ExecutionResult } from 'graphql';
import type { GatewayPlugin } from '../context.ts';
import { withDatabaseFaults } from '../http/database-fault-answer.ts';
import { codeOf, maskError } from '../http/error-body.ts';
import type { Exchange } from '../http/exchange.ts';
import { hasRun, isStream, readStream, replaceMembers } from '../http/results.ts';

/**
 * Makes the plugin.
 * @param stopped ends streams when the gateway stops, so that their clients come again elsewhere.
 */
export function useErrorMask({ stopped }: { readonly stopped: AbortSignal }): GatewayPlugin {
  return {
    onResultProcess({ result, setResult, serverContext: { exchange } }) {
      const mask = (one: ExecutionResult): ExecutionResult => masked(exchange, one);
      if (!isStream(result)) return setResult(mask(result as ExecutionResult));
      setResult(
        readStream<ExecutionResult>(result as AsyncIterable<ExecutionResult>, {
          map: mask,
          onFailure: (error) => mask({ errors: [error as never] }),
          signals: [exchange.signal, stopped],
        }),
      );
    },
  };
}

function masked(exchange: Exchange, ran: ExecutionResult): ExecutionResult {
  const { kind, writes } = exchange.operation;
  const result = withDatabaseFaults(ran, { kind, mayHaveCommitted: writes?.mayHaveCommitted ?? false }, (fault) =>
    exchange.log.warn({ reason: fault.reason }, 'the database failed'),
  );
  const onUnknown = (original: unknown): void => exchange.log.error({ err: original }, 'unexpected error');
  // Yoga drops the error of something that was aborted on the way; no answer is nothing at all.
  const aborted = !result.errors?.length && !hasRun(result) ? [new Error('The operation was aborted.')] : undefined;
  const errors = (aborted ?? result.errors ?? []).map((error) => maskError(error, onUnknown));
  if (errors.length === 0) return result;
  exchange.operation.codes = errors.map(codeOf);
  return replaceMembers(result, { errors });
}
