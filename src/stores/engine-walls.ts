/**
 * The engine's own tables that are walled otherwise than a tenant's noun, literally: which policies they have, what the
 * gateway's role may do with them, and which of their foreign keys carry no organization.
 */
import type { PolicyFacts } from './database-facts.ts';
import { tenantRights } from './tenant-walls.ts';

/** A policy for the gateway's role, in words of PostgreSQL. */
export type Policy = Pick<PolicyFacts, 'name' | 'command' | 'using' | 'check'>;

/** What a table has beside its columns. */
export interface Walls {
  readonly policies: readonly Policy[];
  readonly rights: readonly string[];
}

const organization = '( SELECT public.current_organization_id() AS current_organization_id)';
const viewer = '( SELECT public.current_user_id() AS current_user_id)';
const inOrganization = `("organizationId" = ${organization})`;
const isOrganization = `(id = ${organization})`;
const isViewer = `(id = ${viewer})`;
const ofViewer = `("userId" = ${viewer})`;

const all = (name: string, condition: string): Policy => ({
  name,
  command: 'ALL',
  using: condition,
  check: condition,
});
const select = (name: string, using: string): Policy => ({ name, command: 'SELECT', using, check: null });
const insert = (name: string, check: string): Policy => ({ name, command: 'INSERT', using: null, check });
const update = (name: string, condition: string): Policy => ({ ...all(name, condition), command: 'UPDATE' });
const remove = (name: string, using: string): Policy => ({ name, command: 'DELETE', using, check: null });

/** What the table of a tenant's noun has. */
export const tenantWalls: Walls = { policies: [all('tenant', inOrganization)], rights: tenantRights };

const ofAccount: Walls = { policies: [all('own', ofViewer)], rights: tenantRights };

/** Tables of the engine that are walled in another way, or have no organization. */
export const engineWalls: Readonly<Record<string, Walls>> = {
  Password: ofAccount,
  TotpFactor: ofAccount,
  RecoveryCode: ofAccount,
  Session: ofAccount,
  RefreshToken: ofAccount,
  AccountToken: ofAccount,
  User: {
    policies: [
      select(
        'member',
        `(${isViewer} OR (EXISTS ( SELECT FROM public."Membership" m ` +
          `WHERE ((m."userId" = "User".id) AND (m."organizationId" = ${organization})))))`,
      ),
      insert('own_insert', isViewer),
      update('own_update', isViewer),
    ],
    rights: tenantRights,
  },
  Organization: {
    policies: [
      select(
        'own',
        `(EXISTS ( SELECT FROM public."Membership" m WHERE ((m."organizationId" = "Organization".id) ` +
          `AND (m."userId" = ${viewer}) AND (m.status <> 'REMOVED'::public."MembershipStatus"))))`,
      ),
      all('tenant', isOrganization),
    ],
    rights: tenantRights,
  },
  Membership: {
    policies: [
      select('own', ofViewer),
      remove('tenant_delete', inOrganization),
      insert('tenant_insert', `(${inOrganization} AND ${ofViewer})`),
      select('tenant_select', inOrganization),
      update('tenant_update', inOrganization),
    ],
    rights: ['SELECT', 'INSERT', 'DELETE', 'UPDATE (joinedAt)', 'UPDATE (status)', 'UPDATE (updatedAt)'],
  },
  PersistedOperation: {
    policies: [select('deployment', '("organizationId" IS NULL)'), all('tenant', inOrganization)],
    rights: tenantRights,
  },
  // Of all organizations, and reached by functions alone.
  PendingFileRemoval: { policies: [], rights: [] },
  AuditEvent: {
    policies: [
      insert('append', `(("organizationId" IS NULL) OR ${inOrganization})`),
      select('read', `(${inOrganization} OR (("organizationId" IS NULL) AND ("actorId" = ${viewer})))`),
    ],
    rights: ['SELECT', 'INSERT'],
  },
};

/**
 * Foreign keys without the organization, with the reason. Setting the whole of a composite key to null would take the
 * organization from the row, and who made a key or an invitation is set by the gateway alone.
 */
export const engineForeignKeys: ReadonlySet<string> = new Set([
  // The membership is itself what ties the account to the organization.
  'Membership_userId_fkey',
  // Whoever made a key may have left since: the key ends, its row says who it was.
  'ApiKey_createdById_fkey',
  'ApiKey_createdByKeyId_fkey',
  'Invitation_invitedByKeyId_fkey',
  // An operation of the deployment's own belongs to no organization.
  'PersistedOperationUse_operationId_fkey',
]);

/** Tables whose `organizationId` may be null, or leads to no organization: they outlive it, or belong to none. */
export const engineLooseRows: ReadonlySet<string> = new Set([
  'AuditEvent',
  'PersistedOperation',
  'PersistedOperationUse',
]);
