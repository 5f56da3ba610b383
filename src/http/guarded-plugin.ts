/**
 * Keeps what a hook throws inside of the gateway: Yoga's listener would send the error's stack to the client. Errors of the hooks
 * around GraphQL are Yoga's to catch; these are the others.
 */
import { isPromise, type Plugin } from 'graphql-yoga';
import { errorResponse } from './error-body.ts';
import type { ServerContext } from './exchange.ts';
import { respond } from './respond.ts';

type Hooks = Pick<Plugin<object, ServerContext>, 'onRequest' | 'onResponse'>;

/** A plugin whose `onRequest` and `onResponse` never throw: the first answers with the error, the other logs it. */
export function guardedPlugin<P extends Hooks>(plugin: P): P {
  const { onRequest, onResponse } = plugin;
  const hooks: Hooks = {
    ...(onRequest && {
      onRequest: (payload) =>
        attempt(
          () => onRequest(payload),
          (error) => payload.endResponse(failureResponse(payload.serverContext, error)),
        ),
    }),
    ...(onResponse && {
      onResponse: (payload) =>
        attempt(
          () => onResponse(payload),
          (error) => payload.serverContext.exchange?.log.error({ err: error }, 'a plugin failed on a response'),
        ),
    }),
  };
  return { ...plugin, ...hooks };
}

/** Answers what escapes from Yoga itself; comes first of all. */
export const answerFailures: Hooks = {
  onRequest({ requestHandler, setRequestHandler }) {
    setRequestHandler(async (request, context) => {
      try {
        return await requestHandler(request, context);
      } catch (error) {
        return failureResponse(context, error);
      }
    });
  },
};

function failureResponse({ exchange }: Partial<ServerContext>, error: unknown): Response {
  return exchange ? errorResponse(exchange, error) : respond(500, { 'content-length': '0' }, null);
}

function attempt(work: () => void | Promise<void>, onFailure: (error: unknown) => void): void | Promise<void> {
  try {
    const outcome = work();
    return isPromise(outcome) ? outcome.then(undefined, onFailure) : undefined;
  } catch (error) {
    return onFailure(error);
  }
}
