/**
 * Behind a proxy that ends TLS, refuses what reached the proxy unencrypted: browsers' page views are sent to https, all
 * else is refused, since a credential that came in the clear must not be answered as if that were fine.
 */
import type { GatewayPlugin } from '../context.ts';
import { createError } from '../errors.ts';
import type { ProxyTrust } from '../http/client-address.ts';
import { errorResponse } from '../http/error-body.ts';
import { headerOf } from '../http/exchange.ts';
import { negotiate } from '../http/negotiation.ts';
import { respond } from '../http/respond.ts';

/**
 * Makes the plugin. `/health` is exempt, for probes that come from inside.
 * @param options.publicUrl where browsers are sent; never taken from the request's own Host.
 */
export function useHttpsOnly(options: { readonly trust: ProxyTrust; readonly publicUrl: URL }): GatewayPlugin {
  return {
    onRequest({ serverContext: { exchange }, endResponse }) {
      if (exchange.path === '/health' || exchange.path.startsWith('/health/')) return;
      if (!options.trust.trusts(exchange.remoteAddress)) return;
      // The proxy nearest to us wrote the last one.
      const scheme = headerOf(exchange, 'x-forwarded-proto')?.split(',').at(-1)?.trim().toLowerCase();
      if (scheme === undefined || scheme === 'https' || scheme === 'wss') return;
      const isPageView =
        (exchange.method === 'GET' || exchange.method === 'HEAD') &&
        negotiate(headerOf(exchange, 'accept'), ['application/json', 'text/html']) === 'text/html';
      if (!isPageView)
        return endResponse(errorResponse(exchange, createError('FORBIDDEN', 'Use https.', { status: 403 })));
      const target = new URL(options.publicUrl.href);
      target.protocol = 'https:';
      target.pathname = exchange.path;
      target.search = exchange.search;
      endResponse(respond(308, { location: target.href, 'content-length': '0' }, null));
    },
  };
}
