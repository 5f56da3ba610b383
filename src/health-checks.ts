/** What readiness and liveness of this gateway depend on: the database over a connection of its own, Redis, and the pool itself. */
import type { Redis } from 'ioredis';
import type { HealthCheck } from './plugins/health.ts';
import type { DatabaseProbe } from './stores/database-probe.ts';
import { countPendingMigrations } from './stores/migrations.ts';
import type { TenantPool } from './stores/tenant-pool.ts';

/**
 * For how long every statement of the pool may fail while the database answers, in milliseconds. Connections that went silent are
 * replaced within less than half of it: what lasts longer, only a new process ends.
 */
const maxFailingMs = 30_000;

/** Options of {@link createHealthChecks}. */
export interface HealthCheckOptions {
  readonly probe: Pick<DatabaseProbe, 'query'>;
  readonly pool: Pick<TenantPool, 'failingSince'>;
  readonly redis: Pick<Redis, 'ping'> | null;
  /** The monotonic clock in milliseconds, for tests. */
  readonly now?: () => number;
}

/** Makes the checks. */
export function createHealthChecks(options: HealthCheckOptions): readonly HealthCheck[] {
  const { probe, pool, redis, now = () => performance.now() } = options;
  return [
    {
      name: 'postgresql',
      async run() {
        await probe.query('select 1');
      },
    },
    {
      name: 'migrations',
      async run() {
        const pending = await countPendingMigrations((sql) => probe.query<{ name: string }>(sql));
        if (pending > 0) throw new Error(`${pending} migrations are pending`);
      },
    },
    // Limits and events go on without it, worse: were it required, every replica would leave the balancer at once.
    ...(redis
      ? [
          {
            name: 'redis',
            role: 'degradable' as const,
            async run() {
              await redis.ping();
            },
          },
        ]
      : []),
    {
      name: 'pool',
      role: 'vital',
      async run() {
        const { failingSince } = pool;
        if (failingSince === null || now() - failingSince < maxFailingMs) return;
        const isUp = await probe.query('select 1').then(
          () => true,
          () => false,
        );
        if (isUp) throw new Error(`the database answers, but not to the pool, for ${maxFailingMs} ms`);
      },
    },
  ];
}
