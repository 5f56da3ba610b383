/**
 * Counts the use of registered operations by key and day, off the request's way: counting is an addition in memory, and
 * what was counted is written in batches. A crash loses at most one interval; a failed write is tried again with the next.
 */
import type { Logger } from '../logger.ts';

/** How often one operation ran for one key on one day. */
export interface OperationUse {
  readonly operationId: string;
  /** The caller's organization; null for the anonymous and for people in none: they count as use, under no key. */
  readonly organizationId: string | null;
  /** Null for callers without a key. */
  readonly apiKeyId: string | null;
  /** `2026-11-23`, in UTC. */
  readonly day: string;
  readonly count: number;
  readonly lastUsedAt: Date;
}

/** Counts, and writes what it counted. */
export interface OperationUsage {
  /** Never waits and never throws. */
  count(use: Pick<OperationUse, 'operationId' | 'organizationId' | 'apiKeyId'>): void;
  /** Writes what was counted so far. Never rejects: what could not be written is kept. */
  flush(): Promise<void>;
  /** Stops the timer and writes the rest. */
  close(): Promise<void>;
}

/** Options of {@link createOperationUsage}. */
export interface OperationUsageOptions {
  /** Adds a batch to what is stored, all of it or none. */
  readonly write: (uses: readonly OperationUse[]) => Promise<void>;
  readonly log: Pick<Logger, 'warn'>;
  /** Milliseconds between two batches. */
  readonly flushIntervalMs?: number;
  /** Counters that are kept while writes fail; beyond it new ones are dropped. */
  readonly maxCounters?: number;
  readonly now?: () => Date;
}

/** Makes a counter. */
export function createOperationUsage({
  write,
  log,
  flushIntervalMs = 5_000,
  maxCounters = 50_000,
  now = () => new Date(),
}: OperationUsageOptions): OperationUsage {
  let counters = new Map<string, OperationUse>();
  let writing: Promise<void> | null = null;

  const add = (use: OperationUse): void => {
    const key = `${use.operationId} ${use.organizationId ?? ''} ${use.apiKeyId ?? ''} ${use.day}`;
    const known = counters.get(key);
    if (!known && counters.size >= maxCounters) return;
    const lastUsedAt = known && known.lastUsedAt > use.lastUsedAt ? known.lastUsedAt : use.lastUsedAt;
    counters.set(key, { ...use, count: use.count + (known?.count ?? 0), lastUsedAt });
  };

  const writeBatch = async (): Promise<void> => {
    const batch = [...counters.values()];
    counters = new Map();
    if (batch.length === 0) return;
    try {
      await write(batch);
    } catch (error) {
      for (const use of batch) add(use);
      log.warn({ err: error, uses: batch.length }, 'the use of operations could not be written; it is tried again');
    }
  };

  const flush = (): Promise<void> => {
    // One batch at a time; a flush during one waits for it and then writes what came since.
    const next: Promise<void> = (writing ?? Promise.resolve()).then(writeBatch).finally(() => {
      if (writing === next) writing = null;
    });
    writing = next;
    return next;
  };

  const timer = setInterval(flush, flushIntervalMs);
  timer.unref();

  return {
    count(use) {
      const at = now();
      add({ ...use, day: at.toISOString().slice(0, 10), count: 1, lastUsedAt: at });
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
