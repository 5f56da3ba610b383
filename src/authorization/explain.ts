/** Why: for each coordinate of an operation the decision, the rule in words, what it needs and which role grants it. */

import { type DecidedCoordinate, describeOperation, type OperationToDescribe } from './decisions.ts';
import { rulesOfCoordinate, wordsOf } from './matrix.ts';
import type { PermissionSet } from './permission-set.ts';

/** A role by what it grants. */
export interface GrantingRole {
  readonly key: string;
  readonly permissions: PermissionSet;
}

/** One coordinate of an explained operation. */
export interface ExplainedCoordinate extends DecidedCoordinate {
  readonly rule: string;
  /** Keys of the roles that grant all of it; null when the asker may not know the roles. */
  readonly grantedBy: readonly string[] | null;
}

/** An explained operation. */
export interface AccessExplanation {
  /** Whether nothing is denied by permissions alone. */
  readonly allowed: boolean;
  readonly coordinates: readonly ExplainedCoordinate[];
}

/** What an explanation is made of: the operation, planned for whoever the question is of. */
export interface ExplainInput extends OperationToDescribe {
  /** The roles to name, or null when the asker may not know them. */
  readonly roles: readonly GrantingRole[] | null;
}

/** Explains an operation without running it. */
export function explainAccess({ roles, ...described }: ExplainInput): AccessExplanation {
  const { schema, policies, plan } = described;
  return {
    allowed: plan.denials.length === 0,
    coordinates: describeOperation(described).map((decided) => ({
      ...decided,
      rule: wordsOf(rulesOfCoordinate(schema, policies, decided.coordinate)),
      grantedBy:
        roles?.filter((role) => decided.requires.every((name) => role.permissions.has(name))).map(({ key }) => key) ??
        null,
    })),
  };
}
