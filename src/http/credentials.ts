/** Reads a request's credentials. They are headers, never part of a URL. */
import type { Authenticator } from '../authorization/authenticator.ts';
import { type Exchange, headerOf } from './exchange.ts';

/**
 * Makes what finds out who calls.
 * @returns a function that sets `exchange.viewer`. It throws UNAUTHENTICATED (401) for a bad credential or two at once, and
 * NOT_FOUND (404) for an organization that is not the viewer's.
 */
export function createAuthenticationStep(authenticator: Authenticator): (exchange: Exchange) => Promise<void> {
  return async (exchange) => {
    exchange.viewer = await authenticator.authenticate(
      {
        authorization: headerOf(exchange, 'authorization') ?? null,
        apiKey: headerOf(exchange, 'x-api-key') ?? null,
        organization: headerOf(exchange, 'x-organization') ?? null,
      },
      exchange.facts.ip,
    );
  };
}
