/** Which stored files go when an organization, a project or a task goes, and how: their rows cascade, their bytes do not. */
import { type Viewer, viewerUserId } from '../authentication/viewer.ts';
import type { Logger } from '../logger.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';
import { runInDatabaseScope } from '../stores/database-scope.ts';
import type { FileStore } from '../stores/file-store.ts';
import type { PendingFileRemovals } from '../stores/pending-file-removals.ts';
import type { BackgroundWork } from './background-work.ts';

/** Removes stored files by name; never rejects. */
export type RemoveFiles = (names: readonly string[]) => Promise<void>;

/** Names of the stored files below a project or a task; read before it is deleted, removed after. No viewer ever reads them. */
export function storedFilesBelow(
  db: Database,
  viewer: Viewer,
  where: { readonly taskId: string } | { readonly task: { readonly projectId: string } },
): Promise<readonly string[]> {
  const scope = { organizationId: viewer.organization?.id ?? null, userId: viewerUserId(viewer), guard: null };
  return runInDatabaseScope(scope, async () => {
    const rows = await db.attachment.findMany({ where, select: { storageKey: true } });
    return rows.map((row) => row.storageKey);
  });
}

/**
 * Names of all stored files of the organization in scope. Read in the transaction that deletes it, which holds the organization's
 * row: an upload meanwhile waits for it, fails, and removes its own file.
 */
export async function storedFilesOfOrganization(tx: DatabaseTransaction): Promise<readonly string[]> {
  const rows = await tx.attachment.findMany({ select: { storageKey: true } });
  return rows.map((row) => row.storageKey);
}

/** Removes stored files whose rows are gone. Neither way ever rejects: the rows are gone already. */
export interface FileRemoval {
  /** Resolves when each was tried once; what the store refused is tried again in the background. */
  readonly now: RemoveFiles;
  /** In the background, for what may be thousands of files. */
  later(names: readonly string[]): void;
  /** In the background: what a process that ended, or a store that was away for long, has left behind. */
  sweep(): void;
}

/** Milliseconds before the second, third and fourth try; a process that ends waits for them. */
const pausesMs = [1_000, 5_000, 20_000];

/** How many files are removed at once. */
const atOnce = 8;

/** How long a name waits before a sweep takes it: until then, whoever deleted its row is at it. */
const sweptAfterSeconds = 300;

/** Makes the removal. What fails to the last is logged with its name, and waits for a sweep. */
export function createFileRemoval({
  files,
  background,
  log,
  pending,
  pauses = pausesMs,
  sweepAfterSeconds = sweptAfterSeconds,
}: {
  readonly files: Pick<FileStore, 'remove'>;
  readonly background: Pick<BackgroundWork, 'start'>;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  /** Where the names are written down until they are removed. */
  readonly pending: PendingFileRemovals;
  readonly sweepAfterSeconds?: number;
  /** Milliseconds before each further try. */
  readonly pauses?: readonly number[];
}): FileRemoval {
  /** @returns those that are still there, and why. */
  const tryAll = async (names: readonly string[]): Promise<{ left: readonly string[]; error: unknown }> => {
    const waiting = [...names];
    const left: string[] = [];
    let lastError: unknown;
    const work = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
        try {
          await files.remove(name);
        } catch (error) {
          left.push(name);
          lastError = error;
        }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, names.length) }, work));
    const removed = names.filter((name) => !left.includes(name));
    // One that is not struck off is removed once more, which changes nothing.
    if (removed.length > 0)
      await pending.done(removed).catch((err) => log.warn({ err }, 'removed files could not be struck off'));
    return { left, error: lastError };
  };

  const giveUp = (left: readonly string[], error: unknown) =>
    log.error({ err: error, files: left }, 'stored files are left behind: no row names them');

  const tryAgain = async (names: readonly string[], triesAtOnce: boolean): Promise<void> => {
    let outcome = triesAtOnce ? await tryAll(names) : { left: names, error: undefined as unknown };
    for (const pauseMs of pauses) {
      if (outcome.left.length === 0) return;
      log.warn(
        { err: outcome.error, count: outcome.left.length },
        'stored files could not be removed; it is tried again',
      );
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      outcome = await tryAll(outcome.left);
    }
    if (outcome.left.length > 0) giveUp(outcome.left, outcome.error);
  };

  const inBackground = (names: readonly string[], triesAtOnce: boolean): void => {
    if (names.length === 0) return;
    try {
      background.start('removal of stored files', () => tryAgain(names, triesAtOnce));
    } catch (error) {
      giveUp(names, error);
    }
  };

  return {
    async now(names) {
      const { left } = await tryAll(names);
      inBackground(left, false);
    },
    later: (names) => inBackground(names, true),
    sweep() {
      background.start('sweep of stored files', async () => {
        const names = await pending.list(sweepAfterSeconds);
        const { left, error } = await tryAll(names);
        if (left.length > 0) giveUp(left, error);
      });
    },
  };
}
