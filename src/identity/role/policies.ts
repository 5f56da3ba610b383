/** Roles. Which rows there are is visibility: without role:list only one's own. */
import { definePolicies } from '../../authorization/policies.ts';
import { authenticated, can } from '../../authorization/rules.ts';

export const rolePolicies = definePolicies({
  Role: authenticated,
  'Role.id': authenticated,
  'Role.key': authenticated,
  'Role.name': authenticated,
  'Role.description': authenticated,
  'Role.permissions': authenticated,
  'Role.system': authenticated,
  'Query.roles': can('role:list'),
  Permission: can('role:list'),
  'Permission.key': can('role:list'),
  'Permission.title': can('role:list'),
  'Permission.description': can('role:list'),
  'Permission.warning': can('role:list'),
  'Query.permissions': can('role:list'),
});
