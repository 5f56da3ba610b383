/**
 * Puts the plan between validation and execution: decides the operation, refuses or explains it where the client asked for
 * that, executes it with denied fields replaced, and adds one error for each denied coordinate to the answer.
 *
 * Trusts: the viewer in the context, and that the document is validated and within the limits. It trusts no resolver.
 */
import type { ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Planner } from '../authorization/plan.ts';
import { AuthorizationState, type Denial } from '../authorization/state.ts';
import type { GatewayContext } from '../context.ts';
import { createError, forbidden } from '../errors.ts';

/** What `x-authorization-mode` may say. */
export type AuthorizationMode = 'null' | 'reject' | 'dry-run';

/** Options of {@link useAuthorization}. */
export interface AuthorizationOptions {
  readonly planner: Planner;
  readonly executableSchema: GraphQLSchema;
  /** Whether the executable schema is the planned one. */
  readonly fastPath: boolean;
}

/**
 * Reads the mode. Null when the header is absent.
 * @throws BAD_REQUEST for a mode that does not exist: a client that asked for a refusal must not get a partial answer.
 */
export function parseAuthorizationMode(header: string | null | undefined): AuthorizationMode {
  if (header === null || header === undefined || header === '') return 'null';
  if (header === 'null' || header === 'reject' || header === 'dry-run') return header;
  throw createError('BAD_REQUEST', 'x-authorization-mode is one of: null, reject, dry-run.', { status: 400 });
}

/** The error of a denial. The path is left out unless it exists in the answer. */
export function denialError(denial: Denial, data: unknown): GraphQLError {
  const error = forbidden(denial.coordinate, denial.requires);
  return denial.path && existsIn(data, denial.path)
    ? createError('FORBIDDEN', error.message, { path: denial.path, extensions: error.extensions })
    : error;
}

function existsIn(data: unknown, path: readonly (string | number)[]): boolean {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !(key in value)) return false;
    value = (value as Record<string | number, unknown>)[key];
  }
  return true;
}

/** Adds one error for each denied coordinate. */
export function withDenials(result: ExecutionResult, state: AuthorizationState | undefined): ExecutionResult {
  const denials = state?.denials ?? [];
  if (denials.length === 0) return result;
  const errors = [...(result.errors ?? []), ...denials.map((denial) => denialError(denial, result.data))];
  return { ...result, errors };
}

/** Makes the plugin. It comes after everything that may refuse an operation without knowing who may see what. */
export function useAuthorization({
  planner,
  executableSchema,
  fastPath,
}: AuthorizationOptions): Plugin<GatewayContext> {
  const prepare = (args: PreparedArguments): ExecutionResult | undefined => {
    const context = args.contextValue;
    const plan = planner.plan(args.document, args.operationName, args.variableValues ?? {}, context.viewer);
    if (!plan) return undefined;
    const mode = parseAuthorizationMode(context.request.headers.get('x-authorization-mode'));
    if (mode === 'dry-run') {
      const decisions = plan.coordinates.map(({ coordinate, decision, requires }) => ({
        coordinate,
        decision,
        requires,
      }));
      return { data: null, extensions: { authorization: { allowed: plan.denials.length === 0, decisions } } };
    }
    if (mode === 'reject' && plan.denials.length > 0) {
      const errors = plan.denials.map(({ coordinate, requires }) =>
        createError('FORBIDDEN', `You may not access ${coordinate}.`, {
          status: 403,
          extensions: { coordinate, requires },
        }),
      );
      return { errors };
    }
    args.contextValue = Object.assign(context, { authorization: new AuthorizationState(plan) });
    args.schema = executableSchema;
    args.document = fastPath ? plan.document : plan.scopedDocument;
    return undefined;
  };

  return {
    onExecute({ args, setResultAndStopExecution }) {
      const refused = prepare(args as PreparedArguments);
      if (refused) {
        setResultAndStopExecution(refused);
        return undefined;
      }
      const state = (args.contextValue as GatewayContext).authorization;
      return {
        onExecuteDone({ result, setResult }) {
          if (!isAsyncIterable(result)) setResult(withDenials(result as ExecutionResult, state));
        },
      };
    },
  };
}

interface PreparedArguments {
  schema: GraphQLSchema;
  document: Parameters<Planner['plan']>[0];
  operationName?: string | null;
  variableValues?: Readonly<Record<string, unknown>> | null;
  contextValue: GatewayContext;
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
