/**
 * Puts the viewer onto the exchange and the context, before anything of the body is read: a bad credential is refused at once,
 * uniformly.
 */
import type { GatewayPlugin } from '../context.ts';
import { createError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';

/**
 * Makes the plugin.
 * @param authenticate sets `exchange.viewer`. @throws the error that answers a bad credential.
 */
export function useAuthentication(authenticate: (exchange: Exchange) => Promise<void>): GatewayPlugin {
  return {
    async onRequestParse({ serverContext }) {
      const { exchange } = serverContext;
      await authenticate(exchange);
      const { viewer, facts, log } = exchange;
      if (!viewer) throw createError('INTERNAL_SERVER_ERROR', 'Nobody was authenticated.');
      Object.assign(serverContext, { viewer, requestFacts: facts, log });
    },
  };
}
