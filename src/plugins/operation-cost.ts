/**
 * Estimates what an operation costs, refuses what costs more than its viewer may spend at once, and takes the points out
 * of the budgets: viewer or key, organization, address. One round trip, before any resolver runs.
 */
import { type ExecutionResult, type GraphQLError, type GraphQLSchema, getVariableValues } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Viewer } from '../authentication/viewer.ts';
import type { GatewayContext } from '../context.ts';
import { badUserInput, createError } from '../errors.ts';
import { networkOf } from '../http/client-address.ts';
import { countObjects } from '../limits/operation-cost.ts';
import { shorten, withoutSuggestions } from '../limits/prepare-document.ts';
import type { BudgetState, BudgetStore, Charge } from '../stores/budget-store.ts';
import { addExtension, isStream } from './extensions.ts';
import type { Metrics } from './metrics.ts';
import { requestedOperation } from './operation-limits.ts';

/** Options of {@link useOperationCost}. */
export interface OperationCostOptions {
  /** The public schema: variables are coerced by it. */
  readonly schema: GraphQLSchema;
  readonly budgets: BudgetStore;
  readonly metrics: Metrics;
  /** Points that one operation may cost, by kind of viewer. */
  readonly maxCost: Readonly<Record<Viewer['kind'], number>>;
  /** Points a minute. */
  readonly viewerBudget: number;
  readonly organizationBudget: number;
  readonly addressBudget: number;
  /** False only measures: nothing is refused, everything is counted and said. */
  readonly enforced: boolean;
}

const windowMs = 60_000;
const windowSeconds = windowMs / 1_000;

interface Policy extends Charge {
  /** As it is named in `RateLimit`. */
  readonly name: string;
}

/** Makes the plugin. It comes after everything that may change the viewer, and before the plan. */
export function useOperationCost(options: OperationCostOptions): Plugin<GatewayContext> {
  const { schema, budgets, metrics } = options;

  const policiesOf = (viewer: Viewer, ip: string, points: number): readonly Policy[] => {
    const network = networkOf(ip);
    const policies: Policy[] = [];
    const add = (name: string, key: string, capacity: number, cost = points): void => {
      policies.push({ name, key: `${name}:${key}`, capacity, points: cost, windowMs });
    };
    if (viewer.kind === 'user') add('viewer', viewer.userId, options.viewerBudget);
    else if (viewer.kind === 'apiKey') {
      add('key', viewer.apiKeyId, viewer.budget ?? options.viewerBudget);
      if (viewer.requestsPerMinute !== null) add('requests', viewer.apiKeyId, viewer.requestsPerMinute, 1);
    } else add('anonymous', network, options.viewerBudget);
    if (viewer.organization) add('organization', viewer.organization.id, options.organizationBudget);
    add('address', network, options.addressBudget);
    return policies;
  };

  const decide = async (context: GatewayContext, rawVariables: unknown): Promise<CostDecision> => {
    const { definition, prepared } = requestedOperation(context);
    const coerced = getVariableValues(
      schema,
      definition.variableDefinitions ?? [],
      (rawVariables ?? {}) as Record<string, unknown>,
      { maxErrors: 10 },
    );
    if (coerced.errors) return { errors: coerced.errors.map(coercionError), cost: null, states: [], policies: [] };
    const cost = prepared.costOf(definition)(coerced.coerced);
    const { exchange, viewer } = context;
    exchange.operation.cost = cost;
    exchange.answerHeaders['x-operation-cost'] = String(cost);
    const policies = policiesOf(viewer, context.requestFacts.ip, cost);
    // What could never be paid is too costly, not too early.
    const maximum = Math.min(
      options.maxCost[viewer.kind],
      ...policies.filter(({ points }) => points === cost).map(({ capacity }) => capacity),
    );
    if (cost > maximum) {
      metrics.overLimit.inc({ limit: 'cost', enforced: String(options.enforced) });
      const error = createError(
        'OPERATION_TOO_COSTLY',
        `The operation costs ${cost} points; ${maximum} are allowed. Ask for smaller pages or fewer levels.`,
        { extensions: { cost, maximum } },
      );
      if (options.enforced) return { errors: [error], cost, states: [], policies };
      context.log.info({ cost, maximum }, 'over the maximum cost, measured only');
    }
    const states = await budgets.charge(policies);
    setRateLimitHeaders(exchange.answerHeaders, policies, states);
    const refused = states.filter(({ allowed }) => !allowed);
    if (refused.length > 0) {
      metrics.overLimit.inc({ limit: 'budget', enforced: String(options.enforced) });
      if (options.enforced) return { errors: [budgetError(refused)], cost, states, policies };
      context.log.info({ cost }, 'over budget, measured only');
    }
    return { errors: [], cost, states, policies };
  };

  return {
    async onExecute({ args, setResultAndStopExecution }) {
      const context = args.contextValue as GatewayContext;
      const decision = await decide(context, args.variableValues);
      const wanted = context.request.headers.get('x-include-cost') === '1';
      if (decision.errors.length > 0) {
        const result: ExecutionResult = { errors: decision.errors };
        setResultAndStopExecution(wanted ? addExtension(result, 'cost', costExtension(decision, null)) : result);
        return undefined;
      }
      return {
        onExecuteDone({ result, setResult }) {
          if (isStream(result)) return;
          const introspects = requestedOperation(context).prepared.shape?.introspects ?? false;
          const actual = introspects ? decision.cost : Math.max(0, countObjects((result as ExecutionResult).data) - 1);
          context.exchange.operation.actualCost = actual;
          if (wanted) setResult(addExtension(result, 'cost', costExtension(decision, actual)));
        },
      };
    },

    async onSubscribe({ args, setResultAndStopExecution }) {
      const decision = await decide(args.contextValue as GatewayContext, args.variableValues);
      if (decision.errors.length > 0) setResultAndStopExecution({ errors: decision.errors });
    },
  };
}

interface CostDecision {
  readonly errors: readonly GraphQLError[];
  readonly cost: number | null;
  readonly states: readonly BudgetState[];
  readonly policies: readonly Policy[];
}

/** The estimate, what came back, and what is left, as Shopify's API says it. */
function costExtension({ cost, states, policies }: CostDecision, actual: number | null): Record<string, unknown> {
  const [policy] = policies;
  const [state] = states;
  return {
    requested: cost,
    actual,
    ...(policy && state
      ? {
          throttleStatus: {
            maximumAvailable: policy.capacity,
            currentlyAvailable: state.remaining,
            restoreRate: policy.capacity / windowSeconds,
          },
        }
      : {}),
  };
}

/** @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
function setRateLimitHeaders(
  headers: Record<string, string | readonly string[]>,
  policies: readonly Policy[],
  states: readonly BudgetState[],
): void {
  headers['ratelimit-policy'] = policies
    .map(({ name, capacity }) => `"${name}";q=${capacity};w=${windowSeconds}`)
    .join(', ');
  headers.ratelimit = policies
    .map(({ name }, index) => {
      const state = states[index];
      return `"${name}";r=${state?.remaining ?? 0};t=${Math.ceil((state?.resetMs ?? 0) / 1_000)}`;
    })
    .join(', ');
}

function budgetError(refused: readonly BudgetState[]): GraphQLError {
  const waitMs = Math.max(...refused.map(({ retryMs }) => retryMs));
  const seconds = Math.max(1, Math.ceil(Math.min(waitMs, windowMs) / 1_000));
  return createError('RATE_LIMITED', 'The budget is used up. Try again later.', {
    status: 429,
    headers: { 'retry-after': String(seconds) },
    extensions: { retryAfterSeconds: seconds },
  });
}

/** A variable that graphql-js refused, as faulty input: the path starts with the variable's name. */
function coercionError(error: GraphQLError): GraphQLError {
  const message = shorten(withoutSuggestions(error.message));
  const [, name = '', inner = ''] =
    /^Variable "\$([^"]+)"(?: got invalid value .*? at "([^"]+)")?/s.exec(error.message) ?? [];
  const path = inner === '' ? [name] : inner.split(/[.[\]]+/).filter((part) => part !== '');
  return badUserInput([{ path, message }], message);
}
