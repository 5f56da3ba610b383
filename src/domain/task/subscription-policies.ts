/** Subscriptions: who may listen to what may read it; each event is authorized anew. */
import { definePolicies } from '../../authorization/policies.ts';
import { openArguments } from '../../authorization/policy-table.ts';
import { anyone, can } from '../../authorization/rules.ts';

export const subscriptionPolicies = definePolicies({
  Subscription: anyone,
  'Subscription.taskChanged': can('task:read'),
  ...openArguments('Subscription.taskChanged', 'projectId'),
  'Subscription.commentAdded': can('comment:read'),
  ...openArguments('Subscription.commentAdded', 'taskId'),
  TaskChange: can('task:read'),
  'TaskChange.kind': can('task:read'),
  'TaskChange.taskId': can('task:read'),
  'TaskChange.task': can('task:read'),
});
