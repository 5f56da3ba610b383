/**
 * THE TABLE: who may read or call what. One row for each GraphQL coordinate. Each noun adds its own rows: those that decide are written by
 * hand beside the noun, those that follow from a declaration are made by it. Rows only narrow: a field's row is ANDed with its type's. A
 * coordinate without a row, or a row without a coordinate, stops the start (`coverage.ts`).
 */
import { Register } from './catalogue.ts';
import type { PolicyTable } from './policy-table.ts';
import type { Rule } from './rules.ts';

const register = new Register<Rule>('row');

/** Adds a noun's rows. @returns them, to be attached by reference. @throws Error for a coordinate that has a row. */
export function definePolicies<const Rows extends PolicyTable>(rows: Rows): Rows {
  for (const [coordinate, rule] of Object.entries(rows)) register.add(coordinate, rule);
  return rows;
}

/** The row of a coordinate, for modules that make fields by name. @throws Error when none is declared yet. */
export function policyOf(coordinate: string): Rule {
  return register.require(coordinate);
}

/** Every row. */
export function policyTable(): PolicyTable {
  return Object.fromEntries(register.all());
}
