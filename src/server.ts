/**
 * The gateway's way of a request, in order: the plugins of the HTTP frame, the table of paths, and Yoga with its plugins.
 * Whoever looks for what happens when reads this file from top to bottom.
 */
import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { GatewayContext } from './context.ts';
import { createError } from './errors.ts';
import { errorAnswer, notFoundAnswer } from './http/error-body.ts';
import { type Answer, type Exchange, type HttpPlugin, headerOf, type Route } from './http/exchange.ts';
import { createGraphqlEndpoint } from './http/graphql-endpoint.ts';
import type { OperationParams } from './http/graphql-params.ts';
import type { Logger } from './logger.ts';

/** What a resolver's context holds beside what belongs to one request. */
export type SharedContext = Pick<GatewayContext, 'db' | 'sealer' | 'events' | 'services' | 'config'>;

/** Options of {@link createServer}. */
export interface ServerOptions {
  readonly log: Logger;
  /** For validation and introspection; the authorization plugin puts the executable one in its place. */
  readonly schema: GraphQLSchema;
  readonly shared: SharedContext;
  readonly bodyLimitBytes: number;
  readonly uploadLimitBytes: number;
  readonly timeoutMs: number;
  /** Finds out who calls and sets `exchange.viewer`. @throws the error that answers a bad credential. */
  authenticate(exchange: Exchange): Promise<void>;
  /** In the order in which they see a request. */
  readonly httpPlugins: readonly HttpPlugin[];
  /** In the order in which they see an operation. */
  readonly operationPlugins: readonly Plugin<GatewayContext>[];
  /** Sees every result last, before it is written. */
  readonly errorMask: Plugin<object, GatewayContext>;
  /** Further paths: exact ones, and prefixes that end in a slash and take one segment. */
  readonly routes: Readonly<Record<string, Route>>;
}

/** Answers exchanges; never rejects. */
export type Server = (exchange: Exchange) => Promise<Answer>;

/** Makes the server, apart from any transport. */
export function createServer(options: ServerOptions): Server {
  const execute = createExecutor(options);
  const graphql = createGraphqlEndpoint({
    bodyLimitBytes: options.bodyLimitBytes,
    uploadLimitBytes: options.uploadLimitBytes,
    timeoutMs: options.timeoutMs,
    authenticate: options.authenticate,
    execute,
  });
  const exact = new Map<string, Route>([['/graphql', graphql]]);
  const prefixes: [string, Route][] = [];
  for (const [path, route] of Object.entries(options.routes)) {
    if (path.endsWith('/')) prefixes.push([path, route]);
    else exact.set(path, route);
  }

  const route = (exchange: Exchange): Promise<Answer> | Answer => {
    const handler = exact.get(exchange.path);
    if (handler) return handler(exchange, '');
    for (const [prefix, handle] of prefixes) {
      if (!exchange.path.startsWith(prefix)) continue;
      const parameter = exchange.path.slice(prefix.length);
      if (parameter !== '' && !parameter.includes('/')) return handle(exchange, parameter);
    }
    return notFoundAnswer(exchange);
  };

  const answer = async (exchange: Exchange): Promise<Answer> => {
    try {
      for (const plugin of options.httpPlugins) {
        const early = await plugin.onExchange?.(exchange);
        if (early) return early;
      }
      return await route(exchange);
    } catch (error) {
      return errorAnswer(exchange, error);
    }
  };

  return async (exchange) => {
    let result = await answer(exchange);
    for (const plugin of options.httpPlugins) result = plugin.replaceAnswer?.(exchange, result) ?? result;
    for (const plugin of options.httpPlugins) {
      try {
        plugin.onAnswer?.(exchange, result);
      } catch (error) {
        options.log.error({ err: error }, 'a plugin failed on an answer');
      }
    }
    return result;
  };
}

function createExecutor(options: ServerOptions) {
  const { log, schema, shared } = options;
  const yoga = createYoga<GatewayContext>({
    schema,
    plugins: [...options.operationPlugins, options.errorMask],
    // What Yoga would do for HTTP is done by the frame, once and by the contract.
    maskedErrors: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    parserAndValidationCache: false,
    maxRequestBodySize: false,
    extraParamNames: ['documentId'],
    logging: {
      debug: () => undefined,
      info: (...args) => log.info({ yoga: args.map(String) }, 'yoga'),
      warn: (...args) => log.warn({ yoga: args.map(String) }, 'yoga'),
      error: (...args) => log.debug({ yoga: args.map(String) }, 'yoga'),
    },
  });

  return async (
    exchange: Exchange,
    params: OperationParams,
  ): Promise<ExecutionResult | AsyncIterable<ExecutionResult>> => {
    const { viewer, facts } = exchange;
    if (!viewer) throw createError('INTERNAL_SERVER_ERROR', 'Nobody was authenticated.');
    const request = new yoga.fetchAPI.Request(`http://gateway${exchange.path}`, {
      method: exchange.method,
      headers: singleHeaders(exchange),
    });
    const context = { ...shared, request, params, exchange, requestFacts: facts, viewer, log: exchange.log };
    const result = await yoga.getResultForParams({ params, request }, context as never);
    if (result === undefined) throw new Error('Yoga gave no result.');
    return result;
  };
}

/** Headers as the fetch API takes them; HTTP/2's pseudo headers and repeated ones joined. */
function singleHeaders(exchange: Exchange): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(exchange.headers)) {
    const value = headerOf(exchange, name);
    if (value !== undefined && !name.startsWith(':')) headers[name] = value;
  }
  return headers;
}
