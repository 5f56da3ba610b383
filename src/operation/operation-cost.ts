/**
 * Estimates what an operation could bring back: one point for each object, lists multiplied. A document is compiled once;
 * each evaluation takes coerced variables and visits each fragment once, so that a bomb of fragments stays linear.
 * @see https://ibm.github.io/graphql-specs/cost-spec.html
 */
import {
  type ArgumentNode,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { defaultPageSize, maxPageSize, pricedTextOf } from './cost-directives.ts';
import type { Variables } from './variables.ts';

/** The compiled cost of one operation. @returns whole points, at least 1. */
export type OperationCost = (variables: Variables) => number;

/** What is priced: an operation of a validated document, and the fragments that it reaches. */
export interface PricedText {
  readonly schema: GraphQLSchema;
  readonly definition: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/** One evaluation: variables, and the unit cost of each fragment met so far. */
interface Evaluation {
  readonly variables: Variables;
  readonly fragments: Map<string, number>;
}

type Term = (evaluation: Evaluation) => number;

interface ListSize {
  readonly assumedSize?: number;
  readonly slicingArguments?: readonly string[];
  readonly sizedFields?: readonly string[];
}

/** Objects of introspection are in memory and cheap: this share of a point each. */
const introspectionWeight = 0.005;

/** How long the lists of introspection are, about; `__Schema.types` is counted. */
const introspectionSizes: Readonly<Record<string, number>> = {
  '__Schema.directives': 10,
  '__Type.fields': 10,
  '__Type.inputFields': 6,
  '__Type.enumValues': 4,
  '__Type.interfaces': 1,
  '__Type.possibleTypes': 2,
  '__Field.args': 3,
  '__Directive.args': 3,
};

/**
 * Compiles the cost of an operation.
 * @param text of a validated document; its schema is annotated with `@cost` and `@listSize`.
 */
export function compileOperationCost({ schema, fragments, definition: operation }: PricedText): OperationCost {
  const compiled = new Map<string, Term>();
  /** A number for each connection: fragments are compiled once for each that they stand below. */
  const connections = new Map<FieldNode, string>();
  const keyOf = (node: FieldNode): string => {
    const key = connections.get(node) ?? String(connections.size);
    connections.set(node, key);
    return key;
  };

  const fragmentTerm = (name: string, sizes: Sizes): Term => {
    // A fragment below a connection costs differently for each size that it is spread under.
    const key = sizes ? `${name} ${sizes.key}` : name;
    let term = compiled.get(key);
    if (!term) {
      const definition = fragments.get(name);
      if (!definition) return () => 0;
      // Met again while it is compiled only in a cycle, which validation refuses.
      compiled.set(key, () => 0);
      const body = setTerm(definition.selectionSet, definition.typeCondition.name.value, sizes);
      term = (evaluation) => {
        const at = sizes ? `${key} ${sizes.size(evaluation)}` : key;
        const known = evaluation.fragments.get(at);
        if (known !== undefined) return known;
        const cost = body(evaluation);
        evaluation.fragments.set(at, cost);
        return cost;
      };
      compiled.set(key, term);
    }
    return term;
  };

  const setTerm = (set: SelectionSetNode, typeName: string, sizes: Sizes): Term => {
    const terms: Term[] = [];
    for (const selection of set.selections) {
      let term: Term;
      if (selection.kind === Kind.FRAGMENT_SPREAD) term = spreadTerm(selection.name.value, sizes);
      else if (selection.kind === Kind.INLINE_FRAGMENT)
        term = setTerm(selection.selectionSet, selection.typeCondition?.name.value ?? typeName, sizes);
      else {
        const field = fieldTerm(selection, typeName, sizes);
        if (!field) continue;
        term = field;
      }
      terms.push(conditional(selection.directives, term));
    }
    return (evaluation) => {
      let total = 0;
      for (const term of terms) total += term(evaluation);
      return total;
    };
  };

  /** Compiled when it is first evaluated, so that chains of fragments are compiled once each. */
  const spreadTerm = (name: string, sizes: Sizes): Term => {
    let term: Term | undefined;
    return (evaluation) => {
      term ??= fragmentTerm(name, sizes);
      return term(evaluation);
    };
  };

  const fieldTerm = (node: FieldNode, typeName: string, sizes: Sizes): Term | null => {
    const definition = definitionOf(schema, typeName, node.name.value);
    if (!definition) return null;
    const type = getNamedType(definition.type);
    const introspects = type.name.startsWith('__');
    const coordinate = `${typeName}.${node.name.value}`;
    const weight = introspects ? introspectionWeight : weightOf(definition, isCompositeType(type) ? 1 : 0);
    const listSize = directiveOf<ListSize>(definition, 'listSize');
    const size = sizeTerm(node, definition, listSize);
    const below: Sizes =
      listSize?.sizedFields && size ? { names: new Set(listSize.sizedFields), size, key: keyOf(node) } : null;
    const isList = isListType(getNullableType(definition.type));
    const own: Term | null = !isList
      ? null
      : sizes?.names.has(node.name.value)
        ? sizes.size
        : introspects
          ? () => introspectionSizes[coordinate] ?? Object.keys(schema.getTypeMap()).length
          : (size ?? (() => defaultPageSize));
    if (weight === 0 && !node.selectionSet) return null;
    const children =
      node.selectionSet && isCompositeType(type) ? setTerm(node.selectionSet, type.name, below) : () => 0;
    const text = textTerm(node, definition);
    if (text) return (evaluation) => weight + text(evaluation) + children(evaluation);
    return own
      ? (evaluation) => {
          const count = own(evaluation);
          return count === 0 ? 0 : count * (weight + children(evaluation));
        }
      : (evaluation) => weight + children(evaluation);
  };

  const root = schema.getRootType(operation.operation);
  const total = root ? setTerm(operation.selectionSet, root.name, null) : () => 0;
  return (variables) => {
    const points = total({ variables, fragments: new Map() });
    return Math.max(1, Math.ceil(Math.min(points, Number.MAX_SAFE_INTEGER)));
  };
}

/** The size that a connection hands down to its lists. */
type Sizes = { readonly names: ReadonlySet<string>; readonly size: Term; readonly key: string } | null;

function definitionOf(schema: GraphQLSchema, typeName: string, fieldName: string) {
  if (fieldName === '__schema' || fieldName === '__type') {
    const name = fieldName === '__schema' ? '__Schema' : '__Type';
    const type = schema.getType(name);
    return isObjectType(type) ? { type, args: [], extensions: {} } : undefined;
  }
  const type = schema.getType(typeName);
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[fieldName] : undefined;
}

type Definition = Pick<GraphQLField<unknown, unknown>, 'type' | 'args' | 'extensions'>;

function directiveOf<Args>({ extensions }: Pick<Definition, 'extensions'>, name: string): Args | undefined {
  const directives = extensions.directives;
  if (!Array.isArray(directives)) return undefined;
  const found = directives.find((directive: { readonly name: string }) => directive.name === name) as
    | { readonly args: Args }
    | undefined;
  return found?.args;
}

function weightOf(definition: Definition, byDefault: number): number {
  const cost =
    directiveOf<{ weight: string }>(definition, 'cost') ??
    directiveOf<{ weight: string }>(getNamedType(definition.type), 'cost');
  return cost ? Number(cost.weight) : byDefault;
}

function sizeTerm(node: FieldNode, definition: Definition, listSize: ListSize | undefined): Term | null {
  if (!listSize) return null;
  const assumed = listSize.assumedSize ?? defaultPageSize;
  const slicing = (listSize.slicingArguments ?? []).map((name) => {
    const given = node.arguments?.find((argument) => argument.name.value === name);
    const declared = definition.args.find((argument) => argument.name === name);
    return argumentTerm(given, declared?.defaultValue);
  });
  return (evaluation) => {
    let size: number | undefined;
    for (const argument of slicing) {
      const value = argument(evaluation);
      if (value !== null) size = Math.max(size ?? 0, value);
    }
    // Resolvers refuse pages above the largest, so nothing above it can come back.
    return Math.min(Math.max(size ?? assumed, 0), slicing.length > 0 ? maxPageSize : Number.MAX_SAFE_INTEGER);
  };
}

/** What a text of the caller's costs, by its length; null for fields that take none. */
function textTerm(node: FieldNode, definition: Definition): Term | null {
  const priced = pricedTextOf(definition);
  const value = priced && node.arguments?.find(({ name }) => name.value === priced.argument)?.value;
  if (!value) return null;
  const pointsOf = (text: unknown): number =>
    typeof text === 'string' ? Math.ceil(text.length / priced.charactersPerPoint) : 0;
  if (value.kind === Kind.VARIABLE) return ({ variables }) => pointsOf(variables[value.name.value]);
  const points = value.kind === Kind.STRING ? pointsOf(value.value) : 0;
  return () => points;
}

/** The number that an argument says: itself, or how long its list is; null where it says nothing. */
function argumentTerm(
  argument: ArgumentNode | undefined,
  byDefault: unknown,
): (evaluation: Evaluation) => number | null {
  if (!argument) {
    const value = numberOf(byDefault);
    return () => value;
  }
  const node: ValueNode = argument.value;
  if (node.kind === Kind.VARIABLE) {
    const name = node.name.value;
    return ({ variables }) => numberOf(Object.hasOwn(variables, name) ? variables[name] : byDefault);
  }
  const value = node.kind === Kind.INT ? Number(node.value) : node.kind === Kind.LIST ? node.values.length : null;
  return () => value;
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return Array.isArray(value) ? value.length : null;
}

function conditional(directives: readonly DirectiveNode[] | undefined, term: Term): Term {
  if (!directives || directives.length === 0) return term;
  const conditions = directives.flatMap((directive) => {
    const name = directive.name.value;
    if (name !== 'skip' && name !== 'include') return [];
    const value = directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
    return value ? [{ expected: name === 'include', value }] : [];
  });
  if (conditions.length === 0) return term;
  return (evaluation) => {
    for (const { expected, value } of conditions) {
      const actual =
        value.kind === Kind.BOOLEAN
          ? value.value
          : value.kind === Kind.VARIABLE
            ? evaluation.variables[value.name.value]
            : expected;
      if (actual !== expected) return 0;
    }
    return term(evaluation);
  };
}

/** Counts the objects of an answer's data: what the operation did cost. */
export function countObjects(data: unknown): number {
  if (typeof data !== 'object' || data === null) return 0;
  if (Array.isArray(data)) {
    let total = 0;
    for (const item of data) total += countObjects(item);
    return total;
  }
  let total = 1;
  for (const value of Object.values(data))
    if (typeof value === 'object' && value !== null) total += countObjects(value);
  return total;
}
