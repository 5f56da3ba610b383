/** What a viewer may know of themselves beyond the organization of the request. */
import type { Viewer } from '../../authorization/viewer.ts';
import type { MembershipStatus } from '../../generated/prisma/client.ts';
import type { Database } from '../../stores/database.ts';
import { asAccount, asNobody } from '../account/own-account.ts';

/** An organization to choose. */
export interface ViewerOrganizationRow {
  readonly organizationId: string;
  readonly slug: string;
  readonly name: string;
  /** Null for an API key. */
  readonly status: MembershipStatus | null;
}

/** Questions about oneself. */
export interface ViewerService {
  /** The organizations of a person, by the day of joining; the one of a key; none for the anonymous. */
  organizationsOf(viewer: Viewer): Promise<readonly ViewerOrganizationRow[]>;
}

/** Makes the service. */
export function createViewerService({ db }: { readonly db: Database }): ViewerService {
  return {
    async organizationsOf(viewer) {
      if (viewer.kind === 'anonymous') return [];
      if (viewer.kind === 'user')
        return await asAccount(
          viewer.userId,
          async () =>
            await db.$queryRaw<ViewerOrganizationRow[]>`select * from auth_memberships(${viewer.userId}::uuid)`,
        );
      return await asNobody(async () => {
        const rows = await db.$queryRaw<{ id: string; slug: string; name: string }[]>`
          select * from auth_organization(${viewer.organization.id})`;
        return rows.map(({ id, slug, name }) => ({ organizationId: id, slug, name, status: null }));
      });
    },
  };
}
