/**
 * The connection to Redis. On a request's way nothing waits for it for long: commands time out, and none queue while it is away. A busy
 * event loop is no outage: an answer that lies there is read before its time is up.
 */
import { type Command, Redis } from 'ioredis';
import type { Logger } from '../logger.ts';
import { startPatientTimer } from './patient-timer.ts';

/** How long one command may take, in milliseconds. */
const commandTimeoutMs = 250;
/** After how long without any answer a connection on which commands wait is replaced, in milliseconds. */
const silenceMs = 2_000;

type Sent = Parameters<Redis['sendCommand']>;

/** Times commands out by the time in which the loop was free, and replaces a connection that went silent. */
class PatientRedis extends Redis {
  #answeredAt = performance.now();

  override sendCommand(command: Sent[0], stream?: Sent[1]): unknown {
    const answer = super.sendCommand(command, stream);
    const { promise } = command as Command & { readonly promise: Promise<unknown> };
    let isSettled = false;
    const callOff = startPatientTimer(commandTimeoutMs, () => {
      command.reject(new Error('Command timed out'));
      if (performance.now() - this.#answeredAt > silenceMs && this.status === 'ready') this.disconnect(true);
    });
    const settle = (isAnswer: boolean): void => {
      if (isSettled) return;
      isSettled = true;
      callOff();
      if (isAnswer) this.#answeredAt = performance.now();
    };
    promise.then(
      () => settle(true),
      () => settle(false),
    );
    return answer;
  }
}

/**
 * Opens a connection, which comes back by itself.
 * @param url `redis://…`; never logged.
 */
export function createRedis(url: string, log: Logger): Redis {
  const redis = new PatientRedis(url, {
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
