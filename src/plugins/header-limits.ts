/**
 * Refuses requests whose headers cannot be trusted to be what the proxy in front saw: too many of them (Node drops those beyond its own
 * count in silence, `X-Forwarded-For` perhaps among them), a `Host` that is none, or two of them.
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2
 */
import type { GatewayPlugin } from '../context.ts';
import { createError } from '../errors.ts';
import { errorResponse } from '../http/error-body.ts';

/** Browsers and proxies send some thirty. Below Node's 2,000, so that none was dropped when there are fewer. */
const maxHeaders = 200;

const host = /^(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;

/** Makes the plugin; it comes before everything that believes a header. */
export function useHeaderLimits(): GatewayPlugin {
  return {
    onRequest({ request, serverContext: { req, exchange }, endResponse }) {
      const raw = req?.rawHeaders ?? [];
      if (raw.length > maxHeaders * 2)
        return endResponse(
          errorResponse(
            exchange,
            createError('BAD_REQUEST', `A request has ${maxHeaders} headers at most.`, { status: 431 }),
          ),
        );
      let hosts = 0;
      for (let at = 0; at < raw.length; at += 2)
        if (raw[at]?.length === 4 && raw[at]?.toLowerCase() === 'host') hosts += 1;
      // What makes no URL now would fail later, wherever the URL is read.
      if (hosts > 1 || !host.test(exchange.headers.host ?? '') || !URL.canParse(request.url))
        endResponse(
          errorResponse(exchange, createError('BAD_REQUEST', 'The header Host is not well-formed.', { status: 400 })),
        );
      return undefined;
    },
  };
}
