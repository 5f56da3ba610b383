/**
 * Looks at one operation as the gateway would, without running it: parsed, validated, within the limits, what it costs and
 * which permissions it needs.
 */
import { GraphQLBoolean, GraphQLError, getNullableType, isInputType, typeFromAST, valueFromAST } from 'graphql';
import { typeRules } from '../authorization/decide-coordinate.ts';
import type { PolicyTable } from '../authorization/policy-table.ts';
import { indispensablePermissions, type Rule } from '../authorization/rules.ts';
import type { PreparedDocument } from '../operation/document.ts';
import type { OperationText } from '../operation/operation-text.ts';
import type { OperationReader } from '../operation/prepare.ts';
import { everyVariable } from '../operation/variables.ts';
import { walkOperation } from '../operation/walk.ts';

/** An operation that this gateway can serve. */
export interface InspectedOperation {
  readonly prepared: PreparedDocument;
  readonly text: OperationText;
  /** In points, with the variables' defaults; each call is measured anew, with its own variables. */
  readonly cost: number;
  /** Permissions without which a part of it is denied; sorted. */
  readonly requires: readonly string[];
}

/** The operation, or what is wrong with it, in sentences for a person. */
export type Inspection =
  | { readonly operation: InspectedOperation; readonly faults?: undefined }
  | { readonly operation?: undefined; readonly faults: readonly string[] };

/** What an inspector goes by. */
export interface InspectorOptions {
  readonly reader: Pick<OperationReader, 'readAfresh'>;
  readonly policies: PolicyTable;
  /** The most points that one call may cost. */
  readonly maxCost: number;
}

/** Inspects texts; keeps nothing. */
export interface OperationInspector {
  inspect(body: string): Inspection;
}

/** Makes an inspector. */
export function createOperationInspector({ reader, policies, maxCost }: InspectorOptions): OperationInspector {
  return {
    inspect(body) {
      const prepared = reader.readAfresh(body);
      if (prepared.errors.length > 0) return { faults: prepared.errors.map(({ message }) => message) };
      const text = onlyOperationOf(prepared);
      if (typeof text === 'string') return { faults: [text] };
      const cost = costByDefault(text);
      if (cost > maxCost) return { faults: [`The operation costs ${cost} points; ${maxCost} are allowed.`] };
      return { operation: { prepared, text, cost, requires: neededPermissions(policies, text) } };
    },
  };
}

function onlyOperationOf(prepared: PreparedDocument): OperationText | string {
  try {
    return prepared.operation();
  } catch (error) {
    if (error instanceof GraphQLError) return 'The text does not hold exactly one operation.';
    throw error;
  }
}

/** The cost with the variables' defaults, and with the dearer way where a variable decides what is selected. */
function costByDefault({ schema, definition, cost }: OperationText): number {
  const costWith = (condition: boolean): number => {
    const values: Record<string, unknown> = Object.create(null);
    for (const { variable, type, defaultValue } of definition.variableDefinitions ?? []) {
      const inputType = typeFromAST(schema, type);
      if (!isInputType(inputType)) continue;
      if (getNullableType(inputType) === GraphQLBoolean) values[variable.name.value] = condition;
      else if (defaultValue) values[variable.name.value] = valueFromAST(defaultValue, inputType);
    }
    return cost(values);
  };
  return Math.max(costWith(true), costWith(false));
}

/**
 * The permissions that an operation needs by its text: those of the types, fields, arguments, input fields and ordering
 * values that it names. Left out is what only a call can tell (members of a variable that is an input object), and what a
 * rule of the row may open without the permission.
 */
export function neededPermissions(policies: PolicyTable, text: OperationText): readonly string[] {
  const needed = new Set<string>();
  const need = (rule: Rule | undefined): void => {
    if (rule) for (const permission of indispensablePermissions(rule)) needed.add(permission);
  };
  walkOperation(text, everyVariable(text.definition), ({ node, staticType, inputs }) => {
    // Through an interface, no possible type is needed: rows of those that are denied are merely absent.
    for (const rule of typeRules(policies, staticType)) need(rule);
    need(policies[`${staticType.name}.${node.name.value}`]);
    for (const { coordinate } of inputs) need(policies[coordinate]);
    return true;
  });
  return [...needed].sort();
}
