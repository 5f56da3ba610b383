/** Why: for each coordinate of an operation the decision, the rule in words, what it needs and which role grants it. */
import type { GraphQLSchema } from 'graphql';
import type { PermissionSet } from '../authentication/permission-set.ts';
import { rulesOfCoordinate, wordsOf } from './matrix.ts';
import type { Plan } from './plan.ts';
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
  /** The operation, planned for whoever the question is of. */
  readonly plan: Plan;
  /** The roles to name, or null when the asker may not know them. */
  readonly roles: readonly GrantingRole[] | null;
}

/** Explains an operation without running it. */
export function explainAccess({ schema, policies, roles, plan }: ExplainInput): AccessExplanation {
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
