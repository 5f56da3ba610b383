/** Viewers for tests of pure functions: no account and no organization stands behind them. */
import { PermissionSet } from '../../src/authorization/permission-set.ts';
import type { Viewer } from '../../src/authorization/viewer.ts';

const organization = { id: '0190a0a0-0000-7000-8000-000000000001', slug: 'acme' };

/** A person who holds these permissions. */
export function person(...permissions: string[]): Viewer {
  return {
    kind: 'user',
    userId: '0190a0a0-0000-7000-8000-0000000000aa',
    sessionId: '0190a0a0-0000-7000-8000-0000000000bb',
    organization,
    membershipId: '0190a0a0-0000-7000-8000-0000000000cc',
    membershipState: 'ACTIVE',
    roles: [],
    permissions: new PermissionSet(permissions),
  };
}

/** A key that holds these permissions. */
export function key(...permissions: string[]): Viewer {
  return {
    kind: 'apiKey',
    apiKeyId: '0190a0a0-0000-7000-8000-0000000000dd',
    prefix: '',
    client: 'partner',
    allowAdHoc: true,
    organization,
    roles: [],
    permissions: new PermissionSet(permissions),
    budget: null,
    requestsPerMinute: null,
    makers: [],
  };
}

/** Nobody. */
export const nobody: Viewer = { kind: 'anonymous', organization: null, permissions: PermissionSet.none };
