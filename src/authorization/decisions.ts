/**
 * Every coordinate that an operation names, decided and described: what `explainAccess` and `x-authorization-mode: dry-run` both tell, so
 * that they tell the same. What stands below a denied field is in the list, though no plan goes there.
 */
import { type GraphQLSchema, isAbstractType } from 'graphql';
import { decideAll, typeRules } from './decide-coordinate.ts';
import { rulesOfCoordinate } from './matrix.ts';
import { type FieldVisit, isHandedOver, type OperationToPlan, type Plan } from './plan.ts';
import type { PolicyTable } from './policy-table.ts';
import { type Decision, lackedPermissions, type Rule, requiredPermissions } from './rules.ts';
import type { Viewer } from './viewer.ts';

/** One coordinate of an operation with its decision. */
export interface DecidedCoordinate {
  readonly coordinate: string;
  readonly decision: Decision;
  /** The permissions that its rules name. */
  readonly requires: readonly string[];
  /** Those that would open every row to the viewer: of a denied coordinate, what its error names in `requires`. */
  readonly lacks: readonly string[];
  /** Whether it is denied because something above it is: it makes no error of its own. */
  readonly belowDenied: boolean;
}

/** What is described. */
export interface OperationToDescribe {
  readonly schema: GraphQLSchema;
  readonly policies: PolicyTable;
  readonly operation: OperationToPlan;
  readonly viewer: Viewer;
  /** The operation's plan for the viewer. */
  readonly plan: Plan;
}

/** Describes an operation. @returns what the plan met, in its order, then what lies below a denied coordinate. */
export function describeOperation({
  schema,
  policies,
  operation,
  viewer,
  plan,
}: OperationToDescribe): readonly DecidedCoordinate[] {
  const describe = (coordinate: string): { rules: readonly Rule[]; requires: readonly string[] } => {
    const rules = rulesOfCoordinate(schema, policies, coordinate);
    return { rules, requires: [...new Set(rules.flatMap((rule) => requiredPermissions(rule)))] };
  };
  const lacked = (rules: readonly Rule[]): readonly string[] => [
    ...new Set(rules.flatMap((rule) => lackedPermissions(rule, viewer))),
  ];
  const decided = plan.coordinates.map((planned): DecidedCoordinate => {
    const { coordinate, decision } = planned;
    const { rules, requires } = describe(coordinate);
    const lacks = decision === 'denied' ? planned.requires : lacked(rules);
    return { coordinate, decision, requires, lacks, belowDenied: false };
  });
  if (plan.denials.length === 0) return decided;

  const known = new Set(plan.coordinates.map(({ coordinate }) => coordinate));
  operation.walk((visit) => {
    for (const coordinate of namedBy(policies, viewer, visit)) {
      if (known.has(coordinate)) continue;
      known.add(coordinate);
      const { rules, requires } = describe(coordinate);
      decided.push({ coordinate, decision: 'denied', requires, lacks: lacked(rules), belowDenied: true });
    }
    return !isHandedOver(visit.declared);
  });
  return decided;
}

/** The coordinates that a field names, as the plan notes them where it gets so far. */
function namedBy(policies: PolicyTable, viewer: Viewer, visit: FieldVisit): readonly string[] {
  const { node, staticType, possibleTypes, inputs } = visit;
  const fieldName = node.name.value;
  const types = isAbstractType(staticType)
    ? [...possibleTypes.filter((type) => decideAll(typeRules(policies, type), viewer) !== 'denied'), staticType]
    : [staticType];
  return [
    ...types.map(({ name }) => `${name}.${fieldName}`),
    ...inputs
      .filter(({ coordinate, kind }) => kind !== 'enumValue' || policies[coordinate])
      .map((one) => one.coordinate),
  ];
}
