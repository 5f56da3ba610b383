/**
 * Carries events to the other replicas over Redis, and notices when it did not: a connection that was lost or went silent, a message
 * that could not be sent. Whoever may have missed something is told afterwards, since nothing can be sent again.
 */
import { randomUUID } from 'node:crypto';
import { createRedisEventTarget } from '@graphql-yoga/redis-event-target';
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
/** What is sent, with the replica that sent it. */
const envelope = z.object({ from: z.uuid(), event: z.unknown() });
const missedTopics = z.array(z.string()).max(maxMissedTopics).nullable();

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
  const channels = new Set<string>();
  const note = (error: unknown): void => log.debug({ err: error }, 'events: Redis failed');
  let wasLost = false;
  /** A silent connection stays `ready` until it is destroyed: it is given up once, not at each heartbeat until then. */
  let isGivenUp = false;
  subscriber.on('error', note);
  subscriber.on('close', () => {
    wasLost = true;
    isGivenUp = false;
  });
  subscriber.on('ready', () => {
    if (channels.size > 0) subscriber.subscribe(...channels).catch(note);
    if (wasLost) listener.onMissed(null);
    wasLost = false;
  });

  let isAsking = false;
  const heartbeat = setInterval(() => {
    if (subscriber.status !== 'ready' || isAsking || isGivenUp) return;
    isAsking = true;
    withPatientTimeout(subscriber.ping(), heartbeatMs, 'The listening connection is silent.')
      .catch((error: unknown) => {
        note(error);
        if (subscriber.status !== 'ready') return;
        isGivenUp = true;
        subscriber.disconnect(true);
      })
      .finally(() => {
        isAsking = false;
      });
  }, heartbeatMs);
  heartbeat.unref();

  const unsent = new Set<string>();
  let isAnyUnsent = false;
  const remember = (topics: readonly string[] | null): void => {
    for (const topic of topics ?? []) unsent.add(topic);
    if (topics === null || unsent.size > maxMissedTopics) {
      isAnyUnsent = true;
      unsent.clear();
    }
  };
  /** What the others are being told that they missed; undefined when they are not. */
  let telling: readonly string[] | null | undefined;
  const tellUnsent = (): void => {
    if (telling !== undefined || (unsent.size === 0 && !isAnyUnsent)) return;
    telling = isAnyUnsent ? null : [...unsent];
    isAnyUnsent = false;
    unsent.clear();
    dispatch(missedChannel, telling);
  };
  redis.on('ready', tellUnsent);

  // The event target awaits nothing that it asks of its clients: what becomes of it is seen to here.
  const target = createRedisEventTarget({
    publishClient: withMethods(redis, {
      publish: (topic: string, text: string) =>
        redis.publish(topic, text).then(
          () => {
            if (topic === missedChannel) telling = undefined;
            else tellUnsent();
          },
          (error: unknown) => {
            note(error);
            remember(topic === missedChannel ? (telling ?? null) : [topic]);
            if (topic === missedChannel) telling = undefined;
          },
        ),
    }),
    subscribeClient: withMethods(subscriber, {
      subscribe(topic: string) {
        channels.add(topic);
        if (subscriber.status === 'ready') subscriber.subscribe(topic).catch(note);
      },
      unsubscribe(topic: string) {
        channels.delete(topic);
        if (subscriber.status === 'ready') subscriber.unsubscribe(topic).catch(note);
      },
    }),
    serializer: { stringify: JSON.stringify, parse: parseOrNull },
  });
  const dispatch = (topic: string, event: unknown): void => {
    target.dispatchEvent(new CustomEvent(topic, { detail: { from: self, event } }));
  };
  /** Never throws: it is called by the socket. */
  const receive = ({ type: topic, detail }: CustomEvent<unknown>): void => {
    const sent = envelope.safeParse(detail).data;
    // What this process said it has delivered itself.
    if (sent?.from === self) return;
    const missed = topic === missedChannel ? missedTopics.safeParse(sent?.event).data : undefined;
    try {
      if (missed !== undefined) listener.onMissed(missed);
      else if (sent && topic !== missedChannel) listener.onEvent(topic, sent.event);
      else log.warn({ topic }, 'events: a malformed payload was dropped');
    } catch (error) {
      log.error({ err: error, topic }, 'events: a listener failed');
    }
  };
  target.addEventListener(missedChannel, receive);

  return {
    send: dispatch,
    listen: (topic) => target.addEventListener(topic, receive),
    leave: (topic) => target.removeEventListener(topic, receive),
    close() {
      clearInterval(heartbeat);
      redis.off('ready', tellUnsent);
      subscriber.disconnect();
    },
  };
}

/** A client with some methods of its own. */
function withMethods(client: Redis, methods: Readonly<Record<string, (...args: never[]) => unknown>>): Redis {
  return new Proxy(client, {
    get(target, name) {
      if (typeof name === 'string' && Object.hasOwn(methods, name)) return methods[name];
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** What is no JSON comes from somebody else. */
function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
