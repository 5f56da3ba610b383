/** People as what work names: whom it may be given to, and who it is by. */
import { localId } from '../authorization/global-id.ts';
import { type Viewer, viewerUserId } from '../authorization/viewer.ts';
import { nobodysId, visibleRows } from '../authorization/visibility.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { DatabaseTransaction } from '../stores/database.ts';
import { continueAsService } from '../stores/database-scope.ts';

/**
 * Whether the viewer may give work to an account: to a member whom they can see as one, so to nobody but themselves without
 * `member:list`. A suspended one keeps work and gets it: a refusal would tell of the suspension those who may not read it.
 */
export async function mayBeAssigned(tx: DatabaseTransaction, viewer: Viewer, userId: string): Promise<boolean> {
  // States of members are not every viewer's to read: the answer goes by what this viewer sees, and by nothing else.
  const where: Prisma.MembershipWhereInput = {
    userId,
    AND: [visibleRows('Membership', viewer), { status: { in: ['ACTIVE', 'SUSPENDED'] } }],
  };
  return (await continueAsService('assignment', async () => tx.membership.count({ where }))) > 0;
}

/** The account that a row written by this viewer names; null for a key. */
export const authorOf = (viewer: Viewer): string | null => viewerUserId(viewer);

/** An id that was named: undefined when left out, null for nothing, an id that matches nothing when malformed or of another type. */
export function namedId(globalId: unknown, typeName: string): string | null | undefined {
  return globalId === undefined || globalId === null ? globalId : (localId(globalId, typeName) ?? nobodysId);
}
