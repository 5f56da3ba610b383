/** The state of a membership. */
import { defineEnum } from '../../nouns/enums.ts';

export const membershipStatus = defineEnum(
  'MembershipStatus',
  'The state of a membership.',
  ['PENDING', 'ACTIVE', 'SUSPENDED', 'REMOVED'],
  {
    PENDING: 'Waiting for approval.',
    ACTIVE: 'In force.',
    SUSPENDED: 'Suspended: may sign out, and nothing else.',
    REMOVED: 'Ended.',
  },
);
