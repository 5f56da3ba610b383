/** People and their place in the organization. Contact and security data: for those who hold the permission, and oneself. */
import { definePolicies } from '../../authorization/policies.ts';
import { connection, openArguments } from '../../authorization/policy-table.ts';
import { authenticated, can, canOrSelf, inherited } from '../../authorization/rules.ts';

const list = can('member:list');
const ownerOf = (user: { id: string }) => user.id;

export const userPolicies = definePolicies({
  User: authenticated,
  'User.id': authenticated,
  'User.name': authenticated,
  'User.avatarUrl': authenticated,
  'User.createdAt': authenticated,
  'User.email': canOrSelf('user.contact:read', ownerOf),
  'User.phone': canOrSelf('user.contact:read', ownerOf),
  'User.lastSignInAt': canOrSelf('user.security:read', ownerOf),
  'User.mfaEnabled': canOrSelf('user.security:read', ownerOf),
  'User.status': canOrSelf('user.security:read', ownerOf),
  'User.memberships': canOrSelf('member:list', ownerOf),
  ...connection('User', list),

  'Query.user': list,
  'Query.user(id:)': inherited,
  'Query.users': list,
  ...openArguments('Query.users', 'first', 'last', 'after', 'before', 'filter', 'orderBy'),

  UserFilter: inherited,
  'UserFilter.id': inherited,
  'UserFilter.name': inherited,
  'UserFilter.createdAt': inherited,
  'UserFilter.email': can('user.contact:read'),
  'UserFilter.phone': can('user.contact:read'),
  'UserFilter.lastSignInAt': can('user.security:read'),
  'UserFilter.mfaEnabled': can('user.security:read'),
  'UserFilter.status': can('user.security:read'),
  'UserFilter.AND': inherited,
  'UserFilter.OR': inherited,
  'UserFilter.NOT': inherited,
  UserOrder: inherited,
  'UserOrder.field': inherited,
  'UserOrder.direction': inherited,
  UserOrderField: inherited,
  'UserOrderField.NAME': inherited,
  'UserOrderField.CREATED_AT': inherited,
  'UserOrderField.EMAIL': can('user.contact:read'),
  'UserOrderField.LAST_SIGN_IN_AT': can('user.security:read'),

  // Whose membership it is: the field that leads here says it. A person reads their own.
  Membership: authenticated,
  'Membership.id': authenticated,
  'Membership.user': authenticated,
  'Membership.joinedAt': authenticated,
  'Membership.roles': canOrSelf<{ userId: string }>('role:list', ({ userId }) => userId),
  ...connection('Membership', list),
  MembershipOrder: inherited,
  'MembershipOrder.field': inherited,
  'MembershipOrder.direction': inherited,
  MembershipOrderField: inherited,
  'MembershipOrderField.JOINED_AT': inherited,

  Organization: authenticated,
  'Organization.id': authenticated,
  'Organization.slug': authenticated,
  'Organization.name': authenticated,
  'Organization.createdAt': authenticated,
  'Organization.plan': can('organization.plan:read'),
  'Organization.members': list,
  ...openArguments('Organization.members', 'first', 'last', 'after', 'before', 'orderBy'),
  'Organization.roles': can('role:list'),
  'Query.organization': authenticated,
});
