/**
 * The registry as the operator reaches it, under the role that owns the tables: the deployment's own operations, any
 * organization's, and all of them for a check. For the command line and the seed; the gateway never holds such a connection.
 */
import type { Client } from 'pg';
import { v7 as uuid } from 'uuid';

/** Whose registrations: null is the deployment's own. */
export type RegistrationOwner = string | null;

/** An operation as it is stored. */
export interface OperatorOperation {
  readonly id: string;
  readonly sha256: string;
  readonly cost: number;
  readonly requires: readonly string[];
  readonly retiredAt: Date | null;
}

/** An operation to write. */
export interface OperatorFacts {
  readonly name: string;
  readonly body: string;
  readonly sha256: string;
  readonly cost: number;
  readonly requires: readonly string[];
}

/** A key of a client: its role as stored, and its scopes. */
export interface ClientKey {
  readonly scopes: readonly string[];
  readonly role: { readonly key: string; readonly system: boolean; readonly permissions: readonly string[] };
}

/** A registered operation with the slug of whoever it belongs to; null for the deployment. */
export interface ListedOperation {
  readonly name: string;
  readonly client: string;
  readonly organization: string | null;
  readonly sha256: string;
  readonly body: string;
}

/** Reads and writes as the operator. Writes belong into {@link OperatorRegistry.transaction}. */
export interface OperatorRegistry {
  /** The id of an organization by its slug; null when there is none. */
  organizationId(slug: string): Promise<string | null>;
  /** Runs work in one transaction. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  stored(owner: RegistrationOwner, client: string, sha256: readonly string[]): Promise<readonly OperatorOperation[]>;
  /** The keys of a client that still work; the deployment has none. */
  keys(owner: RegistrationOwner, client: string): Promise<readonly ClientKey[]>;
  create(owner: RegistrationOwner, client: string, operations: readonly OperatorFacts[]): Promise<void>;
  update(id: string, facts: Pick<OperatorFacts, 'cost' | 'requires'>): Promise<void>;
  /** @returns the number of operations retired now: 0 when there is no such operation, or it was retired before. */
  retire(owner: RegistrationOwner, client: string, sha256: string, reason: string): Promise<number>;
  /** Everything that is registered and not retired. */
  all(): Promise<readonly ListedOperation[]>;
}

/** Makes the registry over an open connection of the owner's role. */
export function createOperatorRegistry(connection: Client): OperatorRegistry {
  const recordEvent = (owner: RegistrationOwner, action: string, details: object): Promise<unknown> =>
    connection.query(
      `insert into "AuditEvent" ("id", "organizationId", "actorType", "action", "targetType", "details")
       values ($1, $2, 'Operator', $3, 'PersistedOperation', $4)`,
      [uuid(), owner, action, details],
    );

  return {
    async organizationId(slug) {
      const { rows } = await connection.query('select "id" from "Organization" where "slug" = $1', [slug]);
      return rows[0]?.id ?? null;
    },

    async transaction(work) {
      await connection.query('begin');
      try {
        const result = await work();
        await connection.query('commit');
        return result;
      } catch (error) {
        await connection.query('rollback');
        throw error;
      }
    },

    async stored(owner, client, sha256) {
      const { rows } = await connection.query(
        `select "id", "sha256", "cost", "requires", "retiredAt" from "PersistedOperation"
         where "organizationId" is not distinct from $1::uuid and "client" = $2 and "sha256" = any($3) for update`,
        [owner, client, sha256],
      );
      return rows;
    },

    async keys(owner, client) {
      const { rows } = await connection.query(
        `select k."scopes", json_build_object('key', r."key", 'system', r."system", 'permissions', r."permissions") as "role"
         from "ApiKey" k join "Role" r on r."id" = k."roleId"
         where k."organizationId" = $1::uuid and k."client" = $2 and k."revokedAt" is null
           and (k."expiresAt" is null or k."expiresAt" > now())`,
        [owner, client],
      );
      return rows;
    },

    async create(owner, client, operations) {
      for (const { name, body, sha256, cost, requires } of operations)
        await connection.query(
          `insert into "PersistedOperation" ("id", "organizationId", "client", "sha256", "name", "body", "cost", "requires")
           values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
          [uuid(), owner, client, sha256, name, body, cost, requires],
        );
      await recordEvent(owner, 'operation.register', { client, count: operations.length });
    },

    async update(id, { cost, requires }) {
      await connection.query('update "PersistedOperation" set "cost" = $2, "requires" = $3 where "id" = $1', [
        id,
        cost,
        requires,
      ]);
    },

    async retire(owner, client, sha256, reason) {
      const { rowCount } = await connection.query(
        `update "PersistedOperation" set "retiredAt" = now(), "retiredReason" = $4
         where "organizationId" is not distinct from $1::uuid and "client" = $2 and "sha256" = $3 and "retiredAt" is null`,
        [owner, client, sha256, reason],
      );
      if (rowCount) await recordEvent(owner, 'operation.retire', { client, sha256 });
      return rowCount ?? 0;
    },

    async all() {
      const { rows } = await connection.query(
        `select o."name", o."client", g."slug" as "organization", o."sha256", o."body"
         from "PersistedOperation" o left join "Organization" g on g."id" = o."organizationId"
         where o."retiredAt" is null order by g."slug" nulls first, o."client", o."name", o."sha256"`,
      );
      return rows;
    },
  };
}
