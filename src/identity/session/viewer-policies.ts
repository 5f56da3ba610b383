/** The caller. Everybody may ask who they are; the anonymous get null. */
import type { PolicyTable } from '../../authorization/policy-table.ts';
import { anyone, authenticated } from '../../authorization/rules.ts';

export const viewerPolicies = {
  'Query.viewer': anyone,
  Viewer: anyone,
  'Viewer.user': authenticated,
  'Viewer.organization': authenticated,
  'Viewer.organizations': anyone,
  'Viewer.roles': authenticated,
  'Viewer.permissions': anyone,
  'Viewer.sessions': authenticated,
  ViewerOrganization: anyone,
  'ViewerOrganization.id': anyone,
  'ViewerOrganization.slug': anyone,
  'ViewerOrganization.name': anyone,
  'ViewerOrganization.status': anyone,
  'ViewerOrganization.current': anyone,
} satisfies PolicyTable;
