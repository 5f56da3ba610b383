/** The connection to Redis. On a request's way nothing waits for it for long: commands time out, and none queue while it is away. */
import { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';

/** How long one command may take, in milliseconds. */
const commandTimeoutMs = 250;

/**
 * Opens a connection, which comes back by itself.
 * @param url `redis://…`; never logged.
 */
export function createRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  let down = false;
  redis.on('error', (error) => {
    if (!down) log.error({ err: error }, 'redis is unreachable: limits are local, events stay in this process');
    down = true;
  });
  redis.on('ready', () => {
    if (down) log.info('redis is back');
    down = false;
  });
  return redis;
}
