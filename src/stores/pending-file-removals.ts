/**
 * Names of files whose rows are gone and whose bytes may not be yet. The database writes them down itself, in the transaction that deletes
 * a row; here they are read and struck off, for all organizations at once.
 */
import type { Database } from './database.ts';
import { runAsService } from './database-scope.ts';

/** What is still to be removed. */
export interface PendingFileRemovals {
  /** Names that have waited for so long, the oldest first; at most a thousand. */
  list(olderThanSeconds: number): Promise<readonly string[]>;
  /** Strikes off what was removed. */
  done(names: readonly string[]): Promise<void>;
}

const nobody = { organizationId: null, userId: null } as const;
const maxNames = 1_000;

/** Makes it. */
export function createPendingFileRemovals(db: Database): PendingFileRemovals {
  return {
    list: (olderThanSeconds) =>
      runAsService('nobody', nobody, async () => {
        const rows = await db.$queryRaw<{ storageKey: string }[]>`
          select "storageKey" from pending_file_removals(${olderThanSeconds}::integer, ${maxNames}::integer)`;
        return rows.map(({ storageKey }) => storageKey);
      }),
    done: (names) =>
      runAsService('nobody', nobody, async () => {
        await db.$queryRaw`select file_removals_done(${[...names]}::text[]) as "done"`;
      }),
  };
}
