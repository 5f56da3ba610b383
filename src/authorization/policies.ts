/**
 * THE TABLE: who may read or call what. One row for each GraphQL coordinate, kept noun by noun beside each other in
 * `policies/`. Rows only narrow: a field's row is ANDed with its type's. A coordinate without a row, or a row without a
 * coordinate, stops the start (`coverage.ts`).
 */

import { commentPolicies } from '../domain/comment/policies.ts';
import { projectPolicies } from '../domain/project/policies.ts';
import { taskPolicies } from '../domain/task/policies.ts';
import { subscriptionPolicies } from '../domain/task/subscription-policies.ts';
import { accessPolicies } from '../identity/access/policies.ts';
import { accountPolicies } from '../identity/account/policies.ts';
import { userPolicies } from '../identity/account/user-policies.ts';
import { apiKeyPolicies } from '../identity/api-key/policies.ts';
import { auditEventPolicies } from '../identity/audit/policies.ts';
import { organizationPolicies } from '../identity/organization/policies.ts';
import { rolePolicies } from '../identity/role/policies.ts';
import { sessionPolicies } from '../identity/session/policies.ts';
import { viewerPolicies } from '../identity/session/viewer-policies.ts';
import { filterPolicies } from '../nouns/filter-policies.ts';
import { rootPolicies } from '../nouns/root-policies.ts';
import { persistedOperationPolicies } from '../registry/policies.ts';
import type { PolicyTable } from './policy-table.ts';

export const policies = {
  ...rootPolicies,
  ...accessPolicies,
  ...viewerPolicies,
  ...sessionPolicies,
  ...accountPolicies,
  ...filterPolicies,
  ...userPolicies,
  ...rolePolicies,
  ...organizationPolicies,
  ...apiKeyPolicies,
  ...auditEventPolicies,
  ...projectPolicies,
  ...taskPolicies,
  ...commentPolicies,
  ...subscriptionPolicies,
  ...persistedOperationPolicies,
} satisfies PolicyTable;
