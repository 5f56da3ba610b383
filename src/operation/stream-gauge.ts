/**
 * Counts the open streams of this instance: of a viewer or key, of an address, of an organization and in all. Each holds a socket, a
 * listener and a timer for as long as its client likes, so that no budget of points bounds them.
 */
import type { GraphQLError } from 'graphql';
import type { Viewer } from '../authorization/viewer.ts';
import { createError } from '../errors.ts';
import { networkOf } from '../http/client-address.ts';

/** How many streams may be open at once. */
export interface StreamLimits {
  readonly viewer: number;
  readonly address: number;
  readonly organization: number;
  readonly process: number;
}

/** A place for a stream, or why there is none. */
export type StreamPlace =
  | { readonly error: GraphQLError }
  | {
      readonly error: null;
      /** Gives the place back; once, however often it is called. */
      release(): void;
    };

/** Counts streams. */
export interface StreamGauge {
  /** Takes a place. RATE_LIMITED (429) where one of the limits is met. */
  enter(viewer: Viewer, ip: string): StreamPlace;
  /** How many are open. */
  readonly open: number;
}

/** Nobody knows when another stream ends. */
const retryAfterSeconds = 30;

/** Makes a gauge. */
export function createStreamGauge(limits: StreamLimits): StreamGauge {
  /** Those that are not zero. */
  const counts = new Map<string, number>();
  let open = 0;

  const keysOf = (viewer: Viewer, ip: string): readonly (readonly [key: string, limit: number])[] => {
    const network = networkOf(ip);
    const keys: [string, number][] = [[`address:${network}`, limits.address]];
    if (viewer.kind === 'user') keys.push([`user:${viewer.userId}`, limits.viewer]);
    else if (viewer.kind === 'apiKey') keys.push([`key:${viewer.apiKeyId}`, limits.viewer]);
    else keys.push([`anonymous:${network}`, limits.viewer]);
    if (viewer.organization) keys.push([`organization:${viewer.organization.id}`, limits.organization]);
    return keys;
  };

  return {
    get open() {
      return open;
    },

    enter(viewer, ip) {
      const keys = keysOf(viewer, ip);
      if (open >= limits.process || keys.some(([key, limit]) => (counts.get(key) ?? 0) >= limit))
        return {
          error: createError('RATE_LIMITED', 'Too many streams are open. Close one, or try again later.', {
            status: 429,
            headers: { 'retry-after': String(retryAfterSeconds) },
            extensions: { retryAfterSeconds },
          }),
        };
      open += 1;
      for (const [key] of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
      let isReleased = false;
      return {
        error: null,
        release() {
          if (isReleased) return;
          isReleased = true;
          open -= 1;
          for (const [key] of keys) {
            const left = (counts.get(key) ?? 1) - 1;
            if (left > 0) counts.set(key, left);
            else counts.delete(key);
          }
        },
      };
    },
  };
}
