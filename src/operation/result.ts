/**
 * What an operation answers. A result is GraphQL's own, with a `stringify` where a strategy has its JSON already: then `data` is parsed only
 * if a plugin reads it, and what nobody read goes out as it came.
 */
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { AuthorizationState, Denial } from '../authorization/state.ts';
import { createError, forbidden } from '../errors.ts';

/** A result that knows how to write itself; Yoga writes by `stringify` where there is one. */
export interface SerializableResult extends ExecutionResult {
  readonly stringify?: (result: ExecutionResult) => string;
}

/**
 * A result whose data is finished JSON text.
 * @param text the JSON of `data`, an object or null; nothing is left to do to it.
 */
export function textResult(text: string): SerializableResult {
  let parsed: ExecutionResult['data'];
  let isRead = false;
  const dataOf = (): ExecutionResult['data'] => {
    if (!isRead) {
      parsed = JSON.parse(text) as ExecutionResult['data'];
      isRead = true;
    }
    return parsed;
  };
  const result = {
    stringify(answer: ExecutionResult): string {
      // Whoever read the data may have changed it, or put other data in its place.
      if (isRead) {
        const { stringify: _, ...plain } = answer as SerializableResult;
        return JSON.stringify(plain);
      }
      const { errors, extensions } = answer;
      const before = errors && errors.length > 0 ? `"errors":${JSON.stringify(errors)},` : '';
      const after = extensions ? `,"extensions":${JSON.stringify(extensions)}` : '';
      return `{${before}"data":${text}${after}}`;
    },
  };
  return withLazyData(result, dataOf);
}

function withLazyData(result: SerializableResult, get: () => ExecutionResult['data']): SerializableResult {
  return Object.defineProperty(result, 'data', { get, enumerable: true, configurable: true });
}

/** A copy of a result with other members, whose data is not read by that. */
export function withMembers(result: ExecutionResult, members: Omit<ExecutionResult, 'data'>): SerializableResult {
  const lazy = Object.getOwnPropertyDescriptor(result, 'data');
  if (!lazy?.get) return { ...result, ...members };
  const { stringify, errors, extensions } = result as SerializableResult;
  const copy = { ...(errors ? { errors } : {}), ...(extensions ? { extensions } : {}), stringify, ...members };
  return Object.defineProperty(copy, 'data', lazy) as SerializableResult;
}

/** A copy of a single result with one more member in `extensions`. */
export function addExtension<T>(result: T, name: string, value: unknown): T {
  if (isStream(result)) return result;
  const { extensions } = result as ExecutionResult;
  return withMembers(result as ExecutionResult, { extensions: { ...extensions, [name]: value } }) as T;
}

/** Whether a result is a stream of results. */
export function isStream(result: unknown): result is AsyncIterable<ExecutionResult> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}

/** The error of a denial. The path is left out unless it exists in the answer. */
export function denialError(denial: Denial, data: unknown): GraphQLError {
  const error = forbidden(denial.coordinate, denial.requires);
  return denial.path && existsIn(data, denial.path)
    ? createError('FORBIDDEN', error.message, { path: denial.path, extensions: error.extensions })
    : error;
}

function existsIn(data: unknown, path: readonly (string | number)[]): boolean {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !(key in value)) return false;
    value = (value as Record<string | number, unknown>)[key];
  }
  return true;
}

/** Adds one error for each denied coordinate. */
export function withDenials(result: ExecutionResult, { denials }: AuthorizationState): ExecutionResult {
  if (denials.length === 0) return result;
  const needsData = denials.some(({ path }) => path !== undefined);
  const data = needsData ? result.data : null;
  return withMembers(result, {
    errors: [...(result.errors ?? []), ...denials.map((denial) => denialError(denial, data))],
  });
}

/** An error of a result below a field, at its place in the whole answer. */
export function below(error: GraphQLError, path: readonly (string | number)[]): GraphQLError {
  const { http: _, ...extensions } = error.extensions;
  return new GraphQLError(error.message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    path: error.path ? [...path, ...error.path] : undefined,
    originalError: error.originalError,
    extensions,
  });
}
