/**
 * Walks a validated operation by coordinate: through fragments, interfaces (every possible type), aliases, `@skip` and
 * `@include`, arguments, input fields and ordering values. Linear in the document: a selection set is entered once for
 * each set of possible types, so that fragments which spread each other twice cost nothing extra.
 */
import {
  type ArgumentNode,
  type DirectiveNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { type FieldVisit, type InputUse, possibleTypesOf } from '../authorization/plan.ts';
import type { OperationText } from './operation-text.ts';
import type { Variables } from './variables.ts';

export type { FieldVisit, InputUse };

/**
 * Walks the fields of an operation that will run; fragments that are not spread are not met.
 * @param values variables with defaults, not coerced: the names of enum values and input fields are what counts.
 * @param visit called for each field; what it returns says whether to go on below it.
 */
export function walkOperation(text: OperationText, values: Variables, visit: (visit: FieldVisit) => boolean): void {
  const { schema, fragments, definition } = text;
  const root = schema.getRootType(definition.operation);
  if (!root) return;
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
      if (!isIncluded(selection.directives, values)) continue;
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
    const declared = staticType.getFields()[name];
    if (!declared) return;
    const inputs: Inputs = new Map();
    for (const argument of node.arguments ?? []) {
      const taken = declared.args.find((candidate) => candidate.name === argument.name.value);
      if (!taken || !isSupplied(argument, values)) continue;
      use(inputs, 'argument', `${staticType.name}.${name}(${taken.name}:)`);
      collectLiteral(argument.value, taken.type, values, inputs);
    }
    const goOn = visit({ node, declared, staticType, possibleTypes: types, inputs: [...inputs.values()] });
    const returned = getNamedType(declared.type);
    if (goOn && node.selectionSet && isCompositeType(returned))
      enter(node.selectionSet, returned, possibleTypesOf(schema, returned));
  };

  enter(definition.selectionSet, root, [root]);
}

type Inputs = Map<string, InputUse>;

function use(inputs: Inputs, kind: InputUse['kind'], coordinate: string): void {
  if (!inputs.has(coordinate)) inputs.set(coordinate, { coordinate, kind });
}

function isIncluded(directives: readonly DirectiveNode[] | undefined, variables: Variables): boolean {
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

function isSupplied(argument: ArgumentNode, variables: Variables): boolean {
  return argument.value.kind !== Kind.VARIABLE || variables[argument.value.name.value] !== undefined;
}

function collectLiteral(value: ValueNode, type: GraphQLInputType, variables: Variables, into: Inputs): void {
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
