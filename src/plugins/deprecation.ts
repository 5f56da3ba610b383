/**
 * Tells clients that their operation uses what is deprecated: `Deprecation: @<unix time>`, the earliest of its deprecations.
 * @see RFC 9745
 */
import type { GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.ts';
import { type Deprecations, readDeprecations, usedDeprecations } from '../registry/deprecations.ts';

/** The header's value: a structured field date (RFC 9651 section 3.3.7). Null when nothing is deprecated. */
export function deprecationHeader(used: Deprecations): string | null {
  if (used.size === 0) return null;
  const earliest = Math.min(...[...used.values()].map((date) => date.getTime()));
  return `@${Math.floor(earliest / 1000)}`;
}

/**
 * Makes the plugin.
 * @param schema the one that clients know.
 * @throws UndatedDeprecationError at start, for a deprecation without a date.
 */
export function useDeprecation(schema: GraphQLSchema): Plugin<GatewayContext> {
  const deprecations = readDeprecations(schema);
  if (deprecations.size === 0) return {};
  const tell = ({ exchange, operation }: GatewayContext): void => {
    const value = deprecationHeader(usedDeprecations(deprecations, operation));
    if (value !== null) exchange.answerHeaders.deprecation = value;
  };
  return {
    onExecute({ args }) {
      tell(args.contextValue as GatewayContext);
    },
    onSubscribe({ args }) {
      tell(args.contextValue as GatewayContext);
    },
  };
}
