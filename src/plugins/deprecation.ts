/**
 * Tells clients that their operation uses what is deprecated: `Deprecation: @<unix time>`, the earliest of its deprecations.
 * Comes before the plan, which replaces what is denied: the client's own document is what counts.
 * @see RFC 9745
 */
import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.ts';
import type { Exchange } from '../http/exchange.ts';
import type { PreparedDocument } from '../limits/prepare-document.ts';
import { type Deprecations, readDeprecations, usedDeprecations } from '../operations/deprecations.ts';
import { requestedOperation } from './operation-limits.ts';

/** Options of {@link createDeprecationTeller}. */
export interface DeprecationOptions {
  /** The schema that clients know. */
  readonly schema: GraphQLSchema;
}

/** The header's value: a structured field date (RFC 9651 section 3.3.7). Null when nothing is deprecated. */
export function deprecationHeader(used: Deprecations): string | null {
  if (used.size === 0) return null;
  const earliest = Math.min(...[...used.values()].map((date) => date.getTime()));
  return `@${Math.floor(earliest / 1000)}`;
}

/** Sets the header where an operation uses what is deprecated. Null where the schema deprecates nothing. */
export type DeprecationTeller =
  | ((exchange: Exchange, prepared: PreparedDocument, definition: OperationDefinitionNode, variables: unknown) => void)
  | null;

/** Makes the teller. @throws UndatedDeprecationError at start, for a deprecation without a date. */
export function createDeprecationTeller({ schema }: DeprecationOptions): DeprecationTeller {
  const deprecations = readDeprecations(schema);
  if (deprecations.size === 0) return null;
  return (exchange, prepared, definition, variables) => {
    if (!prepared.document) return;
    const raw = (variables ?? {}) as Readonly<Record<string, unknown>>;
    const value = deprecationHeader(usedDeprecations(schema, deprecations, prepared.document, definition, raw));
    if (value !== null) exchange.answerHeaders.deprecation = value;
  };
}

/** Makes the plugin. */
export function useDeprecation(tellDeprecations: DeprecationTeller): Plugin<GatewayContext> {
  if (!tellDeprecations) return {};
  const tell = (context: GatewayContext, variables: unknown): void => {
    const { prepared, definition } = requestedOperation(context);
    tellDeprecations(context.exchange, prepared, definition, variables);
  };
  return {
    onExecute({ args }) {
      tell(args.contextValue as GatewayContext, args.variableValues);
    },
    onSubscribe({ args }) {
      tell(args.contextValue as GatewayContext, args.variableValues);
    },
  };
}
