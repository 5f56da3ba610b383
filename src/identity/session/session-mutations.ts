/** Signing in and out. */

import { parseGlobalId } from '../../authorization/global-id.ts';
import { answeredByIssuedViewer } from '../../authorization/plan.ts';
import type { GatewayContext } from '../../context.ts';
import { badUserInput } from '../../errors.ts';
import { headerOf } from '../../http/exchange.ts';
import { createRefreshCookie, type RefreshCookie } from '../../http/refresh-cookie.ts';
import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { policies } from '../policies.ts';
import type { IssuedSession } from './session-service.ts';
import { Viewer } from './viewer.ts';

const RefreshTokenDelivery = builder.enumType('RefreshTokenDelivery', {
  description: 'How a client gets its refresh tokens.',
  values: {
    PAYLOAD: { description: 'In the answer: for native clients, which can keep a secret.' },
    COOKIE: { description: 'In a cookie that scripts cannot read: for browsers. The answer then holds none.' },
  } as const,
});

const cookies = new WeakMap<URL, RefreshCookie>();

function cookieOf({ config }: GatewayContext): RefreshCookie {
  const known = cookies.get(config.publicUrl) ?? createRefreshCookie(config.publicUrl);
  cookies.set(config.publicUrl, known);
  return known;
}

function tokenInCookie(context: GatewayContext): string | null {
  return cookieOf(context).read(headerOf(context.exchange, 'cookie'));
}

function clearCookie(context: GatewayContext): void {
  context.exchange.answerHeaders['set-cookie'] = cookieOf(context).clear();
}

/** Hands a session to the client: its refresh token by cookie, if that was asked for, and its viewer to whoever selects it. */
export function deliver(context: GatewayContext, issued: IssuedSession): IssuedSession {
  if (issued.delivery === 'COOKIE')
    context.exchange.answerHeaders['set-cookie'] = cookieOf(context).write(
      issued.refreshToken,
      issued.refreshTokenExpiresAt,
      new Date(),
    );
  return issued;
}

/** The fields of a payload that hands out a session; each payload type has rows of its own. */
type SessionPayloadName = 'SignInPayload' | 'RefreshSessionPayload' | 'ChangePasswordPayload';

/** Makes a payload type that hands out a session. */
export function createSessionPayload(name: SessionPayloadName, description: string) {
  return builder.objectRef<IssuedSession>(name).implement({
    description,
    authScopes: policies[name],
    fields: (t) => ({
      accessToken: t.exposeString('accessToken', {
        description: 'For the header `Authorization: Bearer`.',
        authScopes: policies[`${name}.accessToken`],
      }),
      accessTokenExpiresAt: t.expose('accessTokenExpiresAt', {
        type: 'DateTime',
        description: 'When the access token ends: renew before.',
        authScopes: policies[`${name}.accessTokenExpiresAt`],
      }),
      refreshToken: t.string({
        nullable: true,
        description: 'For `refreshSession`, once. Null when it came as a cookie.',
        authScopes: policies[`${name}.refreshToken`],
        resolve: ({ delivery, refreshToken }) => (delivery === 'PAYLOAD' ? refreshToken : null),
      }),
      viewer: t.field({
        type: Viewer,
        nullable: true,
        description: 'Who is signed in now; what stands below is answered as to them.',
        authScopes: policies[`${name}.viewer`],
        extensions: answeredByIssuedViewer,
        resolve: () => null,
      }),
    }),
  });
}

const SignInPayload = createSessionPayload('SignInPayload', 'A new session.');
const RefreshSessionPayload = createSessionPayload('RefreshSessionPayload', 'A renewed session.');

const SignInInput = builder.inputType('SignInInput', {
  description: 'Who signs in.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The e-mail address of the account.' }),
    password: t.string({ required: true, description: 'The password.' }),
    totp: t.string({ description: 'The code of the authenticator app, once the answer was MFA_REQUIRED.' }),
    recoveryCode: t.string({ description: 'A recovery code in its place; each works once.' }),
    refreshTokenDelivery: t.field({
      type: RefreshTokenDelivery,
      defaultValue: 'PAYLOAD',
      description: 'How to deliver this and all later refresh tokens of the session.',
    }),
  }),
});

const RefreshSessionInput = builder.inputType('RefreshSessionInput', {
  description: 'Which session to renew.',
  fields: (t) => ({
    refreshToken: t.string({ description: 'The latest refresh token; left out when it is in the cookie.' }),
  }),
});

const RevokeSessionInput = builder.inputType('RevokeSessionInput', {
  description: 'Which session to end.',
  fields: (t) => ({
    sessionId: t.id({ required: true, description: 'The global id of one of one’s own sessions.' }),
  }),
});

const SignOutPayload = builder.objectRef<{ ok: true }>('SignOutPayload').implement({
  description: 'The session has ended.',
  authScopes: policies.SignOutPayload,
  fields: (t) => ({
    ok: t.exposeBoolean('ok', { description: 'Always true.', authScopes: policies['SignOutPayload.ok'] }),
  }),
});

const SignOutEverywherePayload = builder.objectRef<{ endedSessions: number }>('SignOutEverywherePayload').implement({
  description: 'All sessions have ended.',
  authScopes: policies.SignOutEverywherePayload,
  fields: (t) => ({
    ok: t.boolean({
      description: 'Always true.',
      authScopes: policies['SignOutEverywherePayload.ok'],
      resolve: () => true,
    }),
    endedSessions: t.exposeInt('endedSessions', {
      description: 'How many were running.',
      authScopes: policies['SignOutEverywherePayload.endedSessions'],
    }),
  }),
});

const RevokeSessionPayload = builder.objectRef<{ ok: true }>('RevokeSessionPayload').implement({
  description: 'The session has ended.',
  authScopes: policies.RevokeSessionPayload,
  fields: (t) => ({
    ok: t.exposeBoolean('ok', { description: 'Always true.', authScopes: policies['RevokeSessionPayload.ok'] }),
  }),
});

builder.mutationFields((t) => ({
  signIn: t.field({
    type: SignInPayload,
    nullable: true,
    description:
      'Signs in. UNAUTHENTICATED for a wrong address, password or code, all alike; MFA_REQUIRED when the password is right and a code is needed; RATE_LIMITED after too many attempts.',
    authScopes: policies['Mutation.signIn'],
    args: { input: t.arg({ type: SignInInput, required: true, description: 'Who signs in.' }) },
    resolve: async (_root, { input }, context) => {
      const issued = await context.services.sessions.signIn(actorOf(context), {
        email: input.email,
        password: input.password,
        totp: input.totp ?? null,
        recoveryCode: input.recoveryCode ?? null,
        delivery: input.refreshTokenDelivery ?? 'PAYLOAD',
      });
      return deliver(context, issued);
    },
  }),
  refreshSession: t.field({
    type: RefreshSessionPayload,
    nullable: true,
    description:
      'Renews a session by its refresh token, which works once: using it again ends the session. With the cookie the header x-fieldgate-csrf is needed.',
    authScopes: policies['Mutation.refreshSession'],
    args: { input: t.arg({ type: RefreshSessionInput, description: 'Which session; the cookie’s when left out.' }) },
    resolve: async (_root, { input }, context) => {
      const token = input?.refreshToken ?? tokenInCookie(context);
      const issued = await context.services.sessions.refresh(actorOf(context), token);
      return deliver(context, issued);
    },
  }),
  signOut: t.field({
    type: SignOutPayload,
    nullable: true,
    description: 'Ends the session of the access token, and that of the refresh cookie.',
    authScopes: policies['Mutation.signOut'],
    resolve: async (_root, _args, context) => {
      const token = tokenInCookie(context);
      if (token !== null) clearCookie(context);
      await context.services.sessions.signOut(actorOf(context), token);
      return { ok: true as const };
    },
  }),
  signOutEverywhere: t.field({
    type: SignOutEverywherePayload,
    nullable: true,
    description: 'Ends all sessions of the viewer, this one included.',
    authScopes: policies['Mutation.signOutEverywhere'],
    resolve: async (_root, _args, context) => {
      const endedSessions = await context.services.sessions.signOutEverywhere(actorOf(context));
      clearCookie(context);
      return { endedSessions };
    },
  }),
  revokeSession: t.field({
    type: RevokeSessionPayload,
    nullable: true,
    description: 'Ends one of the viewer’s sessions.',
    authScopes: policies['Mutation.revokeSession'],
    args: { input: t.arg({ type: RevokeSessionInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, context) => {
      const parsed = parseGlobalId(String(input.sessionId));
      if (parsed?.type !== 'Session')
        throw badUserInput([{ path: ['input', 'sessionId'], message: 'This is not the id of a session.' }]);
      await context.services.sessions.revoke(actorOf(context), parsed.id);
      return { ok: true as const };
    },
  }),
}));
