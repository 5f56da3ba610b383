/**
 * The reading of an operation: made once for a request, and read by limits, cost, plan, executor, compiled reads, deprecations,
 * explanations and registrations. Nobody else parses, validates, coerces, walks a document, or looks a variable up.
 */
import type { DocumentNode, FieldNode, GraphQLError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { OperationToPlan, Planner } from '../authorization/plan.ts';
import type { Viewer } from '../authorization/viewer.ts';
import { createError } from '../errors.ts';
import { pricedTextOf } from './cost-directives.ts';
import { type DocumentLimits, type PreparedDocument, readDocument } from './document.ts';
import type { KeptPlan, OperationText } from './operation-text.ts';
import {
  type CoercedVariables,
  coerceVariables,
  sentVariables,
  type VariableLimits,
  type Variables,
  variablesBreach,
  variablesKey,
  withDefaults,
} from './variables.ts';
import { type FieldVisit, walkOperation } from './walk.ts';

/** What a request asks to run. */
export interface OperationRequest {
  readonly document: PreparedDocument;
  readonly operationName: string | null;
  /** As they were sent. */
  readonly variables: unknown;
}

/** One operation with the variables that it was sent with. */
export class PreparedOperation implements OperationToPlan {
  readonly text: OperationText;
  /** Declared variables as they were sent: what the executor gets, which coerces them itself. */
  readonly sent: Variables;
  /** Those with the operation's defaults, not coerced. */
  readonly values: Variables;
  readonly variablesKey: string | null;
  #coerced: CoercedVariables | undefined;
  #rootFields: readonly FieldVisit[] | undefined;

  constructor(text: OperationText, raw: unknown) {
    this.text = text;
    this.sent = sentVariables(text.definition, raw);
    this.values = withDefaults(text.definition, this.sent);
    this.variablesKey = variablesKey(text.uses, this.values);
  }

  get definition(): OperationDefinitionNode {
    return this.text.definition;
  }

  /** The operation alone with the fragments that it reaches. */
  get document(): DocumentNode {
    return this.text.document;
  }

  get #variables(): CoercedVariables {
    this.#coerced ??= this.#repeated ?? coerceVariables(this.text, this.sent);
    return this.#coerced;
  }

  /** A second field of those that may be asked for once: each works on a text of its own, under the limits of one. */
  get #repeated(): CoercedVariables | null {
    const met = new Set<FieldVisit['declared']>();
    for (const { declared, node, staticType } of this.rootFields) {
      if (!pricedTextOf(declared)) continue;
      if (met.has(declared)) {
        const message = `${staticType.name}.${node.name.value} may be asked for once in an operation.`;
        return { values: null, errors: [createError('OPERATION_TOO_LARGE', message, { status: 400 })] };
      }
      met.add(declared);
    }
    return null;
  }

  /** Coerced variables; null when they do not fit. */
  get variables(): Variables | null {
    return this.#variables.values;
  }

  /** BAD_USER_INPUT where variables do not fit, or literals cannot be stored; OPERATION_TOO_LARGE for a repeated costly field. */
  get errors(): readonly GraphQLError[] {
    return this.#variables.errors;
  }

  /** In points, before it runs; null when the variables do not fit. */
  get cost(): number | null {
    const { variables } = this;
    return variables && this.text.cost(variables);
  }

  /** The fields at the root that will run, `@skip` and `@include` decided. */
  get rootFields(): readonly FieldVisit[] {
    if (!this.#rootFields) {
      const found: FieldVisit[] = [];
      this.walk((visit) => {
        found.push(visit);
        return false;
      });
      this.#rootFields = found;
    }
    return this.#rootFields;
  }

  /** Walks the fields that will run; see {@link walkOperation}. */
  walk(visit: (visit: FieldVisit) => boolean): void {
    walkOperation(this.text, this.values, visit);
  }

  /** The plan for a viewer, kept for the shape of the variables. */
  planFor(planner: Planner, viewer: Viewer): KeptPlan {
    if (this.variablesKey === null) return { plan: planner.plan(this, viewer) };
    const key = `${viewer.kind}|${viewer.permissions.key}|${this.variablesKey}`;
    let kept = this.text.plans.get(key);
    if (!kept) {
      kept = { plan: planner.plan(this, viewer) };
      this.text.plans.set(key, kept);
    }
    return kept;
  }

  /** A query of fields below this operation, with its variables: what a sign-in answers as the new viewer. */
  queryOf(fields: readonly FieldNode[]): PreparedOperation {
    return new PreparedOperation(this.text.queryOf(fields), this.sent);
  }
}

/** Options of {@link createOperationReader}. */
export interface ReaderOptions {
  /** The schema that clients know. */
  readonly schema: GraphQLSchema;
  readonly limits: DocumentLimits;
  readonly variableLimits: VariableLimits;
}

/** Reads operations. */
export interface OperationReader {
  /** Reads a text, and keeps what came of it. */
  read(text: string): PreparedDocument;
  /** Reads a text without keeping it here: for those who keep it themselves. */
  readAfresh(text: string): PreparedDocument;
  /**
   * @throws what {@link PreparedDocument.operation} throws; OPERATION_TOO_DEEP or OPERATION_TOO_LARGE for variables, or the name of the
   * operation, beyond their limits.
   */
  prepare(request: OperationRequest): PreparedOperation;
}

/** Characters of all texts that are kept, and of the longest one that is. */
const cacheCharacters = 16 * 1024 * 1024;
const maxCachedLength = 131_072;
/** What an entry weighs beside its text: the parsed document. */
const entryWeight = 4_096;

/** Makes a reader over the public schema. */
export function createOperationReader({ schema, limits, variableLimits }: ReaderOptions): OperationReader {
  const known = new LRUCache<string, PreparedDocument>({
    maxSize: cacheCharacters,
    maxEntrySize: maxCachedLength + entryWeight,
    sizeCalculation: (_prepared, text) => text.length + entryWeight,
  });
  const readAfresh = (text: string): PreparedDocument => readDocument(schema, text, limits);
  return {
    readAfresh,
    read(text) {
      let prepared = known.get(text);
      if (!prepared) {
        prepared = readAfresh(text);
        known.set(text, prepared);
      }
      return prepared;
    },
    prepare({ document, operationName, variables }) {
      if ((operationName?.length ?? 0) > limits.maxOperationNameLength)
        throw createError(
          'OPERATION_TOO_LARGE',
          `operationName is longer than ${limits.maxOperationNameLength} characters.`,
        );
      const breach = variablesBreach(variables, variableLimits);
      if (breach) throw breach;
      return new PreparedOperation(document.operation(operationName), variables);
    },
  };
}
