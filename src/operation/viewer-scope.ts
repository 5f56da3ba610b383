/** Under what a viewer's statements run: their organization and account, their column guard and their visibility wall. */
import { type Viewer, viewerUserId } from '../authorization/viewer.ts';
import { createVisibilityWall } from '../authorization/visibility-wall.ts';
import type { StatementGuard, ViewerScope } from '../stores/database-scope.ts';
import type { WriteLog } from '../stores/write-log.ts';

/** Options of {@link viewerScope}. */
export interface ViewerScopeOptions {
  guardOf(viewer: Viewer): StatementGuard;
  /** Told of each statement of a request; tests count with it. */
  onStatement?(requestId: string, sql: string): void;
}

/** The request for which the database is asked. */
export interface ScopedRequest {
  readonly requestId: string;
  /** Learns what of it may have lasted. */
  readonly writes: WriteLog;
}

/** The scope of everything that is asked of the database for a viewer, in a request. */
export function viewerScope(
  viewer: Viewer,
  { requestId, writes }: ScopedRequest,
  { guardOf, onStatement }: ViewerScopeOptions,
): ViewerScope {
  return {
    organizationId: viewer.organization?.id ?? null,
    userId: viewerUserId(viewer),
    guard: guardOf(viewer),
    wall: createVisibilityWall(viewer),
    writes,
    ...(onStatement ? { onStatement: (sql: string) => onStatement(requestId, sql) } : {}),
  };
}
