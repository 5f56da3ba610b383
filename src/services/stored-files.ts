/** Which stored files go when an organization, a project or a task goes, and how: their rows cascade, their bytes do not. */
import { type Viewer, viewerUserId } from '../authentication/viewer.ts';
import type { Logger } from '../logger.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';
import { runAsService } from '../stores/database-scope.ts';
import type { FileStore } from '../stores/file-store.ts';
import type { BackgroundWork } from './background-work.ts';

/** Removes stored files by name; never rejects. */
export type RemoveFiles = (names: readonly string[]) => Promise<void>;

/** Names of the stored files below a project or a task; read before it is deleted, removed after. No viewer ever reads them. */
export function storedFilesBelow(
  db: Database,
  viewer: Viewer,
  where: { readonly taskId: string } | { readonly task: { readonly projectId: string } },
): Promise<readonly string[]> {
  const scope = { organizationId: viewer.organization?.id ?? null, userId: viewerUserId(viewer) };
  return runAsService('storedFiles', scope, async () => {
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
}

/** Milliseconds before the second, third and fourth try; a process that ends waits for them. */
const pausesMs = [1_000, 5_000, 20_000];

/** How many files are removed at once. */
const atOnce = 8;

/** Makes the removal. What fails to the last is logged with its name, since nothing else knows the name any more. */
export function createFileRemoval({
  files,
  background,
  log,
  pauses = pausesMs,
}: {
  readonly files: Pick<FileStore, 'remove'>;
  readonly background: Pick<BackgroundWork, 'start'>;
  readonly log: Pick<Logger, 'warn' | 'error'>;
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
  };
}
