/**
 * The closed catalogue of error codes, and the factories that make errors of it. Every error that leaves the gateway
 * has one of these codes; what has none is masked as `INTERNAL_SERVER_ERROR`. Documented in `docs/errors.md`.
 */
import { GraphQLError, type GraphQLErrorOptions } from 'graphql';

/**
 * Every code, with the HTTP status of an answer in which it stands alone, before anything ran.
 * 200 marks codes that only ever occur inside of an operation that ran.
 */
export const errorCatalogue = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  CONFLICT: 200,
  RATE_LIMITED: 429,
  OPERATION_TOO_DEEP: 400,
  OPERATION_TOO_COSTLY: 400,
  OPERATION_TOO_LARGE: 400,
  OPERATION_NOT_REGISTERED: 403,
  PERSISTED_OPERATION_NOT_FOUND: 404,
  OPERATION_RETIRED: 404,
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  BAD_REQUEST: 400,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  UNSUPPORTED_MEDIA_TYPE: 415,
  CSRF_HEADER_REQUIRED: 403,
  ACCOUNT_PENDING: 403,
  ACCOUNT_SUSPENDED: 403,
  MFA_REQUIRED: 200,
  UNSUPPORTED_FILE: 200,
  PAYLOAD_TOO_LARGE: 413,
  SERVICE_UNAVAILABLE: 503,
  INTERNAL_SERVER_ERROR: 500,
} as const;

/** One code of the catalogue. */
export type ErrorCode = keyof typeof errorCatalogue;

/** What is wrong with one field of an input: its path from the argument, and a sentence for a person. */
export interface InputIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Options of {@link createError}. */
export interface ErrorOptions extends Pick<GraphQLErrorOptions, 'nodes' | 'path' | 'originalError'> {
  /** Further members of `extensions`. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Sets the status of the whole HTTP answer; leave out for an error inside of an operation that runs (200). */
  readonly status?: number;
  /** Headers of the whole HTTP answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes an error of the catalogue. The message is for the client: no internals, no values of guarded fields. */
export function createError(code: ErrorCode, message: string, options: ErrorOptions = {}): GraphQLError {
  const { extensions, status, headers, ...rest } = options;
  const http = status === undefined && headers === undefined ? {} : { http: { status, headers } };
  return new GraphQLError(message, { ...rest, extensions: { code, ...extensions, ...http } });
}

/** Whether a value is an error whose code stands in the catalogue, and so may leave the gateway unmasked. */
export function isCatalogued(error: unknown): error is GraphQLError & { extensions: { code: ErrorCode } } {
  return (
    error instanceof GraphQLError &&
    typeof error.extensions.code === 'string' &&
    Object.hasOwn(errorCatalogue, error.extensions.code)
  );
}

/** Refuses the credential itself: 401 and one uniform body, whatever was wrong with it (RFC 6750 section 3.1). */
export const badCredential = () =>
  createError('UNAUTHENTICATED', 'The credential is missing, malformed, expired or revoked.', {
    status: 401,
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
  });

/** Refuses a token and a key in one request before either is looked at, so that it says nothing of them (RFC 6750 section 3.1). */
export const twoCredentials = () =>
  createError('UNAUTHENTICATED', 'Two credentials were sent: send either Authorization or x-api-key, not both.', {
    status: 401,
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_request"' },
  });

/** An operation that needs a signed-in viewer was sent by an anonymous one, or a sign-in failed; status 200. */
export const unauthenticated = (message = 'Sign in first.') => createError('UNAUTHENTICATED', message);

/** A denial at one coordinate. `requires` are the permissions of which the viewer lacks some. */
export const forbidden = (coordinate: string, requires: readonly string[], message?: string) =>
  createError('FORBIDDEN', message ?? `You may not access ${coordinate}.`, { extensions: { coordinate, requires } });

/**
 * A denial to a caller without any credential: signing in may help.
 * @see {@link forbidden}
 */
export const forbiddenToAnonymous = (coordinate: string, requires: readonly string[]) =>
  createError('UNAUTHENTICATED', `Sign in to access ${coordinate}.`, { extensions: { coordinate, requires } });

/** A denial that refuses a request whole: 403, or 401 for a caller without any credential. */
export const refused = (isAnonymous: boolean, coordinate: string, requires: readonly string[]) => {
  const { message, extensions } = (isAnonymous ? forbiddenToAnonymous : forbidden)(coordinate, requires);
  const { code, ...rest } = extensions as { code: ErrorCode };
  return createError(code, message, {
    status: isAnonymous ? 401 : 403,
    ...(isAnonymous ? { headers: { 'WWW-Authenticate': 'Bearer' } } : {}),
    extensions: rest,
  });
};

/** Absent, foreign and invisible things are the same thing: nobody can tell which. */
export const notFound = (what: string) => createError('NOT_FOUND', `${what} not found.`);

/** Faulty input, with one issue for each faulty field. */
export const badUserInput = (issues: readonly InputIssue[], message?: string) =>
  createError('BAD_USER_INPUT', message ?? issues[0]?.message ?? 'The input is not valid.', { extensions: { issues } });

/** The row changed since the caller read it, or a unique value is taken. */
export const conflict = (message: string, extensions?: Record<string, unknown>) =>
  createError('CONFLICT', message, { extensions });

/** Too many requests: whole seconds until another try may succeed. */
export const rateLimited = (retryAfterSeconds: number, message = 'Too many requests. Try again later.') =>
  createError('RATE_LIMITED', message, { extensions: { retryAfterSeconds } });

/** A dependency is down or the gateway is shedding load. */
export const serviceUnavailable = (message = 'The service is unavailable. Try again later.') =>
  createError('SERVICE_UNAVAILABLE', message);

/** How long a message may be that quotes the client's own text, in characters. */
const maxQuotedLength = 300;

/** Cuts what quotes the client's own text back at it. */
export function shorten(message: string): string {
  return message.length <= maxQuotedLength ? message : `${message.slice(0, maxQuotedLength)}…`;
}

/** Removes graphql-js's hints at names that the client did not know: they would list a schema that it may not read. */
export function withoutSuggestions(message: string): string {
  return message.replace(/ ?Did you mean [^?]*\?/g, '');
}

/** A request that is not well-formed: BAD_REQUEST, 400. */
export const badRequest = (message: string) => createError('BAD_REQUEST', message, { status: 400 });
