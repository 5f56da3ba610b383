/**
 * What an operation costs, whether its viewer may spend that at once, and the budgets that it is taken out of: viewer or key,
 * organization, address. One round trip, before any resolver runs.
 */
import type { GraphQLError } from 'graphql';
import type { Viewer } from '../authorization/viewer.ts';
import { createError } from '../errors.ts';
import { networkOf } from '../http/client-address.ts';
import type { Logger } from '../logger.ts';
import type { Charge as BudgetCharge, BudgetState, BudgetStore } from '../stores/budget-store.ts';
import type { PreparedOperation } from './prepare.ts';

/** Options of {@link createCharger}. */
export interface ChargerOptions {
  readonly budgets: BudgetStore;
  /** Points that one operation may cost, by kind of viewer. */
  readonly maxCost: Readonly<Record<Viewer['kind'], number>>;
  /** Points a minute. */
  readonly viewerBudget: number;
  readonly organizationBudget: number;
  readonly addressBudget: number;
  /** False only measures: nothing is refused, everything is counted and said. */
  readonly enforced: boolean;
  /** Told of each operation over its maximum cost or a budget. */
  readonly onOverLimit?: (limit: 'cost' | 'budget', enforced: boolean) => void;
}

const windowMs = 60_000;
const windowSeconds = windowMs / 1_000;

/** A budget, as it is charged and named. */
export interface BudgetPolicy extends BudgetCharge {
  /** As it is named in `RateLimit`. */
  readonly name: string;
  /** Whether the viewer may know what is left: of one's own always; of the organization's with `organization.plan:read`. */
  readonly shown: boolean;
}

/** An operation that is about to run. */
export interface PricedOperation {
  readonly operation: PreparedOperation;
  /** As whom it runs. */
  readonly viewer: Viewer;
  /** The client's address. */
  readonly ip: string;
  readonly log: Pick<Logger, 'info'>;
}

/** Whether an operation may run, and what it was charged. */
export interface Charge {
  /** Why it may not run; empty when it may. */
  readonly errors: readonly GraphQLError[];
  /** In points; null when the variables do not fit. */
  readonly cost: number | null;
  readonly states: readonly BudgetState[];
  readonly policies: readonly BudgetPolicy[];
}

/** Charges an operation. */
export type Charger = (priced: PricedOperation) => Promise<Charge>;

/** Makes a charger. */
export function createCharger(options: ChargerOptions): Charger {
  const { budgets, enforced, onOverLimit } = options;

  const policiesOf = (viewer: Viewer, ip: string, points: number): readonly BudgetPolicy[] => {
    const network = networkOf(ip);
    const policies: BudgetPolicy[] = [];
    const add = (name: string, key: string, capacity: number, shown: boolean, cost = points): void => {
      policies.push({ name, shown, key: `${name}:${key}`, capacity, points: cost, windowMs });
    };
    if (viewer.kind === 'user') add('viewer', viewer.userId, options.viewerBudget, true);
    else if (viewer.kind === 'apiKey') {
      const { apiKeyId: id, budget, requestsPerMinute, makers } = viewer;
      // Also those of the keys that made it: nobody has more by making more keys.
      for (const key of [{ id, budget, requestsPerMinute }, ...makers]) {
        const isOwn = key.id === id;
        add('key', key.id, key.budget ?? options.viewerBudget, isOwn);
        if (key.requestsPerMinute !== null) add('requests', key.id, key.requestsPerMinute, isOwn, 1);
      }
    } else add('anonymous', network, options.viewerBudget, true);
    // What is left of a budget that others share tells how much they ask.
    const seesOrganization = viewer.permissions.has('organization.plan:read');
    if (viewer.organization) add('organization', viewer.organization.id, options.organizationBudget, seesOrganization);
    add('address', network, options.addressBudget, false);
    return policies;
  };

  return async ({ operation, viewer, ip, log }) => {
    const { cost } = operation;
    if (cost === null) return { errors: operation.errors, cost, states: [], policies: [] };
    const policies = policiesOf(viewer, ip, cost);
    // What could never be paid is too costly, not too early.
    const maximum = Math.min(
      options.maxCost[viewer.kind],
      ...policies.filter(({ points }) => points === cost).map(({ capacity }) => capacity),
    );
    if (cost > maximum) {
      onOverLimit?.('cost', enforced);
      const error = createError(
        'OPERATION_TOO_COSTLY',
        `The operation costs ${cost} points; ${maximum} are allowed. Ask for smaller pages or fewer levels.`,
        { extensions: { cost, maximum } },
      );
      if (enforced) return { errors: [error], cost, states: [], policies };
      log.info({ cost, maximum }, 'over the maximum cost, measured only');
    }
    const states = await budgets.charge(policies);
    const refused = states.filter(({ allowed }) => !allowed);
    if (refused.length > 0) {
      onOverLimit?.('budget', enforced);
      if (enforced) return { errors: [budgetError(refused)], cost, states, policies };
      log.info({ cost }, 'over budget, measured only');
    }
    return { errors: [], cost, states, policies };
  };
}

/** The estimate, what came back, and what is left, as Shopify's API says it. */
export function costExtension({ cost, states, policies }: Charge, actual: number | null): Record<string, unknown> {
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

/**
 * The headers of a charge: what it cost, and what is left of the budgets that the viewer may know of.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function chargeHeaders({ cost, policies, states }: Charge): Record<string, string> {
  if (cost === null) return {};
  const shown = policies.flatMap((policy, index) => (policy.shown ? [{ ...policy, state: states[index] }] : []));
  return {
    'x-operation-cost': String(cost),
    ...(states.length === 0
      ? {}
      : {
          'ratelimit-policy': shown
            .map(({ name, capacity }) => `"${name}";q=${capacity};w=${windowSeconds}`)
            .join(', '),
          ratelimit: shown
            .map(
              ({ name, state }) => `"${name}";r=${state?.remaining ?? 0};t=${Math.ceil((state?.resetMs ?? 0) / 1_000)}`,
            )
            .join(', '),
        }),
  };
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
