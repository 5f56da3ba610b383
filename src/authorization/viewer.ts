/** Who calls: the union that every later room decides by. Made once for each request (each event, in a subscription). */
import type { PermissionSet } from './permission-set.ts';

/** The organization in which a request runs. */
export interface ViewerOrganization {
  readonly id: string;
  readonly slug: string;
}

/** A role as the viewer holds it. */
export interface ViewerRole {
  readonly id: string;
  readonly key: string;
}

/** A membership's state in the current organization. */
export type MembershipState = 'PENDING' | 'ACTIVE' | 'SUSPENDED';

/** No credential: sees what is public. */
export interface AnonymousViewer {
  readonly kind: 'anonymous';
  readonly organization: null;
  readonly permissions: PermissionSet;
}

/** A person with an access token. */
export interface UserViewer {
  readonly kind: 'user';
  readonly userId: string;
  readonly sessionId: string;
  /** Null for somebody who is in no organization. */
  readonly organization: ViewerOrganization | null;
  readonly membershipId: string | null;
  /** Null without a membership. Anything but ACTIVE: the viewer may sign out, and nothing else. */
  readonly membershipState: MembershipState | null;
  readonly roles: readonly ViewerRole[];
  /** Union of the roles' permissions; empty unless the membership is active. */
  readonly permissions: PermissionSet;
}

/** A key whose budgets are used as well: one that made the key which calls, or made its maker. */
export interface MakerKey {
  readonly id: string;
  /** Cost points a minute; null means the default. */
  readonly budget: number | null;
  /** Null means none. */
  readonly requestsPerMinute: number | null;
}

/** A partner with an API key. */
export interface ApiKeyViewer {
  readonly kind: 'apiKey';
  readonly apiKeyId: string;
  /** Of the secret that was sent: during a rotation's overlap, of the old one or the new one. */
  readonly prefix: string;
  readonly client: string;
  readonly allowAdHoc: boolean;
  readonly organization: ViewerOrganization;
  readonly roles: readonly ViewerRole[];
  /** What the key's role and its scopes both hold. */
  readonly permissions: PermissionSet;
  /** The key's own budget in cost points a minute; null means the default. */
  readonly budget: number | null;
  /** The key's own limit of requests a minute; null means none. */
  readonly requestsPerMinute: number | null;
  /** The nearest first; empty for a key that a person made. */
  readonly makers: readonly MakerKey[];
}

/** The caller. "viewer" is the caller, "user" the row, "organization" the tenant. */
export type Viewer = AnonymousViewer | UserViewer | ApiKeyViewer;

/** The id of the viewer's account, or null for keys and the anonymous. */
export function viewerUserId(viewer: Viewer): string | null {
  return viewer.kind === 'user' ? viewer.userId : null;
}
