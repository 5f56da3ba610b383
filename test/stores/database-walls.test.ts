/**
 * The walls in PostgreSQL, met as the gateway's own role over a plain connection: what the functions do that run as the owner, what may be
 * made beside the tables, and what is granted at all.
 */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { assertGatewayRole, closeToPublic } from '../../src/stores/gateway-role.ts';
import { type KnownOrganization, knowOrganizations } from '../support/organizations.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let acme: KnownOrganization;
let globex: KnownOrganization;
let gateway: pg.Client;
let name: string;

/** Binds the connection, as the pool does. */
const bind = (organizationId: string, userId: string) =>
  gateway.query("select set_config('app.organization_id', $1, false), set_config('app.user_id', $2, false)", [
    organizationId,
    userId,
  ]);

const query = async (sql: string, values: readonly unknown[] = []) => (await gateway.query(sql, [...values])).rows;

/** What the functions could have changed. */
const rows = () =>
  database.query(
    `select (select jsonb_agg(m order by m."id") from "Membership" m) as members, (select count(*) from "MembershipRole") as roles,
      (select count(*) from "AuditEvent") as events, (select jsonb_agg(k."revokedAt" order by k."id") from "ApiKey" k) as keys`,
  );

beforeAll(async () => {
  database = await createTestDatabase();
  ({ acme, globex } = await knowOrganizations(database));
  name = new URL(database.ownerUrl).pathname.slice(1);
  gateway = new pg.Client({ connectionString: database.gatewayUrl });
  await gateway.connect();
});
beforeEach(() => bind('', ''));
afterAll(async () => {
  await gateway?.end();
  await database?.close();
});

describe('functions', () => {
  test('that run as the owner are these; none runs for everybody, each looks names up in a fixed order with temporary ones last', async () => {
    const functions = await database.query<{ proname: string; prosecdef: boolean; proconfig: string[]; open: boolean }>(
      `select p.proname, p.prosecdef, p.proconfig, has_function_privilege('public', p.oid, 'execute') as open
       from pg_proc p where p.pronamespace = 'public'::regnamespace order by p.proname`,
    );
    expect(functions.filter(({ prosecdef }) => prosecdef).map(({ proname }) => proname)).toEqual([
      'applied_migrations',
      'auth_account_token',
      'auth_api_key',
      'auth_end_memberships',
      'auth_find_account',
      'auth_invitation',
      'auth_memberships',
      'auth_organization',
      'auth_record_account_event',
      'auth_refresh_token',
      'auth_session',
      'auth_sign_in_account',
      'auth_touch_api_key',
      'file_removals_done',
      'most_used_operations',
      'note_file_removal',
      'pending_file_removals',
      'record_operation_uses',
    ]);
    for (const { proname, prosecdef, proconfig, open } of functions) {
      expect({ proname, proconfig }).toEqual({ proname, proconfig: ['search_path=pg_catalog, public, pg_temp'] });
      if (prosecdef) expect({ proname, open }).toEqual({ proname, open: false });
    }
  });

  test('do nothing for an account that the connection is not bound to', async () => {
    const { owner, guest, member } = acme.users;
    const before = await rows();
    const record = (account: string | null, actor: string | null) =>
      query(`select auth_record_account_event($1, 'User', $2, 'session.signIn', 'User', null, '', '', '{}')`, [
        account,
        actor,
      ]);
    for (const bound of ['', guest.id]) {
      await bind(bound === '' ? '' : acme.id, bound);
      await expect(query(`select * from auth_end_memberships($1, '', '')`, [owner.id])).rejects.toThrow(
        /not bound to this account/,
      );
      await expect(record(owner.id, null)).rejects.toThrow(/not bound to this account/);
      await expect(record(null, owner.id)).rejects.toThrow(/not bound to this account/);
      expect(await query('select * from auth_memberships($1)', [owner.id])).toEqual([]);
    }
    // Nor in somebody else's name.
    await expect(record(guest.id, member.id)).rejects.toThrow(/not bound to this account/);
    expect(await rows()).toEqual(before);
    expect(await query('select "slug" from auth_memberships($1)', [guest.id])).toEqual([{ slug: 'acme' }]);
  });

  test('tell what is used most to nobody who is anybody, and to nobody what it says', async () => {
    for (const [organizationId, userId] of [
      [acme.id, ''],
      ['', acme.users.owner.id],
    ] as const) {
      await bind(organizationId, userId);
      await expect(query('select * from most_used_operations(10)')).rejects.toThrow(/on behalf of nobody/);
    }
    await bind('', '');
    const used = await query('select * from most_used_operations(10)');
    expect(used.length).toBeGreaterThan(0);
    expect(Object.keys(used[0]).sort()).toEqual(['id', 'organizationId']);
  });

  test('tell of files to be removed, and strike them off, for nobody who is anybody', async () => {
    for (const [organizationId, userId] of [
      [acme.id, ''],
      ['', acme.users.owner.id],
    ] as const) {
      await bind(organizationId, userId);
      await expect(query('select * from pending_file_removals(0, 10)')).rejects.toThrow(/on behalf of nobody/);
      await expect(query(`select file_removals_done('{a}')`)).rejects.toThrow(/on behalf of nobody/);
    }
    await bind('', '');
    await expect(query('select * from "PendingFileRemoval"')).rejects.toThrow(/permission denied/);
    expect(await query(`select file_removals_done('{a}') as done`)).toEqual([{ done: 0 }]);
  });

  test('find an account by its address without its password', async () => {
    const [found] = await query('select * from auth_find_account($1)', [acme.users.owner.email]);
    expect(found).toEqual({ userId: acme.users.owner.id, emailVerified: true, erasedAt: null });
  });
});

describe('temporary objects', () => {
  const attack = async (): Promise<void> => {
    await gateway.query(`
      create temporary table trace (who text);
      create temporary table "ApiKey" ("id" uuid, "lastUsedAt" timestamptz);
      create function pg_temp.taken() returns trigger language plpgsql as
        'begin insert into pg_temp.trace values (current_user); return new; end';
      create trigger taken before update on pg_temp."ApiKey" for each row execute function pg_temp.taken();
      insert into pg_temp."ApiKey" values ('${acme.partnerKey.id}', null)`);
  };

  test('are made by nobody', async () => {
    await expect(attack()).rejects.toThrow(/permission denied to create temporary tables/);
    await expect(gateway.query('create table public."Mine" ()')).rejects.toThrow(/permission denied for schema public/);
    await expect(gateway.query('create schema mine')).rejects.toThrow(/permission denied for database/);
    await expect(assertGatewayRole(database.gatewayUrl)).resolves.toBeUndefined();
  });

  test('stand in for no table of a function that runs as the owner, where they can be made after all', async () => {
    await database.query(`grant temporary on database ${name} to fieldgate_gateway`);
    try {
      await attack();
      await query('select auth_touch_api_key($1)::text', [acme.partnerKey.id]);
      expect(await query('select * from pg_temp.trace')).toEqual([]);
      const [key] = await database.query<{ used: boolean }>(
        'select "lastUsedAt" is not null as used from "ApiKey" where "id" = $1',
        [acme.partnerKey.id],
      );
      expect(key).toEqual({ used: true });
    } finally {
      await gateway.query('discard temp');
      await database.query(`revoke temporary on database ${name} from fieldgate_gateway`);
    }
  });

  const faults = [
    [
      'temporary tables',
      'grant temporary on database %',
      'revoke temporary on database %',
      /may make temporary tables/,
    ],
    ['schemas', 'grant create on database %', 'revoke create on database %', /may make schemas, or objects in public/],
    ['objects in public', 'grant create on schema public', 'revoke create on schema public', /may make schemas, or/],
  ] as const;
  test.each(faults)('and a role that may make %s does not start', async (_title, grant, revoke, reason) => {
    for (const to of ['fieldgate_gateway', 'public']) {
      await database.query(`${grant.replace('%', name)} to ${to}`);
      try {
        await expect(assertGatewayRole(database.gatewayUrl)).rejects.toThrow(reason);
      } finally {
        await database.query(`${revoke.replace('%', name)} from ${to}`);
      }
    }
    await expect(assertGatewayRole(database.gatewayUrl)).resolves.toBeUndefined();
  });

  test('a database that was copied or restored is closed again by its owner; the gateway’s own role closes nothing', async () => {
    await database.query(`grant temporary on database ${name} to public`);
    await closeToPublic(gateway);
    await expect(assertGatewayRole(database.gatewayUrl)).rejects.toThrow(/npm run db:migrate/);
    const owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    await closeToPublic(owner).finally(() => owner.end());
    await expect(assertGatewayRole(database.gatewayUrl)).resolves.toBeUndefined();
  });
});

describe('memberships', () => {
  test('are made for nobody but the account that the connection is bound to', async () => {
    const foreign = globex.users.member.id;
    const insert = (organizationId: string, userId: string) =>
      query(
        'insert into "Membership" ("id", "organizationId", "userId", "updatedAt") values (gen_random_uuid(), $1, $2, now())',
        [organizationId, userId],
      );
    const before = await rows();
    await bind(acme.id, acme.users.owner.id);
    await expect(insert(acme.id, foreign)).rejects.toThrow(/row-level security/);
    await bind(acme.id, '');
    await expect(insert(acme.id, foreign)).rejects.toThrow(/row-level security/);
    expect(await query('select "email" from "User" where "id" = $1', [foreign])).toEqual([]);
    expect(await rows()).toEqual(before);
    await bind(acme.id, foreign);
    await insert(acme.id, foreign);
    expect(
      await database.query('select "status"::text from "Membership" where "userId" = $1 and "organizationId" = $2', [
        foreign,
        acme.id,
      ]),
    ).toEqual([{ status: 'ACTIVE' }]);
    await database.query('delete from "Membership" where "userId" = $1 and "organizationId" = $2', [foreign, acme.id]);
  });

  test('go to no other account and to no other organization', async () => {
    const before = await rows();
    await bind(acme.id, acme.users.owner.id);
    for (const change of [
      `"userId" = '${globex.users.member.id}'`,
      `"organizationId" = '${globex.id}'`,
      '"id" = gen_random_uuid()',
    ])
      await expect(
        query(`update "Membership" set ${change} where "userId" = '${acme.users.guest.id}'`),
      ).rejects.toThrow(/permission denied/);
    expect(await rows()).toEqual(before);
  });
});

test('what is granted is this, and nothing to anybody else', async () => {
  const grants = await database.query<{ relname: string; grantee: string; privileges: string }>(
    `select c.relname, coalesce(r.rolname, 'public') as grantee, string_agg(a.privilege_type, ' ' order by a.privilege_type) as privileges
     from pg_class c cross join aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a left join pg_roles r on r.oid = a.grantee
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and a.grantee <> c.relowner
     group by 1, 2 order by 1`,
  );
  const all = 'DELETE INSERT SELECT UPDATE';
  const written =
    `AccountToken ApiKey Attachment Comment Invitation MembershipRole Organization Password PersistedOperation
    PersistedOperationUse Project ProjectMember RecoveryCode RefreshToken Role Session Task TotpFactor User`.split(
      /\s+/,
    );
  const expected = Object.fromEntries([
    ...written.map((table) => [table, all]),
    ['AuditEvent', 'INSERT SELECT'],
    ['Membership', 'DELETE INSERT SELECT'],
  ]);
  expect(Object.fromEntries(grants.map(({ relname, privileges }) => [relname, privileges]))).toEqual(expected);
  expect([...new Set(grants.map(({ grantee }) => grantee))]).toEqual(['fieldgate_gateway']);
  const columns = await database.query(
    `select c.relname, t.attname, r.rolname, a.privilege_type from pg_attribute t join pg_class c on c.oid = t.attrelid
       cross join aclexplode(t.attacl) a left join pg_roles r on r.oid = a.grantee
     where c.relnamespace = 'public'::regnamespace order by t.attname`,
  );
  expect(columns).toEqual(
    ['joinedAt', 'status', 'updatedAt'].map((attname) => ({
      relname: 'Membership',
      attname,
      rolname: 'fieldgate_gateway',
      privilege_type: 'UPDATE',
    })),
  );
  const [database_] = await database.query<Record<string, boolean>>(
    `select has_database_privilege('public', current_database(), 'temporary') as temporary,
       has_schema_privilege('public', 'public', 'create') as creates`,
  );
  expect(database_).toEqual({ temporary: false, creates: false });
});
