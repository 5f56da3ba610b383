/**
 * Budgets that refill continuously, counted in Redis so that all replicas share them: one atomic script, one round trip for
 * all budgets of a request, and either all of them are charged or none. Without Redis, or while it is away, each process
 * counts for itself, from where Redis stood: it remembers what Redis said last of each budget.
 *
 * The algorithm is GCRA: one number a budget, the time at which it would be full again.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { Logger } from '../logger.ts';
import { withPatientTimeout } from './patient-timer.ts';

/** What is to be taken from one budget. */
export interface Charge {
  /** Whose budget it is; part of the key in Redis. */
  readonly key: string;
  readonly points: number;
  /** Points that can be there at most. */
  readonly capacity: number;
  /** How long an empty budget takes to fill up, in milliseconds. */
  readonly windowMs: number;
}

/** What one budget said. */
export interface BudgetState {
  readonly allowed: boolean;
  /** Whole points that are left now. */
  readonly remaining: number;
  /** Milliseconds until the budget is full again. */
  readonly resetMs: number;
  /** Milliseconds until this charge could pass; 0 when it did. Infinity when it never can. */
  readonly retryMs: number;
}

/** Budgets, wherever they are counted. */
export interface BudgetStore {
  /** Takes from all budgets, or from none when one has too little. Answers in the order of the charges; never rejects. */
  charge(charges: readonly Charge[]): Promise<readonly BudgetState[]>;
}

/** Options of {@link createBudgetStore}. */
export interface BudgetStoreOptions {
  /** Null counts in this process alone. */
  readonly redis: Redis | null;
  readonly log: Logger;
  /** Told each time that a charge is counted locally although there is a Redis. */
  onFallback?(): void;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
}

const keyPrefix = 'fieldgate:budget:';
/** The longest that a request waits for Redis before its process counts alone. */
const redisTimeoutMs = 150;
/** How long Redis is left alone after it failed, so that an outage costs one wait a second and not one a request. */
const cooldownMs = 1_000;
/** Budgets that one process remembers; an attacker who uses more addresses pushes out the oldest. */
const maxLocalBudgets = 100_000;

/**
 * What rounding may add up to: milliseconds since the epoch leave a double a resolution of 0.0002 ms, and each charge rounds once. Less
 * would refuse the last point of a budget every now and then.
 */
const toleranceMs = 0.1;

/** `KEYS`: budgets; `ARGV`: points, capacity, window for each. Answers allowed, remaining, reset, retry for each, in ms. */
const script = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local answer, updates, allowed = {}, {}, true
for i, key in ipairs(KEYS) do
  local points = tonumber(ARGV[i * 3 - 2])
  local capacity = tonumber(ARGV[i * 3 - 1])
  local window = tonumber(ARGV[i * 3])
  local interval = window / capacity
  local full = math.max(tonumber(redis.call('GET', key) or '0'), now)
  local next = full + points * interval
  local excess = next - now - window
  local pass = excess <= ${toleranceMs}
  if not pass then allowed = false end
  updates[i] = { next, full, interval, window, pass, excess }
end
for i, key in ipairs(KEYS) do
  local next, full, interval, window, pass, excess = unpack(updates[i])
  local at = full
  if allowed then
    at = next
    if next > now then redis.call('SET', key, string.format('%.6f', next), 'PX', math.ceil(next - now)) end
  end
  answer[#answer + 1] = pass and 1 or 0
  answer[#answer + 1] = math.max(0, math.floor((window - (at - now)) / interval + math.min(0.5, ${toleranceMs} / interval)))
  answer[#answer + 1] = math.max(0, math.ceil(at - now))
  answer[#answer + 1] = pass and 0 or math.ceil(excess)
end
return answer
`;
const scriptDigest = createHash('sha1').update(script).digest('hex');

/** Makes a store. */
export function createBudgetStore(options: BudgetStoreOptions): BudgetStore {
  const local = createLocalBudgets(options.now ?? Date.now);
  const { redis, log } = options;
  if (!redis) return { charge: async (charges) => local.charge(charges) };
  let restingUntil = 0;
  let isDown = false;

  return {
    async charge(charges) {
      if (charges.length === 0) return [];
      if (performance.now() >= restingUntil) {
        try {
          // A loop that is busy is no outage: what lies in the socket is read before the time is up.
          const answer = await withPatientTimeout(
            run(redis, charges),
            redisTimeoutMs,
            `Redis took longer than ${redisTimeoutMs} ms.`,
          );
          local.mirror(charges, answer);
          if (isDown) log.info('budgets are counted in Redis again');
          isDown = false;
          return answer;
        } catch (error) {
          restingUntil = performance.now() + cooldownMs;
          if (!isDown) log.warn({ err: error }, 'Redis does not answer: this process counts budgets alone');
          isDown = true;
        }
      }
      options.onFallback?.();
      return local.charge(charges);
    },
  };
}

async function run(redis: Redis, charges: readonly Charge[]): Promise<readonly BudgetState[]> {
  const keys = charges.map(({ key }) => keyPrefix + key);
  const args = charges.flatMap(({ points, capacity, windowMs }) => [points, capacity, windowMs]);
  let flat: unknown;
  try {
    flat = await redis.evalsha(scriptDigest, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    flat = await redis.eval(script, keys.length, ...keys, ...args);
  }
  const numbers = flat as readonly number[];
  return charges.map(({ points, capacity }, index) => {
    const [pass = 0, remaining = 0, resetMs = 0, retryMs = 0] = numbers.slice(index * 4, index * 4 + 4);
    return { allowed: pass === 1, remaining, resetMs, retryMs: points > capacity ? Number.POSITIVE_INFINITY : retryMs };
  });
}

/** Budgets of this process alone. */
interface LocalBudgets {
  charge(charges: readonly Charge[]): readonly BudgetState[];
  /** Takes over what Redis said of budgets, so that counting alone goes on from there. */
  mirror(charges: readonly Charge[], states: readonly BudgetState[]): void;
}

function createLocalBudgets(now: () => number): LocalBudgets {
  const fullAt = new LRUCache<string, number>({ max: maxLocalBudgets });
  const charge = (charges: readonly Charge[]): readonly BudgetState[] => {
    const at = now();
    const looked = charges.map((charge) => {
      const interval = charge.windowMs / charge.capacity;
      const full = Math.max(fullAt.get(charge.key) ?? 0, at);
      const next = full + charge.points * interval;
      const excess = next - at - charge.windowMs;
      return { charge, interval, full, next, excess, pass: excess <= toleranceMs };
    });
    const allowed = looked.every(({ pass }) => pass);
    return looked.map(({ charge, interval, full, next, excess, pass }) => {
      const settled = allowed ? next : full;
      if (allowed) fullAt.set(charge.key, next);
      return {
        allowed: pass,
        remaining: Math.max(
          0,
          Math.floor((charge.windowMs - (settled - at)) / interval + Math.min(0.5, toleranceMs / interval)),
        ),
        resetMs: Math.max(0, Math.ceil(settled - at)),
        retryMs: pass ? 0 : charge.points > charge.capacity ? Number.POSITIVE_INFINITY : Math.ceil(excess),
      };
    });
  };
  return {
    charge,
    mirror(charges, states) {
      const at = now();
      // Answers of parallel calls may be read in any order: the latest state is the one that is full last.
      for (const [index, { key }] of charges.entries())
        fullAt.set(key, Math.max(fullAt.get(key) ?? 0, at + (states[index]?.resetMs ?? 0)));
    },
  };
}
