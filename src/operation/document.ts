/**
 * From the text of a document to one that may run: tokens, shape and validation, in the order of what they cost. Nothing here depends on
 * the viewer or on variables. The only place that parses and validates what a client sent.
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
import { badRequest, createError, isCatalogued, shorten, withoutSuggestions } from '../errors.ts';
import { breachOf, type DocumentShape, measureDocument, type ShapeLimits } from './document-shape.ts';
import { OperationText } from './operation-text.ts';
import { maxNesting, nestsTooDeep } from './text-nesting.ts';
import { reservedVariable } from './variables.ts';

/** Bounds of a document's text and shape. */
export interface DocumentLimits extends ShapeLimits {
  readonly maxTokens: number;
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

/** A document that was read: either it may run, or `errors` says why not. */
export class PreparedDocument {
  /** Null when the text does not parse or has too many tokens. */
  readonly document: DocumentNode | null;
  /** Null when the document is null. */
  readonly shape: DocumentShape | null;
  /** Catalogued: GRAPHQL_PARSE_FAILED, OPERATION_TOO_LARGE, OPERATION_TOO_DEEP or GRAPHQL_VALIDATION_FAILED. */
  readonly errors: readonly GraphQLError[];
  readonly #schema: GraphQLSchema;
  readonly #operations = new Map<OperationDefinitionNode, OperationText>();

  constructor(
    schema: GraphQLSchema,
    document: DocumentNode | null,
    shape: DocumentShape | null,
    errors: readonly GraphQLError[],
  ) {
    this.#schema = schema;
    this.document = document;
    this.shape = shape;
    this.errors = errors;
  }

  /**
   * The operation that a request asks for.
   * @param name null where the request names none.
   * @throws the document's own error when it may not be walked; BAD_REQUEST (400) for a name that the document lacks, and for several
   * operations without a name.
   */
  operation(name: string | null = null): OperationText {
    // A limit comes before everything else that may be wrong: the document is not to be walked again.
    const [first] = this.errors;
    if (first && (!this.document || first.extensions.code !== 'GRAPHQL_VALIDATION_FAILED')) throw first;
    const definition = chooseOperation(this.document, name);
    let text = this.#operations.get(definition);
    if (!text) {
      text = new OperationText(this.#schema, this.document as DocumentNode, definition);
      this.#operations.set(definition, text);
    }
    return text;
  }
}

function chooseOperation(document: DocumentNode | null, name: string | null): OperationDefinitionNode {
  const all = (document?.definitions ?? []).filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  if (name === null || name === '') {
    if (all.length === 1 && all[0]) return all[0];
    throw badRequest(
      all.length === 0
        ? 'The document holds no operation.'
        : 'The document holds several operations: name one in operationName.',
    );
  }
  const named = all.find((definition) => definition.name?.value === name);
  if (!named) throw badRequest('The document holds no operation of that name.');
  return named;
}

/** Reads a document within the limits, without keeping anything. */
export function readDocument(schema: GraphQLSchema, text: string, limits: DocumentLimits): PreparedDocument {
  const document = parseDocument(text, limits.maxTokens);
  if (document instanceof GraphQLError) return new PreparedDocument(schema, null, null, [document]);
  const shape = measureDocument(document);
  const breach = breachOf(shape, limits);
  if (breach) return new PreparedDocument(schema, document, shape, [breach]);
  const reserved = reservedVariable(document);
  const faults = reserved
    ? [reserved]
    : validate(schema, document, specifiedRules, { maxErrors: maxValidationErrors, hideSuggestions: true });
  return new PreparedDocument(schema, document, shape, faults.map(validationFailed));
}

/**
 * Parses a text of operations and fragments.
 * @returns OPERATION_TOO_LARGE, OPERATION_TOO_DEEP or GRAPHQL_PARSE_FAILED where it is none.
 */
export function parseDocument(text: string, maxTokens: number): DocumentNode | GraphQLError {
  // Comments are no tokens to the parser, but each is one to the lexer.
  if (text.length > maxPositionedLength && countUpTo(text, '#', maxTokens) > maxTokens)
    return createError('OPERATION_TOO_LARGE', `The document has more than ${maxTokens} comments.`);
  if (countUpTo(text, '\n', maxLines) + countUpTo(text, '\r', maxLines) > maxLines)
    return createError('OPERATION_TOO_LARGE', `The document has more than ${maxLines} lines.`);
  if (nestsTooDeep(text))
    return createError('OPERATION_TOO_DEEP', `The brackets of the document nest deeper than ${maxNesting} levels.`);
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
