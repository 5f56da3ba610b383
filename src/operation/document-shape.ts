/**
 * Measures a parsed document before anything walks it more than once: depth, aliases, root fields, directives, spreads.
 * Each definition is visited once and each fragment's depth is kept, so that a bomb of fragments which spread each other
 * stays linear. Cycles are left to validation, which names them.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { createError } from '../errors.ts';

/** Upper bounds of a document; each may be met but not passed. */
export interface ShapeLimits {
  readonly maxDepth: number;
  /** Also the bound of how often one field may repeat itself under the same key: pairs of those are compared. */
  readonly maxAliases: number;
  readonly maxRootFields: number;
  readonly maxDirectives: number;
  readonly maxFragmentSpreads: number;
  readonly maxOperationNameLength: number;
}

/** What was measured. */
export interface DocumentShape {
  /** Levels of fields of the deepest operation; introspection is not counted. */
  readonly depth: number;
  readonly aliases: number;
  /** Fields that stand under a key which their selection set already holds; inline fragments belong to the set around. */
  readonly repeatedFields: number;
  readonly rootFields: number;
  readonly directives: number;
  readonly fragmentSpreads: number;
  readonly longestName: number;
}

/** Measures a document; linear in its size. */
export function measureDocument(document: DocumentNode): DocumentShape {
  const fragments = new Map<string, FragmentDefinitionNode>();
  let aliases = 0;
  let repeatedFields = 0;
  let directives = 0;
  let fragmentSpreads = 0;
  let longestName = 0;

  const count = (set: SelectionSetNode, keys: Set<string>): void => {
    for (const selection of set.selections) {
      directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FRAGMENT_SPREAD) fragmentSpreads += 1;
      else if (selection.kind === Kind.INLINE_FRAGMENT) count(selection.selectionSet, keys);
      else {
        const name = selection.name.value;
        const key = selection.alias?.value ?? name;
        if (selection.alias) aliases += 1;
        if (keys.has(key)) repeatedFields += 1;
        keys.add(key);
        if (selection.selectionSet) count(selection.selectionSet, new Set());
      }
    }
  };

  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind !== Kind.FRAGMENT_DEFINITION && definition.kind !== Kind.OPERATION_DEFINITION) continue;
    longestName = Math.max(longestName, definition.name?.value.length ?? 0);
    directives += definition.directives?.length ?? 0;
    if (definition.kind === Kind.OPERATION_DEFINITION)
      for (const variable of definition.variableDefinitions ?? []) directives += variable.directives?.length ?? 0;
    count(definition.selectionSet, new Set());
  }

  const { depthOf, rootFieldsOf } = measurersOf(fragments);
  let depth = 0;
  let rootFields = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    depth = Math.max(depth, depthOf(definition.selectionSet));
    rootFields = Math.max(rootFields, rootFieldsOf(definition.selectionSet));
  }
  return { depth, aliases, repeatedFields, rootFields, directives, fragmentSpreads, longestName };
}

/** Two measures that look through fragments, each fragment once. */
function measurersOf(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  const through = (measure: (set: SelectionSetNode) => number) => {
    const known = new Map<string, number>();
    return (name: string): number => {
      const earlier = known.get(name);
      if (earlier !== undefined) return earlier;
      const fragment = fragments.get(name);
      // What a cycle adds is nothing: validation refuses it.
      known.set(name, 0);
      const result = fragment ? measure(fragment.selectionSet) : 0;
      known.set(name, result);
      return result;
    };
  };
  const depthOf = (set: SelectionSetNode): number => {
    let deepest = 0;
    for (const selection of set.selections) {
      let depth = 0;
      if (selection.kind === Kind.FRAGMENT_SPREAD) depth = fragmentDepth(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) depth = depthOf(selection.selectionSet);
      else if (!selection.name.value.startsWith('__'))
        depth = 1 + (selection.selectionSet ? depthOf(selection.selectionSet) : 0);
      deepest = Math.max(deepest, depth);
    }
    return deepest;
  };
  const rootFieldsOf = (set: SelectionSetNode): number => {
    let total = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) total += fragmentRootFields(selection.name.value);
      else total += selection.kind === Kind.INLINE_FRAGMENT ? rootFieldsOf(selection.selectionSet) : 1;
    }
    return total;
  };
  const fragmentDepth = through(depthOf);
  const fragmentRootFields = through(rootFieldsOf);
  return { depthOf, rootFieldsOf };
}

const tooLarge = (message: string): GraphQLError => createError('OPERATION_TOO_LARGE', message);

/**
 * Compares a shape with the limits.
 * @returns the first breach as OPERATION_TOO_DEEP or OPERATION_TOO_LARGE, or null.
 */
export function breachOf(shape: DocumentShape, limits: ShapeLimits): GraphQLError | null {
  if (shape.depth > limits.maxDepth)
    return createError(
      'OPERATION_TOO_DEEP',
      `The operation is ${shape.depth} levels deep; ${limits.maxDepth} are allowed.`,
    );
  const bounds: readonly (readonly [number, number, string])[] = [
    [shape.aliases, limits.maxAliases, 'aliases'],
    [shape.repeatedFields, limits.maxAliases, 'repeated fields'],
    [shape.rootFields, limits.maxRootFields, 'root fields'],
    [shape.directives, limits.maxDirectives, 'directives'],
    [shape.fragmentSpreads, limits.maxFragmentSpreads, 'fragment spreads'],
  ];
  for (const [found, allowed, what] of bounds)
    if (found > allowed) return tooLarge(`The document has ${found} ${what}; ${allowed} are allowed.`);
  if (shape.longestName > limits.maxOperationNameLength)
    return tooLarge(`A name in the document is longer than ${limits.maxOperationNameLength} characters.`);
  return null;
}
