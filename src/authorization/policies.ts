/**
 * THE TABLE: who may read or call what. One row for each GraphQL coordinate, kept noun by noun beside each other in
 * `policies/`. Rows only narrow: a field's row is ANDed with its type's. A coordinate without a row, or a row without a
 * coordinate, stops the start (`coverage.ts`).
 */

import { accessPolicies } from './policies/access.ts';
import { rootPolicies } from './policies/root.ts';
import type { PolicyTable } from './policy-table.ts';

export const policies = {
  ...rootPolicies,
  ...accessPolicies,
} satisfies PolicyTable;
