/**
 * Answers `viewer` below `signIn`, `refreshSession` and `changePassword`: the operation runs as whoever sent it, usually nobody, but this
 * field is about whoever is signed in by it. The plan hands its selection over, and it runs as a query of its own, as the viewer of the new
 * session, with a plan, a guard and a scope of its own. What it costs was charged with the whole operation.
 */
import { responsePathAsArray } from 'graphql';
import type { Authenticator } from '../authorization/authenticator.ts';
import type { HandOver } from '../authorization/state.ts';
import type { Viewer } from '../authorization/viewer.ts';
import { createError } from '../errors.ts';
import { headerOf } from '../http/exchange.ts';
import { below } from './result.ts';
import type { OperationRunner, RunRequest } from './run.ts';

/** A payload that hands out a session. */
interface IssuedSession {
  readonly accessToken: string;
}

/** The field of `Query` that answers in the payload's place. */
const viewerFieldName = 'viewer';

/** Makes what a runner hands such fields over to. */
export function createIssuedViewerAnswer(authenticator: Pick<Authenticator, 'authenticate'>) {
  const viewerOf = async ({ context }: RunRequest, { accessToken }: IssuedSession): Promise<Viewer> => {
    const { exchange } = context;
    const viewer = await authenticator.authenticate(
      {
        authorization: `Bearer ${accessToken}`,
        apiKey: null,
        organization: headerOf(exchange, 'x-organization') ?? null,
      },
      exchange.facts.ip,
    );
    if (viewer.kind === 'user' && viewer.membershipState === 'PENDING')
      throw createError('ACCOUNT_PENDING', 'Your membership waits for approval.');
    if (viewer.kind === 'user' && viewer.membershipState === 'SUSPENDED')
      throw createError('ACCOUNT_SUSPENDED', 'Your membership is suspended.');
    return viewer;
  };

  return (request: RunRequest, runner: OperationRunner): HandOver =>
    async (parent, fields, info) => {
      // What goes wrong from here on is an error of this field alone: the session is there.
      const viewer = await viewerOf(request, parent as IssuedSession);
      const named = fields.map((field) => ({
        ...field,
        alias: field.alias ?? field.name,
        name: { ...field.name, value: viewerFieldName },
      }));
      const { context } = request;
      const result = await runner.runCharged({ operation: request.operation.queryOf(named), viewer, context });
      const around = responsePathAsArray(info.path).slice(0, -1);
      return {
        data: result.data?.[String(info.path.key)] ?? null,
        errors: (result.errors ?? []).map((error) => below(error, around)),
      };
    };
}
