/**
 * Holds a row until the transaction ends. Whoever changes it without saying which version they read then waits for those before them
 * instead of being refused: only a caller who named a version can be in conflict.
 */
import { modelMembers } from '../authorization/data-model.ts';
import type { ModelName } from '../authorization/visibility.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { DatabaseTransaction } from '../stores/database.ts';

/** Holds a row of the scope's organization; what does not exist is not held. Read it after this, never before. */
export async function holdRow(tx: DatabaseTransaction, model: ModelName, id: string | null): Promise<void> {
  if (id === null) return;
  // A name of the data model's, and no text of anybody's.
  if (!modelMembers.has(model)) throw new Error(`The data model has no ${model}.`);
  // Not the key: rows that refer to this one may be added meanwhile.
  await tx.$queryRaw`select "id"::text from ${Prisma.raw(`"${model}"`)}
    where "id" = ${id}::uuid and "organizationId" = current_organization_id() for no key update`;
}
