/** The caller, as they see themselves. */
import { encodeGlobalID } from '@pothos/plugin-relay';
import type { Viewer as ViewerValue } from '../../authorization/viewer.ts';
import { builder } from '../../nouns/builder.ts';
import { findVisible } from '../../nouns/node.ts';
import { User } from '../account/user.ts';
import { membershipStatus } from '../member/membership-status.ts';
import { Organization } from '../organization/organization.ts';
import { policies } from '../policies.ts';
import { Role } from '../role/role.ts';
import { Session } from './session.ts';
import type { ViewerOrganizationRow } from './viewer-service.ts';

export const ViewerOrganization = builder.objectRef<ViewerOrganizationRow>('ViewerOrganization').implement({
  description: 'An organization that the viewer may choose with `x-organization`.',
  authScopes: policies.ViewerOrganization,
  fields: (t) => ({
    id: t.id({
      description: 'The global id of the organization.',
      authScopes: policies['ViewerOrganization.id'],
      resolve: ({ organizationId }) => encodeGlobalID('Organization', organizationId),
    }),
    slug: t.exposeString('slug', {
      description: 'The short name, as `x-organization` takes it.',
      authScopes: policies['ViewerOrganization.slug'],
    }),
    name: t.exposeString('name', { description: 'Display name.', authScopes: policies['ViewerOrganization.name'] }),
    status: t.field({
      type: membershipStatus.type,
      nullable: true,
      description: 'The state of the viewer’s membership there; null for an API key.',
      authScopes: policies['ViewerOrganization.status'],
      resolve: ({ status }) => status,
    }),
    current: t.boolean({
      description: 'Whether this request runs in it.',
      authScopes: policies['ViewerOrganization.current'],
      resolve: ({ organizationId }, _args, { viewer }) => viewer.organization?.id === organizationId,
    }),
  }),
});

export const Viewer = builder.objectRef<ViewerValue>('Viewer').implement({
  description: 'Who calls: a person or an API key.',
  authScopes: policies.Viewer,
  fields: (t) => ({
    user: t.field({
      type: User,
      nullable: true,
      description: 'The person; null for an API key.',
      authScopes: policies['Viewer.user'],
      resolve: async (viewer, _args, context, info) => {
        if (viewer.kind !== 'user') return null;
        const [row] = await findVisible('User', [viewer.userId], context, info);
        return (row ?? null) as never;
      },
    }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The organization of this request; null for somebody who is in none.',
      authScopes: policies['Viewer.organization'],
      resolve: async (viewer, _args, context, info) => {
        const id = viewer.organization?.id;
        const [row] = id ? await findVisible('Organization', [id], context, info) : [];
        return (row ?? null) as never;
      },
    }),
    organizations: t.field({
      type: [ViewerOrganization],
      description: 'The organizations that the viewer is in, by the day of joining; the first is the default.',
      authScopes: policies['Viewer.organizations'],
      resolve: async (viewer, _args, { services }) => [...(await services.viewer.organizationsOf(viewer))],
    }),
    roles: t.prismaField({
      type: [Role],
      nullable: true,
      description: 'The roles that the viewer has in the organization, by key.',
      authScopes: policies['Viewer.roles'],
      resolve: (query, viewer, _args, { db }) => {
        const ids = viewer.kind === 'anonymous' ? [] : viewer.roles.map(({ id }) => id);
        return db.role.findMany({ ...query, where: { id: { in: ids } }, orderBy: { key: 'asc' } }) as never;
      },
    }),
    permissions: t.stringList({
      description: 'Everything that the viewer may do in the organization, by name.',
      authScopes: policies['Viewer.permissions'],
      resolve: ({ permissions }) => [...permissions],
    }),
    sessions: t.prismaField({
      type: [Session],
      nullable: true,
      description: 'Where the person is signed in, the latest first; at most 100. None for an API key.',
      authScopes: policies['Viewer.sessions'],
      resolve: (query, _viewer, _args, { db }) =>
        db.session.findMany({
          ...query,
          orderBy: [{ lastUsedAt: 'desc' }, { id: 'desc' }],
        }) as never,
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    nullable: true,
    description: 'Who calls. Null for the anonymous.',
    authScopes: policies['Query.viewer'],
    resolve: (_root, _args, { viewer }) => (viewer.kind === 'anonymous' ? null : viewer),
  }),
);
