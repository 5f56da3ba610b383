/**
 * From the text of a document to one that may run: tokens, shape, validation, and the compiled cost, in the order of what
 * they cost. Nothing here depends on the viewer or on variables, so the outcome is kept by text.
 */
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { createError, isCatalogued } from '../errors.ts';
import { breachOf, type DocumentShape, measureDocument, type ShapeLimits } from './document-shape.ts';
import { compileOperationCost, type OperationCost } from './operation-cost.ts';

/** Bounds of a document's text and shape. */
export interface DocumentLimits extends ShapeLimits {
  readonly maxTokens: number;
}

/** A document that was looked at: either it may run, or `errors` says why not. */
export interface PreparedDocument {
  /** Null when the text does not parse or has too many tokens. */
  readonly document: DocumentNode | null;
  /** Null when the document is null. */
  readonly shape: DocumentShape | null;
  /** Catalogued: GRAPHQL_PARSE_FAILED, OPERATION_TOO_LARGE, OPERATION_TOO_DEEP or GRAPHQL_VALIDATION_FAILED. */
  readonly errors: readonly GraphQLError[];
  /** The cost of one of the document's operations, compiled when first asked for. */
  costOf(operation: OperationDefinitionNode): OperationCost;
}

/** Prepares documents, and keeps what came of it. */
export interface DocumentPreparer {
  prepare(text: string): PreparedDocument;
}

/** Line breaks cost more than other whitespace: positions and block strings are counted by lines. */
const maxLines = 20_000;

/** Errors of validation that are reported; finding more is work for an attacker's sake. */
const maxValidationErrors = 10;

/**
 * Longer texts, and ones of more lines, are parsed without positions: each reported position counts the lines before it,
 * and the chain of tokens, comments included, would stay in memory.
 */
const maxPositionedLength = 65_536;
const maxPositionedLines = 2_000;

/** Characters of all texts that are kept, and of the longest one that is. */
const cacheCharacters = 16 * 1024 * 1024;
const maxCachedLength = 131_072;
/** What an entry weighs beside its text: the parsed document. */
const entryWeight = 4_096;

/** How long a message may be that quotes the client's own text. */
const maxMessageLength = 300;

/** Makes a preparer over the public schema. */
export function createDocumentPreparer(schema: GraphQLSchema, limits: DocumentLimits): DocumentPreparer {
  const known = new LRUCache<string, PreparedDocument>({
    maxSize: cacheCharacters,
    maxEntrySize: maxCachedLength + entryWeight,
    sizeCalculation: (_prepared, text) => text.length + entryWeight,
  });
  return {
    prepare(text) {
      let prepared = known.get(text);
      if (!prepared) {
        prepared = prepareDocument(schema, text, limits);
        known.set(text, prepared);
      }
      return prepared;
    },
  };
}

/** Looks at a document without keeping anything. */
export function prepareDocument(schema: GraphQLSchema, text: string, limits: DocumentLimits): PreparedDocument {
  const document = parseWithin(text, limits.maxTokens);
  if (document instanceof GraphQLError) return refused(null, null, [document]);
  const shape = measureDocument(document);
  const breach = breachOf(shape, limits);
  if (breach) return refused(document, shape, [breach]);
  const errors = validate(schema, document, specifiedRules, { maxErrors: maxValidationErrors, hideSuggestions: true });
  if (errors.length > 0) return refused(document, shape, errors.map(validationFailed));
  const costs = new Map<OperationDefinitionNode, OperationCost>();
  return {
    document,
    shape,
    errors,
    costOf(operation) {
      let cost = costs.get(operation);
      if (!cost) {
        cost = compileOperationCost(schema, document, operation);
        costs.set(operation, cost);
      }
      return cost;
    },
  };
}

function refused(
  document: DocumentNode | null,
  shape: DocumentShape | null,
  errors: readonly GraphQLError[],
): PreparedDocument {
  return {
    document,
    shape,
    errors,
    costOf() {
      throw new Error('A refused document has no cost.');
    },
  };
}

function parseWithin(text: string, maxTokens: number): DocumentNode | GraphQLError {
  // Comments are no tokens to the parser, but each is one to the lexer.
  if (text.length > maxPositionedLength && countUpTo(text, '#', maxTokens) > maxTokens)
    return createError('OPERATION_TOO_LARGE', `The document has more than ${maxTokens} comments.`);
  if (countUpTo(text, '\n', maxLines) + countUpTo(text, '\r', maxLines) > maxLines)
    return createError('OPERATION_TOO_LARGE', `The document has more than ${maxLines} lines.`);
  const noLocation =
    text.length > maxPositionedLength || countUpTo(text, '\n', maxPositionedLines) > maxPositionedLines;
  try {
    const document = parse(text, { maxTokens, noLocation });
    return document.definitions.some(
      ({ kind }) => kind === Kind.OPERATION_DEFINITION || kind === Kind.FRAGMENT_DEFINITION,
    )
      ? document
      : createError('GRAPHQL_PARSE_FAILED', 'Syntax Error: The document holds no operation.');
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    if (error.message.includes('Parsing aborted'))
      return createError('OPERATION_TOO_LARGE', `The document has more than ${maxTokens} tokens.`);
    const { message, source, positions } = error;
    return new GraphQLError(shorten(message), {
      source: noLocation ? undefined : source,
      positions: noLocation ? undefined : positions,
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
  }
}

/** Counts a character, and stops once there are more than `bound`. */
function countUpTo(text: string, character: string, bound: number): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1 && count <= bound; at = text.indexOf(character, at + 1)) count += 1;
  return count;
}

function validationFailed(error: GraphQLError): GraphQLError {
  if (isCatalogued(error)) return error;
  return new GraphQLError(shorten(withoutSuggestions(error.message)), {
    nodes: error.nodes?.slice(0, 5),
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
}

/** Removes graphql-js's hints at names that the client did not know: they would list a schema that it may not read. */
export function withoutSuggestions(message: string): string {
  return message.replace(/ ?Did you mean [^?]*\?/g, '');
}

/** Cuts what quotes the client's own text back at it. */
export function shorten(message: string): string {
  return message.length <= maxMessageLength ? message : `${message.slice(0, maxMessageLength)}…`;
}
