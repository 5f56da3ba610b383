/** The gateway's own role: made where the owner may, and refused at start when row-level security would not bind it. */
import { withDatabaseClient } from './database-client.ts';

/** The role that the migrations grant to; login roles are members of it. */
export const gatewayGroup = 'fieldgate_gateway';

/** Thrown when the gateway's role could get round row-level security; the message says how. */
export class GatewayRoleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GatewayRoleError';
  }
}

/**
 * Makes a login role for the gateway, or sets its password.
 * @param ownerUrl of a role that may create roles.
 */
export async function createGatewayRole(ownerUrl: string, name: string, password: string): Promise<void> {
  await withDatabaseClient({ connectionString: ownerUrl, answerTimeoutMs: 10_000 }, async (client) => {
    const role = client.escapeIdentifier(name);
    const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [name]);
    // What only a superuser may say of a role is not said again of one that exists: `assertGatewayRole` looks at it at each start.
    await client.query(
      `${rowCount ? 'alter' : 'create'} role ${role} login password ${client.escapeLiteral(password)}`,
    );
    const group = await client.query('select 1 from pg_roles where rolname = $1', [gatewayGroup]);
    if (!group.rowCount) await client.query(`create role ${gatewayGroup} nologin`);
    await client.query(`grant ${gatewayGroup} to ${role}`);
  });
}

/**
 * @throws GatewayRoleError unless the role of this connection is bound by row-level security: no superuser, no BYPASSRLS, no
 * CREATEROLE (before PostgreSQL 16 such a role makes itself a member of the owner), owner of no table, and member of no role
 * that is any of these.
 */
export async function assertGatewayRole(connectionString: string): Promise<void> {
  await withDatabaseClient({ connectionString, answerTimeoutMs: 10_000 }, async (client) => {
    const { rows } = await client.query(`
      with mine as (select oid, rolname, rolsuper, rolbypassrls, rolcreaterole from pg_roles where pg_has_role(current_user, oid, 'member'))
      select current_user as name,
        exists (select from mine where rolsuper) as superuser,
        exists (select from mine where rolbypassrls) as bypasses,
        exists (select from mine where rolcreaterole) as creates,
        exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace join mine on mine.oid = c.relowner
          where n.nspname = 'public' and c.relkind in ('r', 'p')) as owns`);
    const { name, superuser, bypasses, creates, owns } = rows[0];
    const fault = superuser
      ? 'is a superuser'
      : bypasses
        ? 'bypasses row-level security'
        : owns
          ? 'owns tables'
          : creates
            ? 'may make roles'
            : null;
    if (fault)
      throw new GatewayRoleError(
        `DATABASE_URL: the role ${name} ${fault}, so that row-level security would not hold. Use a role that is a member of ${gatewayGroup} and nothing else.`,
      );
  });
}
