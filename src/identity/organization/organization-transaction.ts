/**
 * Where memberships, roles and keys are written: one transaction in the actor's organization, one at a time for each organization,
 * as what the actor is by then, and an announcement after it is kept, so that every replica reads permissions again at once.
 *
 * Runs without the viewer's guard: it must know permissions that the viewer may not see. It answers none of them.
 */
import { notFound } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import type { Database, DatabaseTransaction } from '../../stores/database.ts';
import { runAsService } from '../../stores/database-scope.ts';
import type { Events } from '../../stores/events.ts';
import { lockOrganization } from '../member/delegation.ts';
import { holdAccount, readStanding, type Standing } from '../member/standing.ts';

/** Where a piece of work runs, and as what. */
export interface OrganizationWork extends Standing {
  readonly tx: DatabaseTransaction;
  readonly organizationId: string;
}

/**
 * Runs a piece of work in the actor's organization.
 * @throws NOT_FOUND for an actor who is in none; UNAUTHENTICATED, ACCOUNT_SUSPENDED, FORBIDDEN for one who lost meanwhile what the
 * operation was allowed with.
 */
export type OrganizationTransaction = <T>(actor: Actor, work: (work: OrganizationWork) => Promise<T>) => Promise<T>;

/** Makes the runner. */
export function createOrganizationTransaction({
  db,
  events,
}: {
  readonly db: Database;
  readonly events: Pick<Events, 'accessChanged'>;
}): OrganizationTransaction {
  return async (actor, work) => {
    const { viewer } = actor;
    const organizationId = viewer.organization?.id;
    if (!organizationId) throw notFound('Organization');
    const userId = viewer.kind === 'user' ? viewer.userId : null;
    const result = await runAsService('standing', { organizationId, userId }, async () =>
      db.$transaction(async (tx) => {
        if (userId !== null) await holdAccount(tx, userId);
        await lockOrganization(tx, organizationId);
        return work({ tx, organizationId, ...(await readStanding(tx, actor, organizationId)) });
      }),
    );
    events.accessChanged({ kind: 'organization', organizationId });
    return result;
  };
}
