/** What fields cost where one point for each object is far off; declared beside the noun that has the field, printed as `@cost`. */

/** A field that works on a text of the caller's: one point more for so many characters of that argument. */
export interface TextPrice {
  readonly argument: string;
  readonly charactersPerPoint: number;
}

/** What is declared of a field. */
export interface Weight {
  /** Points of one call: for hashing, whole-table reads, mail. */
  readonly weight?: number;
  /** The text that its work grows with. Such a field is asked for once in an operation: together, texts would pass the limits of one. */
  readonly text?: TextPrice;
  /** How many objects a plain list holds, where ten would be far off. */
  readonly assumedSize?: number;
}

const weights = new Map<string, Weight>();

/** Declares what fields cost, by their coordinates. A number is the points of one call. @throws Error for a field that has a weight. */
export function defineWeights(declared: Readonly<Record<string, number | Weight>>): void {
  for (const [coordinate, weight] of Object.entries(declared)) {
    if (weights.has(coordinate)) throw new Error(`${coordinate} has two weights.`);
    weights.set(coordinate, typeof weight === 'number' ? { weight } : weight);
  }
}

/** What is declared of a field; nothing for most. */
export function weightOf(coordinate: string): Weight {
  return weights.get(coordinate) ?? {};
}
