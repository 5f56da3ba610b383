/** Credentials of everybody whom the tests know, minted with the gateway's own keys: signing in is tested where it belongs. */
import type { AccessTokens } from '../../src/identity/authentication/access-token.ts';
import type { Credential } from './client.ts';
import type { KnownOrganization, KnownOrganizations, KnownUser, MemberRole } from './organizations.ts';

/** Credentials of one organization. */
export type OrganizationViewers = Readonly<Record<MemberRole | 'partner' | 'registeredPartner', Credential>>;

/** Credentials of both organizations, and of nobody. */
export interface Viewers {
  readonly anonymous: Credential;
  readonly acme: OrganizationViewers;
  readonly globex: OrganizationViewers;
  /** A fresh access token of a person's session. */
  tokenOf(user: Pick<KnownUser, 'id' | 'sessionId'>): Promise<string>;
}

/** Mints the credentials. */
export async function mintViewers(tokens: AccessTokens, organizations: KnownOrganizations): Promise<Viewers> {
  const tokenOf = async ({ id, sessionId }: Pick<KnownUser, 'id' | 'sessionId'>): Promise<string> =>
    (await tokens.sign({ userId: id, sessionId })).token;
  const credentialsOf = async ({
    users,
    partnerKey,
    registeredKey,
  }: KnownOrganization): Promise<OrganizationViewers> => {
    const of = async (role: MemberRole): Promise<Credential> => ({
      authorization: `Bearer ${await tokenOf(users[role])}`,
    });
    return {
      owner: await of('owner'),
      admin: await of('admin'),
      manager: await of('manager'),
      member: await of('member'),
      guest: await of('guest'),
      auditor: await of('auditor'),
      partner: { 'x-api-key': partnerKey.secret },
      registeredPartner: { 'x-api-key': registeredKey.secret },
    };
  };
  return {
    anonymous: {},
    acme: await credentialsOf(organizations.acme),
    globex: await credentialsOf(organizations.globex),
    tokenOf,
  };
}
