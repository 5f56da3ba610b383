/**
 * Tells this process and, over Redis, the others that a session ended or permissions changed, so that they forget what they
 * keep. Only makes it sooner: whoever misses a message reads everything again within half a second.
 */
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Logger } from '../logger.ts';

/** What changed. */
export type AccessChange =
  | { readonly kind: 'session'; readonly sessionId: string }
  | { readonly kind: 'organization'; readonly organizationId: string };

/** Announces changes, after they are committed. */
export interface AccessChanges {
  /** Never waits and never throws. */
  announce(change: AccessChange): void;
  close(): void;
}

/** Options of {@link createAccessChanges}. */
export interface AccessChangesOptions {
  /** Null tells this process alone. */
  readonly redis: Redis | null;
  readonly log: Pick<Logger, 'warn'>;
  /** Told of each change, wherever it was made. */
  onChange(change: AccessChange): void;
}

const channel = 'fieldgate:access';
const message = z.union([
  z.object({ kind: z.literal('session'), sessionId: z.uuid() }),
  z.object({ kind: z.literal('organization'), organizationId: z.uuid() }),
]);

/** Makes the announcer, and listens. */
export function createAccessChanges({ redis, log, onChange }: AccessChangesOptions): AccessChanges {
  // A subscribed connection can do nothing else, and must survive an outage: so it is one of its own.
  const subscriber = redis?.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null, lazyConnect: true });
  subscriber?.on('error', () => undefined);
  subscriber?.on('message', (_channel: string, text: string) => {
    const change = parse(text);
    if (change) onChange(change);
  });
  subscriber?.subscribe(channel).catch((error: unknown) => {
    log.warn({ err: error }, 'messages about changed access are not heard: they are found by reading again');
  });

  return {
    announce(change) {
      onChange(change);
      redis?.publish(channel, JSON.stringify(change)).catch(() => undefined);
    },
    close() {
      subscriber?.disconnect();
    },
  };
}

function parse(text: string): AccessChange | null {
  try {
    return message.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
