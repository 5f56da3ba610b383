/** Every path that no plugin before it has answered, and that is not `/graphql`, is not there. Paths are matched whole. */
import type { GatewayPlugin } from '../context.ts';
import { errorResponse, pathNotFound } from '../http/error-body.ts';

/** Makes the plugin; it comes after all that answer paths of their own. */
export function useNotFound(): GatewayPlugin {
  return {
    onRequest({ serverContext: { exchange }, endResponse }) {
      if (exchange.path !== '/graphql') endResponse(errorResponse(exchange, pathNotFound()));
    },
  };
}
