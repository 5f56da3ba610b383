/**
 * Registers and retires the operations of an organization's clients. What a registration holds is decided as a whole before
 * anything is written; the deployment's own operations are the operator's, and no viewer's to change.
 */

import { PermissionSet } from '../authorization/permission-set.ts';
import { permissionsOfRoles } from '../authorization/roles.ts';
import { badUserInput, notFound } from '../errors.ts';
import { clientIssues } from '../identity/api-key/client-name.ts';
import { readStanding } from '../identity/member/standing.ts';
import type { Actor } from '../nouns/actor.ts';
import { recordAuditEvent } from '../nouns/audit-log.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';
import { runAsService } from '../stores/database-scope.ts';
import type { OperationInspector } from './inspect-operation.ts';
import { parseNamedOperations } from './manifest.ts';
import { planRegistration, type StoredOperation } from './registration.ts';

/** What a registration did. Ids are the database's. */
export interface Registration {
  /** Every operation of the registration, in the order given; the same text twice is one. */
  readonly ids: readonly string[];
  /** How many of them were not registered before. */
  readonly created: number;
}

/** Writes of registered operations. */
export interface OperationRegistryService {
  /**
   * Registers operations for a client of the actor's organization: all of them, or none. Registering again changes nothing.
   * @throws BAD_USER_INPUT with one issue or more for each faulty operation; NOT_FOUND without an organization.
   */
  register(
    actor: Actor,
    input: {
      readonly client: string;
      readonly operations: readonly { readonly name: string; readonly body: string }[];
    },
  ): Promise<Registration>;
  /**
   * Retires an operation: whoever calls it is answered OPERATION_RETIRED with the reason, within a second on every replica.
   * An operation that is retired already keeps its first reason.
   * @throws NOT_FOUND for an operation that is not the organization's own; BAD_USER_INPUT for a faulty reason.
   */
  retire(actor: Actor, input: { readonly id: string; readonly reason: string }): Promise<void>;
}

/** What the service needs. */
export interface OperationRegistryDependencies {
  readonly db: Database;
  readonly inspector: OperationInspector;
  /** Called after a write, so that this process feels it at once. */
  readonly onChange: () => void;
}

const maxReasonLength = 500;
/** How many ids one audit event names; the count is always exact. */
const maxAuditedIds = 100;

/** Makes the service. */
export function createOperationRegistryService({
  db,
  inspector,
  onChange,
}: OperationRegistryDependencies): OperationRegistryService {
  const inOrganization = <T>(
    { viewer }: Actor,
    work: (tx: DatabaseTransaction, organizationId: string) => Promise<T>,
  ): Promise<T> => {
    const organizationId = viewer.organization?.id;
    if (!organizationId) throw notFound('Organization');
    const userId = viewer.kind === 'user' ? viewer.userId : null;
    return runAsService('standing', { organizationId, userId }, () =>
      db.$transaction((tx) => work(tx, organizationId)),
    );
  };

  return {
    async register(actor, { client, operations }) {
      const issues = clientIssues(client, ['input', 'client']);
      if (issues.length > 0) throw badUserInput(issues);
      const parsed = parseNamedOperations(operations, ['input', 'operations']);
      if (parsed.issues) throw badUserInput(parsed.issues);
      const sources = parsed.operations;
      const registration = await inOrganization(actor, async (tx, organizationId) => {
        // One registration of a client at a time: what is new is then said of exactly one of them.
        await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`${organizationId}/${client}`}, 0))`;
        const { permissions } = await readStanding(tx, actor, organizationId);
        const own = { organizationId, client, sha256: { in: sources.map(({ sha256 }) => sha256) } };
        const stored: readonly StoredOperation[] = await tx.persistedOperation.findMany({
          where: own,
          select: { id: true, sha256: true, cost: true, requires: true, retiredAt: true },
        });
        const keys = await permissionsOfKeys(tx, organizationId, client);
        const { plan, issues } = planRegistration({
          sources,
          inspector,
          stored,
          keys,
          mayReadKeys: permissions.has('apiKey:list'),
        });
        if (issues) throw badUserInput(issues);
        if (plan.created.length > 0)
          await tx.persistedOperation.createMany({
            data: plan.created.map(({ requires, ...facts }) => ({
              ...facts,
              organizationId,
              client,
              requires: [...requires],
            })),
          });
        for (const { id, cost, requires } of plan.updated)
          await tx.persistedOperation.update({
            where: { id },
            data: { cost, requires: [...requires] },
            select: { id: true },
          });
        const rows = await tx.persistedOperation.findMany({ where: own, select: { id: true, sha256: true } });
        const idOf = new Map(rows.map(({ sha256, id }) => [sha256, id]));
        const created = plan.created.flatMap(({ sha256 }) => idOf.get(sha256) ?? []);
        if (created.length > 0)
          await recordAuditEvent(tx, actor, {
            action: 'operation.register',
            target: { type: 'PersistedOperation', id: created.length === 1 ? (created[0] ?? null) : null },
            details: { client, count: created.length, operations: created.slice(0, maxAuditedIds) },
          });
        return { ids: sources.flatMap(({ sha256 }) => idOf.get(sha256) ?? []), created: created.length };
      });
      onChange();
      return registration;
    },

    async retire(actor, { id, reason }) {
      const text = reason.trim();
      if (text === '' || text.length > maxReasonLength)
        throw badUserInput([
          { path: ['input', 'reason'], message: `Say why, in 1 to ${maxReasonLength} characters: callers read it.` },
        ]);
      await inOrganization(actor, async (tx, organizationId) => {
        await readStanding(tx, actor, organizationId);
        const operation = await tx.persistedOperation.findFirst({
          where: { id, organizationId },
          select: { retiredAt: true, client: true, name: true },
        });
        if (!operation) throw notFound('PersistedOperation');
        // Two who retire at once: the first one's reason stays.
        const { count } = await tx.persistedOperation.updateMany({
          where: { id, retiredAt: null },
          data: { retiredAt: new Date(), retiredReason: text },
        });
        if (count === 0) return;
        await recordAuditEvent(tx, actor, {
          action: 'operation.retire',
          target: { type: 'PersistedOperation', id },
          details: { client: operation.client, name: operation.name },
        });
      });
      onChange();
    },
  };
}

/** What each of a client's keys may do; of those that still work. */
async function permissionsOfKeys(
  tx: DatabaseTransaction,
  organizationId: string,
  client: string,
): Promise<readonly PermissionSet[]> {
  const keys = await tx.apiKey.findMany({
    where: { organizationId, client, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] },
    select: { scopes: true, role: { select: { key: true, system: true, permissions: true } } },
  });
  return keys.map(({ scopes, role }) => permissionsOfRoles([role]).intersect(new PermissionSet(scopes)));
}

declare module '../nouns/services.ts' {
  interface ServiceRegister {
    readonly operationRegistry: OperationRegistryService;
  }
}
