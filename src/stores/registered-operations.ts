/**
 * Registered operations as the gateway itself reads them, on the way of every request that names one, and the counters of
 * their use. What viewers list and write goes through Prisma's models and their guard instead.
 */
import type { Database } from './database.ts';
import { runAsService } from './database-scope.ts';

/** Whose registrations are looked into. */
export interface OperationCaller {
  /** The organization of a key; null for people and the anonymous, who run the deployment's own. */
  readonly organizationId: string | null;
  /** The key's client; null together with the organization. */
  readonly client: string | null;
}

/** A registered operation as it is stored. */
export interface StoredRegistration {
  readonly id: string;
  readonly organizationId: string | null;
  readonly client: string;
  readonly sha256: string;
  readonly name: string;
  readonly body: string;
  readonly retiredAt: Date | null;
  readonly retiredReason: string | null;
}

/** What a starting process compiles first. */
export type PopularRegistration = Pick<StoredRegistration, 'id' | 'body'>;

/** One row of a batch of uses. Days are `2026-11-23`. */
export interface StoredUse {
  readonly operationId: string;
  readonly organizationId: string | null;
  readonly apiKeyId: string | null;
  readonly day: string;
  readonly count: number;
  readonly lastUsedAt: Date;
}

/** Reads and counts on behalf of no viewer. */
export interface RegisteredOperationStore {
  /**
   * The operation that a caller means by a hash: its client's own first, then the deployment's. A retired one is found as
   * well; where the deployment has several of one text, one that is not retired comes first.
   */
  find(caller: OperationCaller, sha256: string): Promise<StoredRegistration | null>;
  /** The operations used most in the last seven days, of all organizations. */
  mostUsed(limit: number): Promise<readonly PopularRegistration[]>;
  /** Adds a batch, all of it or none. Uses of what has been deleted since are dropped. */
  addUses(uses: readonly StoredUse[]): Promise<void>;
}

const outsideOfTenants = { organizationId: null, userId: null };

/** Makes the store. */
export function createRegisteredOperationStore(db: Database): RegisteredOperationStore {
  return {
    async find({ organizationId, client }, sha256) {
      const rows = await runAsService(
        'registry',
        { organizationId, userId: null },
        async () =>
          await db.$queryRaw<StoredRegistration[]>`
          select "id", "organizationId", "client", "sha256", "name", "body", "retiredAt", "retiredReason"
          from "PersistedOperation"
          where "sha256" = ${sha256}
            and (("organizationId" = ${organizationId}::uuid and "client" = ${client}) or "organizationId" is null)
          order by "organizationId" nulls last, "retiredAt" desc nulls first, "createdAt", "id"
          limit 1`,
      );
      return rows[0] ?? null;
    },

    async mostUsed(limit) {
      const used = await runAsService(
        'registry',
        outsideOfTenants,
        async () =>
          await db.$queryRaw<{ id: string; organizationId: string | null }[]>`
          select "id", "organizationId" from most_used_operations(${limit}::integer)`,
      );
      // Whose texts they are, row-level security says: each organization's are read as that organization.
      const bodies = new Map<string, string>();
      for (const organizationId of new Set(used.map((operation) => operation.organizationId))) {
        const ids = used.flatMap((operation) => (operation.organizationId === organizationId ? [operation.id] : []));
        const rows = await runAsService(
          'registry',
          { organizationId, userId: null },
          async () =>
            await db.$queryRaw<PopularRegistration[]>`
            select "id", "body" from "PersistedOperation" where "id" = any(${ids}::uuid[])`,
        );
        for (const { id, body } of rows) bodies.set(id, body);
      }
      return used.flatMap(({ id }) => {
        const body = bodies.get(id);
        return body === undefined ? [] : [{ id, body }];
      });
    },

    async addUses(uses) {
      await runAsService(
        'registry',
        outsideOfTenants,
        async () => await db.$executeRaw`select record_operation_uses(${JSON.stringify(uses)}::jsonb)`,
      );
    },
  };
}
