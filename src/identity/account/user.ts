/** People: the members of the viewer's organization, and former ones as far as their work names them. */
import { noColumn, reads } from '../../authorization/column-uses.ts';
import { builder } from '../../nouns/builder.ts';
import { createConnection, type ListKind, resolveList } from '../../nouns/connection.ts';
import { findOne } from '../../nouns/node.ts';
import { createOrderInput } from '../../nouns/order-input.ts';
import { membershipStatus } from '../member/membership-status.ts';
import { policies } from '../policies.ts';
import { userFilter } from './user-filter.ts';

export const User = builder.prismaNode('User', {
  description: 'A person.',
  authScopes: policies.User,
  select: { id: true },
  id: { field: 'id', description: 'The global id.', authScopes: policies['User.id'] },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Display name.', authScopes: policies['User.name'] }),
    avatarUrl: t.exposeString('avatarUrl', {
      nullable: true,
      description: 'Where the picture is; null without one, and for a former member.',
      authScopes: policies['User.avatarUrl'],
    }),
    email: t.exposeString('email', {
      nullable: true,
      description: 'E-mail address. Null for a former member, or when denied.',
      authScopes: policies['User.email'] as never,
      extensions: reads('User.emailVerified'),
    }),
    phone: t.exposeString('phone', {
      nullable: true,
      description: 'Phone number. Null when unset, for a former member, or when denied.',
      authScopes: policies['User.phone'] as never,
    }),
    lastSignInAt: t.expose('lastSignInAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The last successful sign-in. Null when there was none, for a former member, or when denied.',
      authScopes: policies['User.lastSignInAt'] as never,
    }),
    mfaEnabled: t.exposeBoolean('mfaEnabled', {
      nullable: true,
      description: 'Whether a second factor is required at sign-in. Null for a former member, or when denied.',
      authScopes: policies['User.mfaEnabled'] as never,
    }),
    status: t.field({
      type: membershipStatus.type,
      nullable: true,
      description: 'The state of the membership in the current organization. Null without one, or when denied.',
      authScopes: policies['User.status'] as never,
      extensions: reads('User.memberships.status'),
      select: { memberships: { select: { status: true } } },
      resolve: (user) => user.memberships[0]?.status ?? null,
    }),
    memberships: t.relation('memberships', {
      nullable: true,
      description: 'The memberships in the current organization: at most one. Null when denied.',
      authScopes: policies['User.memberships'] as never,
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the account was made.',
      authScopes: policies['User.createdAt'],
    }),
  }),
});

const orders = {
  NAME: { column: 'name', kind: 'text', description: 'By display name.' },
  CREATED_AT: { column: 'createdAt', kind: 'date', description: 'By the age of the account.' },
  EMAIL: { column: 'email', kind: 'text', description: 'By e-mail address.' },
  LAST_SIGN_IN_AT: { column: 'lastSignInAt', kind: 'date', nullable: true, description: 'By the last sign-in.' },
} as const;
const UserOrder = createOrderInput('User', orders);

const { connection, edge } = createConnection('User', User as never);

/** People as a list: those who belong to the organization now. */
const users: ListKind = {
  name: 'User',
  // A membership that the client lets the viewer know of: one that stands, in this organization.
  only: () => ({ memberships: { some: {} } }),
  filter: userFilter,
  orders,
  defaultOrder: { field: 'NAME', direction: 'asc' },
};

/** Why the column guard has no part in it. */
const whoIsThere = 'People are met beside their work as well: which of them is visibility.';

builder.queryFields((t) => ({
  user: t.field({
    type: User,
    nullable: true,
    description: 'A person of the organization. Null when there is none with this id.',
    authScopes: policies['Query.user'],
    extensions: noColumn(whoIsThere),
    args: { id: t.arg.id({ required: true, description: 'The global id.' }) },
    resolve: async (_root, { id }, context, info) => (await findOne('User', String(id), context, info)) as never,
  }),
  users: t.connection(
    {
      type: User,
      nullable: true,
      description: 'The members of the organization.',
      authScopes: policies['Query.users'],
      extensions: noColumn(whoIsThere),
      args: {
        filter: t.arg({ type: userFilter.input, description: 'Which of them; all when left out.' }),
        orderBy: t.arg({ type: UserOrder, description: 'In which order; by name when left out.' }),
      },
      resolve: async (_root, args, context, info) => (await resolveList(users, args, context, info)) as never,
    },
    connection as never,
    edge as never,
  ),
}));
