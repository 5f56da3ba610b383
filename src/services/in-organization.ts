/**
 * Where services write: one transaction in the actor's organization. What an actor may do was decided before; a service still
 * asks again for what it is about to do, so that a hole in the plan opens no write.
 */
import type { Permission } from '../authorization/permissions.ts';
import { forbidden, notFound } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { Database, DatabaseTransaction } from '../stores/database.ts';
import { currentDatabaseScope, runInDatabaseScope } from '../stores/database-scope.ts';
import type { Actor } from './actor.ts';

/**
 * Runs work in one transaction of the actor's organization, without a column guard: services read more than their actor may.
 * @throws NOT_FOUND for an actor without an organization.
 */
export function inOrganization<T>(
  db: Database,
  { viewer }: Actor,
  work: (tx: DatabaseTransaction, organizationId: string) => Promise<T>,
): Promise<T> {
  const organizationId = viewer.organization?.id;
  if (!organizationId) throw notFound('Organization');
  const userId = viewer.kind === 'user' ? viewer.userId : null;
  const scope = { ...currentDatabaseScope(), organizationId, userId, guard: null };
  return runInDatabaseScope(scope, () => db.$transaction((tx) => work(tx, organizationId)));
}

/** @throws FORBIDDEN with the coordinate unless the actor holds the permission. */
export function assertHolds({ viewer }: Actor, permission: Permission, coordinate: string): void {
  if (!viewer.permissions.has(permission)) throw forbidden(coordinate, [permission]);
}

/** Whether a write failed because a unique value is taken. */
export function isUniqueClash(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}

/** The time of a change: now, but always later than the last one, so that `expectedUpdatedAt` tells two of one millisecond apart. */
export function laterThan(updatedAt: Date): Date {
  return new Date(Math.max(Date.now(), updatedAt.getTime() + 1));
}
