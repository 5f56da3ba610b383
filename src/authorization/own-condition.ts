/**
 * Marks conditions that the gateway adds by itself. The column guard asks what a viewer compares; a condition that hides rows from
 * them compares nothing on their behalf, and names columns (`Comment.internal`) that they may not filter by.
 */

const mark = Symbol('own condition');

/** Marks a condition of the gateway's own. Nothing that a client sent may be part of it. Frozen, so that nothing is added later. */
export function own<Where extends object>(where: Where): Where {
  // Not enumerable: a copy, to which somebody may add, is no longer the gateway's own.
  return Object.freeze(Object.defineProperty({ ...where }, mark, { value: true }));
}

/** Whether {@link own} made the condition. No text of a client's becomes a symbol. */
export function isOwn(where: object): boolean {
  return Object.hasOwn(where, mark);
}
