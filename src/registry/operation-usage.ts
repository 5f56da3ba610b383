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

/** Whose use of what is counted. */
export type CountedUse = Pick<OperationUse, 'operationId' | 'organizationId' | 'apiKeyId'>;

/** Counts, and writes what it counted. */
export interface OperationUsage {
  /** Never waits and never throws. */
  count(use: CountedUse): void;
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

type Counter = { -readonly [Name in keyof OperationUse]: OperationUse[Name] };

const msPerDay = 86_400_000;

/** Makes a counter. */
export function createOperationUsage({
  write,
  log,
  flushIntervalMs = 5_000,
  maxCounters = 50_000,
  now = () => new Date(),
}: OperationUsageOptions): OperationUsage {
  let counters = new Map<string, Counter>();
  let today = { number: Number.NaN, name: '' };
  let writing: Promise<void> | null = null;

  const keyOf = ({ operationId, organizationId, apiKeyId }: CountedUse, day: string): string =>
    `${operationId} ${organizationId ?? ''} ${apiKeyId ?? ''} ${day}`;

  const add = (key: string, use: OperationUse): void => {
    const known = counters.get(key);
    if (!known) {
      if (counters.size < maxCounters) counters.set(key, { ...use });
      return;
    }
    known.count += use.count;
    if (known.lastUsedAt < use.lastUsedAt) known.lastUsedAt = use.lastUsedAt;
  };

  const writeBatch = async (): Promise<void> => {
    const batch = [...counters.values()];
    counters = new Map();
    if (batch.length === 0) return;
    try {
      await write(batch);
    } catch (error) {
      for (const use of batch) add(keyOf(use, use.day), use);
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
      const number = Math.floor(at.getTime() / msPerDay);
      if (number !== today.number) today = { number, name: at.toISOString().slice(0, 10) };
      const { name: day } = today;
      const key = keyOf(use, day);
      const known = counters.get(key);
      if (known) {
        known.count += 1;
        known.lastUsedAt = at;
      } else add(key, { ...use, day, count: 1, lastUsedAt: at });
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
