/**
 * Parses and validates within the limits: tokens, shape, variables, and which methods may carry which operation. Replaces
 * Yoga's own parsing, validation and caches, so that each document is looked at once and nothing that depends on the
 * viewer or on variables is kept with it.
 */
import { type GraphQLError, Kind, type OperationDefinitionNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../context.ts';
import { createError } from '../errors.ts';
import { badRequest } from '../http/graphql-params.ts';
import type { DocumentPreparer, PreparedDocument } from '../limits/prepare-document.ts';
import { type VariableLimits, variablesBreach } from '../limits/variables-shape.ts';
import { admittedOperation } from './persisted-operations.ts';

/** Options of {@link useOperationLimits}. */
export interface OperationLimitsOptions {
  readonly preparer: DocumentPreparer;
  readonly variableLimits: VariableLimits;
  readonly maxOperationNameLength: number;
}

/** What the plugin learns of the operation that was asked for, for the plugins after it. */
export interface RequestedOperation {
  readonly prepared: PreparedDocument;
  readonly definition: OperationDefinitionNode;
}

const operations = new WeakMap<object, RequestedOperation>();

/** The operation of a context. @throws Error before parsing and validation are done. */
export function requestedOperation(context: object): RequestedOperation {
  const operation = operations.get(context);
  if (!operation) throw new Error('The operation is known after validation only.');
  return operation;
}

/** Makes the plugin; it comes first of all that parse. */
export function useOperationLimits(options: OperationLimitsOptions): Plugin<GatewayContext> {
  const { preparer, variableLimits, maxOperationNameLength } = options;
  return {
    onParams({ params }) {
      const breach = variablesBreach(params.variables, variableLimits);
      if (breach) throw breach;
      if ((params.operationName?.length ?? 0) > maxOperationNameLength)
        throw createError('OPERATION_TOO_LARGE', `operationName is longer than ${maxOperationNameLength} characters.`);
    },

    onParse({ context, params, setParsedDocument }) {
      // A registered operation was compiled when it was first found.
      const registered = admittedOperation(context.exchange)?.operation;
      const prepared = registered?.prepared ?? preparer.prepare(String(params.source));
      if (!prepared.document) throw refusal(prepared.errors);
      setParsedDocument(prepared.document);
      // A limit comes before everything else that may be wrong: the document is not to be walked again.
      if (!prepared.shape || isLimit(prepared.errors[0])) throw refusal(prepared.errors);
      const definition = chooseOperation(prepared, context.params?.operationName);
      const { exchange } = context;
      exchange.operation.name = definition.name?.value ?? null;
      exchange.operation.kind = definition.operation;
      if (definition.operation === 'mutation' && exchange.method !== 'POST')
        throw createError('METHOD_NOT_ALLOWED', 'Mutations are sent by POST.', {
          status: 405,
          headers: { allow: 'POST' },
        });
      if (definition.operation === 'subscription' && !exchange.acceptsStream)
        throw createError('NOT_ACCEPTABLE', 'Subscriptions are answered as text/event-stream.', { status: 406 });
      operations.set(context, { prepared, definition });
    },

    onValidate({ context, setResult }) {
      setResult(requestedOperation(context).prepared.errors);
    },
  };
}

function isLimit(error: GraphQLError | undefined): boolean {
  return error !== undefined && error.extensions.code !== 'GRAPHQL_VALIDATION_FAILED';
}

function refusal(errors: readonly GraphQLError[]): GraphQLError {
  return errors[0] ?? badRequest('The document cannot be run.');
}

function chooseOperation(
  prepared: PreparedDocument,
  operationName: string | null | undefined,
): OperationDefinitionNode {
  const all = (prepared.document?.definitions ?? []).filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  if (operationName === undefined || operationName === null || operationName === '') {
    if (all.length === 1 && all[0]) return all[0];
    throw badRequest(
      all.length === 0 ? 'The document holds no operation.' : 'The document holds several operations: name one.',
    );
  }
  const named = all.find(({ name }) => name?.value === operationName);
  if (!named) throw badRequest('The document holds no operation of that name.');
  return named;
}
