/**
 * Gives a result its status, headers and text, by GraphQL over HTTP. Nothing ran: the status is the errors'. Something ran: 200,
 * whatever its fields met. Takes the place of Yoga's own processors, which go by other rules.
 */
import type { ExecutionResult } from 'graphql';
import type { FetchAPI } from 'graphql-yoga';
import type { GatewayPlugin } from '../context.ts';
import { headersOfError, statusOfErrors } from '../http/error-body.ts';
import { eventStream, oneResult } from '../http/event-stream.ts';
import type { Exchange } from '../http/exchange.ts';
import { respond } from '../http/respond.ts';
import { hasRun, isStream, type Result, textOfResult } from '../http/results.ts';

/** Makes the plugin. */
export function useResultProcessor(): GatewayPlugin {
  return {
    onResultProcess({ serverContext: { exchange }, setResultProcessor }) {
      setResultProcessor(
        (result, fetchAPI) => process(exchange, result as Result | AsyncIterable<ExecutionResult>, fetchAPI),
        exchange.resultType,
      );
    },
  };
}

function process(
  exchange: Exchange,
  result: Result | AsyncIterable<ExecutionResult>,
  fetchAPI: FetchAPI,
): Response | Promise<Response> {
  const textOf = (one: ExecutionResult): string => textOfResult(one, exchange.facts.requestId);
  if (isStream(result)) return eventStream(result, textOf, fetchAPI);
  const ran = hasRun(result);
  const errors = result.errors ?? [];
  const wantsStream = exchange.resultType === 'text/event-stream';
  const type = wantsStream ? 'application/json' : exchange.resultType;
  const status = ran ? 200 : statusOfErrors(errors, type === 'application/json');
  if (wantsStream && status === 200) return eventStream(oneResult(result), textOf, fetchAPI);
  const headers = ran || !errors[0] ? {} : headersOfError(errors[0]);
  return respond(status, { ...headers, 'content-type': `${type}; charset=utf-8` }, textOf(result));
}
