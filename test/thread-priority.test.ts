/** Threads that hash yield; the one that answers does not. */
import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { expect, test } from 'vitest';
import { hashPassword, verifyPassword } from '../src/identity/authentication/password.ts';
import { lowerThreadPoolPriority } from '../src/thread-priority.ts';

/** @see proc_pid_stat(5): utime is the 14th field, nice the 19th. */
function statOf(thread: number): { nice: number; ticks: number } {
  const fields = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return { nice: Number(fields[16]), ticks: Number(fields[11]) };
}

test.runIf(process.platform === 'linux')('the threads of the pool yield, and they are those that hash', async () => {
  const before = getPriority();
  const threads = await lowerThreadPoolPriority();
  expect(threads).toHaveLength(Number(process.env.UV_THREADPOOL_SIZE ?? 4));
  expect(new Set(threads).size).toBe(threads.length);
  expect(threads.map((thread) => statOf(thread).nice)).toEqual(threads.map(() => 10));
  expect(threads).not.toContain(process.pid);
  expect(getPriority()).toBe(before);
  const ticks = () => threads.reduce((sum, thread) => sum + statOf(thread).ticks, 0);
  const idle = ticks();
  const hash = await hashPassword('k7k7k7k7k7k7');
  for (let i = 0; i < 6; i++) expect(await verifyPassword(hash, 'k7k7k7k7k7k7')).toBe(true);
  expect(ticks()).toBeGreaterThan(idle);
});

test('again changes nothing', async () => {
  const [first, second] = [await lowerThreadPoolPriority(), await lowerThreadPoolPriority()];
  expect([...second].sort()).toEqual([...first].sort());
});
