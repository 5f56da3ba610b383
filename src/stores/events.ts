/**
 * Events: delivered within the process at once, and carried to the other replicas by Redis where there is one. A change of access is
 * read again within half a second whether its event arrives or not, and a subscription authorizes each event for itself; a subscription
 * that may have missed one is ended with a reason, so that its client reads again.
 */
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { createError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { EventQueue, maxUnreadEvents } from './event-queue.ts';
import { createEventRelay, type EventRelay } from './event-relay.ts';

/** What happened to a row of a noun. */
export interface RowChange {
  readonly kind: 'CREATED' | 'UPDATED' | 'DELETED';
  readonly id: string;
  /** What decides who sees the row, as it was: it may be gone when the event is heard. */
  readonly recorded: Readonly<Record<string, unknown>>;
}

/** Announcements about who may do what. */
export type AccessChange =
  | { readonly kind: 'organization'; readonly organizationId: string }
  | { readonly kind: 'session'; readonly sessionId: string };

/** Publishes and listens. */
export interface Events {
  /** @param parentId the row below which it happened: what one listens to. */
  rowChanged(noun: string, organizationId: string, parentId: string, change: RowChange): void;
  accessChanged(change: AccessChange): void;
  /** Listens from the first read on. Throws SERVICE_UNAVAILABLE as the last thing when events may be missing, or were not read. */
  onRowChanged(noun: string, organizationId: string, parentId: string): AsyncIterableIterator<RowChange>;
  /** Calls back for each announcement until the process closes. */
  onAccessChanged(listener: (change: AccessChange) => void): void;
  /** Ends all streams. */
  close(): Promise<void>;
}

const rowChange = z.object({
  kind: z.enum(['CREATED', 'UPDATED', 'DELETED']),
  id: z.uuid(),
  recorded: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
const accessChange = z.union([
  z.object({ kind: z.literal('organization'), organizationId: z.uuid() }),
  z.object({ kind: z.literal('session'), sessionId: z.uuid() }),
]);

/** The organization is part of each topic, so that no listener can hear another tenant's. */
const topics = {
  row: (noun: string, organizationId: string, parentId: string) => `fieldgate:${noun}:${organizationId}:${parentId}`,
  access: 'fieldgate:access',
};

/** What ends a stream whose client must read again what it shows, and subscribe again. */
const mayHaveMissed = () =>
  createError('SERVICE_UNAVAILABLE', 'Events may have been missed. Read again what you show, and subscribe again.', {
    extensions: { streamEnded: 'MISSED' },
  });
const wasNotRead = () =>
  createError(
    'SERVICE_UNAVAILABLE',
    `More than ${maxUnreadEvents} events were not read. Read again what you show, and subscribe again.`,
    { extensions: { streamEnded: 'UNREAD' } },
  );

/** Whoever listens to a topic. */
interface Listener {
  hear(event: unknown): void;
  /** Events may be missing. */
  miss(): void;
  end(): void;
}

/** Options of {@link createEvents}. */
export interface EventsOptions {
  /** Null for a single instance; otherwise the connection is duplicated for listening. */
  readonly redis: Redis | null;
  readonly log: Logger;
  /** See `EventRelayOptions`. */
  readonly heartbeatMs?: number;
}

/** Makes the events. */
export function createEvents({ redis, log, heartbeatMs = 3_000 }: EventsOptions): Events {
  const listeners = new Map<string, Set<Listener>>();
  const listenersOf = (topic: string): Listener[] => [...(listeners.get(topic) ?? [])];
  const relay: EventRelay | null = redis
    ? createEventRelay(
        { redis, log, heartbeatMs },
        {
          onEvent(topic, event) {
            for (const listener of listenersOf(topic)) listener.hear(event);
          },
          onMissed(missed) {
            for (const topic of missed ?? [...listeners.keys()])
              for (const listener of listenersOf(topic)) listener.miss();
          },
        },
      )
    : null;

  const join = (topic: string, listener: Listener): void => {
    const known = listeners.get(topic);
    if (known) known.add(listener);
    else {
      listeners.set(topic, new Set([listener]));
      relay?.listen(topic);
    }
  };
  const leave = (topic: string, listener: Listener): void => {
    const known = listeners.get(topic);
    if (!known?.delete(listener) || known.size > 0) return;
    listeners.delete(topic);
    relay?.leave(topic);
  };

  /** Here at once, whatever becomes of Redis; elsewhere when it arrives. */
  const publish = (topic: string, event: object): void => {
    for (const listener of listenersOf(topic)) listener.hear(event);
    relay?.send(topic, event);
  };

  /** Passes on what is an event of its kind: topics can be written to by whoever reaches Redis. */
  const hearing =
    <T>(topic: string, schema: z.ZodType<T>, hear: (event: T) => void) =>
    (payload: unknown): void => {
      const parsed = schema.safeParse(payload);
      if (parsed.success) hear(parsed.data);
      else log.warn({ topic }, 'events: a malformed payload was dropped');
    };

  const stream = <T>(topic: string, schema: z.ZodType<T>): AsyncIterableIterator<T> => {
    const queue: EventQueue<T> = new EventQueue<T>({
      onStart: () => join(topic, listener),
      onEnd: () => leave(topic, listener),
      overflow: wasNotRead,
    });
    const listener: Listener = {
      hear: hearing(topic, schema, (event) => queue.push(event)),
      miss: () => queue.end(mayHaveMissed()),
      end: () => queue.end(null),
    };
    return queue;
  };

  return {
    rowChanged: (noun, organizationId, parentId, change) => publish(topics.row(noun, organizationId, parentId), change),
    accessChanged: (change) => publish(topics.access, change),
    onRowChanged: (noun, organizationId, parentId) => stream(topics.row(noun, organizationId, parentId), rowChange),
    onAccessChanged(listener) {
      const ignore = (): void => undefined;
      join(topics.access, { hear: hearing(topics.access, accessChange, listener), miss: ignore, end: ignore });
    },
    async close() {
      for (const topic of [...listeners.keys()]) for (const listener of listenersOf(topic)) listener.end();
      relay?.close();
    },
  };
}
