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
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { type CoordinateDecision, decideField, ruleOf } from './decide-coordinate.ts';
import { deniedFieldName, handedOverFieldName } from './executable-schema.ts';
import type { PolicyTable } from './policy-table.ts';
import { type Decision, decide, requiredPermissions } from './rules.ts';
import type { Denial, ExecutedPlan } from './state.ts';
import type { Viewer } from './viewer.ts';

/** One field node met under its static type, with the concrete types that it may run on. */
export interface FieldVisit {
  readonly node: FieldNode;
  readonly declared: GraphQLField<unknown, unknown>;
  /** The type whose selection set holds the field: an object or an interface. */
  readonly staticType: GraphQLCompositeType;
  /** Concrete types possible here, narrowed by the fragments around. */
  readonly possibleTypes: readonly GraphQLObjectType[];
  /** The arguments, input fields and enum values that the field's arguments use; without duplicates. */
  readonly inputs: readonly InputUse[];
}

/** An argument, input field or enum value in use. */
export interface InputUse {
  readonly coordinate: string;
  readonly kind: 'argument' | 'inputField' | 'enumValue';
}

/** What is planned: an operation that was read, with its variables. */
export interface OperationToPlan {
  /** The operation that runs and the fragments that it reaches, nothing else. */
  readonly document: DocumentNode;
  /** Calls back for each field that will run, in the document's order; false as an answer leaves out what stands below. */
  walk(visit: (visit: FieldVisit) => boolean): void;
}

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

/** Makes plans. */
export interface Planner {
  plan(operation: OperationToPlan, viewer: Viewer): Plan;
}

/** Makes a planner over a schema and a table. It keeps nothing: plans are kept with the operation that they are of. */
export function createPlanner(schema: GraphQLSchema, policies: PolicyTable): Planner {
  return { plan: (operation, viewer) => makePlan(schema, policies, operation, viewer) };
}

/** The concrete types of a composite type. */
export function possibleTypesOf(schema: GraphQLSchema, type: GraphQLCompositeType): readonly GraphQLObjectType[] {
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
}

/** A field answered by an execution of its own, as a viewer who is only known once the field around it has run. */
export const answeredByIssuedViewer = { answeredBy: 'issuedViewer' } as const;

/** Whether a field is answered by an execution of its own, of which this plan says nothing. */
export function isHandedOver({ extensions }: GraphQLField<unknown, unknown>): boolean {
  return extensions.answeredBy === answeredByIssuedViewer.answeredBy;
}

function makePlan(schema: GraphQLSchema, policies: PolicyTable, operation: OperationToPlan, viewer: Viewer): Plan {
  const { document } = operation;
  const coordinates = new Map<string, PlannedCoordinate>();
  const allowed = new Set<string>();
  const denied = new Set<string>();
  /** Field nodes that are replaced whoever executes: denied by an input, or handed over. */
  const replaced = new Map<FieldNode, FieldNode>();
  const handedOver = new Map<FieldNode, FieldNode>();
  const decideCached = memoizeByField((type, fieldName) => decideField(policies, type, fieldName, viewer));
  let replaces = false;

  const note = (coordinate: string, decision: Decision, requires: readonly string[]): void => {
    if (!coordinates.has(coordinate)) coordinates.set(coordinate, { coordinate, decision, requires });
  };

  operation.walk(({ node, declared, staticType, possibleTypes, inputs }) => {
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
    if (deniedInputs.length > 0) {
      replaced.set(node, deniedField(node, deniedInputs));
      return false;
    }
    if (!isHandedOver(declared)) return true;
    const standIn = handedOverField(node);
    replaced.set(node, standIn);
    handedOver.set(standIn, node);
    return false;
  });

  const planned = [...coordinates.values()];
  return {
    coordinates: planned,
    denials: planned
      .filter(({ decision }) => decision === 'denied')
      .map(({ coordinate, requires }) => ({ coordinate, requires })),
    isAllowed: (coordinate) => allowed.has(coordinate),
    isDenied: (coordinate) => denied.has(coordinate),
    handedOver: (standIn) => handedOver.get(standIn),
    document: replaces || replaced.size > 0 ? replaceFields(schema, document, replaced, decideCached) : document,
    scopedDocument: replaced.size > 0 ? replaceFields(schema, document, replaced, null) : document,
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
 * Replaces each denied field by `deniedFieldName`, and each of `replaced` by what stands in for it, under the same response key. On an interface whose possible types
 * differ, the denial goes into a fragment of each denied type and the field into one of each other type.
 * @param decideOne null leaves fields alone and replaces only those of `replaced`.
 */
function replaceFields(
  schema: GraphQLSchema,
  document: DocumentNode,
  replaced: ReadonlyMap<FieldNode, FieldNode>,
  decideOne: Decide | null,
): DocumentNode {
  const typeInfo = new TypeInfo(schema);
  const replace = (selection: SelectionNode, parent: GraphQLCompositeType): readonly SelectionNode[] => {
    if (selection.kind !== Kind.FIELD || selection.name.value.startsWith('__')) return [selection];
    const standIn = replaced.get(selection);
    if (standIn) return [standIn];
    if (selection.name.value === deniedFieldName || selection.name.value === handedOverFieldName) return [selection];
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

function handedOverField({ alias, name, directives }: FieldNode): FieldNode {
  return {
    kind: Kind.FIELD,
    alias: alias ?? { kind: Kind.NAME, value: name.value },
    name: { kind: Kind.NAME, value: handedOverFieldName },
    directives,
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
