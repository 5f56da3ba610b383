/**
 * GraphQL over HTTP, before anybody is asked who they are: the method, what the client takes, and what it sends.
 * @see https://graphql.github.io/graphql-over-http/draft/
 */
import type { GatewayPlugin } from '../context.ts';
import { createError } from '../errors.ts';
import { errorResponse } from '../http/error-body.ts';
import { type Exchange, headerOf, type ResultType } from '../http/exchange.ts';
import { negotiate, parseContentType } from '../http/negotiation.ts';

const resultTypes = ['application/json', 'application/graphql-response+json', 'text/event-stream'] as const;

/** Makes the plugin; it comes after all that answer other paths. */
export function useNegotiation(): GatewayPlugin {
  return {
    onRequest({ request, setRequest, serverContext: { exchange }, endResponse, fetchAPI }) {
      try {
        assertMethod(exchange);
        exchange.resultType = acceptedType(exchange);
        exchange.acceptsStream = exchange.resultType === 'text/event-stream';
        assertContentType(exchange);
      } catch (error) {
        return endResponse(errorResponse(exchange, error));
      }
      // Yoga knows no HEAD: it is a GET whose body is not sent.
      if (exchange.method === 'HEAD') {
        const { url, headers, signal } = request;
        setRequest(new fetchAPI.Request(url, { method: 'GET', headers, signal }));
      }
    },
  };
}

function assertMethod({ method }: Exchange): void {
  if (method === 'GET' || method === 'HEAD' || method === 'POST') return;
  throw createError('METHOD_NOT_ALLOWED', 'Use GET or POST.', {
    status: 405,
    headers: { allow: 'GET, HEAD, POST, OPTIONS' },
  });
}

function acceptedType(exchange: Exchange): ResultType {
  const type = negotiate(headerOf(exchange, 'accept'), resultTypes);
  if (type) return type;
  throw createError('NOT_ACCEPTABLE', `Acceptable here: ${resultTypes.join(', ')}.`, { status: 406 });
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
