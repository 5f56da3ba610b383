/** Which stored files go when a project or a task goes: their rows cascade, their bytes do not. */
import { type Viewer, viewerUserId } from '../authentication/viewer.ts';
import type { Database } from '../stores/database.ts';
import { runInDatabaseScope } from '../stores/database-scope.ts';

/** Removes stored files by name; never rejects. */
export type RemoveFiles = (names: readonly string[]) => Promise<void>;

/** Names of the stored files below a project or a task; read before it is deleted, removed after. No viewer ever reads them. */
export function storedFilesBelow(
  db: Database,
  viewer: Viewer,
  where: { readonly taskId: string } | { readonly task: { readonly projectId: string } },
): Promise<readonly string[]> {
  const scope = { organizationId: viewer.organization?.id ?? null, userId: viewerUserId(viewer), guard: null };
  return runInDatabaseScope(scope, async () => {
    const rows = await db.attachment.findMany({ where, select: { storageKey: true } });
    return rows.map((row) => row.storageKey);
  });
}
