/**
 * `/graphql`: from an exchange to an answer, by GraphQL over HTTP. Negotiates, authenticates, reads the parameters, lets
 * Yoga's plugins decide and execute, and gives the answer its status.
 * @see https://graphql.github.io/graphql-over-http/draft/
 */
import type { ExecutionResult, GraphQLError } from 'graphql';
import { createError } from '../errors.ts';
import { withDatabaseFaults } from './database-fault-answer.ts';
import { errorAnswer, formatError, httpOf, maskError, statusOfErrors } from './error-body.ts';
import { eventStream, oneResult } from './event-stream.ts';
import { type Answer, type Exchange, headerOf } from './exchange.ts';
import { type OperationParams, parseJsonBody, parseParams, parseSearch } from './graphql-params.ts';
import { parseMultipart } from './multipart.ts';
import { negotiate, parseContentType } from './negotiation.ts';
import { readBody } from './request-body.ts';

/** What the endpoint needs. */
export interface GraphqlEndpointOptions {
  readonly bodyLimitBytes: number;
  readonly uploadLimitBytes: number;
  /** How long an operation may take before it is given up; subscriptions are exempt. */
  readonly timeoutMs: number;
  /** Finds out who calls and sets `exchange.viewer`. @throws the error that answers a bad credential. */
  authenticate(exchange: Exchange): Promise<void>;
  /** Decides and runs; everything that it throws is answered as an error. */
  execute(exchange: Exchange, params: OperationParams): Promise<ExecutionResult | AsyncIterable<ExecutionResult>>;
}

/** Room for the parts of a multipart body beside the file itself. */
const multipartOverheadBytes = 64 * 1024;

const jsonTypes = ['application/json', 'application/graphql-response+json', 'text/event-stream'] as const;
type JsonType = (typeof jsonTypes)[number];

/** Makes the handler of the endpoint. */
export function createGraphqlEndpoint(options: GraphqlEndpointOptions): (exchange: Exchange) => Promise<Answer> {
  const readParams = async (exchange: Exchange): Promise<OperationParams> => {
    if (exchange.method !== 'POST') return parseSearch(exchange.search);
    const contentType = headerOf(exchange, 'content-type');
    const isMultipart = parseContentType(contentType)?.type === 'multipart/form-data';
    // Nobody uploads without a credential, so that nobody makes the gateway hold much without one.
    const uploads = isMultipart && exchange.viewer?.kind !== 'anonymous';
    const limit = uploads ? options.uploadLimitBytes + multipartOverheadBytes : options.bodyLimitBytes;
    const body = await readBody(exchange, limit);
    return isMultipart ? parseMultipart(body, contentType ?? '') : parseParams(parseJsonBody(body));
  };

  return async (exchange) => {
    let mediaType: JsonType = 'application/json';
    try {
      assertMethod(exchange);
      mediaType = assertAcceptable(exchange);
      exchange.acceptsStream = mediaType === 'text/event-stream';
      assertContentType(exchange);
      await options.authenticate(exchange);
      const params = await readParams(exchange);
      const result = await withTimeout(options.execute(exchange, params), options.timeoutMs);
      return answerOf(exchange, result, mediaType);
    } catch (error) {
      return errorAnswer(exchange, error, mediaType === 'text/event-stream' ? 'application/json' : mediaType);
    }
  };
}

function assertMethod({ method }: Exchange): void {
  if (method === 'GET' || method === 'HEAD' || method === 'POST') return;
  throw createError('METHOD_NOT_ALLOWED', 'Use GET or POST.', {
    status: 405,
    headers: { allow: 'GET, HEAD, POST, OPTIONS' },
  });
}

function assertAcceptable(exchange: Exchange): JsonType {
  const type = negotiate(headerOf(exchange, 'accept'), jsonTypes);
  if (type) return type;
  throw createError('NOT_ACCEPTABLE', `Acceptable here: ${jsonTypes.join(', ')}.`, { status: 406 });
}

function assertContentType(exchange: Exchange): void {
  if (exchange.method !== 'POST') return;
  const content = parseContentType(headerOf(exchange, 'content-type'));
  if (content?.type === 'multipart/form-data') {
    // A form on another site can send multipart without asking first; a header of one's own it cannot.
    if (headerOf(exchange, 'x-fieldgate-csrf') === undefined)
      throw createError('CSRF_HEADER_REQUIRED', 'Multipart requests need the header x-fieldgate-csrf.', {
        status: 403,
      });
    return;
  }
  const isJson = content?.type === 'application/json' && (content.charset === null || content.charset === 'utf-8');
  if (!isJson)
    throw createError('UNSUPPORTED_MEDIA_TYPE', 'Send application/json in UTF-8, or multipart/form-data for uploads.', {
      status: 415,
      headers: { accept: 'application/json, multipart/form-data' },
    });
}

/** The answer of a result. Nothing ran: the status is the errors'. Something ran: 200, whatever its fields met. */
function answerOf(
  exchange: Exchange,
  result: ExecutionResult | AsyncIterable<ExecutionResult>,
  mediaType: JsonType,
): Answer {
  const stringify = (one: ExecutionResult): string => stringifyResult(one, exchange.facts.requestId);
  if (isAsyncIterable(result)) return streamAnswer(eventStream(result, stringify, exchange.signal));
  const ran = 'data' in result && result.data !== undefined;
  const errors = result.errors ?? [];
  const isStream = mediaType === 'text/event-stream';
  const status = ran ? 200 : statusOfErrors(errors, mediaType === 'application/json' || isStream);
  if (isStream && status === 200) return streamAnswer(eventStream(oneResult(result), stringify, exchange.signal));
  const first = errors[0];
  return {
    status,
    headers: {
      ...(ran || !first ? {} : headersOf(first)),
      'content-type': `${isStream ? 'application/json' : mediaType}; charset=utf-8`,
    },
    body: stringify(result),
  };
}

function headersOf(error: GraphQLError): Record<string, string> {
  const retryAfter = error.extensions.retryAfterSeconds;
  return {
    ...httpOf(error).headers,
    ...(error.extensions.code === 'RATE_LIMITED' && typeof retryAfter === 'number'
      ? { 'retry-after': String(retryAfter) }
      : {}),
  };
}

function streamAnswer(body: AsyncIterable<string>): Answer {
  return {
    status: 200,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
    body,
  };
}

/** The JSON of a result whose errors are masked already. */
export function stringifyResult(result: ExecutionResult, requestId: string): string {
  if (!result.errors || result.errors.length === 0) return JSON.stringify(result);
  const { errors, ...rest } = result;
  return JSON.stringify({ errors: errors.map((error) => formatError(error, requestId)), ...rest });
}

/** Masks the errors of a result. */
export function maskResult(exchange: Exchange, result: ExecutionResult): ExecutionResult {
  if (!result.errors || result.errors.length === 0) return result;
  const { kind, writes } = exchange.operation;
  const answered = withDatabaseFaults(result, { kind, mayHaveCommitted: writes?.mayHaveCommitted ?? false }, (fault) =>
    exchange.log.warn({ reason: fault.reason }, 'the database failed'),
  );
  const onUnknown = (original: unknown): void => exchange.log.error({ err: original }, 'unexpected error');
  return { ...answered, errors: answered.errors?.map((error) => maskError(error, onUnknown)) };
}

function isAsyncIterable(value: unknown): value is AsyncIterable<ExecutionResult> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          createError('SERVICE_UNAVAILABLE', 'The operation took too long.', {
            status: 503,
            headers: { 'retry-after': '1' },
          }),
        ),
      timeoutMs,
    );
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
