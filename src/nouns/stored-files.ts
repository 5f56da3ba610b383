/** Which stored files go when an organization or a row goes, and how: rows below it cascade, their bytes do not. */
import { requireMember } from '../authorization/data-model.ts';
import { type Viewer, viewerUserId } from '../authorization/viewer.ts';
import type { Logger } from '../logger.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';
import { runAsService } from '../stores/database-scope.ts';
import type { FileStore } from '../stores/file-store.ts';
import type { PendingFileRemovals } from '../stores/pending-file-removals.ts';
import type { BackgroundWork } from './background-work.ts';
import type { AnyNoun } from './declaration.ts';
import { modelOf } from './delegate.ts';
import { declaredNouns, nounOf } from './register.ts';

/** Removes stored files by name; never rejects. */
export type RemoveFiles = (names: readonly string[]) => Promise<void>;

/** The condition on rows of a noun that they stand below a row of a model, however far; null where they never do. */
function below(noun: AnyNoun, model: string, id: string): Readonly<Record<string, unknown>> | null {
  if (noun.name === model) return { id };
  const parent = noun.parent && nounOf(requireMember(noun.name, noun.parent.relation).type);
  const condition = parent ? below(parent, model, id) : null;
  return noun.parent && condition ? { [noun.parent.relation]: condition } : null;
}

/** Names of the stored files of a row and of all below it; read before it is deleted, removed after. No viewer ever reads them. */
export function storedFilesBelow(db: Database, viewer: Viewer, model: string, id: string): Promise<readonly string[]> {
  const scope = { organizationId: viewer.organization?.id ?? null, userId: viewerUserId(viewer) };
  return runAsService('storedFiles', scope, async () => namesOf(db, (noun) => below(noun, model, id)));
}

/**
 * Names of all stored files of the organization in scope. Read in the transaction that deletes it, which holds the organization's
 * row: an upload meanwhile waits for it, fails, and removes its own file.
 */
export function storedFilesOfOrganization(tx: DatabaseTransaction): Promise<readonly string[]> {
  return namesOf(tx, () => ({}));
}

async function namesOf(
  db: Database | DatabaseTransaction,
  conditionOf: (noun: AnyNoun) => Readonly<Record<string, unknown>> | null,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (const noun of declaredNouns()) {
    const where = noun.storedFile ? conditionOf(noun) : null;
    if (!noun.storedFile || !where) continue;
    const column = noun.storedFile;
    const rows = await modelOf(db, noun.name).findMany<Readonly<Record<string, string>>>({
      where,
      select: { [column]: true },
    });
    names.push(...rows.map((row) => row[column] ?? ''));
  }
  return names;
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
