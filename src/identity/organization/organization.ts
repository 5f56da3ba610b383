/** The viewer's organization and its memberships. */
import { reads } from '../../authorization/column-uses.ts';
import { builder } from '../../nouns/builder.ts';
import { createConnection, type ListKind, nestedList } from '../../nouns/connection.ts';
import { findVisible } from '../../nouns/node.ts';
import { createOrderInput } from '../../nouns/order-input.ts';
import { policies } from '../policies.ts';
import { Role } from '../role/role.ts';

export const Membership = builder.prismaNode('Membership', {
  description: 'A person’s place in the organization.',
  authScopes: policies.Membership,
  select: { id: true, userId: true },
  id: { field: 'id', description: 'The global id.', authScopes: policies['Membership.id'] },
  fields: (t) => ({
    user: t.relation('user', { description: 'The person.', authScopes: policies['Membership.user'] }),
    roles: t.field({
      type: [Role],
      nullable: true,
      description: 'The roles that the person has. Null when denied.',
      authScopes: policies['Membership.roles'] as never,
      extensions: reads('Membership.roles'),
      select: (_args, _context, nestedSelection) => ({
        roles: { select: { role: nestedSelection() as never }, orderBy: { role: { key: 'asc' } } },
      }),
      resolve: (membership) => (membership.roles as unknown as { role: object }[]).map(({ role }) => role) as never,
    }),
    joinedAt: t.expose('joinedAt', {
      type: 'DateTime',
      description: 'Since when.',
      authScopes: policies['Membership.joinedAt'],
    }),
  }),
});

const orders = { JOINED_AT: { column: 'joinedAt', kind: 'date', description: 'By the day of joining.' } } as const;
const MembershipOrder = createOrderInput('Membership', orders);
const { connection, edge } = createConnection('Membership', Membership as never);

const members = nestedList(
  {
    name: 'Membership',
    filter: null,
    orders,
    defaultOrder: { field: 'JOINED_AT', direction: 'asc' },
  } satisfies ListKind,
  'Organization.members',
  'memberships',
);

export const Organization = builder.prismaNode('Organization', {
  description: 'A tenant: what belongs to it is seen by nobody else.',
  authScopes: policies.Organization,
  select: { id: true },
  id: { field: 'id', description: 'The global id.', authScopes: policies['Organization.id'] },
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description: 'The short name, as `x-organization` takes it.',
      authScopes: policies['Organization.slug'],
    }),
    name: t.exposeString('name', { description: 'Display name.', authScopes: policies['Organization.name'] }),
    plan: t.exposeString('plan', {
      nullable: true,
      description: 'The plan. Null when denied.',
      authScopes: policies['Organization.plan'],
    }),
    members: t.connection(
      {
        type: Membership,
        nullable: true,
        description: 'Who is in it. Null when denied.',
        authScopes: policies['Organization.members'],
        args: { orderBy: t.arg({ type: MembershipOrder, description: 'In which order; by joining when left out.' }) },
        ...(members as object),
        resolve: (organization, args, context) => members.resolve(organization, args, context) as never,
      },
      connection as never,
      edge as never,
    ),
    roles: t.relation('roles', {
      nullable: true,
      description: 'The roles that people can have. Null when denied.',
      authScopes: policies['Organization.roles'],
      query: { orderBy: { key: 'asc' } },
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was made.',
      authScopes: policies['Organization.createdAt'],
    }),
  }),
});

builder.queryFields((t) => ({
  organization: t.field({
    type: Organization,
    nullable: true,
    description: 'The organization of this request. Null for somebody who is in none.',
    authScopes: policies['Query.organization'],
    resolve: async (_root, _args, context, info) => {
      const id = context.viewer.organization?.id;
      if (!id) return null;
      const [row] = await findVisible('Organization', [id], context, info);
      return (row ?? null) as never;
    },
  }),
}));
