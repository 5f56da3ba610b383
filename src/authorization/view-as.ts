/** Viewing as a role or a key: what counts is the intersection with one's own permissions, never more. */

import { createError, forbidden } from '../errors.ts';
import type { PermissionSet } from './permission-set.ts';
import type { UserViewer, Viewer } from './viewer.ts';

/** What `x-view-as` names. */
export type ViewAsTarget =
  | { readonly kind: 'role'; readonly key: string }
  | { readonly kind: 'apiKey'; readonly id: string };

/** A viewer cut to a target's permissions, and what the target holds beyond one's own. */
export interface ViewedAs {
  readonly viewer: UserViewer;
  /** Permissions of the target that the viewer lacks, so that the view falls short there; sorted. */
  readonly missing: readonly string[];
}

/**
 * Reads `x-view-as: role:<key>` or `apiKey:<id>`.
 * @returns null when the header is absent.
 * @throws BAD_REQUEST when it says anything else.
 */
export function parseViewAs(header: string | null): ViewAsTarget | null {
  if (header === null || header === '') return null;
  const match = /^(role|apiKey):([A-Za-z0-9._=+/-]{1,128})$/.exec(header);
  if (!match?.[2])
    throw createError('BAD_REQUEST', 'x-view-as names neither a role nor a key: send role:<key> or apiKey:<id>.', {
      status: 400,
    });
  return match[1] === 'role' ? { kind: 'role', key: match[2] } : { kind: 'apiKey', id: uuidOf(match[2]) };
}

/** A key's database id, from itself or from its global id. */
function uuidOf(id: string): string {
  const decoded = Buffer.from(id, 'base64').toString('utf8');
  const uuid = decoded.startsWith('ApiKey:') ? decoded.slice('ApiKey:'.length) : id;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid))
    throw createError('NOT_FOUND', 'ApiKey not found.', { status: 404 });
  return uuid;
}

/** @throws FORBIDDEN (403) unless the viewer is a person who may view as another. */
export function assertMayViewAs(viewer: Viewer): asserts viewer is UserViewer {
  if (viewer.kind === 'user' && viewer.permissions.has('access:explain')) return;
  const { message, extensions } = forbidden('x-view-as', ['access:explain']);
  throw createError('FORBIDDEN', message, { status: 403, extensions });
}

/** Cuts a viewer to a target's permissions. */
export function viewAs(viewer: UserViewer, target: PermissionSet): ViewedAs {
  return {
    viewer: { ...viewer, permissions: viewer.permissions.intersect(target) },
    missing: viewer.permissions.missingFrom(target),
  };
}
