/**
 * Looks at one operation as the gateway would, without running it: parsed, validated, within the limits, what it costs and
 * which permissions it needs. Room `operations`: may import packages, `errors.ts`, `authorization/` and `limits/`.
 */
import {
  type DocumentNode,
  GraphQLBoolean,
  type GraphQLSchema,
  getNullableType,
  isInputType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  valueFromAST,
} from 'graphql';
import { typeRules } from '../authorization/decide-coordinate.ts';
import { operationOf, walkOperation } from '../authorization/operation-walk.ts';
import type { PolicyTable } from '../authorization/policy-table.ts';
import { indispensablePermissions, type Rule } from '../authorization/rules.ts';
import type { OperationCost } from '../limits/operation-cost.ts';
import { type DocumentLimits, type PreparedDocument, prepareDocument } from '../limits/prepare-document.ts';

/** An operation that this gateway can serve. */
export interface InspectedOperation {
  readonly prepared: PreparedDocument;
  readonly definition: OperationDefinitionNode;
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
  /** The schema that clients know. */
  readonly schema: GraphQLSchema;
  readonly policies: PolicyTable;
  readonly limits: DocumentLimits;
  /** The most points that one call may cost. */
  readonly maxCost: number;
}

/** Inspects texts; keeps nothing. */
export interface OperationInspector {
  inspect(body: string): Inspection;
}

/** Makes an inspector over a schema. */
export function createOperationInspector({ schema, policies, limits, maxCost }: InspectorOptions): OperationInspector {
  return {
    inspect(body) {
      const prepared = prepareDocument(schema, body, limits);
      if (prepared.errors.length > 0) return { faults: prepared.errors.map(({ message }) => message) };
      const { document } = prepared;
      const definition = document ? operationOf(document) : undefined;
      if (!document || !definition) return { faults: ['The text does not hold exactly one operation.'] };
      const cost = costByDefault(schema, definition, prepared.costOf(definition));
      if (cost > maxCost) return { faults: [`The operation costs ${cost} points; ${maxCost} are allowed.`] };
      const requires = neededPermissions(schema, policies, document, definition);
      return { operation: { prepared, definition, cost, requires } };
    },
  };
}

/** The cost with the variables' defaults, and with the dearer way where a variable decides what is selected. */
function costByDefault(schema: GraphQLSchema, definition: OperationDefinitionNode, cost: OperationCost): number {
  const defaults: Record<string, unknown> = {};
  const conditions: string[] = [];
  for (const { variable, type, defaultValue } of definition.variableDefinitions ?? []) {
    const inputType = typeFromAST(schema, type);
    if (!isInputType(inputType)) continue;
    if (getNullableType(inputType) === GraphQLBoolean) conditions.push(variable.name.value);
    else if (defaultValue) defaults[variable.name.value] = valueFromAST(defaultValue, inputType);
  }
  const either = [true, false].map((value) =>
    cost({ ...defaults, ...Object.fromEntries(conditions.map((name) => [name, value])) }),
  );
  return Math.max(...either);
}

/**
 * The permissions that an operation needs by its text: those of the types, fields, arguments, input fields and ordering
 * values that it names. Left out is what only a call can tell (members of a variable that is an input object), and what a
 * rule of the row may open without the permission.
 */
export function neededPermissions(
  schema: GraphQLSchema,
  policies: PolicyTable,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly string[] {
  const needed = new Set<string>();
  const need = (rule: Rule | undefined): void => {
    if (rule) for (const permission of indispensablePermissions(rule)) needed.add(permission);
  };
  walkOperation({
    schema,
    document,
    operation,
    variables: everyVariable(operation),
    visit({ node, staticType, inputs }) {
      // Through an interface, no possible type is needed: rows of those that are denied are merely absent.
      for (const rule of typeRules(policies, staticType)) need(rule);
      need(policies[`${staticType.name}.${node.name.value}`]);
      for (const { coordinate } of inputs) need(policies[coordinate]);
      return true;
    },
  });
  return [...needed].sort();
}

/**
 * Values that stand for "will be sent": an argument that takes a variable is used, and what `@include` or `@skip` leave to
 * the call is counted in. A default of an input type stays, since its members are known.
 */
function everyVariable(operation: OperationDefinitionNode): Readonly<Record<string, unknown>> {
  const unknown = (operation.variableDefinitions ?? []).filter(
    ({ defaultValue }) => !defaultValue || defaultValue.kind === Kind.BOOLEAN,
  );
  return Object.fromEntries(unknown.map(({ variable }) => [variable.name.value, 0]));
}
