/** The rows of the domain's nouns. */
import './permissions.ts';
import { commentPolicies } from './comment/policies.ts';
import { projectPolicies } from './project/policies.ts';
import { taskPolicies } from './task/policies.ts';
import { subscriptionPolicies } from './task/subscription-policies.ts';

export const policies = {
  ...projectPolicies,
  ...taskPolicies,
  ...commentPolicies,
  ...subscriptionPolicies,
} as const;
