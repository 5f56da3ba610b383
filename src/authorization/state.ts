/** What authorization keeps for one execution: the plan, and the denials met while it runs. */
import type { FieldNode, GraphQLError, GraphQLResolveInfo } from 'graphql';

/** A denial at one coordinate, reported once whatever the number of rows. */
export interface Denial {
  /** `Type.field`, `Input.field`, `Enum.VALUE` or `Type.field(argument:)`. */
  readonly coordinate: string;
  /** Permissions that the rule needs; empty when only signing in is needed. */
  readonly requires: readonly string[];
  /** Where in the answer the first null stands; undefined when no row was reached. */
  readonly path?: readonly (string | number)[];
}

/** The part of a plan that execution goes by. */
export interface ExecutedPlan {
  readonly denials: readonly Denial[];
  /** Whether permissions alone allow a field's coordinate; false for one that the plan does not know. */
  isAllowed(coordinate: string): boolean;
  /** Whether permissions alone deny a field's coordinate. */
  isDenied(coordinate: string): boolean;
  /** The client's field that a stand-in hands over; undefined for any other node. */
  handedOver(standIn: FieldNode): FieldNode | undefined;
}

/** Answers fields that were handed over, below the object that their parent field resolved to. @returns data that is complete and serialized. */
export type HandOver = (
  parent: unknown,
  fields: readonly FieldNode[],
  info: GraphQLResolveInfo,
) => Promise<{ readonly data: unknown; readonly errors: readonly GraphQLError[] }>;

/** The denials of one execution, static ones first. One for each event in a subscription. */
export class AuthorizationState {
  readonly #plan: ExecutedPlan;
  readonly #denials = new Map<string, Denial>();
  readonly #handOver: HandOver | undefined;
  readonly #errors: GraphQLError[] = [];

  /** @param handOver left out where no field of the plan is handed over. */
  constructor(plan: ExecutedPlan, handOver?: HandOver) {
    this.#plan = plan;
    this.#handOver = handOver;
    for (const denial of plan.denials) this.#denials.set(denial.coordinate, denial);
  }

  /** Whether permissions alone allow a coordinate, so that no row need be asked. */
  isAllowed(coordinate: string): boolean {
    return this.#plan.isAllowed(coordinate);
  }

  /** Whether permissions alone deny a coordinate. */
  isDenied(coordinate: string): boolean {
    return this.#plan.isDenied(coordinate);
  }

  /** Answers the fields that a stand-in and those merged with it hand over. */
  async answerHandedOver(parent: unknown, info: GraphQLResolveInfo): Promise<unknown> {
    const fields = info.fieldNodes.flatMap((node) => this.#plan.handedOver(node) ?? []);
    if (!this.#handOver) throw new Error('A field was handed over to nobody.');
    const { data, errors } = await this.#handOver(parent, fields, info);
    this.#errors.push(...errors);
    return data;
  }

  /** Errors of fields that were handed over, at their places in the whole answer. */
  get handedOverErrors(): readonly GraphQLError[] {
    return this.#errors;
  }

  /** Records a denial that a row decided; of several at one coordinate the first path counts. */
  deny(denial: Denial): void {
    const known = this.#denials.get(denial.coordinate);
    if (!known?.path) this.#denials.set(denial.coordinate, known ? { ...known, path: denial.path } : denial);
  }

  /** Records where a denial of the plan first stands in the answer. A type that is merely possible is not reported. */
  reached(coordinate: string, path: readonly (string | number)[]): void {
    const known = this.#denials.get(coordinate);
    if (!known) this.#denials.set(coordinate, { coordinate, requires: [], path });
    else if (!known.path) this.#denials.set(coordinate, { ...known, path });
  }

  get denials(): readonly Denial[] {
    return [...this.#denials.values()];
  }
}
