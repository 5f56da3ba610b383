/**
 * Cross-origin access for the origins of a list, and no others. An origin is never reflected unless it stands there, and
 * credentials are allowed for listed origins only.
 */
import type { GatewayPlugin } from '../context.ts';
import { addVary, type Exchange, headerOf } from '../http/exchange.ts';
import { respond } from '../http/respond.ts';

/** Headers that scripts of other origins may read. */
export const exposedHeaders = [
  'x-request-id',
  'x-operation-cost',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'x-api-version',
  'Deprecation',
  'Sunset',
  'ETag',
];

/** Headers that scripts of other origins may send. */
const allowedHeaders = [
  'Authorization',
  'Content-Type',
  'Accept',
  'If-None-Match',
  'x-api-key',
  'x-organization',
  'x-request-id',
  'x-authorization-mode',
  'x-view-as',
  'x-include-cost',
  'x-fieldgate-csrf',
];

/** How long a browser may keep the answer to a preflight; two hours is the most that Chromium takes. */
const preflightSeconds = 7_200;

/**
 * Makes the plugin.
 * @param origins exact origins, such as `https://app.example.com`.
 */
export function useCors(origins: readonly string[]): GatewayPlugin {
  const listed = new Set(origins.map((origin) => origin.replace(/\/$/, '').toLowerCase()));
  const allowedOrigin = (exchange: Exchange): string | null => {
    const origin = headerOf(exchange, 'origin');
    return origin !== undefined && listed.has(origin.toLowerCase()) ? origin : null;
  };
  return {
    onRequest({ serverContext: { exchange }, endResponse }) {
      addVary(exchange, 'Origin');
      const origin = allowedOrigin(exchange);
      if (origin) {
        exchange.answerHeaders['access-control-allow-origin'] = origin;
        exchange.answerHeaders['access-control-allow-credentials'] = 'true';
        exchange.answerHeaders['access-control-expose-headers'] = exposedHeaders.join(', ');
        exchange.answerHeaders['cross-origin-resource-policy'] = 'cross-origin';
      }
      if (exchange.method !== 'OPTIONS') return;
      const isPreflight = headerOf(exchange, 'access-control-request-method') !== undefined;
      const allowed = 'GET, HEAD, POST, OPTIONS';
      if (!isPreflight || !origin) return endResponse(respond(204, { allow: allowed }, null));
      endResponse(
        respond(
          204,
          {
            'access-control-allow-methods': 'GET, HEAD, POST',
            'access-control-allow-headers': allowedHeaders.join(', '),
            'access-control-max-age': String(preflightSeconds),
          },
          null,
        ),
      );
    },
  };
}
