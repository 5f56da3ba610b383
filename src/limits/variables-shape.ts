/** Bounds the variables of an operation before they are coerced: values and nesting. */
import type { GraphQLError } from 'graphql';
import { createError } from '../errors.ts';

/** Upper bounds of variables. */
export interface VariableLimits {
  /** Levels of lists and objects. */
  readonly maxDepth: number;
  /** Values in all, those inside of lists and objects included. */
  readonly maxValues: number;
}

/**
 * Measures variables level by level, without recursion, and stops at the first breach.
 * @returns OPERATION_TOO_DEEP or OPERATION_TOO_LARGE, or null.
 */
export function variablesBreach(variables: unknown, limits: VariableLimits): GraphQLError | null {
  let level: unknown[] = [variables];
  let values = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limits.maxDepth)
      return createError('OPERATION_TOO_DEEP', `The variables nest deeper than ${limits.maxDepth} levels.`);
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      const members: unknown[] = Array.isArray(value) ? value : Object.values(value);
      values += members.length;
      if (values > limits.maxValues)
        return createError('OPERATION_TOO_LARGE', `The variables hold more than ${limits.maxValues} values.`);
      for (const member of members) if (typeof member === 'object' && member !== null) next.push(member);
    }
    level = next;
  }
  return null;
}
