/** Headers that tell browsers what these answers may be used for. */
import type { GatewayPlugin } from '../context.ts';
import { addVary } from '../http/exchange.ts';

/** For everything but GraphiQL: nothing may be loaded, framed or run. */
export const strictPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Two years, as the preload lists ask for. */
const hstsSeconds = 63_072_000;

/**
 * Sets the headers on every answer.
 * @param options.https whether clients reach the gateway by https; only then HSTS makes sense (RFC 6797 section 7.2).
 */
export function useSecurityHeaders(options: { readonly https: boolean }): GatewayPlugin {
  const always = {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'permissions-policy':
      'accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(options.https ? { 'strict-transport-security': `max-age=${hstsSeconds}; includeSubDomains` } : {}),
  };
  return {
    onRequest({ serverContext: { exchange } }) {
      Object.assign(exchange.answerHeaders, always);
      if (exchange.path === '/graphql')
        addVary(exchange, 'Authorization', 'x-api-key', 'x-organization', 'x-view-as', 'Accept');
    },
    onResponse({ response: { headers }, serverContext: { exchange } }) {
      if (!headers.has('content-security-policy')) headers.set('content-security-policy', strictPolicy);
      // Also for the anonymous: whether an answer may be kept is said where it may, by persisted operations.
      if (exchange.path === '/graphql' && !headers.has('cache-control')) headers.set('cache-control', 'no-store');
    },
  };
}
