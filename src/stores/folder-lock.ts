/**
 * One process at a time for a folder, by a file in it that names the process. The file of a process that ended without removing it
 * counts for nothing, also when another process has its number by now.
 */
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';

/** Held until it is released, or until this process ends. */
export interface FolderLock {
  release(): void;
}

/** Somebody else's. */
export interface HeldLock {
  /** The process that holds it. */
  readonly heldBy: number;
}

/** For how long a file without its words is one that is being written, in milliseconds. */
const writingMs = 5_000;

/** What this process holds: its own number says nothing where a container gives every process the same one. */
const held = new Set<string>();

/** Takes the lock, or says who has it. @param path of the file; its folder is there. */
export function lockFolder(path: string): FolderLock | HeldLock {
  for (;;) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) }));
      closeSync(file);
      held.add(path);
      return {
        release() {
          if (held.delete(path)) rmSync(path, { force: true });
        },
      };
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
    }
    const words = readWords(path);
    if (words === null) continue;
    const heldBy = holderOf(words, path);
    if (heldBy !== null) return { heldBy };
    removeStale(path, words);
  }
}

function readWords(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** The living process that wrote these words; null when there is none. */
function holderOf(words: string, path: string): number | null {
  let written: { readonly pid?: number; readonly startedAt?: string | null };
  try {
    written = JSON.parse(words) as typeof written;
  } catch {
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
    return Date.now() - mtimeMs < writingMs ? 0 : null;
  }
  const { pid = 0, startedAt = null } = written;
  if (pid === process.pid) return held.has(path) ? pid : null;
  if (!isAlive(pid)) return null;
  const now = startOf(pid);
  return now === null || startedAt === null || now === startedAt ? pid : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

/** When a process started, as the kernel counts. @see proc_pid_stat(5), the 22nd field. Null on systems that do not say. */
function startOf(pid: number): string | null {
  const fields = readWords(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
  return fields?.[19] ?? null;
}

/** Takes the file away, unless another process has put its own there meanwhile: that one is brought back. */
function removeStale(path: string, words: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readWords(aside) === words) rmSync(aside, { force: true });
  else renameSync(aside, path);
}
