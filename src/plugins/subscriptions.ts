/**
 * Subscriptions, authorized for each event: the credential is read again (good for half a second, like everywhere), the operation is
 * planned for what the viewer may do now, and the event is executed in a context of its own. A revoked session or key, a lost role
 * or a suspension therefore ends or narrows a stream that is open already.
 */
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Viewer } from '../authentication/viewer.ts';
import { viewerUserId } from '../authentication/viewer.ts';
import type { Plan, Planner } from '../authorization/plan.ts';
import { SkippedEvent } from '../authorization/skipped-event.ts';
import { AuthorizationState } from '../authorization/state.ts';
import type { GatewayContext } from '../context.ts';
import { createError, type ErrorCode, isCatalogued, notFound } from '../errors.ts';
import { runInDatabaseScope, type StatementGuard } from '../stores/database-scope.ts';
import { denialError } from './authorization.ts';
import { isStream } from './extensions.ts';

/** Options of {@link useSubscriptions}. */
export interface SubscriptionOptions {
  readonly planner: Planner;
  readonly executableSchema: GraphQLSchema;
  readonly fastPath: boolean;
  guardOf(viewer: Viewer): StatementGuard;
  /** Who calls, read anew. @throws the error that ends the stream. */
  authenticate(context: GatewayContext): Promise<Viewer>;
}

interface SubscribeArguments extends ExecutionArgs {
  contextValue: GatewayContext;
}

/** Makes the plugin. Before the one that binds the database to the viewer of the request. */
export function useSubscriptions(options: SubscriptionOptions): Plugin<GatewayContext> {
  const { planner, executableSchema, fastPath, guardOf, authenticate } = options;

  const planFor = (args: SubscribeArguments, viewer: Viewer): Plan => {
    const plan = planner.plan(args.document, args.operationName, args.variableValues ?? {}, viewer);
    if (!plan) throw notFound('Operation');
    return plan;
  };

  /** What denies the subscription itself, and not merely a part of its events. */
  const rootName = `${executableSchema.getSubscriptionType()?.name}.`;
  const rootDenials = (plan: Plan) => plan.denials.filter(({ coordinate }) => coordinate.startsWith(rootName));

  const answer = async (args: SubscribeArguments, event: unknown, viewer: Viewer): Promise<ExecutionResult | null> => {
    const plan = planFor(args, viewer);
    const state = new AuthorizationState(plan);
    const denied = rootDenials(plan);
    if (denied.length > 0) return { data: null, errors: denied.map((denial) => denialError(denial, null)) };
    const scope = {
      organizationId: viewer.organization?.id ?? null,
      userId: viewerUserId(viewer),
      guard: guardOf(viewer),
    };
    // A context of its own: what Pothos keeps for a context is an answer of its event alone.
    const contextValue = { ...args.contextValue, viewer, authorization: state };
    const result = await runInDatabaseScope(scope, async () =>
      execute({
        ...args,
        schema: executableSchema,
        document: fastPath ? plan.document : plan.scopedDocument,
        rootValue: event,
        contextValue,
      }),
    );
    if (result.errors?.some(({ originalError }) => originalError instanceof SkippedEvent)) return null;
    const errors = [...(result.errors ?? []), ...state.denials.map((denial) => denialError(denial, result.data))];
    return errors.length > 0 ? { ...result, errors } : result;
  };

  async function* authorized(
    args: SubscribeArguments,
    source: AsyncIterable<unknown>,
  ): AsyncGenerator<ExecutionResult> {
    const { organization } = args.contextValue.viewer;
    for await (const event of source) {
      let viewer: Viewer;
      try {
        viewer = await authenticate(args.contextValue);
        // The topic belongs to the organization that was subscribed in.
        if (viewer.organization?.id !== organization?.id) throw createError('UNAUTHENTICATED', 'The membership ended.');
      } catch (error) {
        const ended = isCatalogued(error)
          ? error
          : createError('SERVICE_UNAVAILABLE', 'The credential could not be read.');
        yield { data: null, errors: [createError(ended.extensions.code as ErrorCode, ended.message)] };
        return;
      }
      const result = await answer(args, event, viewer);
      if (result === null) continue;
      yield result;
      if (result.data === null && result.errors?.some(({ extensions }) => extensions.code === 'FORBIDDEN')) return;
    }
  }

  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(async (raw) => {
        const args = raw as SubscribeArguments;
        const plan = planFor(args, args.contextValue.viewer);
        const denied = rootDenials(plan);
        if (denied.length > 0) return { data: null, errors: denied.map((denial) => denialError(denial, null)) };
        Object.assign(args.contextValue, { authorization: new AuthorizationState(plan) });
        const source = await createSourceEventStream({ ...args, schema: executableSchema });
        return isStream(source) ? withReason(authorized(args, source as AsyncIterable<unknown>)) : source;
      });
    },
  };
}

/** A stream that its source ends with an error of the catalogue tells its client why, as its last answer. */
async function* withReason(results: AsyncIterable<ExecutionResult>): AsyncGenerator<ExecutionResult> {
  try {
    yield* results;
  } catch (error) {
    if (!isCatalogued(error)) throw error;
    yield { data: null, errors: [error] };
  }
}
