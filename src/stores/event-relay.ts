/**
 * Carries events to the other replicas over Redis, and notices when it did not: a connection that was lost or went silent, a message
 * that could not be sent. Whoever may have missed something is told afterwards, since nothing can be sent again.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Logger } from '../logger.ts';
import { withPatientTimeout } from './patient-timer.ts';

/** What arrives. */
export interface RelayListener {
  /** An event of another replica. */
  onEvent(topic: string, event: unknown): void;
  /** Events of these topics may be missing; null for any topic. */
  onMissed(topics: readonly string[] | null): void;
}

/** Sends and listens. */
export interface EventRelay {
  /** Sends to the other replicas; never throws and is never waited for. */
  send(topic: string, event: unknown): void;
  /** Listens to a topic from now on. */
  listen(topic: string): void;
  leave(topic: string): void;
  close(): void;
}

/** Where a replica says which topics it could not send to. */
const missedChannel = 'fieldgate:missed';
/** How many topics are remembered by name; beyond them it may have been any. */
const maxMissedTopics = 1_000;
const envelope = z.object({ from: z.uuid(), event: z.unknown() });
const missedMessage = z.object({ from: z.uuid(), topics: z.array(z.string()).max(maxMissedTopics).nullable() });

/** Options of {@link createEventRelay}. */
export interface EventRelayOptions {
  /** Sends; it is duplicated for listening. */
  readonly redis: Redis;
  readonly log: Logger;
  /** How often the listening connection is asked whether it is still there, and how long it may take to say so, in milliseconds. */
  readonly heartbeatMs: number;
}

/** Makes the relay. */
export function createEventRelay({ redis, log, heartbeatMs }: EventRelayOptions, listener: RelayListener): EventRelay {
  const self = randomUUID();
  // Its own way of subscribing again leaves promises that nobody catches: one connection lost too soon would end the process.
  const subscriber = redis.duplicate({ autoResubscribe: false, maxRetriesPerRequest: null });
  const channels = new Set([missedChannel]);
  const note = (error: unknown): void => log.debug({ err: error }, 'events: Redis failed');
  let wasLost = false;
  subscriber.on('error', note);
  subscriber.on('close', () => {
    wasLost = true;
  });
  subscriber.on('ready', () => {
    subscriber.subscribe(...channels).catch(note);
    if (wasLost) listener.onMissed(null);
    wasLost = false;
  });
  subscriber.on('message', (channel: string, text: string) => {
    const isMissed = channel === missedChannel;
    const missed = isMissed ? parse(missedMessage, text) : null;
    const sent = isMissed ? null : parse(envelope, text);
    // What this process said it has delivered itself.
    if ((missed ?? sent)?.from === self) return;
    if (missed) listener.onMissed(missed.topics);
    else if (sent) listener.onEvent(channel, sent.event);
    else log.warn({ topic: channel }, 'events: a malformed payload was dropped');
  });

  let isAsking = false;
  const heartbeat = setInterval(() => {
    if (subscriber.status !== 'ready' || isAsking) return;
    isAsking = true;
    withPatientTimeout(subscriber.ping(), heartbeatMs, 'The listening connection is silent.')
      .catch((error: unknown) => {
        note(error);
        if (subscriber.status === 'ready') subscriber.disconnect(true);
      })
      .finally(() => {
        isAsking = false;
      });
  }, heartbeatMs);
  heartbeat.unref();

  const unsent = new Set<string>();
  let isAnyUnsent = false;
  let isTelling = false;
  const remember = (topics: Iterable<string>): void => {
    for (const topic of topics) unsent.add(topic);
    if (unsent.size > maxMissedTopics) {
      isAnyUnsent = true;
      unsent.clear();
    }
  };
  const tellUnsent = (): void => {
    if (isTelling || (unsent.size === 0 && !isAnyUnsent)) return;
    isTelling = true;
    const topics = isAnyUnsent ? null : [...unsent];
    isAnyUnsent = false;
    unsent.clear();
    redis
      .publish(missedChannel, JSON.stringify({ from: self, topics }))
      .catch((error: unknown) => {
        note(error);
        if (topics) remember(topics);
        else isAnyUnsent = true;
      })
      .finally(() => {
        isTelling = false;
      });
  };
  redis.on('ready', tellUnsent);

  return {
    send(topic, event) {
      redis.publish(topic, JSON.stringify({ from: self, event })).then(tellUnsent, (error: unknown) => {
        note(error);
        remember([topic]);
      });
    },
    listen(topic) {
      channels.add(topic);
      if (subscriber.status === 'ready') subscriber.subscribe(topic).catch(note);
    },
    leave(topic) {
      channels.delete(topic);
      if (subscriber.status === 'ready') subscriber.unsubscribe(topic).catch(note);
    },
    close() {
      clearInterval(heartbeat);
      redis.off('ready', tellUnsent);
      subscriber.disconnect();
    },
  };
}

function parse<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
