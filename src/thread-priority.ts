/**
 * Gives the threads in which passwords are hashed a lower priority than the event loop's, so that where there are more sign-ins than cores
 * they take what everybody else leaves, and a point read beside them waits for none. With nobody else about they are as fast as before.
 *
 * These are libuv's threads. Their ids are asked of the kernel by a call that libuv makes in one of them; only Linux has priorities of
 * single threads, elsewhere nothing is done.
 */
import { readlink } from 'node:fs/promises';
import { setPriority } from 'node:os';

/** Of a thread that yields: about a ninth of the event loop's share where both want a core. */
const niceness = 10;

/** Calls at once, more than there are threads, and how often: a thread that is busy all the while is left as it is. */
const callsAtOnce = 64;
const rounds = 5;

/** Lowers them. @returns the ids of the threads; empty where the system has no such thing, or does not allow it. */
export async function lowerThreadPoolPriority(): Promise<readonly number[]> {
  if (process.platform !== 'linux') return [];
  const lowered = new Set<number>();
  try {
    for (let round = 0; round < rounds; round++) {
      const links = await Promise.all(Array.from({ length: callsAtOnce }, () => readlink('/proc/thread-self')));
      for (const link of links) {
        const id = Number(link.split('/').at(-1));
        if (lowered.has(id) || id === process.pid) continue;
        setPriority(id, niceness);
        lowered.add(id);
      }
    }
  } catch {
    // A system without /proc, or one that forbids it: passwords are hashed all the same.
  }
  return [...lowered];
}
