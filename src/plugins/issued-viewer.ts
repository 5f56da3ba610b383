/**
 * Answers `viewer` below `signIn`, `refreshSession` and `changePassword`: the operation runs as whoever sent it, usually nobody,
 * but this field is about whoever is signed in by it. So its selection is taken out of the operation and executed as a query
 * of its own, as the viewer of the new session, with a plan, a guard and a scope of its own.
 */
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Authenticator } from '../authentication/authenticate.ts';
import type { Planner } from '../authorization/plan.ts';
import { AuthorizationState } from '../authorization/state.ts';
import type { GatewayContext } from '../context.ts';
import { createError } from '../errors.ts';
import { headerOf } from '../http/exchange.ts';
import { issuedSession } from '../services/issued-viewers.ts';
import { runInDatabaseScope } from '../stores/database-scope.ts';
import { denialError } from './authorization.ts';
import { type DatabaseScopeOptions, viewerScope } from './database-scope.ts';

/** Types whose `viewer` is the new session's. */
const payloadTypes: ReadonlySet<string> = new Set(['SignInPayload', 'RefreshSessionPayload', 'ChangePasswordPayload']);

/** Options of {@link useIssuedViewer}. */
export interface IssuedViewerOptions extends DatabaseScopeOptions {
  /** What clients see: says which selections are below such a payload. */
  readonly schema: GraphQLSchema;
  readonly executableSchema: GraphQLSchema;
  readonly fastPath: boolean;
  readonly planner: Planner;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
}

/** A document without the selections, and they themselves by response key; several of one key are merged by the executor. */
interface Split {
  readonly document: DocumentNode;
  readonly original: DocumentNode;
  /** Response key of `viewer` to what is selected below it. */
  readonly selections: ReadonlyMap<string, SelectionSetNode>;
}

/** Makes the plugin; it comes right before authorization. */
export function useIssuedViewer(options: IssuedViewerOptions): Plugin<GatewayContext> {
  const splits = new WeakMap<DocumentNode, Split | null>();

  const splitOf = (document: DocumentNode): Split | null => {
    const known = splits.get(document);
    if (known !== undefined) return known;
    const split = mentionsPayload(document) ? takeOut(document, options.schema) : null;
    splits.set(document, split);
    return split;
  };

  const answer = async (
    context: GatewayContext,
    split: Split,
    operation: OperationDefinitionNode,
    responseKey: string,
    selectionSet: SelectionSetNode,
    token: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<ExecutionResult> => {
    const { exchange } = context;
    const viewer = await options.authenticator.authenticate(
      {
        authorization: `Bearer ${token}`,
        apiKey: null,
        organization: headerOf(exchange, 'x-organization') ?? null,
      },
      exchange.facts.ip,
    );
    if (viewer.kind === 'user' && viewer.membershipState === 'PENDING')
      throw createError('ACCOUNT_PENDING', 'Your membership waits for approval.');
    if (viewer.kind === 'user' && viewer.membershipState === 'SUSPENDED')
      throw createError('ACCOUNT_SUSPENDED', 'Your membership is suspended.');
    const document = queryOf(split, operation, responseKey, selectionSet);
    const plan = options.planner.plan(document, undefined, variables, viewer);
    if (!plan) return { data: null };
    const state = new AuthorizationState(plan);
    const contextValue = Object.assign(Object.create(null) as object, context, { viewer, authorization: state });
    const scope = viewerScope(viewer, exchange.facts.requestId, options);
    const result = await runInDatabaseScope(scope, async () =>
      execute({
        schema: options.executableSchema,
        document: options.fastPath ? plan.document : plan.scopedDocument,
        variableValues: variables,
        contextValue,
      }),
    );
    const denials = state.denials.map((denial) => denialError(denial, result.data));
    return { ...result, errors: [...(result.errors ?? []), ...denials] };
  };

  const complete = async (
    context: GatewayContext,
    split: Split,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
    result: ExecutionResult,
  ): Promise<ExecutionResult> => {
    const data = { ...result.data };
    const errors = [...(result.errors ?? [])];
    for (const [rootKey, payload] of Object.entries(data)) {
      const session = issuedSession(context.exchange, rootKey);
      if (!session || typeof payload !== 'object' || payload === null) continue;
      const completed: Record<string, unknown> = { ...payload };
      for (const [responseKey, selectionSet] of split.selections) {
        if (!(responseKey in completed)) continue;
        const part = await answer(
          context,
          split,
          operation,
          responseKey,
          selectionSet,
          session.accessToken,
          variables,
        ).catch((error: unknown): ExecutionResult => ({ data: null, errors: [asGraphQLError(error, responseKey)] }));
        completed[responseKey] = part.data?.[responseKey] ?? null;
        for (const error of part.errors ?? []) errors.push(below(error, rootKey));
      }
      data[rootKey] = completed;
    }
    return { ...result, data, ...(errors.length > 0 ? { errors } : {}) };
  };

  return {
    onExecute({ args }) {
      const { document } = args as { document: DocumentNode };
      const split = splitOf(document);
      if (!split) return undefined;
      const context = args.contextValue as GatewayContext;
      const operation = operationNamed(document, args.operationName as string | null | undefined);
      if (operation?.operation !== OperationTypeNode.MUTATION) return undefined;
      const variables = (args.variableValues ?? {}) as Readonly<Record<string, unknown>>;
      args.document = split.document;
      return {
        async onExecuteDone({ result, setResult }) {
          if (isStream(result)) return;
          setResult(await complete(context, split, operation, variables, result as ExecutionResult));
        },
      };
    },
  };
}

function isStream(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** A quick look, so that other operations cost nothing. */
function mentionsPayload(document: DocumentNode): boolean {
  return document.definitions.some(
    (one) =>
      (one.kind === Kind.OPERATION_DEFINITION && one.operation === OperationTypeNode.MUTATION) ||
      (one.kind === Kind.FRAGMENT_DEFINITION && payloadTypes.has(one.typeCondition.name.value)),
  );
}

/** Puts `__typename` in the place of each such field, so that the answer keeps its members and their order. */
function takeOut(document: DocumentNode, schema: GraphQLSchema): Split | null {
  const typeInfo = new TypeInfo(schema);
  const selections = new Map<string, SelectionSetNode>();
  const without = visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Field: {
        enter(node): FieldNode | false | undefined {
          if (node.name.value !== 'viewer' || !node.selectionSet) return undefined;
          if (!payloadTypes.has(typeInfo.getParentType()?.name ?? '')) return undefined;
          const key = (node.alias ?? node.name).value;
          const earlier = selections.get(key)?.selections ?? [];
          selections.set(key, {
            kind: Kind.SELECTION_SET,
            selections: [...earlier, ...node.selectionSet.selections],
          });
          return {
            kind: Kind.FIELD,
            name: { kind: Kind.NAME, value: '__typename' },
            alias: { kind: Kind.NAME, value: key },
            ...(node.directives ? { directives: node.directives } : {}),
          };
        },
      },
    }),
  );
  return selections.size === 0 ? null : { document: without, original: document, selections };
}

function queryOf(
  { original }: Split,
  operation: OperationDefinitionNode,
  responseKey: string,
  selectionSet: SelectionSetNode,
): DocumentNode {
  const fragments = original.definitions.filter(
    (one) => one.kind === Kind.FRAGMENT_DEFINITION && !payloadTypes.has(one.typeCondition.name.value),
  );
  const field: FieldNode = {
    kind: Kind.FIELD,
    name: { kind: Kind.NAME, value: 'viewer' },
    alias: { kind: Kind.NAME, value: responseKey },
    selectionSet,
  };
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: OperationTypeNode.QUERY,
        ...(operation.variableDefinitions ? { variableDefinitions: operation.variableDefinitions } : {}),
        selectionSet: { kind: Kind.SELECTION_SET, selections: [field] },
      },
      ...fragments,
    ],
  };
}

function operationNamed(document: DocumentNode, name: string | null | undefined): OperationDefinitionNode | undefined {
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  return name ? operations.find((one) => one.name?.value === name) : operations[0];
}

function asGraphQLError(error: unknown, responseKey: string): GraphQLError {
  if (!(error instanceof GraphQLError))
    return new GraphQLError('', { path: [responseKey], originalError: error instanceof Error ? error : undefined });
  // Without its status: the operation has run.
  const { http: _, ...extensions } = error.extensions;
  return new GraphQLError(error.message, { path: [responseKey], extensions });
}

/** An error of the query, at its place in the answer. */
function below(error: GraphQLError, rootKey: string): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    path: error.path ? [rootKey, ...error.path] : undefined,
    originalError: error.originalError,
    extensions: error.extensions,
  });
}
