/** The rows of Fieldgate's own nouns, as their modules attach them. */
import './permissions.ts';
import { accessPolicies } from './access/policies.ts';
import { accountPolicies } from './account/policies.ts';
import { userPolicies } from './account/user-policies.ts';
import { apiKeyPolicies } from './api-key/policies.ts';
import { auditEventPolicies } from './audit/policies.ts';
import { organizationPolicies } from './organization/policies.ts';
import { rolePolicies } from './role/policies.ts';
import { sessionPolicies } from './session/policies.ts';
import { viewerPolicies } from './session/viewer-policies.ts';

export const policies = {
  ...accessPolicies,
  ...accountPolicies,
  ...userPolicies,
  ...apiKeyPolicies,
  ...auditEventPolicies,
  ...organizationPolicies,
  ...rolePolicies,
  ...sessionPolicies,
  ...viewerPolicies,
} as const;
