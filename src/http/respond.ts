/** Makes responses of the kind that Yoga's listener writes fastest: its own class, over a plain object of headers. */
import type { Readable } from 'node:stream';
import { Response as YogaResponse } from '@whatwg-node/fetch';

/**
 * Makes a response.
 * @param headers in lower case; taken over and changed, so it must not be shared.
 * @param body a stream is sent as it comes; null is no body at all.
 */
export function respond(
  status: number,
  headers: Record<string, string>,
  body: string | Uint8Array | Readable | null,
): Response {
  return new YogaResponse(body as BodyInit | null, { status, headers });
}
