/** What a declaration cannot do with tasks: number them within their project. */
import { notFound } from '../../errors.ts';
import type { BeforeWrite } from '../../nouns/declaration.ts';

/**
 * Takes the project's next number, and holds its row until the transaction ends, so that two tasks never get one number. As a
 * statement of its own, since a new task is no change of the project: its `updatedAt` stays, whoever else changes it meanwhile.
 */
export const takeNumber: BeforeWrite = async (tx, { parentId }) => {
  const [row] = await tx.$queryRaw<{ number: number }[]>`
    update "Project" set "lastTaskNumber" = "lastTaskNumber" + 1
    where "id" = ${parentId}::uuid and "organizationId" = current_organization_id()
    returning "lastTaskNumber" as "number"`;
  if (!row) throw notFound('Project');
  return { number: row.number };
};
