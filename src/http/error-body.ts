/**
 * What leaves the gateway when something went wrong: a code of the catalogue, a message for the client, the request's id.
 * Everything else, whatever `NODE_ENV` says, becomes INTERNAL_SERVER_ERROR; the original goes to the log.
 */
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { createError, type ErrorCode, errorCatalogue, isCatalogued, shorten, withoutSuggestions } from '../errors.ts';
import { databaseFaultOf } from '../stores/database-faults.ts';
import type { Exchange } from './exchange.ts';
import { respond } from './respond.ts';

/** What `createError` keeps in `extensions.http`: for the frame, never for the client. */
interface HttpExtension {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The HTTP part of an error, or an empty one. */
export function httpOf(error: GraphQLError): HttpExtension {
  const http = error.extensions.http;
  return typeof http === 'object' && http !== null ? (http as HttpExtension) : {};
}

/** The catalogue's error inside of another: resolvers' errors come wrapped. */
function cataloguedIn(error: unknown): GraphQLError | null {
  if (isCatalogued(error)) return error;
  if (error instanceof GraphQLError && error.originalError) return cataloguedIn(error.originalError);
  return null;
}

/** Whether graphql-js itself refused the values of variables, before anything ran. */
function isCoercion(error: unknown): error is GraphQLError {
  return (
    error instanceof GraphQLError &&
    !error.originalError &&
    error.path === undefined &&
    /^Variable "/.test(error.message)
  );
}

/**
 * Masks an error.
 * @param onUnknown gets the original of what stands outside of the catalogue.
 * @returns an error of the catalogue, with the position and path of the one given.
 */
export function maskError(error: unknown, onUnknown: (original: unknown) => void): GraphQLError {
  const known = cataloguedIn(error);
  const outer = error instanceof GraphQLError ? error : null;
  if (known) {
    if (known === outer) return known;
    return new GraphQLError(known.message, {
      nodes: outer?.nodes,
      path: outer?.path,
      originalError: known.originalError,
      extensions: known.extensions,
    });
  }
  if (isCoercion(error))
    return new GraphQLError(shorten(withoutSuggestions(error.message)), {
      nodes: error.nodes,
      extensions: { code: 'BAD_USER_INPUT', issues: [] },
    });
  if (databaseFaultOf(error)) {
    const { message, extensions } = databaseUnavailable();
    return new GraphQLError(message, { nodes: outer?.nodes, path: outer?.path, extensions });
  }
  onUnknown(outer?.originalError ?? error);
  return new GraphQLError('Something went wrong. Name the request id when you report it.', {
    nodes: outer?.nodes,
    path: outer?.path,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  });
}

/** An error as it is sent: without the HTTP part, with the request's id. */
export function formatError(error: GraphQLError, requestId: string): GraphQLFormattedError {
  const { http: _http, ...extensions } = error.extensions;
  const { message, locations, path } = error;
  return {
    message,
    ...(locations ? { locations } : {}),
    ...(path ? { path } : {}),
    extensions: { ...extensions, requestId },
  };
}

/** The code of a masked error. */
export function codeOf(error: GraphQLError): ErrorCode {
  return isCatalogued(error) ? error.extensions.code : 'INTERNAL_SERVER_ERROR';
}

/** Codes whose 400 becomes 200 under `application/json`: the request was well-formed HTTP, its document was not to be run. */
const documentCodes: ReadonlySet<ErrorCode> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_TOO_DEEP',
  'OPERATION_TOO_COSTLY',
  'OPERATION_TOO_LARGE',
  'BAD_USER_INPUT',
]);

/**
 * The status of an answer that holds errors and no data: nothing ran.
 * @param plainJson whether the answer is `application/json`, under which errors of the document are 200.
 */
export function statusOfErrors(errors: readonly GraphQLError[], plainJson: boolean): number {
  const [first] = errors;
  if (!first) return 200;
  const code = codeOf(first);
  const status = httpOf(first).status ?? errorCatalogue[code];
  return plainJson && documentCodes.has(code) && status === 400 ? 200 : status;
}

/** Headers that an error asks for. */
export function headersOfError(error: GraphQLError): Record<string, string> {
  const retryAfter = error.extensions.retryAfterSeconds;
  return {
    ...httpOf(error).headers,
    ...(typeof retryAfter === 'number' ? { 'retry-after': String(retryAfter) } : {}),
  };
}

/** A response that is one error and nothing else, in JSON; what is not of the catalogue is masked and logged. */
export function errorResponse(exchange: Exchange, error: unknown): Response {
  const fault = databaseFaultOf(error);
  if (fault) exchange.log.warn({ reason: fault.reason }, 'the database failed');
  const masked = maskError(error, (original) => exchange.log.error({ err: original }, 'unexpected error'));
  const type = exchange.resultType === 'text/event-stream' ? 'application/json' : exchange.resultType;
  exchange.operation.codes = [codeOf(masked)];
  return respond(
    statusOfErrors([masked], type === 'application/json'),
    { ...headersOfError(masked), 'content-type': `${type}; charset=utf-8` },
    JSON.stringify({ errors: [formatError(masked, exchange.facts.requestId)] }),
  );
}

/** The error of a path that does not exist. */
export const pathNotFound = (): GraphQLError =>
  createError('NOT_FOUND', 'Nothing is served at this path.', { status: 404 });

/** The error of a method that a path does not take. */
export const onlyGet = (): GraphQLError =>
  createError('METHOD_NOT_ALLOWED', 'Use GET.', { status: 405, headers: { allow: 'GET, HEAD, OPTIONS' } });

/** The error of a request of which nothing was done: 503 for the whole of it. */
export const databaseUnavailable = (): GraphQLError =>
  createError('SERVICE_UNAVAILABLE', 'The database is unavailable. Try again later.', {
    status: 503,
    headers: { 'retry-after': '1' },
  });
