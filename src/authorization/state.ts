/** What authorization keeps for one request: the decisions made before execution, and the denials met during it. */

/** A denial at one coordinate, reported once whatever the number of rows. */
export interface Denial {
  /** `Type.field`, `Input.field`, `Enum.VALUE` or `Type.field(argument:)`. */
  readonly coordinate: string;
  /** Permissions that the rule needs; empty when only signing in is needed. */
  readonly requires: readonly string[];
  /** Where in the answer the first null stands; undefined when no row was reached. */
  path?: readonly (string | number)[];
}

/** The denials of one execution, in the order in which they were found. */
export class AuthorizationState {
  readonly #denials = new Map<string, Denial>();

  /** Records a denial; of several at one coordinate the first that has a path gives the path. */
  deny(denial: Denial): void {
    const known = this.#denials.get(denial.coordinate);
    if (!known) this.#denials.set(denial.coordinate, { ...denial });
    else if (!known.path && denial.path) known.path = denial.path;
  }

  get denials(): readonly Denial[] {
    return [...this.#denials.values()];
  }
}
