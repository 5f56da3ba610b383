/** What people are filtered by. */
import { localId } from '../../authorization/global-id.ts';
import { own } from '../../authorization/own-condition.ts';
import { nobodysId } from '../../authorization/visibility.ts';
import {
  BooleanFilter,
  column,
  custom,
  DateTimeFilter,
  defineFilter,
  type FilterSpec,
  idColumn,
  nullableColumn,
  StringFilter,
} from '../../nouns/filter.ts';
import { membershipStatus } from '../member/membership-status.ts';

export const userFilter: FilterSpec = defineFilter('User', 'Conditions on people; several hold together.', {
  id: idColumn((id) => localId(id, 'User'), 'By id.'),
  name: column(StringFilter, 'By display name.'),
  createdAt: column(DateTimeFilter, 'By the age of the account.'),
  email: column(StringFilter, 'By e-mail address.'),
  phone: nullableColumn(StringFilter, 'By phone number.'),
  lastSignInAt: nullableColumn(DateTimeFilter, 'By the last sign-in.'),
  mfaEnabled: column(BooleanFilter, 'By the second factor.'),
  status: custom(membershipStatus.filter, 'By the state of the membership.', {
    columns: ['User.memberships.status'],
    where(status, { organization }) {
      const organizationId = organization?.id ?? nobodysId;
      return { memberships: { some: { AND: [own({ organizationId }), { status }] } } };
    },
  }),
});
