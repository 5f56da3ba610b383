/** The caller. Everybody may ask who they are; the anonymous get null. */
import { definePolicies } from '../../authorization/policies.ts';
import { anyone, authenticated } from '../../authorization/rules.ts';

export const viewerPolicies = definePolicies({
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
});
