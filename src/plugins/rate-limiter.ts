/**
 * The limiter of @envelop/rate-limiter over the atomic budget store, for the limits of single fields that `operation/run.ts` charges.
 *
 * The package's Redis store reads and then writes, so that parallel calls pass together; this one charges in one step. Its own walk over the
 * document is left out: it looks at operations that do not run and at fields that `@skip` leaves out, and it would refuse an operation whole.
 */
import { Store, useRateLimiter } from '@envelop/rate-limiter';
import type { Plugin } from 'graphql-yoga';
import type { FieldCall } from '../operation/field-limits.ts';
import type { BudgetStore } from '../stores/budget-store.ts';

/** Answers the limiter's question "when did they call" with never or with just now, by what the budgets say. */
class AtomicStore extends Store {
  readonly #budgets: BudgetStore;

  constructor(budgets: BudgetStore) {
    super();
    this.#budgets = budgets;
  }

  override async getForIdentity({ contextIdentity }: { readonly contextIdentity: unknown }): Promise<number[]> {
    const call = contextIdentity as FieldCall;
    const states = await this.#budgets.charge(call.charges);
    call.waitMs = Math.max(0, ...states.filter(({ allowed }) => !allowed).map(({ retryMs }) => retryMs));
    return call.waitMs > 0 ? [Date.now()] : [];
  }

  /** Nothing: the charge is the record. */
  override setForIdentity(): void {}
}

/** Makes the plugin: puts the package's `rateLimiterFn` into the context. */
export function useFieldRateLimiter(budgets: BudgetStore): Pick<Plugin, 'onContextBuilding'> {
  const { onContextBuilding } = useRateLimiter({
    // Handed through to the store as it is: the call says itself whom it is charged to.
    identifyFn: (call) => call as string,
    store: new AtomicStore(budgets),
  });
  return { onContextBuilding } as Pick<Plugin, 'onContextBuilding'>;
}
