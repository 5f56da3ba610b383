/**
 * The plan: decides every coordinate of an operation for a viewer before anything is fetched. Statically denied fields are
 * replaced in the document by a field that only records the denial, so that their columns never reach SQL; statically
 * allowed ones then run without checks; what the row must say is left to scope-auth.
 *
 * Trusts: the document is validated and within the limits. Does not trust itself: behind it stands `column-guard.ts`.
 */
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Viewer } from '../authentication/viewer.ts';
import { type CoordinateDecision, decideField, ruleOf } from './decide-coordinate.ts';
import { deniedFieldName } from './executable-schema.ts';
import { operationOf, possibleTypesOf, type RawVariables, variableUses, walkOperation } from './operation-walk.ts';
import type { PolicyTable } from './policy-table.ts';
import { type Decision, decide, requiredPermissions } from './rules.ts';
import type { Denial, ExecutedPlan } from './state.ts';

/** One coordinate of an operation, decided. */
export interface PlannedCoordinate {
  readonly coordinate: string;
  readonly decision: Decision;
  /** The permissions that the viewer lacks; empty unless denied. */
  readonly requires: readonly string[];
}

/** An operation decided for a viewer. */
export interface Plan extends ExecutedPlan {
  /** Every coordinate that the operation touches, in the document's order. */
  readonly coordinates: readonly PlannedCoordinate[];
  /** What is denied by permissions alone, one for each coordinate. */
  readonly denials: readonly Denial[];
  /** The document for planned execution: denied fields replaced. The client's own when nothing is denied. */
  readonly document: DocumentNode;
  /** The document for unplanned execution: only fields that an input denies are replaced, since scopes know no inputs. */
  readonly scopedDocument: DocumentNode;
}

/** Makes plans, and keeps them. */
export interface Planner {
  /**
   * Plans an operation.
   * @param variables raw, as sent: names of enum values and input fields are what counts.
   * @returns undefined when the document has no such operation; the executor then says so.
   */
  plan(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: RawVariables,
    viewer: Viewer,
  ): Plan | undefined;
}

/**
 * How many plans are kept for one document. Bounded by document, so that a client which sends ever new shapes of variables
 * pushes out nobody's plans but its own document's; documents go with the server's own bounded cache of parsed ones.
 */
const maxPlansPerDocument = 64;

type VariableUses = ReturnType<typeof variableUses>;

/** Makes a planner over a schema and a table. */
export function createPlanner(schema: GraphQLSchema, policies: PolicyTable): Planner {
  const documents = new WeakMap<DocumentNode, { uses: VariableUses; plans: LRUCache<string, Plan> }>();

  return {
    plan(document, operationName, variables, viewer) {
      const operation = operationOf(document, operationName);
      if (!operation) return undefined;
      let known = documents.get(document);
      if (!known) {
        known = { uses: variableUses(document), plans: new LRUCache({ max: maxPlansPerDocument }) };
        documents.set(document, known);
      }
      const key = planKey(operation, viewer, known.uses, variables);
      const cached = key === null ? undefined : known.plans.get(key);
      if (cached) return cached;
      const plan = makePlan(schema, policies, document, operation, variables, viewer);
      if (key !== null) known.plans.set(key, plan);
      return plan;
    },
  };
}

/**
 * What a plan of a document depends on: operation, kind of viewer, permission set, the values of conditions, and which inputs
 * the variables use (names and enum values, never other values).
 */
function planKey(
  operation: OperationDefinitionNode,
  viewer: Viewer,
  uses: VariableUses,
  variables: RawVariables,
): string | null {
  const conditions = uses.conditions.map((name) =>
    typeof variables[name] === 'boolean' ? (variables[name] ? '1' : '0') : variables[name] === undefined ? '-' : 'n',
  );
  const shapes = uses.inputs.map((name) => shapeOf(variables[name], 0));
  const shape = shapes.join(',');
  if (shape.length > 512) return null;
  return `${operation.name?.value ?? ''}|${viewer.kind}|${viewer.permissions.key}|${conditions.join('')}|${shape}`;
}

/** Names of members and short upper-case words (enum values); other values are one sign. */
function shapeOf(value: unknown, depth: number): string {
  if (value === undefined) return '-';
  if (value === null) return 'n';
  if (typeof value === 'string') return /^[A-Z][A-Z0-9_]{0,40}$/.test(value) ? value : 's';
  if (typeof value !== 'object') return 'v';
  if (depth > 20) return '?'.repeat(600);
  if (Array.isArray(value)) return `[${[...new Set(value.map((item) => shapeOf(item, depth + 1)))].join(',')}]`;
  return `{${Object.entries(value)
    // Quoted: a name made of separators must not pass for another shape.
    .map(([name, item]) => `${JSON.stringify(name)}:${shapeOf(item, depth + 1)}`)
    .join(',')}}`;
}

function makePlan(
  schema: GraphQLSchema,
  policies: PolicyTable,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: RawVariables,
  viewer: Viewer,
): Plan {
  const coordinates = new Map<string, PlannedCoordinate>();
  const allowed = new Set<string>();
  const denied = new Set<string>();
  /** Field nodes that an argument, input field or ordering value denies, with its coordinates. */
  const deniedNodes = new Map<FieldNode, readonly string[]>();
  const decideCached = memoizeByField((type, fieldName) => decideField(policies, type, fieldName, viewer));
  let replaces = false;

  const note = (coordinate: string, decision: Decision, requires: readonly string[]): void => {
    if (!coordinates.has(coordinate)) coordinates.set(coordinate, { coordinate, decision, requires });
  };

  walkOperation({
    schema,
    document,
    operation,
    variables,
    visit({ node, staticType, possibleTypes, inputs }) {
      const fieldName = node.name.value;
      let reachable = false;
      for (const type of possibleTypes) {
        const { decision, requires, typeDenied } = decideCached(type, fieldName);
        const coordinate = `${type.name}.${fieldName}`;
        if (decision === 'denied') {
          replaces = true;
          denied.add(coordinate);
        } else reachable = true;
        if (decision === 'allowed') allowed.add(coordinate);
        // Through an interface, a type that the viewer may not see at all is never reached: nothing to report.
        if (type !== staticType && typeDenied && isAbstractType(staticType)) continue;
        note(coordinate, decision, requires);
      }
      if (isAbstractType(staticType)) {
        const { decision, requires } = decideCached(staticType, fieldName);
        note(`${staticType.name}.${fieldName}`, decision, requires);
        if (decision === 'denied') reachable = false;
      }
      if (!reachable) return false;
      const deniedInputs: string[] = [];
      for (const { coordinate, kind } of inputs) {
        // Enum values have rows only where they order; one without says nothing of a guarded field.
        if (kind === 'enumValue' && !policies[coordinate]) continue;
        const rule = ruleOf(policies, coordinate);
        // A rule of the row never opens an input: the row is what filtering and sorting would find out.
        const decision = decide(rule, viewer) === 'allowed' ? 'allowed' : 'denied';
        note(coordinate, decision, decision === 'denied' ? requiredPermissions(rule) : []);
        if (decision === 'denied') deniedInputs.push(coordinate);
      }
      if (deniedInputs.length === 0) return true;
      deniedNodes.set(node, deniedInputs);
      return false;
    },
  });

  const planned = [...coordinates.values()];
  return {
    coordinates: planned,
    denials: planned
      .filter(({ decision }) => decision === 'denied')
      .map(({ coordinate, requires }) => ({ coordinate, requires })),
    isAllowed: (coordinate) => allowed.has(coordinate),
    isDenied: (coordinate) => denied.has(coordinate),
    document: replaces || deniedNodes.size > 0 ? replaceDenied(schema, document, deniedNodes, decideCached) : document,
    scopedDocument: deniedNodes.size > 0 ? replaceDenied(schema, document, deniedNodes, null) : document,
  };
}

type Decide = (type: GraphQLCompositeType, fieldName: string) => CoordinateDecision;

function memoizeByField(decideOne: Decide): Decide {
  const known = new Map<string, CoordinateDecision>();
  return (type, fieldName) => {
    const coordinate = `${type.name}.${fieldName}`;
    let decision = known.get(coordinate);
    if (!decision) {
      decision = decideOne(type, fieldName);
      known.set(coordinate, decision);
    }
    return decision;
  };
}

/**
 * Replaces each denied field by `deniedFieldName`, under the same response key. On an interface whose possible types
 * differ, the denial goes into a fragment of each denied type and the field into one of each other type.
 * @param decideOne null leaves fields alone and replaces only the nodes that an input denies.
 */
function replaceDenied(
  schema: GraphQLSchema,
  document: DocumentNode,
  deniedNodes: ReadonlyMap<FieldNode, readonly string[]>,
  decideOne: Decide | null,
): DocumentNode {
  const typeInfo = new TypeInfo(schema);
  const replace = (selection: SelectionNode, parent: GraphQLCompositeType): readonly SelectionNode[] => {
    if (selection.kind !== Kind.FIELD || selection.name.value.startsWith('__')) return [selection];
    if (selection.name.value === deniedFieldName) return [selection];
    const inputs = deniedNodes.get(selection);
    if (inputs) return [deniedField(selection, inputs)];
    if (!decideOne) return [selection];
    const fieldName = selection.name.value;
    const types = possibleTypesOf(schema, parent);
    const denied = types.filter((type) => decideOne(type, fieldName).decision === 'denied');
    if (isAbstractType(parent) && decideOne(parent, fieldName).decision === 'denied')
      return [deniedField(selection, [`${parent.name}.${fieldName}`])];
    if (denied.length === 0) return [selection];
    if (!isAbstractType(parent)) return [deniedField(selection, [`${parent.name}.${fieldName}`])];
    return types.map((type) =>
      inFragment(type, denied.includes(type) ? deniedField(selection, [`${type.name}.${fieldName}`]) : selection),
    );
  };
  return visit(
    document,
    visitWithTypeInfo(typeInfo, {
      SelectionSet(node): SelectionSetNode | undefined {
        const parent = typeInfo.getParentType();
        if (!parent || !isCompositeType(parent) || !('getFields' in parent)) return undefined;
        const selections = node.selections.flatMap((selection) => replace(selection, parent));
        const same =
          selections.length === node.selections.length && selections.every((one, i) => one === node.selections[i]);
        return same ? undefined : { ...node, selections };
      },
    }),
  );
}

function inFragment(type: GraphQLObjectType, selection: SelectionNode): SelectionNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
    selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] },
  };
}

function deniedField(field: FieldNode, coordinates: readonly string[]): FieldNode {
  return {
    kind: Kind.FIELD,
    alias: field.alias ?? { kind: Kind.NAME, value: field.name.value },
    name: { kind: Kind.NAME, value: deniedFieldName },
    arguments: [
      {
        kind: Kind.ARGUMENT,
        name: { kind: Kind.NAME, value: 'coordinates' },
        value: { kind: Kind.LIST, values: coordinates.map((value) => ({ kind: Kind.STRING, value })) },
      },
    ],
    directives: field.directives,
  };
}
