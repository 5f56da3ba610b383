/** The gateway's own role: made where the owner may, and refused at start when row-level security would not bind it. */
import pg from 'pg';
import { withDatabaseClient } from './database-client.ts';

/** The role that the migrations grant to; login roles are members of it. */
export const gatewayGroup = 'fieldgate_gateway';

const insufficientPrivilege = '42501';

/** What the gateway's role must not be, the worst first. */
const faults = {
  superuser: 'is a superuser',
  bypasses: 'bypasses row-level security',
  owns: 'owns tables',
  ownsFunctions: 'owns functions',
  creates: 'may make roles',
  temporary: 'may make temporary tables',
  makesObjects: 'may make schemas, or objects in public',
} as const;

/** Thrown when the gateway's role could get round row-level security; the message says how. */
export class GatewayRoleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GatewayRoleError';
  }
}

/**
 * Makes a login role for the gateway, or sets its password, and closes the database to everybody else.
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
    await closeToPublic(client);
  });
}

/**
 * Takes from everybody what PostgreSQL gives to everybody in a new database, and in one that was restored from a dump: temporary tables,
 * which could stand in for real ones, and before PostgreSQL 15 objects in `public`. Nothing happens where it is done already.
 * @param client of the database's owner; with any other the database stays as it is, and {@link assertGatewayRole} says so.
 */
export async function closeToPublic(client: Pick<pg.ClientBase, 'query'>): Promise<void> {
  const { rows } = await client.query(`
    select quote_ident(current_database()) as name, has_database_privilege('public', current_database(), 'temporary') as temporary,
      coalesce(has_schema_privilege('public', to_regnamespace('public'), 'create'), false) as creates`);
  const { name, temporary, creates } = rows[0];
  try {
    if (temporary) await client.query(`revoke temporary on database ${name} from public`);
    if (creates) await client.query('revoke create on schema public from public');
  } catch (error) {
    if ((error as { code?: string }).code !== insufficientPrivilege) throw error;
  }
}

/**
 * @throws GatewayRoleError unless the role of this connection is bound by row-level security: no superuser, no BYPASSRLS, no
 * CREATEROLE (before PostgreSQL 16 such a role makes itself a member of the owner), owner of no table or function, no right to make
 * anything that could stand in for a table (temporary ones, objects in `public`, schemas), and member of no role that is any of these.
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
          where n.nspname = 'public' and c.relkind in ('r', 'p')) as owns,
        exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace join mine on mine.oid = p.proowner
          where n.nspname = 'public') as "ownsFunctions",
        exists (select from mine where has_database_privilege(oid, current_database(), 'temporary')) as temporary,
        exists (select from mine where has_schema_privilege(oid, 'public', 'create')
          or has_database_privilege(oid, current_database(), 'create')) as "makesObjects",
        quote_ident(current_database()) as database`);
    const { name, database, ...found } = rows[0] as Readonly<
      Record<keyof typeof faults | 'name' | 'database', unknown>
    >;
    const fault = (Object.keys(faults) as (keyof typeof faults)[]).find((key) => found[key]);
    if (!fault) return;
    const remedy =
      fault === 'temporary' || fault === 'makesObjects'
        ? `Run npm run db:migrate as the owner of the database, or there: revoke temporary, create on database ${database} from public, ${pg.escapeIdentifier(String(name))}; revoke create on schema public from public, ${pg.escapeIdentifier(String(name))}.`
        : `Use a role that is a member of ${gatewayGroup} and nothing else.`;
    throw new GatewayRoleError(
      `DATABASE_URL: the role ${name} ${faults[fault]}, so that row-level security would not hold. ${remedy}`,
    );
  });
}
