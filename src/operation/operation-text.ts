/**
 * One operation of a document by its text alone: what it reaches, which variables decide what, what it costs, and the plans that were made
 * of it. Made once for a text and kept with it.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  TypeInfo,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Plan } from '../authorization/plan.ts';
import type { InputIssue } from '../errors.ts';
import type { CompiledRead } from './compile/point-read.ts';
import { type VariableConditions, variableConditionsOf } from './emptied-conditions.ts';
import { compileOperationCost, type OperationCost } from './operation-cost.ts';
import { collectLiteral, collectUnstorableLiterals } from './storable-text.ts';

/** Names of the variables that decide what is selected, and of those that reach arguments; sorted. */
export interface VariableUses {
  readonly conditions: readonly string[];
  readonly inputs: readonly string[];
}

/** A plan with what was compiled of it. */
export interface KeptPlan {
  readonly plan: Plan;
  /** Null where nothing can be compiled; undefined until it was tried. */
  compiled?: CompiledRead | null;
}

/**
 * How many plans are kept for one operation. Bounded by operation, so that a client which sends ever new shapes of variables pushes out
 * nobody's plans but its own operation's; operations go with the bounded cache of their texts.
 */
const maxPlans = 64;

/** An operation of a document. Its members are read off the text when they are first asked for. */
export class OperationText {
  readonly schema: GraphQLSchema;
  readonly definition: OperationDefinitionNode;
  /** The fragments that the operation reaches, by name. */
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The operation and the fragments that it reaches, without the other operations. */
  readonly document: DocumentNode;
  readonly uses: VariableUses;
  /** Whether `__schema` or `__type` is asked for. */
  readonly introspects: boolean;
  /** Literals, defaults of variables among them, that cannot be stored. */
  readonly issues: readonly InputIssue[];
  /** By kind of viewer, permission set and shape of the variables. */
  readonly plans = new LRUCache<string, KeptPlan>({ max: maxPlans });
  #cost: OperationCost | undefined;
  #neverNull: ReadonlySet<string> | undefined;
  #variableConditions: readonly VariableConditions[] | undefined;

  /** @param document validated, or at least within the limits of shape. */
  constructor(schema: GraphQLSchema, document: DocumentNode, definition: OperationDefinitionNode) {
    this.schema = schema;
    this.definition = definition;
    const reached = reach(document, definition);
    this.fragments = reached.fragments;
    this.uses = reached.uses;
    this.introspects = reached.introspects;
    this.issues = reached.issues;
    this.document = { kind: Kind.DOCUMENT, definitions: [definition, ...reached.fragments.values()] };
  }

  /** The cost by coerced variables; compiled once. */
  get cost(): OperationCost {
    this.#cost ??= compileOperationCost(this);
    return this.#cost;
  }

  /**
   * Variables that reach a place where null may not be. Validation lets one that may be null through where it, or the place, has a default:
   * what is sent as null is found out at execution only, and there it would be nobody's error.
   */
  get neverNull(): ReadonlySet<string> {
    this.#neverNull ??= neverNullOf(this.schema, this.document);
    return this.#neverNull;
  }

  /** Conditions of which nothing is left where variables are left out. */
  get variableConditions(): readonly VariableConditions[] {
    this.#variableConditions ??= variableConditionsOf(this.schema, this.document);
    return this.#variableConditions;
  }

  /** A query of fields below this operation, with the variables that it declares. */
  queryOf(fields: readonly FieldNode[]): OperationText {
    const { variableDefinitions } = this.definition;
    return new OperationText(this.schema, this.document, {
      kind: Kind.OPERATION_DEFINITION,
      operation: OperationTypeNode.QUERY,
      ...(variableDefinitions ? { variableDefinitions } : {}),
      selectionSet: { kind: Kind.SELECTION_SET, selections: fields },
    });
  }
}

interface Reached {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly uses: VariableUses;
  readonly introspects: boolean;
  readonly issues: readonly InputIssue[];
}

/** Looks at each selection set that the operation reaches, each fragment once. */
function reach(document: DocumentNode, operation: OperationDefinitionNode): Reached {
  const declared = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) declared.set(definition.name.value, definition);
  const fragments = new Map<string, FragmentDefinitionNode>();
  const conditions = new Set<string>();
  const inputs = new Set<string>();
  const issues: InputIssue[] = [];
  let introspects = false;

  const inValue = (value: ValueNode, into: Set<string>): void => {
    if (value.kind === Kind.VARIABLE) into.add(value.name.value);
    else if (value.kind === Kind.LIST) for (const item of value.values) inValue(item, into);
    else if (value.kind === Kind.OBJECT) for (const item of value.fields) inValue(item.value, into);
  };
  const inSet = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      for (const directive of selection.directives ?? [])
        for (const argument of directive.arguments ?? []) inValue(argument.value, conditions);
      if (selection.kind === Kind.FIELD) {
        if (selection.name.value === '__schema' || selection.name.value === '__type') introspects = true;
        for (const argument of selection.arguments ?? []) inValue(argument.value, inputs);
        collectUnstorableLiterals(selection.arguments ?? [], issues);
      }
      if (selection.kind !== Kind.FRAGMENT_SPREAD) inSet(selection.selectionSet);
      else {
        const fragment = declared.get(selection.name.value);
        if (!fragment || fragments.has(fragment.name.value)) continue;
        fragments.set(fragment.name.value, fragment);
        inSet(fragment.selectionSet);
      }
    }
  };
  for (const { variable, defaultValue } of operation.variableDefinitions ?? [])
    if (defaultValue) collectLiteral(defaultValue, [variable.name.value], issues);
  inSet(operation.selectionSet);
  return { fragments, introspects, issues, uses: { conditions: [...conditions].sort(), inputs: [...inputs].sort() } };
}

function neverNullOf(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
  const found = new Set<string>();
  const types = new TypeInfo(schema);
  const visitor = visitWithTypeInfo(types, {
    VariableDefinition: () => false,
    Variable({ name }) {
      if (isNonNullType(types.getInputType())) found.add(name.value);
    },
  });
  visit(document, visitor);
  return found;
}
