/** Who acts, for services and audit events: the viewer with the facts of the request. */
import type { Viewer } from '../authorization/viewer.ts';

/** The acting party of a write. */
export interface Actor {
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly ip: string;
  readonly userAgent: string | null;
}
