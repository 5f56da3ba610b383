/**
 * What an operation answers. A result is GraphQL's own, with a `stringify` where a strategy has its JSON already: then `data` is parsed only
 * if a plugin reads it, and what nobody read goes out as it came.
 */
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { AuthorizationState, Denial } from '../authorization/state.ts';
import type { Viewer } from '../authorization/viewer.ts';
import { forbidden, forbiddenToAnonymous } from '../errors.ts';
import { type Result, replaceMembers } from '../http/results.ts';

/**
 * A result whose data is finished JSON text.
 * @param text the JSON of `data`, an object or null; nothing is left to do to it.
 */
export function textResult(text: string): Result {
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
        const { stringify: _, ...plain } = answer as Result;
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

function withLazyData(result: Result, get: () => ExecutionResult['data']): Result {
  return Object.defineProperty(result, 'data', { get, enumerable: true, configurable: true });
}

/** The error of a denial to a viewer. The path is left out unless it exists in the answer. */
export function denialError(denial: Denial, data: unknown, { kind }: Pick<Viewer, 'kind'>): GraphQLError {
  const { message, extensions } = (kind === 'anonymous' ? forbiddenToAnonymous : forbidden)(
    denial.coordinate,
    denial.requires,
  );
  const path = denial.path && existsIn(data, denial.path) ? denial.path : undefined;
  return new GraphQLError(message, { path, extensions });
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
export function withDenials(result: ExecutionResult, { denials }: AuthorizationState, viewer: Viewer): ExecutionResult {
  if (denials.length === 0) return result;
  const needsData = denials.some(({ path }) => path !== undefined);
  const data = needsData ? result.data : null;
  return replaceMembers(result, {
    errors: [...(result.errors ?? []), ...denials.map((denial) => denialError(denial, data, viewer))],
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
