/**
 * Lets clients keep what a registered query answered to a GET, and ask whether it is still so: `ETag`, and 304 where nothing
 * changed. Every answer is computed for its own viewer first, so that no viewer is ever told what another one got.
 */
import type { GatewayPlugin } from '../context.ts';
import { entityTag, matchesTag } from '../http/entity-tag.ts';
import { headerOf } from '../http/exchange.ts';
import { respond } from '../http/respond.ts';

/** Headers that change an answer for the one request that carries them; such an answer is not for keeping. */
const oneTimeHeaders = ['x-authorization-mode', 'x-include-cost'] as const;

/** Makes the plugin; it comes after the one that gives results their text. */
export function useRevalidation(): GatewayPlugin {
  return {
    onResultProcess({ resultProcessor, setResultProcessor, serverContext: { exchange } }) {
      if (!resultProcessor || (exchange.method !== 'GET' && exchange.method !== 'HEAD')) return;
      const { cacheability } = exchange;
      if (cacheability === null || oneTimeHeaders.some((name) => headerOf(exchange, name) !== undefined)) return;
      setResultProcessor(async (result, fetchAPI, mediaType) => {
        const response = await resultProcessor(result, fetchAPI, mediaType);
        const type = response.headers.get('content-type') ?? '';
        const isJson = !type.startsWith('text/event-stream');
        if (response.status !== 200 || !isJson || exchange.operation.codes.length > 0) return response;
        const text = await response.text();
        const headers = { etag: entityTag(type, text), 'cache-control': `${cacheability}, no-cache` };
        if (matchesTag(headerOf(exchange, 'if-none-match'), headers.etag)) return respond(304, headers, null);
        return respond(200, { ...headers, 'content-type': type }, text);
      }, exchange.resultType);
    },
  };
}
