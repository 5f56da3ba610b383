/**
 * Walks a validated operation by coordinate: through fragments, interfaces (every possible type), aliases, `@skip` and
 * `@include`, arguments, input fields and ordering values. Linear in the document: a selection set is entered once for
 * each set of possible types, so that fragments which spread each other twice cost nothing extra.
 */
import {
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';

/** Variables as the client sent them, not yet coerced. */
export type RawVariables = Readonly<Record<string, unknown>>;

/** One field node met under its static type, with the concrete types that it may run on. */
export interface FieldVisit {
  readonly node: FieldNode;
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

/** What a walk is about. */
export interface WalkOptions {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: RawVariables;
  /** Called for each field; what it returns says whether to go on below it. */
  readonly visit: (visit: FieldVisit) => boolean;
}

/** The operation of a document. @returns undefined when the name fits none, or several stand without a name. */
export function operationOf(
  document: DocumentNode,
  operationName?: string | null,
): OperationDefinitionNode | undefined {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operationName) return operations.find((operation) => operation.name?.value === operationName);
  return operations.length === 1 ? operations[0] : undefined;
}

/** The concrete types of a composite type. */
export function possibleTypesOf(schema: GraphQLSchema, type: GraphQLCompositeType): readonly GraphQLObjectType[] {
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
}

/** Walks the operation; fragments that are not spread are not met. */
export function walkOperation(options: WalkOptions): void {
  const { schema, document, operation, visit } = options;
  const variables = withDefaults(operation, options.variables);
  const root = schema.getRootType(operation.operation);
  if (!root) return;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const entered = new Map<SelectionSetNode, Set<string>>();

  const enter = (
    set: SelectionSetNode,
    staticType: GraphQLCompositeType,
    types: readonly GraphQLObjectType[],
  ): void => {
    if (types.length === 0) return;
    const key = types.length === 1 ? types[0]!.name : types.map(({ name }) => name).join(' ');
    const keys = entered.get(set);
    if (keys?.has(key)) return;
    if (keys) keys.add(key);
    else entered.set(set, new Set([key]));
    for (const selection of set.selections) {
      if (!isIncluded(selection.directives, variables)) continue;
      if (selection.kind === Kind.FIELD) field(selection, staticType, types);
      else {
        const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
        if (!fragment) continue;
        const condition = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : staticType;
        if (!condition || !isCompositeType(condition)) continue;
        const allowed = possibleTypesOf(schema, condition);
        enter(
          fragment.selectionSet,
          condition,
          types.filter((type) => allowed.includes(type)),
        );
      }
    }
  };

  const field = (node: FieldNode, staticType: GraphQLCompositeType, types: readonly GraphQLObjectType[]): void => {
    const name = node.name.value;
    if (name.startsWith('__') || !('getFields' in staticType)) return;
    const definition = staticType.getFields()[name];
    if (!definition) return;
    const inputs: Inputs = new Map();
    for (const argument of node.arguments ?? []) {
      const declared = definition.args.find((candidate) => candidate.name === argument.name.value);
      if (!declared || !isSupplied(argument, variables)) continue;
      use(inputs, 'argument', `${staticType.name}.${name}(${declared.name}:)`);
      collectLiteral(argument.value, declared.type, variables, inputs);
    }
    if (!visit({ node, staticType, possibleTypes: types, inputs: [...inputs.values()] })) return;
    const returned = getNamedType(definition.type);
    if (node.selectionSet && isCompositeType(returned))
      enter(node.selectionSet, returned, isObjectType(returned) ? [returned] : possibleTypesOf(schema, returned));
  };

  enter(operation.selectionSet, root, [root]);
}

/** Names of the variables that decide what is selected, and of those that reach arguments. */
export function variableUses(document: DocumentNode): { conditions: readonly string[]; inputs: readonly string[] } {
  const conditions = new Set<string>();
  const inputs = new Set<string>();
  const inValue = (value: ValueNode, into: Set<string>): void => {
    if (value.kind === Kind.VARIABLE) into.add(value.name.value);
    else if (value.kind === Kind.LIST) for (const item of value.values) inValue(item, into);
    else if (value.kind === Kind.OBJECT) for (const item of value.fields) inValue(item.value, into);
  };
  const inDirectives = (directives: readonly DirectiveNode[] | undefined): void => {
    for (const directive of directives ?? [])
      for (const argument of directive.arguments ?? []) inValue(argument.value, conditions);
  };
  const inSet = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      inDirectives(selection.directives);
      if (selection.kind === Kind.FIELD)
        for (const argument of selection.arguments ?? []) inValue(argument.value, inputs);
      if (selection.kind !== Kind.FRAGMENT_SPREAD) inSet(selection.selectionSet);
    }
  };
  for (const definition of document.definitions) if ('selectionSet' in definition) inSet(definition.selectionSet);
  return { conditions: [...conditions].sort(), inputs: [...inputs].sort() };
}

type Inputs = Map<string, InputUse>;

function use(inputs: Inputs, kind: InputUse['kind'], coordinate: string): void {
  if (!inputs.has(coordinate)) inputs.set(coordinate, { coordinate, kind });
}

function withDefaults(operation: OperationDefinitionNode, variables: RawVariables): RawVariables {
  const values: Record<string, unknown> = { ...variables };
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    if (values[name] === undefined && definition.defaultValue)
      values[name] = valueFromASTUntyped(definition.defaultValue);
  }
  return values;
}

function isIncluded(directives: readonly DirectiveNode[] | undefined, variables: RawVariables): boolean {
  for (const directive of directives ?? []) {
    const name = directive.name.value;
    if (name !== 'skip' && name !== 'include') continue;
    const value = directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
    const condition =
      value?.kind === Kind.VARIABLE
        ? variables[value.name.value]
        : value?.kind === Kind.BOOLEAN
          ? value.value
          : undefined;
    if (name === 'skip' ? condition === true : condition === false) return false;
  }
  return true;
}

function isSupplied(argument: ArgumentNode, variables: RawVariables): boolean {
  return argument.value.kind !== Kind.VARIABLE || variables[argument.value.name.value] !== undefined;
}

function collectLiteral(value: ValueNode, type: GraphQLInputType, variables: RawVariables, into: Inputs): void {
  if (value.kind === Kind.VARIABLE) {
    collectRaw(variables[value.name.value], type, into);
    return;
  }
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    for (const item of value.kind === Kind.LIST ? value.values : [value])
      collectLiteral(item, nullable.ofType, variables, into);
  } else if (isEnumType(nullable)) {
    if (value.kind === Kind.ENUM) use(into, 'enumValue', `${nullable.name}.${value.value}`);
  } else if (isInputObjectType(nullable) && value.kind === Kind.OBJECT) {
    const declared = nullable.getFields();
    for (const item of value.fields) {
      const definition = declared[item.name.value];
      if (!definition) continue;
      if (item.value.kind === Kind.VARIABLE && variables[item.value.name.value] === undefined) continue;
      use(into, 'inputField', `${nullable.name}.${definition.name}`);
      collectLiteral(item.value, definition.type, variables, into);
    }
  }
}

function collectRaw(value: unknown, type: GraphQLInputType, into: Inputs): void {
  if (value === undefined || value === null) return;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    for (const item of Array.isArray(value) ? value : [value]) collectRaw(item, nullable.ofType, into);
  } else if (isEnumType(nullable)) {
    if (typeof value === 'string') use(into, 'enumValue', `${nullable.name}.${value}`);
  } else if (isInputObjectType(nullable) && typeof value === 'object') {
    const declared = nullable.getFields();
    for (const [name, item] of Object.entries(value)) {
      const definition = declared[name];
      if (!definition || item === undefined) continue;
      use(into, 'inputField', `${nullable.name}.${name}`);
      collectRaw(item, definition.type, into);
    }
  }
}
