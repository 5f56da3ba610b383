/** `/.well-known/jwks.json`: the public halves of the signing keys, for services that verify access tokens themselves. */
import type { SigningKeys } from '../authentication/signing-keys.ts';
import { createError } from '../errors.ts';
import { errorAnswer } from '../http/error-body.ts';
import type { Route } from '../http/exchange.ts';

/** How long a verifier may keep the set: a new key must be known before it signs, so it is added well ahead. */
const maxAgeSeconds = 300;

/** Makes the route. */
export function createJwksRoute(keys: SigningKeys): Route {
  const body = JSON.stringify(keys.jwks);
  return async (exchange) => {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD')
      return errorAnswer(
        exchange,
        createError('METHOD_NOT_ALLOWED', 'Use GET.', { status: 405, headers: { allow: 'GET, HEAD, OPTIONS' } }),
      );
    return {
      status: 200,
      headers: {
        'content-type': 'application/jwk-set+json; charset=utf-8',
        'cache-control': `public, max-age=${maxAgeSeconds}, must-revalidate`,
      },
      body,
    };
  };
}
