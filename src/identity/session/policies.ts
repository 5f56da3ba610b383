/** Sessions: anybody may try to sign in; a session is seen and ended by its owner alone, which is visibility. */
import { definePolicies } from '../../authorization/policies.ts';
import { openArguments } from '../../authorization/policy-table.ts';
import { anyone, authenticated, inherited, person } from '../../authorization/rules.ts';

export const sessionPolicies = definePolicies({
  Session: authenticated,
  'Session.id': authenticated,
  'Session.userAgent': authenticated,
  'Session.ip': authenticated,
  'Session.createdAt': authenticated,
  'Session.lastUsedAt': authenticated,
  'Session.expiresAt': authenticated,
  'Session.current': authenticated,

  'Mutation.signIn': anyone,
  ...openArguments('Mutation.signIn', 'input'),
  SignInInput: inherited,
  'SignInInput.email': inherited,
  'SignInInput.password': inherited,
  'SignInInput.totp': inherited,
  'SignInInput.recoveryCode': inherited,
  'SignInInput.refreshTokenDelivery': inherited,
  SignInPayload: anyone,
  'SignInPayload.accessToken': anyone,
  'SignInPayload.accessTokenExpiresAt': anyone,
  'SignInPayload.refreshToken': anyone,
  'SignInPayload.viewer': anyone,

  'Mutation.refreshSession': anyone,
  ...openArguments('Mutation.refreshSession', 'input'),
  RefreshSessionInput: inherited,
  'RefreshSessionInput.refreshToken': inherited,
  RefreshSessionPayload: anyone,
  'RefreshSessionPayload.accessToken': anyone,
  'RefreshSessionPayload.accessTokenExpiresAt': anyone,
  'RefreshSessionPayload.refreshToken': anyone,
  'RefreshSessionPayload.viewer': anyone,

  // The refresh cookie alone is enough to sign out.
  'Mutation.signOut': anyone,
  SignOutPayload: anyone,
  'SignOutPayload.ok': anyone,

  'Mutation.signOutEverywhere': person,
  SignOutEverywherePayload: anyone,
  'SignOutEverywherePayload.ok': anyone,
  'SignOutEverywherePayload.endedSessions': anyone,

  'Mutation.revokeSession': person,
  ...openArguments('Mutation.revokeSession', 'input'),
  RevokeSessionInput: inherited,
  'RevokeSessionInput.sessionId': inherited,
  RevokeSessionPayload: anyone,
  'RevokeSessionPayload.ok': anyone,
});
