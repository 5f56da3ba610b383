/** Roles and permissions, as they are read. */

import { noColumn } from '../../authorization/column-uses.ts';
import { type PermissionDescription, permissionCatalogue } from '../../authorization/permissions.ts';
import { permissionsOfRoles } from '../../authorization/roles.ts';
import { builder } from '../../nouns/builder.ts';
import { policies } from '../policies.ts';

export const Role = builder.prismaNode('Role', {
  description: 'A named set of permissions.',
  authScopes: policies.Role,
  select: { id: true },
  id: { field: 'id', description: 'The global id.', authScopes: policies['Role.id'] },
  fields: (t) => ({
    key: t.exposeString('key', {
      description: 'The short name, unique in the organization.',
      authScopes: policies['Role.key'],
    }),
    name: t.exposeString('name', { description: 'Display name.', authScopes: policies['Role.name'] }),
    description: t.exposeString('description', {
      description: 'What it is for.',
      authScopes: policies['Role.description'],
    }),
    permissions: t.stringList({
      description: 'The permissions that it grants.',
      authScopes: policies['Role.permissions'],
      select: { key: true, system: true, permissions: true },
      resolve: (role) => [...permissionsOfRoles([role])],
    }),
    system: t.exposeBoolean('system', {
      description: 'Whether it exists in every organization and cannot be edited.',
      authScopes: policies['Role.system'],
    }),
  }),
});

const Permission = builder.objectRef<PermissionDescription & { key: string }>('Permission').implement({
  description: 'Something that a role can grant.',
  authScopes: policies.Permission,
  fields: (t) => ({
    key: t.exposeString('key', {
      description: '`noun:verb` or `noun.field:verb`.',
      authScopes: policies['Permission.key'],
    }),
    title: t.exposeString('title', { description: 'In a few words.', authScopes: policies['Permission.title'] }),
    description: t.exposeString('description', {
      description: 'What it allows.',
      authScopes: policies['Permission.description'],
    }),
    warning: t.exposeString('warning', {
      nullable: true,
      description: 'What to think of before granting it; null for nothing special.',
      authScopes: policies['Permission.warning'],
    }),
  }),
});

builder.queryFields((t) => ({
  roles: t.prismaField({
    type: [Role],
    nullable: true,
    description: 'The roles of the organization, by key.',
    authScopes: policies['Query.roles'],
    extensions: noColumn('One reads the roles that one has: which roles one sees is visibility.'),
    resolve: (query, _root, _args, { db }) => db.role.findMany({ ...query, orderBy: { key: 'asc' } }) as never,
  }),
  permissions: t.field({
    type: [Permission],
    nullable: true,
    description: 'Every permission that there is.',
    authScopes: policies['Query.permissions'],
    extensions: noColumn('The catalogue is code, not rows.'),
    resolve: () => [...permissionCatalogue()].map(([key, permission]) => ({ key, ...permission })),
  }),
}));
