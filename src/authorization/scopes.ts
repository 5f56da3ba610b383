/** How each Pothos scope is decided for a viewer. The words of `rules.ts` become true or false here, and only here. */

import type { Permission } from './permissions.ts';
import { type Viewer, viewerUserId } from './viewer.ts';

/** The scope loaders of one request. Parameters are strings, since Pothos caches a loader's answer by its identity. */
export function createScopes(viewer: Viewer) {
  return {
    public: true,
    authenticated: viewer.kind !== 'anonymous',
    person: viewer.kind === 'user',
    can: (permission: Permission) => viewer.permissions.has(permission),
    self: (userId: string | null) => userId !== null && userId === viewerUserId(viewer),
  };
}
