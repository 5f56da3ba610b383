/**
 * The contract with those who call by id: says which registered operations a schema no longer serves, and whose they are.
 * Beside what validation finds, it compares with an earlier schema what validation cannot see: a field that now is of
 * another type, or an input object that now demands more.
 */
import {
  findBreakingChanges,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInputType,
  typeFromAST,
} from 'graphql';
import { type DocumentLimits, type PreparedDocument, readDocument } from '../operation/document.ts';
import type { OperationText } from '../operation/operation-text.ts';
import { everyVariable } from '../operation/variables.ts';
import { walkOperation } from '../operation/walk.ts';

/** What a registration was measured against is not this command's question: limits are the deployment's to change. */
const unlimited: DocumentLimits = {
  maxTokens: 100_000,
  maxDepth: Number.POSITIVE_INFINITY,
  maxAliases: Number.POSITIVE_INFINITY,
  maxRootFields: Number.POSITIVE_INFINITY,
  maxDirectives: Number.POSITIVE_INFINITY,
  maxFragmentSpreads: Number.POSITIVE_INFINITY,
  maxOperationNameLength: Number.POSITIVE_INFINITY,
};

/** An operation that somebody relies on. */
export interface RegisteredText {
  readonly name: string;
  readonly client: string;
  /** The organization's slug; null for the whole deployment. */
  readonly organization: string | null;
  readonly sha256: string;
  readonly body: string;
}

/** An operation that a schema breaks. */
export interface BrokenOperation extends RegisteredText {
  readonly reasons: readonly string[];
}

/**
 * Checks operations against a schema.
 * @param earlier the schema that the operations were written against; null compares nothing with it.
 * @returns those that break, in the order given.
 */
export function findBrokenOperations(
  operations: readonly RegisteredText[],
  schema: GraphQLSchema,
  earlier: GraphQLSchema | null,
): readonly BrokenOperation[] {
  const changes = earlier ? breakingCoordinates(earlier, schema) : new Map<string, string>();
  return operations.flatMap((operation) => {
    const reasons = reasonsOf(operation.body, schema, earlier, changes);
    return reasons.length > 0 ? [{ ...operation, reasons }] : [];
  });
}

function reasonsOf(
  body: string,
  schema: GraphQLSchema,
  earlier: GraphQLSchema | null,
  changes: ReadonlyMap<string, string>,
): readonly string[] {
  const now = readDocument(schema, body, unlimited);
  if (now.errors.length > 0) return now.errors.map(({ message }) => message);
  if (!earlier) return [];
  const reasons = new Set<string>();
  for (const coordinate of coordinatesOf(readDocument(earlier, body, unlimited), earlier)) {
    const change = changes.get(coordinate);
    if (change) reasons.add(change);
  }
  return [...reasons];
}

/** `Type.field` to what changed about it that breaks whoever uses it. */
function breakingCoordinates(earlier: GraphQLSchema, schema: GraphQLSchema): ReadonlyMap<string, string> {
  const changes = new Map<string, string>();
  for (const { type, description } of findBreakingChanges(earlier, schema)) {
    // "Project.name changed type from String to Int.", "A required field code on input type Filter was added."
    const changed = /^(\w+\.\w+) changed type/.exec(description)?.[1];
    const demanded = /^A required field \w+ on input type (\w+) was added/.exec(description)?.[1];
    if (type === 'FIELD_CHANGED_KIND' && changed) changes.set(changed, description);
    else if (type === 'REQUIRED_INPUT_FIELD_ADDED' && demanded) changes.set(demanded, description);
  }
  return changes;
}

/** The fields that an operation selects, and the input objects that its variables may hold. */
function coordinatesOf(document: PreparedDocument, schema: GraphQLSchema): ReadonlySet<string> {
  const coordinates = new Set<string>();
  let text: OperationText;
  try {
    text = document.operation();
  } catch {
    // It was not valid before either: there is nothing to compare with.
    return coordinates;
  }
  for (const { type } of text.definition.variableDefinitions ?? []) {
    const declared = typeFromAST(schema, type);
    if (isInputType(declared)) addInputs(getNamedType(declared), coordinates);
  }
  walkOperation(text, everyVariable(text.definition), ({ node, staticType, possibleTypes }) => {
    coordinates.add(`${staticType.name}.${node.name.value}`);
    for (const type of possibleTypes) coordinates.add(`${type.name}.${node.name.value}`);
    return true;
  });
  return coordinates;
}

function addInputs(type: unknown, into: Set<string>): void {
  if (!isInputObjectType(type) || into.has(type.name)) return;
  into.add(type.name);
  for (const field of Object.values(type.getFields())) {
    into.add(`${type.name}.${field.name}`);
    addInputs(getNamedType(field.type), into);
  }
}
