/** Headers that tell browsers what these answers may be used for. */
import { addVary, type HttpPlugin } from '../http/exchange.ts';

/** For everything but GraphiQL: nothing may be loaded, framed or run. */
export const strictPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Two years, as the preload lists ask for. */
const hstsSeconds = 63_072_000;

/**
 * Sets the headers on every answer.
 * @param options.https whether clients reach the gateway by https; only then HSTS makes sense (RFC 6797 section 7.2).
 */
export function useSecurityHeaders(options: { readonly https: boolean }): HttpPlugin {
  const always: Readonly<Record<string, string>> = {
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
    onAnswer(exchange, answer) {
      for (const [name, value] of Object.entries(always)) exchange.answerHeaders[name] ??= value;
      exchange.answerHeaders['content-security-policy'] = answer.headers['content-security-policy'] ?? strictPolicy;
      if (exchange.path !== '/graphql') return;
      addVary(exchange, 'Authorization', 'x-api-key', 'x-organization', 'x-view-as', 'Accept');
      // Also for the anonymous: whether an answer may be kept is said where it may, by persisted operations.
      if (answer.headers['cache-control'] === undefined && exchange.answerHeaders['cache-control'] === undefined)
        exchange.answerHeaders['cache-control'] = 'no-store';
    },
  };
}
