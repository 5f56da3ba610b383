/** Why: for each coordinate of an operation the decision, the rule in words, what it needs and which role grants it. */
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import type { PermissionSet } from '../authentication/permission-set.ts';
import type { Viewer } from '../authentication/viewer.ts';
import { badUserInput } from '../errors.ts';
import { rulesOfCoordinate, wordsOf } from './matrix.ts';
import type { RawVariables } from './operation-walk.ts';
import type { Planner } from './plan.ts';
import type { PolicyTable } from './policy-table.ts';
import { type Decision, requiredPermissions } from './rules.ts';

/** A role by what it grants. */
export interface GrantingRole {
  readonly key: string;
  readonly permissions: PermissionSet;
}

/** One coordinate of an explained operation. */
export interface ExplainedCoordinate {
  readonly coordinate: string;
  readonly decision: Decision;
  readonly rule: string;
  readonly requires: readonly string[];
  /** Keys of the roles that grant all of it; null when the asker may not know the roles. */
  readonly grantedBy: readonly string[] | null;
}

/** An explained operation. */
export interface AccessExplanation {
  /** Whether nothing is denied by permissions alone. */
  readonly allowed: boolean;
  readonly coordinates: readonly ExplainedCoordinate[];
}

/** What an explanation is made of. */
export interface ExplainInput {
  readonly schema: GraphQLSchema;
  readonly policies: PolicyTable;
  readonly planner: Planner;
  readonly operation: string;
  readonly operationName: string | null;
  readonly variables: RawVariables;
  /** Of whom the question is. */
  readonly subject: Viewer;
  /** The roles to name, or null when the asker may not know them. */
  readonly roles: readonly GrantingRole[] | null;
  /** The largest number of tokens that is parsed. */
  readonly maxTokens: number;
}

/**
 * Explains an operation without running it.
 * @throws BAD_USER_INPUT when the operation cannot be parsed, is not valid, or is not in the document.
 */
export function explainAccess(input: ExplainInput): AccessExplanation {
  const { schema, policies, roles } = input;
  const document = parseOperation(input.schema, input.operation, input.maxTokens);
  const plan = input.planner.plan(document, input.operationName, input.variables, input.subject);
  if (!plan) throw badUserInput([{ path: ['operationName'], message: 'The document has no such operation.' }]);
  return {
    allowed: plan.denials.length === 0,
    coordinates: plan.coordinates.map(({ coordinate, decision }) => {
      const rules = rulesOfCoordinate(schema, policies, coordinate);
      const requires = [...new Set(rules.flatMap((rule) => requiredPermissions(rule)))];
      return {
        coordinate,
        decision,
        rule: wordsOf(rules),
        requires,
        grantedBy:
          roles?.filter((role) => requires.every((name) => role.permissions.has(name))).map(({ key }) => key) ?? null,
      };
    }),
  };
}

function parseOperation(schema: GraphQLSchema, text: string, maxTokens: number): DocumentNode {
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw badUserInput([{ path: ['operation'], message: error.message }]);
  }
  const faults = validate(schema, document, undefined, { maxErrors: 5 });
  if (faults.length > 0) throw badUserInput(faults.map(({ message }) => ({ path: ['operation'], message })));
  return document;
}
