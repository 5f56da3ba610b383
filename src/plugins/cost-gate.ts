/**
 * What an operation costs, whether its viewer may spend that at once, and the budgets that it is taken out of: viewer or key,
 * organization, address. One round trip, before any resolver runs.
 */
import { type GraphQLError, type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from 'graphql';
import type { Viewer } from '../authentication/viewer.ts';
import { badUserInput, createError } from '../errors.ts';
import { networkOf } from '../http/client-address.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Metrics } from '../http/metrics.ts';
import { type PreparedDocument, shorten, withoutSuggestions } from '../limits/prepare-document.ts';
import type { BudgetState, BudgetStore, Charge } from '../stores/budget-store.ts';

/** Options of {@link createCostGate}. */
export interface CostGateOptions {
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

/** A budget, as it is charged and named. */
export interface Policy extends Charge {
  /** As it is named in `RateLimit`. */
  readonly name: string;
}

/** An operation that is about to run. */
export interface PricedOperation {
  readonly exchange: Exchange;
  /** As whom it runs. */
  readonly viewer: Viewer;
  readonly definition: OperationDefinitionNode;
  readonly prepared: PreparedDocument;
}

/** Whether an operation may run, and what it was charged. */
export interface CostDecision {
  /** Why it may not run; empty when it may. */
  readonly errors: readonly GraphQLError[];
  /** In points; null when the variables do not fit. */
  readonly cost: number | null;
  readonly states: readonly BudgetState[];
  readonly policies: readonly Policy[];
  /** As the operation gets them; null when they do not fit. */
  readonly variables: Readonly<Record<string, unknown>> | null;
}

/** Charges an operation. @param rawVariables as they were sent. */
export type CostGate = (operation: PricedOperation, rawVariables: unknown) => Promise<CostDecision>;

/** Makes the gate. */
export function createCostGate(options: CostGateOptions): CostGate {
  const { schema, budgets, metrics } = options;

  const policiesOf = (viewer: Viewer, ip: string, points: number): readonly Policy[] => {
    const network = networkOf(ip);
    const policies: Policy[] = [];
    const add = (name: string, key: string, capacity: number, cost = points): void => {
      policies.push({ name, key: `${name}:${key}`, capacity, points: cost, windowMs });
    };
    if (viewer.kind === 'user') add('viewer', viewer.userId, options.viewerBudget);
    else if (viewer.kind === 'apiKey') {
      const { apiKeyId: id, budget, requestsPerMinute, makers } = viewer;
      // Also those of the keys that made it: nobody has more by making more keys.
      for (const key of [{ id, budget, requestsPerMinute }, ...makers]) {
        add('key', key.id, key.budget ?? options.viewerBudget);
        if (key.requestsPerMinute !== null) add('requests', key.id, key.requestsPerMinute, 1);
      }
    } else add('anonymous', network, options.viewerBudget);
    if (viewer.organization) add('organization', viewer.organization.id, options.organizationBudget);
    add('address', network, options.addressBudget);
    return policies;
  };

  return async ({ exchange, viewer, definition, prepared }, rawVariables) => {
    const coerced = getVariableValues(
      schema,
      definition.variableDefinitions ?? [],
      (rawVariables ?? {}) as Record<string, unknown>,
      { maxErrors: 10 },
    );
    if (coerced.errors)
      return { errors: coerced.errors.map(coercionError), cost: null, states: [], policies: [], variables: null };
    const variables = coerced.coerced;
    const cost = prepared.costOf(definition)(variables);
    exchange.operation.cost = cost;
    exchange.answerHeaders['x-operation-cost'] = String(cost);
    const policies = policiesOf(viewer, exchange.facts.ip, cost);
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
      if (options.enforced) return { errors: [error], cost, states: [], policies, variables };
      exchange.log.info({ cost, maximum }, 'over the maximum cost, measured only');
    }
    const states = await budgets.charge(policies);
    setRateLimitHeaders(exchange.answerHeaders, policies, states);
    const refused = states.filter(({ allowed }) => !allowed);
    if (refused.length > 0) {
      metrics.overLimit.inc({ limit: 'budget', enforced: String(options.enforced) });
      if (options.enforced) return { errors: [budgetError(refused)], cost, states, policies, variables };
      exchange.log.info({ cost }, 'over budget, measured only');
    }
    return { errors: [], cost, states, policies, variables };
  };
}

/** The estimate, what came back, and what is left, as Shopify's API says it. */
export function costExtension(
  { cost, states, policies }: CostDecision,
  actual: number | null,
): Record<string, unknown> {
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
