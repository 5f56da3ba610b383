/** Ready sentences for tests of delegation: roles, members and keys made over HTTP, as anybody would. */
import pg from 'pg';
import type { Answer, Credential } from './client.ts';
import type { TestGateway } from './gateway.ts';
import type { KnownOrganization, MemberRole } from './organizations.ts';

/** Base64 of `Type:id`. */
export const globalId = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString('base64');

/** A key as a test made it. */
export interface MadeKey {
  /** Global. */
  readonly id: string;
  readonly as: Credential;
}

type Fields = Readonly<Record<string, Record<string, unknown> | null>>;

/** What tests of delegation say, on one gateway and in one of its organizations. */
export interface Delegation {
  mutate(text: string, as: Credential): Promise<Answer<Fields>>;
  userId(role: MemberRole): string;
  /** Makes a custom role and gives it to a member as their only one. */
  giveRole(role: MemberRole, key: string, permissions: readonly string[]): Promise<void>;
  /** Gives a member their system role back. */
  restoreRole(role: MemberRole): Promise<void>;
  /** Makes a key. @param input what stands in the input beside the name, as GraphQL. */
  makeKey(as: Credential, input: string): Promise<MadeKey>;
  /**
   * Sends a mutation that waits for the organization's lock, does something to the actor meanwhile, and lets it go on.
   * @param meanwhile runs as the tables' owner, in the transaction that holds the lock.
   */
  mutateWhile(
    text: string,
    as: Credential,
    meanwhile: (query: (sql: string, values?: unknown[]) => Promise<unknown>) => Promise<void>,
  ): Promise<Answer<Fields>>;
}

/** Binds the sentences to a gateway and an organization. */
export function delegationOf(gateway: TestGateway, organization: KnownOrganization): Delegation {
  const owner = { authorization: '' };
  const ownerAs = async (): Promise<Credential> => {
    owner.authorization ||= `Bearer ${await gateway.viewers.tokenOf(organization.users.owner)}`;
    return owner;
  };
  const mutate = (text: string, as: Credential) => gateway.send<Fields>(`mutation { ${text} }`, {}, { as });
  const userId = (role: MemberRole) => globalId('User', organization.users[role].id);
  const setRoles = async (role: MemberRole, key: string): Promise<void> => {
    const text = `setMemberRoles(input: { userId: "${userId(role)}", roleKeys: ["${key}"] }) { membership { id } }`;
    (await mutate(text, await ownerAs())).expectData();
  };
  return {
    mutate,
    userId,
    async giveRole(role, key, permissions) {
      const text = `createRole(input: { key: "${key}", name: "${key}", permissions: ${JSON.stringify(permissions)} }) { role { id } }`;
      (await mutate(text, await ownerAs())).expectData();
      await setRoles(role, key);
    },
    restoreRole: (role) => setRoles(role, role),
    async makeKey(as, input) {
      const answer = await mutate(`createApiKey(input: { name: "A key", ${input} }) { apiKey { id } secret }`, as);
      const { apiKey, secret } = answer.expectData().createApiKey as { apiKey: { id: string }; secret: string };
      return { id: apiKey.id, as: { 'x-api-key': secret } };
    },
    async mutateWhile(text, as, meanwhile) {
      // Known beforehand, as in a request that came a moment ago.
      await gateway.send('{ viewer { permissions } }', {}, { as });
      const client = new pg.Client({ connectionString: gateway.database.ownerUrl });
      await client.connect();
      try {
        await client.query('begin');
        await client.query('select from "Organization" where "id" = $1 for update', [organization.id]);
        const answer = mutate(text, as);
        await waitForWaiters(gateway);
        await meanwhile((sql, values) => client.query(sql, values));
        await client.query('commit');
        return await answer;
      } finally {
        await client.end();
      }
    },
  };
}

/** Waits until a statement of another connection waits for the lock: for 5 seconds at most. */
async function waitForWaiters({ database }: TestGateway): Promise<void> {
  for (let tries = 0; tries < 250; tries++) {
    // Over a connection of its own: within a transaction the view does not change.
    const rows = await database.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error('The mutation did not wait for the lock.');
}
