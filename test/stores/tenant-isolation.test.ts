/**
 * Two walls between organizations. The first is the client, which adds the organization to every statement; the second is
 * PostgreSQL, for resolvers that forget it: raw SQL, and a client without the extension.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PrismaClient } from '../../src/generated/prisma/client.ts';
import type { ViewerScope } from '../../src/stores/database-scope.ts';
import { TenantError } from '../../src/stores/tenant-arguments.ts';
import { createTenantPool, type TenantPool } from '../../src/stores/tenant-pool.ts';
import { runBare } from '../support/bare-scope.ts';
import { type KnownOrganization, knowOrganizations } from '../support/organizations.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let acme: KnownOrganization;
let globex: KnownOrganization;
/** What a forgetful resolver would use: neither filter nor guard, only the connection of the request. */
let forgetful: PrismaClient;
let pool: TenantPool;

const tenantTables = [
  'Role',
  'MembershipRole',
  'Membership',
  'Project',
  'ProjectMember',
  'Task',
  'Comment',
  'Attachment',
  'ApiKey',
  'PersistedOperation',
  'AuditEvent',
] as const;

function as<T>(organization: KnownOrganization | null, work: () => Promise<T>, more: Partial<ViewerScope> = {}) {
  return runBare({ organizationId: organization?.id ?? null, ...more }, work);
}

/** A fingerprint of everything that an organization has, read past row-level security. */
async function fingerprintOf(organization: KnownOrganization): Promise<string> {
  const parts = await Promise.all(
    tenantTables.map((table) =>
      database.query<{ hash: string }>(
        `select '${table}' || count(*) || coalesce(md5(string_agg(t::text, ';' order by t::text)), '') as hash from "${table}" t where t."organizationId" = $1`,
        [organization.id],
      ),
    ),
  );
  const [own] = await database.query<{ hash: string }>(
    'select md5(o::text) as hash from "Organization" o where "id" = $1',
    [organization.id],
  );
  return [...parts.flat(), own].map((row) => row?.hash).join(' ');
}

beforeAll(async () => {
  database = await createTestDatabase();
  ({ acme, globex } = await knowOrganizations(database));
  pool = createTenantPool({ connectionString: database.gatewayUrl, max: 3, statementTimeoutMs: 5_000 });
  forgetful = new PrismaClient({ adapter: new PrismaPg(pool) });
});

afterAll(async () => {
  await forgetful?.$disconnect();
  await pool?.end();
  await database?.close();
});

describe('the second wall: a resolver that forgets the organization', () => {
  test.each(tenantTables)('sees of %s its own organization’s rows only', async (table) => {
    const rows = await as(acme, async () =>
      forgetful.$queryRawUnsafe<{ organizationId: string | null }[]>(
        `select distinct "organizationId" from "${table}"`,
      ),
    );
    const seen = rows.map(({ organizationId }) => organizationId).filter((id) => id !== null);
    expect(seen).toEqual([acme.id]);
    const all = await database.query(
      `select distinct "organizationId" from "${table}" where "organizationId" is not null`,
    );
    expect(all).toHaveLength(2);
  });

  test.each(tenantTables)('sees nothing of %s without an organization', async (table) => {
    const rows = await as(null, async () =>
      forgetful.$queryRawUnsafe<unknown[]>(`select 1 from "${table}" where "organizationId" is not null limit 1`),
    );
    expect(rows).toEqual([]);
  });

  test('finds, by a foreign id, nobody’s row, and reaches none through a relation', async () => {
    const id = globex.projectIds[0] ?? '';
    expect(await as(acme, async () => forgetful.project.findMany({ where: { id } }))).toEqual([]);
    expect(await as(acme, async () => forgetful.organization.findMany({ select: { id: true } }))).toEqual([
      { id: acme.id },
    ]);
    const people = await as(acme, async () => forgetful.user.findMany({ select: { email: true } }));
    expect(people.map(({ email }) => email).filter((email) => email.endsWith('@globex.example'))).toEqual([]);
    expect(people).toHaveLength(7);
  });

  test('changes and deletes nothing of another organization', async () => {
    const before = await fingerprintOf(globex);
    const [id = ''] = globex.projectIds;
    const counts = await as(acme, async () => [
      await forgetful.$executeRawUnsafe(`update "Project" set "name" = 'taken' where "id" = $1::uuid`, id),
      await forgetful.$executeRawUnsafe(`delete from "Comment" where "organizationId" = $1::uuid`, globex.id),
      await forgetful.$executeRawUnsafe(`update "Organization" set "plan" = 'taken' where "id" = $1::uuid`, globex.id),
      await forgetful.$executeRawUnsafe(
        `update "ApiKey" set "allowAdHoc" = true where "organizationId" = $1::uuid`,
        globex.id,
      ),
    ]);
    expect(counts).toEqual([0, 0, 0, 0]);
    expect(await fingerprintOf(globex)).toBe(before);
  });

  test('can neither put a row into another organization nor move one there', async () => {
    const before = await fingerprintOf(globex);
    const attempts = [
      `insert into "Role" ("id", "organizationId", "key", "name", "permissions", "updatedAt") values (gen_random_uuid(), '${globex.id}', 'x', 'x', '{project:delete}', now())`,
      `update "Task" set "organizationId" = '${globex.id}' where "id" = '${acme.taskIds[0]}'`,
      `insert into "AuditEvent" ("id", "organizationId", "actorType", "action", "targetType") values (gen_random_uuid(), '${globex.id}', 'User', 'x', 'X')`,
    ];
    for (const sql of attempts)
      await expect(as(acme, async () => forgetful.$executeRawUnsafe(sql))).rejects.toThrow(/row-level security/);
    // A row of one's own that points into the other organization is refused by its foreign key.
    await expect(
      as(acme, async () =>
        forgetful.$executeRawUnsafe(
          `update "Task" set "projectId" = '${globex.projectIds[0]}', "number" = 9999 where "id" = '${acme.taskIds[0]}'`,
        ),
      ),
    ).rejects.toThrow(/foreign key/i);
    expect(await fingerprintOf(globex)).toBe(before);
  });

  test('can rewrite nothing that is on record', async () => {
    for (const sql of ['update "AuditEvent" set "action" = \'x\'', 'delete from "AuditEvent"', 'truncate "AuditEvent"'])
      await expect(as(acme, async () => forgetful.$executeRawUnsafe(sql))).rejects.toThrow(/permission denied/);
  });

  test('can switch no policy off, and take no other role', async () => {
    const attempts = ['alter table "Project" disable row level security', 'drop policy tenant on "Project"'];
    for (const sql of attempts)
      await expect(as(acme, async () => forgetful.$executeRawUnsafe(sql))).rejects.toThrow(/must be owner/);
    const { username } = new URL(database.ownerUrl);
    await expect(as(acme, async () => forgetful.$executeRawUnsafe(`set role "${username}"`))).rejects.toThrow(
      /permission denied/,
    );
  });

  test('sees no secret of an account, also not of a fellow member', async () => {
    const { owner, guest } = acme.users;
    const read = async () => [
      await forgetful.password.findMany({ select: { userId: true } }),
      await forgetful.session.findMany({ select: { userId: true }, distinct: ['userId'] }),
    ];
    expect(await as(acme, read)).toEqual([[], []]);
    expect(await as(acme, read, { userId: guest.id })).toEqual([[{ userId: guest.id }], [{ userId: guest.id }]]);
    expect(
      await as(
        acme,
        async () => forgetful.user.updateMany({ where: { id: owner.id }, data: { email: 'taken@example.com' } }),
        { userId: guest.id },
      ),
    ).toEqual({ count: 0 });
  });

  test('stands on every table that the gateway may read', async () => {
    const open = await database.query<{ relname: string }>(
      `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relrowsecurity and has_table_privilege('fieldgate_gateway', c.oid, 'select')`,
    );
    expect(open).toEqual([]);
  });

  test('lets nobody but the gateway call a function that sees past it, and none with a search path of the caller’s', async () => {
    const functions = await database.query<{ proname: string; open: boolean; fixed: boolean }>(
      `select p.proname, has_function_privilege('public', p.oid, 'execute') as open,
         exists (select from unnest(p.proconfig) c where c like 'search_path=pg_catalog%') as fixed
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public' and p.prosecdef`,
    );
    expect(functions.length).toBeGreaterThan(10);
    for (const { proname, open, fixed } of functions)
      expect({ proname, open, fixed }).toEqual({ proname, open: false, fixed: true });
  });
});

describe('the first wall: the client', () => {
  test('runs no statement outside of a scope', async () => {
    await expect(database.db.project.findMany()).rejects.toThrow(/outside of any database scope/);
    await expect(database.db.$queryRaw`select 1`).rejects.toThrow(/outside of any database scope/);
  });

  test('names the organization in the SQL of reads, counts, changes and deletions', async () => {
    const [id = ''] = acme.projectIds;
    const works: (() => Promise<unknown>)[] = [
      async () => database.db.project.findMany({ take: 1 }),
      async () => database.db.project.findUnique({ where: { id } }),
      async () => database.db.project.findFirst({ where: { OR: [{ id }, { organizationId: globex.id }] } }),
      async () => database.db.project.count(),
      async () => database.db.project.aggregate({ _sum: { budget: true } }),
      async () => database.db.project.groupBy({ by: ['status'] }),
      async () => database.db.project.updateMany({ where: { id }, data: { description: '' } }),
      async () => database.db.comment.deleteMany({ where: { id } }),
    ];
    for (const work of works) {
      const sql: string[] = [];
      await as(acme, work, { onStatement: (text) => sql.push(text) });
      expect(sql.filter((text) => /Project|Comment/.test(text)).length).toBeGreaterThan(0);
      for (const text of sql.filter((one) => /^(select|update|delete)/i.test(one)))
        expect(text).toMatch(/where.*"organizationId" = \$/is);
    }
  });

  test('finds, changes and deletes nothing by a foreign id, inside of a transaction too', async () => {
    const before = await fingerprintOf(globex);
    const [id = ''] = globex.projectIds;
    const attempts = async (db: Pick<TestDatabase['db'], 'project'>) => [
      await db.project.findUnique({ where: { id } }),
      await db.project.findUnique({ where: { organizationId_id: { organizationId: globex.id, id } } }),
      await db.project.findFirst({ where: { OR: [{ id }, { organizationId: globex.id }] } }).then((row) => row?.id),
      await db.project.updateMany({ where: { id }, data: { name: 'taken' } }),
      await db.project.deleteMany({ where: { id } }),
    ];
    const nothing = [null, null, undefined, { count: 0 }, { count: 0 }];
    expect(await as(acme, () => attempts(database.db))).toEqual(nothing);
    expect(await as(acme, async () => database.db.$transaction((tx) => attempts(tx as never)))).toEqual(nothing);
    await expect(
      as(acme, async () => database.db.project.update({ where: { id }, data: { name: 'x' } })),
    ).rejects.toThrow();
    await expect(as(acme, async () => database.db.project.delete({ where: { id } }))).rejects.toThrow();
    await expect(as(acme, async () => database.db.project.findUniqueOrThrow({ where: { id } }))).rejects.toThrow();
    expect(await fingerprintOf(globex)).toBe(before);
  });

  test('puts rows into the scope’s organization, and refuses any other', async () => {
    const data = { key: 'ISO-1', name: 'Isolation' };
    const { id } = await as(acme, async () =>
      database.db.project.create({ data: data as never, select: { id: true } }),
    );
    expect(await database.query('select "organizationId" from "Project" where "id" = $1', [id])).toEqual([
      { organizationId: acme.id },
    ]);
    const before = await fingerprintOf(globex);
    const foreign = { ...data, key: 'ISO-2', organizationId: globex.id };
    const attempts: (() => Promise<unknown>)[] = [
      async () => database.db.project.create({ data: foreign as never }),
      async () => database.db.project.createMany({ data: [foreign] as never }),
      async () => database.db.project.update({ where: { id }, data: { organizationId: globex.id } }),
      async () => database.db.project.updateMany({ data: { organizationId: globex.id } }),
      async () => database.db.project.upsert({ where: { id }, create: foreign as never, update: {} }),
    ];
    for (const attempt of attempts) await expect(as(acme, attempt)).rejects.toThrow(TenantError);
    for (const attempt of attempts.slice(2)) await expect(as(null, attempt)).rejects.toThrow(TenantError);
    expect(await fingerprintOf(globex)).toBe(before);
  });

  test('writes through no relation: neither by connecting nor by creating', async () => {
    const [id = ''] = acme.projectIds;
    const attempts: (() => Promise<unknown>)[] = [
      async () => database.db.project.update({ where: { id }, data: { organization: { connect: { id: globex.id } } } }),
      async () =>
        database.db.project.create({
          data: { key: 'ISO-3', name: 'x', organization: { connect: { id: globex.id } } },
        }),
      async () =>
        database.db.project.update({
          where: { id },
          data: { tasks: { updateMany: { where: {}, data: { title: 'taken' } } } },
        }),
      async () =>
        database.db.user.update({
          where: { id: acme.users.owner.id },
          data: { memberships: { create: { organizationId: globex.id } } },
        }),
      async () => database.db.organization.update({ where: { id: acme.id }, data: { projects: { deleteMany: {} } } }),
    ];
    for (const attempt of attempts) await expect(as(acme, attempt)).rejects.toThrow(TenantError);
  });

  test('answers a look-up without a value by a refusal, not by any row', async () => {
    const missing: string | undefined = [][0];
    await expect(
      as(acme, async () => database.db.project.findUnique({ where: { id: missing as never } })),
    ).rejects.toThrow(TenantError);
    await expect(
      as(acme, async () =>
        database.db.project.findUnique({
          where: { organizationId_id: { organizationId: acme.id, id: missing as never } },
        }),
      ),
    ).rejects.toThrow(TenantError);
  });
});

describe('look-ups by id', () => {
  test('of one tick and scope are one statement, each answered with its own row', async () => {
    const sql: string[] = [];
    const ids = acme.taskIds.slice(0, 40);
    const rows = await as(
      acme,
      async () =>
        Promise.all(
          [...ids, globex.taskIds[0] ?? ''].map((id) =>
            database.db.task.findUnique({ where: { id }, select: { id: true, title: true } }),
          ),
        ),
      { onStatement: (text) => sql.push(text) },
    );
    expect(rows.map((row) => row?.id ?? null)).toEqual([...ids, null]);
    expect(sql).toHaveLength(1);
  });

  test('of different organizations in one tick never meet', async () => {
    const ask = (viewer: KnownOrganization, id: string) =>
      as(viewer, async () => database.db.task.findUnique({ where: { id }, select: { id: true } }));
    const pairs = Array.from({ length: 200 }, (_, index) => {
      const [viewer, owner] = [index % 2 ? acme : globex, index % 4 < 2 ? acme : globex];
      return { viewer, owner, id: owner.taskIds[index] ?? '' };
    });
    const rows = await Promise.all(pairs.map(({ viewer, id }) => ask(viewer, id)));
    expect(rows.map((row) => row?.id ?? null)).toEqual(
      pairs.map(({ viewer, owner, id }) => (viewer === owner ? id : null)),
    );
  });

  test('that select differently are kept apart', async () => {
    const [id = ''] = acme.projectIds;
    const [one, other] = await as(acme, async () =>
      Promise.all([
        database.db.project.findUnique({ where: { id }, select: { id: true, name: true } }),
        database.db.project.findUnique({ where: { id }, select: { id: true, budget: true } }),
      ]),
    );
    expect(Object.keys(one ?? {}).sort()).toEqual(['id', 'name']);
    expect(Object.keys(other ?? {}).sort()).toEqual(['budget', 'id']);
  });

  test('ask the guard of the statement, once each, and send nothing when it refuses', async () => {
    const sql: string[] = [];
    const asked: string[] = [];
    const [id = ''] = acme.projectIds;
    const guard = (model: string, operation: string): void => {
      asked.push(`${model} ${operation}`);
      throw new Error('refused');
    };
    const work = async () => database.db.project.findUnique({ where: { id }, select: { budget: true } });
    await expect(as(acme, work, { guard, onStatement: (text) => sql.push(text) })).rejects.toThrow('refused');
    expect(asked).toEqual(['Project findUnique']);
    expect(sql).toEqual([]);
  });
});
