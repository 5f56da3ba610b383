/**
 * Holds a row until the transaction ends. Whoever changes it without saying which version they read then waits for those before them
 * instead of being refused: only a caller who named a version can be in conflict.
 */
import type { DatabaseTransaction } from '../stores/database.ts';

/** Holds a row of the scope's organization; what does not exist is not held. Read it after this, never before. */
export async function holdRow(
  tx: DatabaseTransaction,
  model: 'Project' | 'Task' | 'Comment',
  id: string | null,
): Promise<void> {
  if (id === null) return;
  // Not the key: rows that refer to this one may be added meanwhile.
  if (model === 'Project')
    await tx.$queryRaw`select "id"::text from "Project"
      where "id" = ${id}::uuid and "organizationId" = current_organization_id() for no key update`;
  else if (model === 'Task')
    await tx.$queryRaw`select "id"::text from "Task"
      where "id" = ${id}::uuid and "organizationId" = current_organization_id() for no key update`;
  else
    await tx.$queryRaw`select "id"::text from "Comment"
      where "id" = ${id}::uuid and "organizationId" = current_organization_id() for no key update`;
}
