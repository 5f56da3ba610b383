/** Work on the database in an organization's scope alone: what stands in front of it, a viewer's guard and wall, only where a test gives them. */
import {
  type BoundScope,
  runAsService,
  runInDatabaseScope,
  type ViewerScope,
} from '../../src/stores/database-scope.ts';

/** The organization, and whatever else a test is about. */
export type BareScope = Pick<BoundScope, 'organizationId'> & Partial<ViewerScope>;

/** Runs it. */
export function runBare<T>({ guard, wall, ...given }: BareScope, work: () => Promise<T>): Promise<T> {
  const scope = { userId: null, ...given };
  // Any reason does: the database does not go by it.
  if (!guard && !wall) return runAsService('standing', scope, work);
  const openWall = {
    narrow: (_model: string, _operation: string, args: object) => ({ args: { ...args }, finish: null }),
    isOpen: () => true,
  };
  return runInDatabaseScope({ ...scope, guard: guard ?? (() => undefined), wall: wall ?? openWall }, work);
}
