/** What is on record about accounts, sessions, organizations, members, roles, keys and views as somebody else. */
import { defineAuditActions } from '../../authorization/audit-actions.ts';
import type { NamesOf } from '../../authorization/permissions.ts';
import { can, canOrSelf, inherited } from '../../authorization/rules.ts';

/** How somebody is secured: theirs to read as well. */
const security = canOrSelf('user.security:read', () => null);

export const identityActions = defineAuditActions({
  'access.viewAs': {},
  'account.register': {},
  'account.verifyEmail': {},
  'account.changeEmail': {},
  'account.updateProfile': { changed: inherited },
  'account.export': {},
  'account.delete': {},
  'apiKey.create': {
    client: can('apiKey:list'),
    roleKey: can('apiKey:list', 'role:list'),
    scopes: can('apiKey:list'),
    allowAdHoc: can('apiKey:list'),
  },
  'apiKey.revoke': { withKeys: can('apiKey:list') },
  'apiKey.rotate': { overlapMinutes: inherited },
  'invitation.accept': {},
  'invitation.create': { roleKey: can('member:invite', 'role:list') },
  'invitation.revoke': {},
  'member.approve': { role: can('member:list', 'role:list') },
  'member.leave': { revokedKeys: can('apiKey:list') },
  'member.reinstate': {},
  'member.remove': { revokedKeys: can('apiKey:list') },
  'member.setRoles': { before: can('member:list', 'role:list'), after: can('member:list', 'role:list') },
  'member.suspend': {},
  'organization.create': { slug: inherited },
  'organization.delete': { slug: inherited },
  'organization.update': { name: inherited },
  'password.change': {},
  'password.requestReset': {},
  'password.reset': {},
  'role.create': { key: can('role:list'), permissions: can('role:list') },
  'role.delete': { key: can('role:list') },
  'role.update': { before: can('role:list'), after: can('role:list') },
  'secondFactor.disable': {},
  'secondFactor.enable': {},
  'secondFactor.newRecoveryCodes': {},
  'session.refreshReuse': {},
  'session.revoke': {},
  'session.signIn': { secondFactor: security },
  'session.signInFailed': { reason: security },
  'session.signOut': {},
  'session.signOutEverywhere': {},
});

declare module '../../authorization/audit-actions.ts' {
  interface AuditActionRegister extends NamesOf<typeof identityActions> {}
}
