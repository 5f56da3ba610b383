/**
 * Tells clients that their operation uses what is deprecated: `Deprecation: @<unix time>` (RFC 9745), the earliest of its
 * deprecations. Needs nothing of the viewer; answers are otherwise unchanged.
 */
import type { ExecutionResult, GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { operationOf } from '../authorization/operation-walk.ts';
import { readDeprecations, usedDeprecations } from '../operations/deprecations.ts';

/** Options of {@link useDeprecation}. */
export interface DeprecationOptions {
  /** The schema that clients know. */
  readonly schema: GraphQLSchema;
}

/** The header's value: a structured field date (RFC 9651 section 3.3.7). */
export function deprecationHeader(dates: Iterable<Date>): string | null {
  const earliest = Math.min(...[...dates].map((date) => date.getTime()));
  return Number.isFinite(earliest) ? `@${Math.floor(earliest / 1000)}` : null;
}

/**
 * Makes the plugin.
 * @throws UndatedDeprecationError at start, for a deprecation without a date.
 */
export function useDeprecation({ schema }: DeprecationOptions): Plugin {
  const deprecations = readDeprecations(schema);
  if (deprecations.size === 0) return {};
  return {
    // The client's own document is looked at: the plan, which comes later, replaces what is denied.
    onExecute({ args }) {
      const { document, operationName, variableValues } = args;
      const operation = operationOf(document, operationName);
      if (!operation) return undefined;
      const used = usedDeprecations(schema, deprecations, document, operation, variableValues ?? {});
      const value = deprecationHeader(used.values());
      if (value === null) return undefined;
      return {
        onExecuteDone({ result, setResult }) {
          if (!(Symbol.asyncIterator in result)) setResult(withHeader(result as ExecutionResult, value));
        },
      };
    },
  };
}

function withHeader(result: ExecutionResult, value: string): ExecutionResult {
  const http = result.extensions?.http as { headers?: Record<string, string> } | undefined;
  return {
    ...result,
    extensions: { ...result.extensions, http: { ...http, headers: { ...http?.headers, deprecation: value } } },
  };
}
