/**
 * The short way of a registered query. What depends on its text alone was decided when it was compiled; what is left of a request
 * is its variables, its budget, its plan and its execution, and those are asked for here without Yoga in between.
 *
 * Takes only what needs nothing else: a query that is known under its id, by a viewer who may do more than sign out, without a header
 * that changes how it runs. Everything else, every refusal included, goes the long way; both give the same answer.
 */
import { type ExecutionResult, execute, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { Viewer } from '../authentication/viewer.ts';
import type { Plan, Planner } from '../authorization/plan.ts';
import { AuthorizationState } from '../authorization/state.ts';
import type { GatewayContext } from '../context.ts';
import { codeOf } from '../http/error-body.ts';
import type { Exchange } from '../http/exchange.ts';
import { maskResult } from '../http/graphql-endpoint.ts';
import type { OperationParams } from '../http/graphql-params.ts';
import { countObjects } from '../limits/operation-cost.ts';
import type { PreparedDocument } from '../limits/prepare-document.ts';
import { type VariableLimits, variablesBreach } from '../limits/variables-shape.ts';
import { sha256OfDocumentId } from '../operations/document-id.ts';
import type { SharedContext, ShortWay } from '../server.ts';
import { databaseFaultOf } from '../stores/database-faults.ts';
import { runInDatabaseScope } from '../stores/database-scope.ts';
import { withDenials } from './authorization.ts';
import type { CostGate } from './cost-gate.ts';
import { type DatabaseScopeOptions, viewerScope } from './database-scope.ts';
import type { DeprecationTeller } from './deprecation.ts';
import type { OperationAdmission } from './persisted-operations.ts';
import { compilePointRead, type PointRead } from './point-read.ts';

/** What the short way needs; the same parts that the plugins of the long way are made of. */
export interface RegisteredQueriesOptions extends DatabaseScopeOptions {
  readonly admission: OperationAdmission;
  readonly costGate: CostGate;
  readonly deprecation: DeprecationTeller;
  readonly planner: Planner;
  readonly executableSchema: GraphQLSchema;
  /** Whether the executable schema is the planned one. */
  readonly fastPath: boolean;
  readonly variableLimits: VariableLimits;
  readonly shared: SharedContext;
}

/** Headers that change how an operation runs, or what its answer holds. */
const extraordinary = ['x-authorization-mode', 'x-view-as', 'x-include-cost'] as const;

/** The only query of a document; null for a document that is anything else. */
const onlyQueries = new WeakMap<PreparedDocument, OperationDefinitionNode | null>();

function onlyQueryOf(prepared: PreparedDocument): OperationDefinitionNode | null {
  const known = onlyQueries.get(prepared);
  if (known !== undefined) return known;
  const operations = (prepared.document?.definitions ?? []).filter((one) => one.kind === 'OperationDefinition');
  const [only] = operations;
  const isOrdinary = prepared.errors.length === 0 && prepared.shape?.introspects === false;
  const query = isOrdinary && operations.length === 1 && only?.operation === 'query' ? only : null;
  onlyQueries.set(prepared, query);
  return query;
}

/** Makes the short way. */
export function createRegisteredQueries(options: RegisteredQueriesOptions): ShortWay {
  const { admission, costGate, deprecation, planner, executableSchema, fastPath, variableLimits, shared } = options;

  const pointReads = new WeakMap<Plan, PointRead | null>();
  const pointReadOf = (definition: OperationDefinitionNode, plan: Plan): PointRead | null => {
    let read = pointReads.get(plan);
    if (read === undefined) {
      read = compilePointRead(executableSchema, definition, plan, shared.db);
      pointReads.set(plan, read);
    }
    return read;
  };

  const run = async (
    exchange: Exchange,
    viewer: Viewer,
    prepared: PreparedDocument,
    definition: OperationDefinitionNode,
    params: OperationParams,
  ): Promise<ExecutionResult> => {
    const variables = params.variables ?? {};
    exchange.operation.name = definition.name?.value ?? null;
    exchange.operation.kind = 'query';
    deprecation?.(exchange, prepared, definition, variables);
    const { errors, variables: coerced } = await costGate({ exchange, viewer, definition, prepared }, variables);
    if (errors.length > 0) return { errors };
    const plan = planner.plan(prepared.document as never, undefined, variables, viewer) as Plan;
    const authorization = new AuthorizationState(plan);
    const contextValue = {
      ...shared,
      exchange,
      requestFacts: exchange.facts,
      viewer,
      log: exchange.log,
      params,
      authorization,
    } as unknown as GatewayContext;
    const scope = viewerScope(viewer, exchange.facts.requestId, options);
    const pointRead = fastPath ? pointReadOf(definition, plan) : null;
    const executed = await runInDatabaseScope(scope, async () => {
      const data = await (pointRead?.(viewer, coerced ?? {}) ?? null)?.catch((error) => {
        if (databaseFaultOf(error)) throw error;
        return null;
      });
      if (data) return { data };
      return execute({
        schema: executableSchema,
        document: fastPath ? plan.document : plan.scopedDocument,
        contextValue,
        variableValues: variables,
      });
    });
    const result = withDenials(executed, authorization);
    exchange.operation.actualCost = Math.max(0, countObjects(result.data) - 1);
    return result;
  };

  return (exchange, params) => {
    const { viewer } = exchange;
    if (typeof params.documentId !== 'string' || params.query !== undefined || params.extensions !== undefined)
      return null;
    if (!viewer || (viewer.kind === 'user' && viewer.membershipState !== null && viewer.membershipState !== 'ACTIVE'))
      return null;
    if (extraordinary.some((name) => exchange.headers[name] !== undefined)) return null;
    const sha256 = sha256OfDocumentId(params.documentId);
    const known = sha256 === null ? null : admission.known(viewer, sha256);
    const definition = known ? onlyQueryOf(known.prepared) : null;
    if (!known || !definition) return null;
    if (params.operationName && params.operationName !== definition.name?.value) return null;
    if (variablesBreach(params.variables, variableLimits)) return null;
    admission.use(exchange, viewer, known);
    return run(exchange, viewer, known.prepared, definition, params).then((result) => {
      const masked = maskResult(exchange, result);
      if (masked.errors) exchange.operation.codes = masked.errors.map(codeOf);
      return masked;
    });
  };
}
