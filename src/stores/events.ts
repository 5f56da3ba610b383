/**
 * Events between replicas: over Redis where there is one, within the process otherwise. Nothing relies on their arrival: what they
 * announce is read again within half a second anyway, and a subscription authorizes each event for itself.
 */
import { createRedisEventTarget } from '@graphql-yoga/redis-event-target';
import { createPubSub } from '@graphql-yoga/subscription';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Logger } from '../logger.ts';

/** What happened to a task. */
export interface TaskChangedEvent {
  readonly kind: 'CREATED' | 'UPDATED' | 'DELETED';
  readonly taskId: string;
}

/** A comment that was added. */
export interface CommentAddedEvent {
  readonly commentId: string;
}

/** Announcements about who may do what. */
export type AccessChange =
  | { readonly kind: 'organization'; readonly organizationId: string }
  | { readonly kind: 'session'; readonly sessionId: string };

/** Publishes and listens. */
export interface Events {
  taskChanged(organizationId: string, projectId: string, event: TaskChangedEvent): void;
  commentAdded(organizationId: string, taskId: string, event: CommentAddedEvent): void;
  accessChanged(change: AccessChange): void;
  onTaskChanged(organizationId: string, projectId: string): AsyncIterable<TaskChangedEvent>;
  onCommentAdded(organizationId: string, taskId: string): AsyncIterable<CommentAddedEvent>;
  /** Calls back for each announcement until the process closes. */
  onAccessChanged(listener: (change: AccessChange) => void): void;
  close(): Promise<void>;
}

const taskChanged = z.object({ kind: z.enum(['CREATED', 'UPDATED', 'DELETED']), taskId: z.uuid() });
const commentAdded = z.object({ commentId: z.uuid() });
const accessChange = z.union([
  z.object({ kind: z.literal('organization'), organizationId: z.uuid() }),
  z.object({ kind: z.literal('session'), sessionId: z.uuid() }),
]);

/** The organization is part of each topic, so that no listener can hear another tenant's. */
const topics = {
  task: (organizationId: string, projectId: string) => `fieldgate:task:${organizationId}:${projectId}`,
  comment: (organizationId: string, taskId: string) => `fieldgate:comment:${organizationId}:${taskId}`,
  access: 'fieldgate:access',
};

/**
 * Makes the events.
 * @param redis null for a single instance; otherwise the connection is duplicated for listening.
 */
export function createEvents({ redis, log }: { readonly redis: Redis | null; readonly log: Logger }): Events {
  const subscriber =
    redis?.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null, commandTimeout: undefined }) ?? null;
  subscriber?.on('error', (error) => log.debug({ err: error }, 'events: the connection to Redis failed'));
  const eventTarget =
    redis && subscriber
      ? createRedisEventTarget({
          publishClient: quiet(redis, log),
          subscribeClient: quiet(subscriber, log),
          serializer: {
            stringify: JSON.stringify,
            // What is no JSON comes from somebody else: it must not end the process.
            parse: (text) => {
              try {
                return JSON.parse(text);
              } catch {
                return null;
              }
            },
          },
        })
      : undefined;
  const pubSub = createPubSub<Record<string, [unknown]>>(
    eventTarget ? { eventTarget: eventTarget as never } : undefined,
  );

  async function* listen<T>(topic: string, schema: z.ZodType<T>): AsyncGenerator<T> {
    for await (const payload of pubSub.subscribe(topic)) {
      const parsed = schema.safeParse(payload);
      if (parsed.success) yield parsed.data;
      else log.warn({ topic }, 'events: a malformed payload was dropped');
    }
  }

  return {
    taskChanged: (organizationId, projectId, event) => pubSub.publish(topics.task(organizationId, projectId), event),
    commentAdded: (organizationId, taskId, event) => pubSub.publish(topics.comment(organizationId, taskId), event),
    accessChanged: (change) => pubSub.publish(topics.access, change),
    onTaskChanged: (organizationId, projectId) => listen(topics.task(organizationId, projectId), taskChanged),
    onCommentAdded: (organizationId, taskId) => listen(topics.comment(organizationId, taskId), commentAdded),
    onAccessChanged(listener) {
      void (async () => {
        for await (const change of listen(topics.access, accessChange)) listener(change);
      })().catch((error) => log.warn({ err: error }, 'events: listening ended'));
    },
    async close() {
      subscriber?.disconnect();
    },
  };
}

/**
 * The event target does not await its promises: what fails while Redis is away, or when the connection ends with a subscription
 * still waiting for it, must not be an unhandled rejection, which ends the process.
 */
function quiet(client: Redis, log: Logger): Redis {
  return new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name !== 'publish' && name !== 'subscribe' && name !== 'unsubscribe') return member.bind(target);
      return (...args: unknown[]) =>
        (member.apply(target, args) as Promise<unknown>).catch((error: unknown) => {
          log.debug({ err: error, command: name }, 'events: not sent');
        });
    },
  });
}
