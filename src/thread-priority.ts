/**
 * Gives the threads in which passwords are hashed a lower priority than the event loop's, so that where there are more sign-ins than cores
 * they take what everybody else leaves, and a point read beside them waits for none. With nobody else about they are as fast as before.
 *
 * These are libuv's threads. Their ids are asked of the kernel by a call that libuv makes in one of them; only Linux has priorities of
 * single threads, elsewhere nothing is done.
 */
import { pbkdf2 } from 'node:crypto';
import { readlink } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { promisify } from 'node:util';

/** Of a thread that yields: about a ninth of the event loop's share where both want a core. */
const niceness = 10;

/** How many threads libuv has: up to 1,024, by its own variable. @see https://docs.libuv.org/en/v1.x/threadpool.html */
const threadCount = Math.min(Math.max(Number(process.env.UV_THREADPOOL_SIZE) || 4, 1), 1_024);

/** Rounds at most, for a system that has fewer threads than it should. */
const maxRounds = 1_000;
const callsOfRound = 2 * threadCount;

/** Work of about a millisecond in the same threads: it keeps one of them from answering for all. */
const occupy = (): Promise<unknown> => promisify(pbkdf2)('', '', 2_000, 32, 'sha256');

/** Lowers them. @returns the ids of the threads; empty where the system has no such thing, or does not allow it. */
export async function lowerThreadPoolPriority(): Promise<readonly number[]> {
  const lowered = new Set<number>();
  if (process.platform !== 'linux') return [];
  try {
    // By their number, not by a time without a new one: on a busy machine a thread may wait for its turn for long.
    for (let round = 0; round < maxRounds && lowered.size < threadCount; round++) {
      const calls = Array.from({ length: callsOfRound }, () => [occupy(), readlink('/proc/thread-self')] as const);
      for (const [work, call] of calls) {
        await work;
        const id = Number((await call).split('/').at(-1));
        if (id !== process.pid && !lowered.has(id)) setPriority(id, niceness);
        lowered.add(id);
      }
    }
  } catch {
    // A system without /proc, or one that forbids it: passwords are hashed all the same.
  }
  return [...lowered];
}
