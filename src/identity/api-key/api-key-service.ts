/** API keys: made within the creator's own permissions, rotated with an overlap, revoked at once. A secret is shown once. */

import { PermissionSet } from '../../authorization/permission-set.ts';
import { isPermission } from '../../authorization/permissions.ts';
import { conflict, createError, notFound } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import { recordAuditEvent } from '../../nouns/audit-log.ts';
import { Issues } from '../../nouns/validation.ts';
import { createApiKeySecret } from '../authentication/api-key.ts';
import { assertMayActOn, assertMayGrant } from '../member/delegation.ts';
import type { OrganizationTransaction, OrganizationWork } from '../organization/organization-transaction.ts';
import { requireRole } from '../role/role-service.ts';
import { clientIssues } from './client-name.ts';
import { boundsBeyond, isNetwork, type KeyBounds, withInherited } from './key-bounds.ts';

/** How long the old secret works after a rotation unless the caller says otherwise, in minutes. */
const defaultOverlapMinutes = 60;

/** The longest overlap, in minutes. */
const maxOverlapMinutes = 7 * 24 * 60;

/** What a new key is made of. */
export interface CreateApiKey {
  readonly name: string;
  readonly client: string;
  readonly roleKey: string;
  /** Undefined or null: everything that the role grants. */
  readonly scopes?: readonly string[] | null;
  readonly expiresAt?: Date | null;
  readonly allowAdHoc?: boolean | null;
  /** CIDR ranges; none means anywhere. */
  readonly allowedNetworks?: readonly string[] | null;
  /** Cost points a minute. */
  readonly budget?: number | null;
  readonly requestsPerMinute?: number | null;
}

/** A key with its secret, which is shown this once. */
export interface ApiKeyWithSecret {
  readonly id: string;
  readonly secret: string;
}

/** Writes of keys. */
export interface ApiKeyService {
  /**
   * Makes a key. One that a key makes has the bounds of its maker where it is given none, and the same person behind it.
   * @throws BAD_USER_INPUT; NOT_FOUND for the role; FORBIDDEN for a role or scopes beyond the actor's permissions, for text of its
   * own (`allowAdHoc`) by somebody who may not introspect the schema, and for a key that would reach further than the key that makes it.
   */
  create(actor: Actor, input: CreateApiKey): Promise<ApiKeyWithSecret>;
  /** @throws NOT_FOUND; CONFLICT for one that has ended; FORBIDDEN when the actor could not make such a key: rotation shows its secret. */
  rotate(
    actor: Actor,
    input: { readonly id: string | null; readonly overlapMinutes?: number | null },
  ): Promise<ApiKeyWithSecret>;
  /**
   * Ends a key, every key that it made, and their open invitations. Revoking again changes nothing.
   * @throws NOT_FOUND; FORBIDDEN when it holds what the actor lacks.
   */
  revoke(actor: Actor, id: string | null): Promise<{ id: string }>;
}

/** Makes the service. */
export function createApiKeyService({
  inOrganization,
  defaultBudget,
}: {
  readonly inOrganization: OrganizationTransaction;
  /** What a key without a budget of its own has, in cost points a minute. */
  readonly defaultBudget: number;
}): ApiKeyService {
  /** @throws FORBIDDEN unless the actor could make a key of these bounds. */
  const assertMayBound = ({ permissions, key }: OrganizationWork, bounds: KeyBounds): void => {
    if (bounds.allowAdHoc && !permissions.has('schema:introspect'))
      throw createError('FORBIDDEN', 'You cannot let a key send operations of its own.', {
        extensions: { requires: ['schema:introspect'] },
      });
    const beyond = key ? boundsBeyond(key.bounds, bounds, defaultBudget) : [];
    if (beyond.length > 0)
      throw createError('FORBIDDEN', `A key grants no more than it has itself: ${beyond.join(', ')}.`);
  };

  const requireKey = async ({ tx, permissions }: OrganizationWork, id: string | null) => {
    const key =
      id === null
        ? null
        : await tx.apiKey.findFirst({
            where: { id },
            select: {
              id: true,
              prefix: true,
              client: true,
              digest: true,
              scopes: true,
              revokedAt: true,
              expiresAt: true,
              allowAdHoc: true,
              allowedNetworks: true,
              budget: true,
              requestsPerMinute: true,
            },
          });
    if (!key) throw notFound('ApiKey');
    // All of its scopes, also those that its role does not grant for now: the role may grant them again.
    assertMayActOn(permissions, new PermissionSet(key.scopes));
    return key;
  };

  return {
    create: (actor, input) =>
      inOrganization(actor, async (work) => {
        const { tx, permissions, responsibleUserId, key: maker } = work;
        check(input);
        const role = await requireRole(tx, actor.viewer, input.roleKey);
        const scopes = [...new Set(input.scopes ?? role.permissions)].sort();
        const beyond = role.permissions.missingFrom(new PermissionSet(scopes));
        if (beyond.length > 0) {
          const issues = new Issues();
          for (const name of beyond) issues.add('scopes', `The role does not grant ${name}.`);
          issues.throwIfAny();
        }
        assertMayGrant(permissions, scopes);
        const bounds = withInherited(maker?.bounds ?? unbounded, wantedBounds(input));
        assertMayBound(work, bounds);
        const { secret, prefix, digest } = createApiKeySecret();
        const key = await tx.apiKey.create({
          data: {
            name: input.name.normalize('NFC'),
            prefix,
            digest,
            roleId: role.id,
            scopes,
            ...bounds,
            allowedNetworks: [...bounds.allowedNetworks],
            createdById: responsibleUserId,
            createdByKeyId: maker?.id ?? null,
          } as never,
          select: { id: true },
        });
        const details = { client: input.client, roleKey: input.roleKey, scopes, allowAdHoc: bounds.allowAdHoc };
        await recordAuditEvent(tx, actor, { action: 'apiKey.create', target: { type: 'ApiKey', id: key.id }, details });
        return { id: key.id, secret };
      }),

    rotate: (actor, { id, overlapMinutes }) =>
      inOrganization(actor, async (work) => {
        const { tx } = work;
        const minutes = overlapMinutes ?? defaultOverlapMinutes;
        const issues = new Issues();
        if (minutes < 0 || minutes > maxOverlapMinutes)
          issues.add('overlapMinutes', `Use 0 to ${maxOverlapMinutes} minutes.`);
        issues.throwIfAny();
        const key = await requireKey(work, id);
        assertMayBound(work, key);
        if (key.revokedAt || (key.expiresAt && key.expiresAt <= new Date()))
          throw conflict('The key has ended: make a new one.');
        const { secret, prefix, digest } = createApiKeySecret();
        await tx.apiKey.updateMany({
          where: { id: key.id },
          data: {
            prefix,
            digest,
            previousPrefix: key.prefix,
            previousDigest: key.digest,
            previousUntil: new Date(Date.now() + minutes * 60_000),
          },
        });
        const target = { type: 'ApiKey', id: key.id };
        await recordAuditEvent(tx, actor, { action: 'apiKey.rotate', target, details: { overlapMinutes: minutes } });
        return { id: key.id, secret };
      }),

    revoke: (actor, id) =>
      inOrganization(actor, async (work) => {
        const { tx } = work;
        const key = await requireKey(work, id);
        const madeByIt = await keysMadeBy(tx, key.id);
        if (key.revokedAt && madeByIt.length === 0) return { id: key.id };
        const ended = [key.id, ...madeByIt];
        const revokedAt = new Date();
        await tx.apiKey.updateMany({ where: { id: { in: ended }, revokedAt: null }, data: { revokedAt } });
        await tx.invitation.updateMany({
          where: { invitedByKeyId: { in: ended }, acceptedAt: null, revokedAt: null },
          data: { revokedAt },
        });
        await recordAuditEvent(tx, actor, {
          action: 'apiKey.revoke',
          target: { type: 'ApiKey', id: key.id },
          details: madeByIt.length > 0 ? { withKeys: madeByIt } : {},
        });
        return { id: key.id };
      }),
  };
}

const unbounded: KeyBounds = {
  client: '',
  allowAdHoc: true,
  expiresAt: null,
  allowedNetworks: [],
  budget: null,
  requestsPerMinute: null,
};

function wantedBounds(input: CreateApiKey): Partial<KeyBounds> {
  const { client, allowAdHoc, expiresAt, allowedNetworks, budget, requestsPerMinute } = input;
  return {
    client,
    ...(allowAdHoc ? { allowAdHoc } : {}),
    ...(expiresAt ? { expiresAt } : {}),
    ...(allowedNetworks ? { allowedNetworks } : {}),
    ...(typeof budget === 'number' ? { budget } : {}),
    ...(typeof requestsPerMinute === 'number' ? { requestsPerMinute } : {}),
  };
}

/** @throws BAD_USER_INPUT with an issue for each faulty field. */
function check(input: CreateApiKey): void {
  const issues = new Issues();
  issues.text('name', input.name, { min: 1, max: 100 });
  for (const { message } of clientIssues(input.client, [])) issues.add('client', message);
  for (const [index, scope] of (input.scopes ?? []).entries())
    if (!isPermission(scope)) issues.add(`scopes.${index}`, 'There is no such permission.');
  for (const [index, network] of (input.allowedNetworks ?? []).entries())
    if (!isNetwork(network))
      issues.add(`allowedNetworks.${index}`, 'Use an address range such as 203.0.113.0/24 or 2001:db8::/32.');
  if ((input.allowedNetworks?.length ?? 0) > 50) issues.add('allowedNetworks', 'Use at most 50 ranges.');
  if (input.expiresAt && input.expiresAt <= new Date()) issues.add('expiresAt', 'Must be in the future.');
  for (const name of ['budget', 'requestsPerMinute'] as const) {
    const value = input[name];
    if (typeof value === 'number' && (value < 1 || value > 10_000_000)) issues.add(name, 'Use 1 to 10,000,000.');
  }
  issues.throwIfAny();
}

/** Ids of the keys that a key made, of those that these made, and so on; of those that are not revoked yet. */
async function keysMadeBy(tx: OrganizationWork['tx'], id: string): Promise<string[]> {
  const found: string[] = [];
  for (let makers = [id]; makers.length > 0; ) {
    const made = await tx.apiKey.findMany({
      where: { createdByKeyId: { in: makers } },
      select: { id: true, revokedAt: true },
    });
    found.push(...made.flatMap((key) => (key.revokedAt ? [] : [key.id])));
    makers = made.map((key) => key.id);
  }
  return found;
}
