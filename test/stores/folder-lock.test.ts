/** A folder has one holder at a time, and none that has ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from '../../src/stores/folder-lock.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;
let path: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fieldgate-lock-'));
  path = join(folder, 'lock');
});
afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
  rmSync(folder, { recursive: true, force: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** A process that tries to take the lock, says what came of it, and stays. */
async function contender(): Promise<{ child: ChildProcess; result: { heldBy?: number } }> {
  const program = `import { lockFolder } from './src/stores/folder-lock.ts';
    console.log(JSON.stringify(lockFolder(${JSON.stringify(path)})));
    setInterval(() => {}, 1_000);`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', program];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await once(child.stdout!, 'data');
  return { child, result: JSON.parse(String(line)) };
}

test('the second is told who is first, until that one releases it or ends', async () => {
  const lock = lockFolder(path);
  expect(lock).toHaveProperty('release');
  expect(lockFolder(path)).toEqual({ heldBy: process.pid });
  expect((await contender()).result).toEqual({ heldBy: process.pid });
  if ('release' in lock) lock.release();

  const { child, result } = await contender();
  expect(result).toEqual({});
  expect(lockFolder(path)).toEqual({ heldBy: child.pid });
  await end(child);
  expect(lockFolder(path)).toHaveProperty('release');
});

test('of several at once one has it', async () => {
  const results = await Promise.all([contender(), contender(), contender()]);
  const winners = results.filter(({ result }) => result.heldBy === undefined);
  expect(winners).toHaveLength(1);
  for (const { result } of results) expect([undefined, winners[0]?.child.pid]).toContain(result.heldBy);
});

test('a number that another process has by now holds nothing', async () => {
  const { child } = await contender();
  const written = JSON.parse(readFileSync(path, 'utf8')) as { pid: number; startedAt: string };
  expect(written.pid).toBe(child.pid);
  writeFileSync(path, JSON.stringify({ ...written, startedAt: '1' }));
  expect(lockFolder(path)).toHaveProperty('release');
  expect(readdirSync(folder)).toEqual(['lock']);
});

test('nor does this process’s own number, left by an earlier life of its container', () => {
  writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: null }));
  expect(lockFolder(path)).toHaveProperty('release');
});
