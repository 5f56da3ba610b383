/**
 * The first that happens to a request: it gets an id, an address and an `exchange` that all hooks share; and the last: what was found
 * out on the way is put onto the response.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { GatewayPlugin } from '../context.ts';
import type { ProxyTrust } from '../http/client-address.ts';
import { type Exchange, headerOf, type ServerContext } from '../http/exchange.ts';
import { printable } from '../http/printable.ts';
import type { Logger } from '../logger.ts';

/** The version of the HTTP interface, in `x-api-version`. */
export const apiVersion = '1';

/** Ids that are taken from the client; anything else (line breaks among it) is replaced. */
const acceptableRequestId = /^[A-Za-z0-9._-]{1,128}$/;
const maxUserAgentLength = 256;

/** What is known of a request before anything is found out. */
type Arrived = Pick<Exchange, 'path' | 'search' | 'headers' | 'remoteAddress' | 'body'>;

/** Makes the plugin. */
export function useRequestContext(options: { readonly log: Logger; readonly trust: ProxyTrust }): GatewayPlugin {
  return {
    onRequest({ request, serverContext }) {
      const arrived = arrivedBy(request, serverContext);
      const sent = headerOf(arrived, 'x-request-id');
      const requestId = sent !== undefined && acceptableRequestId.test(sent) ? sent : randomUUID();
      const userAgent = headerOf(arrived, 'user-agent');
      let log: Logger | undefined;
      serverContext.exchange = {
        ...arrived,
        method: request.method,
        signal: request.signal,
        startedAt: performance.now(),
        facts: {
          requestId,
          ip: options.trust.clientAddress(arrived),
          userAgent: userAgent === undefined ? null : printable(userAgent, maxUserAgentLength),
        },
        get log() {
          log ??= options.log.child({ requestId });
          return log;
        },
        viewer: null,
        resultType: 'application/json',
        acceptsStream: false,
        cacheability: null,
        operation: { name: null, kind: null, cost: null, actualCost: null, codes: [] },
        answerHeaders: { 'x-request-id': requestId, 'x-api-version': apiVersion },
      };
    },

    onResponse({ response, setResponse, serverContext: { exchange, res } }) {
      const { headers, status } = response;
      for (const [name, value] of Object.entries(exchange.answerHeaders)) {
        if (typeof value === 'string') headers.set(name, value);
        else for (const one of value) headers.append(name, one);
      }
      // Node itself sends no body to a HEAD.
      if (exchange.method === 'HEAD' && !res) setResponse(new Response(null, { status, headers }));
    },
  };
}

function arrivedBy(request: Request, { req }: ServerContext): Arrived {
  if (!req) return arrivedByFetch(request);
  const target = req.url ?? '/';
  const at = target.indexOf('?');
  const hasBody = req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined;
  return {
    path: at === -1 ? target : target.slice(0, at),
    search: at === -1 ? '' : target.slice(at + 1),
    headers: req.headers,
    remoteAddress: req.socket.remoteAddress ?? '',
    body: hasBody ? req : null,
  };
}

/** By `fetch`, without a socket. */
function arrivedByFetch(request: Request): Arrived {
  const url = new URL(request.url);
  const headers: IncomingHttpHeaders = {};
  request.headers.forEach((value, name) => {
    headers[name.toLowerCase()] = value;
  });
  return {
    path: url.pathname,
    search: url.search.slice(1),
    headers,
    remoteAddress: '127.0.0.1',
    body: request.body ? Readable.from(buffersOf(request.body)) : null,
  };
}

async function* buffersOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of body) yield Buffer.from(chunk);
}
