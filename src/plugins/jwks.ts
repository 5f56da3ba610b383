/** `/.well-known/jwks.json`: the public halves of the signing keys, for services that verify access tokens themselves. */

import type { GatewayPlugin } from '../context.ts';
import { errorResponse, onlyGet } from '../http/error-body.ts';
import { respond } from '../http/respond.ts';
import type { SigningKeys } from '../identity/authentication/signing-keys.ts';

/** How long a verifier may keep the set: a new key must be known before it signs, so it is added well ahead. */
const maxAgeSeconds = 300;

/** Makes the plugin. */
export function useJwks(keys: Pick<SigningKeys, 'jwks'>): GatewayPlugin {
  const body = JSON.stringify(keys.jwks);
  return {
    onRequest({ serverContext: { exchange }, endResponse }) {
      if (exchange.path !== '/.well-known/jwks.json') return;
      if (exchange.method !== 'GET' && exchange.method !== 'HEAD')
        return endResponse(errorResponse(exchange, onlyGet()));
      const headers = {
        'content-type': 'application/jwk-set+json; charset=utf-8',
        'cache-control': `public, max-age=${maxAgeSeconds}, must-revalidate`,
      };
      endResponse(respond(200, headers, body));
    },
  };
}
