/**
 * THE TABLE: who may read or call what. One row for each GraphQL coordinate, kept noun by noun beside each other in
 * `policies/`. Rows only narrow: a field's row is ANDed with its type's. A coordinate without a row, or a row without a
 * coordinate, stops the start (`coverage.ts`).
 */

import { accessPolicies } from './policies/access.ts';
import { accountPolicies } from './policies/account.ts';
import { apiKeyPolicies } from './policies/api-key.ts';
import { auditEventPolicies } from './policies/audit-event.ts';
import { commentPolicies } from './policies/comment.ts';
import { filterPolicies } from './policies/filter.ts';
import { organizationPolicies } from './policies/organization.ts';
import { persistedOperationPolicies } from './policies/persisted-operation.ts';
import { projectPolicies } from './policies/project.ts';
import { rolePolicies } from './policies/role.ts';
import { rootPolicies } from './policies/root.ts';
import { sessionPolicies } from './policies/session.ts';
import { subscriptionPolicies } from './policies/subscription.ts';
import { taskPolicies } from './policies/task.ts';
import { userPolicies } from './policies/user.ts';
import { viewerPolicies } from './policies/viewer.ts';
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
