/**
 * The one way to run an operation: charge, plan, limits of single fields, then compiled SQL or the executor, and the denials. Text, id, the
 * viewer of a sign-in, each event of a stream and each test come through here. Without a plan nothing executes.
 *
 * Trusts: the operation was read by `prepare.ts`, and the viewer was authenticated. It trusts no resolver.
 */
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import type { DecidedCoordinate } from '../authorization/decisions.ts';
import type { Plan, Planner } from '../authorization/plan.ts';
import { decisionNames } from '../authorization/rules.ts';
import { AuthorizationState, type HandOver } from '../authorization/state.ts';
import type { Viewer } from '../authorization/viewer.ts';
import type { GatewayContext } from '../context.ts';
import { createError, refused } from '../errors.ts';
import { addExtension, replaceMembers } from '../http/results.ts';
import { databaseFaultOf } from '../stores/database-faults.ts';
import { runInDatabaseScope, type ViewerScope } from '../stores/database-scope.ts';
import { WriteLog } from '../stores/write-log.ts';
import { type Charge, type Charger, chargeHeaders, costExtension } from './charge.ts';
import type { CompiledRead } from './compile/point-read.ts';
import type { FieldLimiter } from './field-limits.ts';
import { countObjects } from './operation-cost.ts';
import type { KeptPlan } from './operation-text.ts';
import type { PreparedOperation } from './prepare.ts';
import { denialError, withDenials } from './result.ts';
import { type ViewerScopeOptions, viewerScope } from './viewer-scope.ts';

/** What `x-authorization-mode` may say. */
export type AuthorizationMode = 'null' | 'reject' | 'dry-run';

/** What is to run, and as whom. */
export interface RunRequest {
  readonly operation: PreparedOperation;
  readonly viewer: Viewer;
  /** What resolvers get beside viewer and plan. The exchange in it learns what the operation costs. */
  readonly context: GatewayContext;
  /** What becomes of an operation of which permissions alone deny something. */
  readonly mode?: AuthorizationMode;
  /** Adds `extensions.cost`. */
  readonly includeCost?: boolean;
  /** What the root fields resolve from: the event of a stream. */
  readonly rootValue?: unknown;
}

/** Options of {@link createOperationRunner}. */
export interface RunnerOptions extends ViewerScopeOptions {
  readonly planner: Planner;
  readonly executableSchema: GraphQLSchema;
  /** False runs every scope for every row instead of going by the plan; for tests that compare. */
  readonly planned: boolean;
  readonly charge: Charger;
  readonly limitFields: FieldLimiter;
  /** Compiles an operation that the plan allows; null for what cannot be compiled. */
  compile(operation: PreparedOperation, plan: Plan): CompiledRead | null;
  /** What a dry run tells of an operation. */
  describe(operation: PreparedOperation, viewer: Viewer, plan: Plan): readonly DecidedCoordinate[];
  /** Answers the fields that a plan hands over. */
  handOver(request: RunRequest, runner: OperationRunner): HandOver;
}

/** Runs operations. */
export interface OperationRunner {
  /** Runs a query or a mutation, charged. */
  run(request: RunRequest): Promise<ExecutionResult>;
  /** Runs what was charged already as a part of another operation. */
  runCharged(request: RunRequest): Promise<ExecutionResult>;
  /** Charges and opens a subscription. @returns its events, each still to be run, or why there are none. */
  open(request: RunRequest): Promise<AsyncIterable<unknown> | ExecutionResult>;
  /** What denies a subscription itself, and not merely a part of its events; empty when nothing does. */
  rootDenials(operation: PreparedOperation, viewer: Viewer): readonly GraphQLError[];
}

/** Makes a runner. */
export function createOperationRunner(options: RunnerOptions): OperationRunner {
  const { planner, executableSchema, planned } = options;

  const scopeOf = ({ viewer, context: { exchange, requestFacts } }: RunRequest): ViewerScope => {
    if (exchange.operation.isGivenUp) throw createError('SERVICE_UNAVAILABLE', 'The operation began too late.');
    // One for the whole request: what a sign-in has kept still counts when the viewer below it cannot be read.
    exchange.operation.writes ??= new WriteLog();
    return viewerScope(viewer, { requestId: requestFacts.requestId, writes: exchange.operation.writes }, options);
  };

  const argumentsOf = (request: RunRequest, plan: Plan, context: Partial<GatewayContext>): ExecutionArgs => ({
    schema: executableSchema,
    document: planned ? plan.document : plan.scopedDocument,
    // The raw ones: the executor coerces by itself, and would refuse what is coerced already.
    variableValues: request.operation.sent,
    rootValue: request.rootValue,
    // A context of its own: what Pothos keeps for a context is an answer of this run alone.
    contextValue: { ...request.context, ...context, viewer: request.viewer },
  });

  const compiledOf = (operation: PreparedOperation, kept: KeptPlan): CompiledRead | null => {
    if (!planned) return null;
    if (kept.compiled === undefined) kept.compiled = options.compile(operation, kept.plan);
    return kept.compiled;
  };

  const runCharged = async (request: RunRequest): Promise<ExecutionResult> => {
    const { operation, viewer, mode = 'null' } = request;
    if (operation.errors.length > 0) return { errors: operation.errors };
    const kept = operation.planFor(planner, viewer);
    const { plan } = kept;
    if (mode === 'dry-run') return { data: null, extensions: { authorization: decisionsOf(request, plan) } };
    if (mode === 'reject' && plan.denials.length > 0) return { errors: rejectionsOf(plan, viewer) };
    const refusals = await options.limitFields(request, plan);
    const authorization = new AuthorizationState(plan, options.handOver(request, runner));
    const executed = await runInDatabaseScope(scopeOf(request), async () => {
      const compiled = refusals.size === 0 ? compiledOf(operation, kept) : null;
      // What a statement cannot answer after all, the executor does; a database that failed it would fail that too.
      const data = await (compiled?.(viewer, operation.variables ?? Object.create(null)) ?? null)?.catch((error) => {
        if (databaseFaultOf(error)) throw error;
        return null;
      });
      return data ? { data } : execute(argumentsOf(request, plan, { authorization, refusals }));
    });
    return withErrors(withDenials(executed, authorization, viewer), authorization.handedOverErrors);
  };

  const decisionsOf = ({ operation, viewer }: RunRequest, plan: Plan) => ({
    allowed: plan.denials.length === 0,
    decisions: options
      .describe(operation, viewer, plan)
      .map((decided) => ({ ...decided, decision: decisionNames[decided.decision] })),
  });

  const charge = async (request: RunRequest): Promise<Charge> => {
    const { operation, viewer, context } = request;
    const { exchange } = context;
    const charged = await options.charge({ operation, viewer, ip: exchange.facts.ip, log: exchange.log });
    exchange.operation.cost = charged.cost;
    Object.assign(exchange.answerHeaders, chargeHeaders(charged));
    return charged;
  };

  const runner: OperationRunner = {
    runCharged,

    async run(request) {
      const { operation, context, includeCost = false } = request;
      const charged = await charge(request);
      const result = charged.errors.length > 0 ? { errors: charged.errors } : await runCharged(request);
      const hasRun = charged.errors.length === 0;
      const actual = hasRun ? actualCost(operation, charged, result) : null;
      context.exchange.operation.actualCost = actual;
      return includeCost ? addExtension(result, 'cost', costExtension(charged, actual)) : result;
    },

    async open(request) {
      const { operation, viewer } = request;
      const charged = await charge(request);
      if (charged.errors.length > 0) return { errors: charged.errors };
      const { plan } = operation.planFor(planner, viewer);
      const denied = runner.rootDenials(operation, viewer);
      if (denied.length > 0) return { data: null, errors: denied };
      const authorization = new AuthorizationState(plan);
      return runInDatabaseScope(scopeOf(request), async () =>
        createSourceEventStream(argumentsOf(request, plan, { authorization })),
      );
    },

    rootDenials(operation, viewer) {
      const rootName = `${executableSchema.getRootType(operation.definition.operation)?.name}.`;
      const { denials } = operation.planFor(planner, viewer).plan;
      return denials
        .filter(({ coordinate }) => coordinate.startsWith(rootName))
        .map((denial) => denialError(denial, null, viewer));
    },
  };
  return runner;
}

/** Objects that came back; introspection costs what it was estimated at. */
function actualCost(operation: PreparedOperation, { cost }: Charge, result: ExecutionResult): number | null {
  return operation.text.introspects ? cost : Math.max(0, countObjects(result.data) - 1);
}

function rejectionsOf(plan: Plan, { kind }: Viewer): readonly GraphQLError[] {
  return plan.denials.map(({ coordinate, requires }) => refused(kind === 'anonymous', coordinate, requires));
}

/** A result with further errors. */
export function withErrors(result: ExecutionResult, errors: readonly GraphQLError[]): ExecutionResult {
  return errors.length === 0 ? result : replaceMembers(result, { errors: [...(result.errors ?? []), ...errors] });
}
