/**
 * Where memberships, roles and keys are written: one transaction in the actor's organization, one at a time for each organization,
 * and an announcement after it is kept, so that every replica reads permissions again at once.
 *
 * Runs without the viewer's guard: it must know permissions that the viewer may not see. It answers none of them.
 */
import { notFound } from '../errors.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';
import { runInDatabaseScope } from '../stores/database-scope.ts';
import type { Events } from '../stores/events.ts';
import type { Actor } from './actor.ts';
import { lockOrganization } from './delegation.ts';

/** Runs a piece of work in the actor's organization. @throws NOT_FOUND for an actor who is in none. */
export type OrganizationTransaction = <T>(
  actor: Actor,
  work: (tx: DatabaseTransaction, organizationId: string) => Promise<T>,
) => Promise<T>;

/** Makes the runner. */
export function createOrganizationTransaction({
  db,
  events,
}: {
  readonly db: Database;
  readonly events: Pick<Events, 'accessChanged'>;
}): OrganizationTransaction {
  return async ({ viewer }, work) => {
    const organizationId = viewer.organization?.id;
    if (!organizationId) throw notFound('Organization');
    const userId = viewer.kind === 'user' ? viewer.userId : null;
    const result = await runInDatabaseScope({ organizationId, userId, guard: null }, async () =>
      db.$transaction(async (tx) => {
        await lockOrganization(tx, organizationId);
        return work(tx, organizationId);
      }),
    );
    events.accessChanged({ kind: 'organization', organizationId });
    return result;
  };
}
