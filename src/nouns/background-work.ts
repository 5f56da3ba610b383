/**
 * Work off the request's way: what would tell by its duration whether an account exists (look-ups, mails) runs after the answer.
 * Bounded, awaited at shutdown, and logged when it fails.
 */
import { serviceUnavailable } from '../errors.ts';
import type { Logger } from '../logger.ts';

/** Runs work after the answer. */
export interface BackgroundWork {
  /**
   * Starts work in the next turn of the event loop. Its failure is logged and nothing else.
   * @throws SERVICE_UNAVAILABLE while too much is under way.
   */
  start(name: string, work: () => Promise<void>): void;
  /** Resolves when everything that was started has ended. */
  settled(): Promise<void>;
}

/** Makes the queue. @param options.maxTasks how much may be under way at once. */
export function createBackgroundWork({
  log,
  maxTasks = 500,
}: {
  readonly log: Pick<Logger, 'error'>;
  readonly maxTasks?: number;
}): BackgroundWork {
  const tasks = new Set<Promise<void>>();
  return {
    start(name, work) {
      if (tasks.size >= maxTasks) throw serviceUnavailable();
      const task = new Promise<void>((resolve) => setImmediate(resolve))
        .then(work)
        .catch((error: unknown) => log.error({ err: error, work: name }, 'work in the background failed'))
        .finally(() => tasks.delete(task));
      tasks.add(task);
    },
    async settled() {
      while (tasks.size > 0) await Promise.all(tasks);
    },
  };
}
