/** A database that lost a wall, a right, a column or an index says so in one line, with what brings it back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declaredTables } from '../../src/cli/declared-tables.ts';
import { findDifferences, nounCheck } from '../../src/cli/noun-check.ts';
import { declaredNouns } from '../../src/nouns/register.ts';
import { checkTables, type ModelTable, modelTablesOf } from '../../src/stores/database-check.ts';
import { withDatabaseClient } from '../../src/stores/database-client.ts';
import { readDatabaseFacts } from '../../src/stores/database-facts.ts';
import { readPrismaSchema } from '../../src/stores/schema-diff.ts';
import type { NounTable } from '../../src/stores/tenant-walls.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());

const task: NounTable = {
  model: 'Task',
  table: 'Task',
  orders: ['id', 'number', 'title', 'createdAt'],
  filters: ['status', 'projectId', 'assigneeId'],
};
const project: NounTable = {
  model: 'Project',
  table: 'Project',
  orders: ['key', 'name'],
  filters: ['archivedAt', 'key'],
};

const modelOfDomain = (name: string): ModelTable => ({ model: name, table: name, isOfEngine: false });

/** What is found while a difference is there; it is taken back again. */
async function foundWith(plant: string, undo: string): Promise<readonly string[]> {
  await database.query(plant);
  try {
    return await findDifferences(database.ownerUrl, [task, project]);
  } finally {
    await database.query(undo);
  }
}

const tenantPolicy = (table: string) =>
  `create policy tenant on public."${table}" to fieldgate_gateway using ("organizationId" = (select public.current_organization_id())) ` +
  'with check ("organizationId" = (select public.current_organization_id()));';

/** What is taken away or added, the statement that takes it back, and what is said. */
const planted: Readonly<Record<string, readonly [plant: string, undo: string, lines: readonly string[]]>> = {
  'row-level security that is off': [
    'alter table "Task" disable row level security',
    'alter table "Task" enable row level security',
    ['Task: row-level security is off. In a migration: alter table public."Task" enable row level security;'],
  ],
  'a policy that was dropped': [
    'drop policy tenant on "Comment"',
    tenantPolicy('Comment'),
    [`Comment: the policy tenant is missing. In a migration: ${tenantPolicy('Comment')}`],
  ],
  'a policy that says something else': [
    'alter policy tenant on "Task" using (true)',
    'alter policy tenant on "Task" using ("organizationId" = (select public.current_organization_id()))',
    [
      'Task: the policy tenant is another: ALL using true with check ("organizationId" = ( SELECT ' +
        'public.current_organization_id() AS current_organization_id)), to fieldgate_gateway. In a migration: ' +
        `drop policy "tenant" on public."Task"; ${tenantPolicy('Task')}`,
    ],
  ],
  'a policy that asks a function of the same name elsewhere': [
    `create schema elsewhere;
     create function elsewhere.current_organization_id() returns uuid language sql as 'select null::uuid';
     alter policy tenant on "Task" using ("organizationId" = (select elsewhere.current_organization_id()))`,
    `alter policy tenant on "Task" using ("organizationId" = (select public.current_organization_id()));
     drop schema elsewhere cascade`,
    [expect.stringMatching(/^Task: the policy tenant is another: .*elsewhere\.current_organization_id/)],
  ],
  'a policy beside the tenant’s': [
    'create policy more on "Task" for select to fieldgate_gateway using (true)',
    'drop policy more on "Task"',
    [
      'Task: the policy more opens rows beside those of the others: policies add up unless they are restrictive. ' +
        'In a migration: drop policy "more" on public."Task";',
    ],
  ],
  'a policy of the engine’s own that was dropped': [
    'drop policy own on "Session"',
    'create policy own on "Session" to fieldgate_gateway using ("userId" = (select public.current_user_id())) with check ("userId" = (select public.current_user_id()))',
    [
      'Session: the policy own is missing. Expected for fieldgate_gateway: ALL using ("userId" = ( SELECT ' +
        'public.current_user_id() AS current_user_id)) with check ("userId" = ( SELECT public.current_user_id() AS current_user_id))',
    ],
  ],
  'a right that is missing': [
    'revoke delete, update on "Attachment" from fieldgate_gateway',
    'grant delete, update on "Attachment" to fieldgate_gateway',
    [
      'Attachment: the gateway’s role lacks UPDATE, DELETE. In a migration: grant update, delete on public."Attachment" to fieldgate_gateway;',
    ],
  ],
  'rights that row-level security does not bind, and rights of everybody': [
    'grant truncate on "Task" to fieldgate_gateway; grant select on "Task" to public',
    'revoke truncate on "Task" from fieldgate_gateway; revoke select on "Task" from public',
    [
      'Task: the gateway’s role has TRUNCATE, which it does not need. In a migration: revoke truncate on public."Task" from fieldgate_gateway;',
      'Task: everybody has SELECT. In a migration: revoke select on public."Task" from public;',
    ],
  ],
  'a column of a membership that may be written': [
    'grant update ("userId") on "Membership" to fieldgate_gateway',
    'revoke update ("userId") on "Membership" from fieldgate_gateway',
    [
      'Membership: the gateway’s role has UPDATE (userId), which it does not need. In a migration: revoke update ("userId") on public."Membership" from fieldgate_gateway;',
    ],
  ],
  'a view that reads as its owner': [
    `create view "All" as select * from "Task"; grant select on "All" to fieldgate_gateway;
     create view "Own" with (security_invoker = true) as select * from "Task"; grant select on "Own" to fieldgate_gateway;
     create view "Nobody" as select * from "Task";
     create materialized view "Kept" as select * from "Task"; grant select on "Kept" to public`,
    'drop view "All", "Own", "Nobody"; drop materialized view "Kept"',
    [
      'All: the view reads as its owner, past row-level security. In a migration: alter view public."All" set (security_invoker = true);',
      'Kept: a materialized view has no policies: whoever may read it reads all organizations’ rows. In a migration: revoke all on public."Kept" from public, fieldgate_gateway;',
    ],
  ],
  'an index that is missing': [
    'drop index "Task_organizationId_title_id_idx"',
    'create index "Task_organizationId_title_id_idx" on "Task" ("organizationId", "title", "id")',
    [
      'The database is not what prisma/schema says (CreateIndex). Change the schema back, or in a migration: CREATE INDEX "Task_organizationId_title_id_idx" ON "Task"("organizationId", "title", "id");',
      'Task: no index serves title. In the Prisma schema: @@index([organizationId, title, id]); in a migration: create index "Task_organizationId_title_id_idx" on public."Task" ("organizationId", "title", "id");',
    ],
  ],
  'a column that is missing': [
    'alter table "Comment" drop column "internal"',
    'alter table "Comment" add column "internal" boolean not null default false',
    [
      'The database is not what prisma/schema says (AlterTable). Change the schema back, or in a migration: ALTER TABLE "Comment" ADD COLUMN "internal" BOOLEAN NOT NULL DEFAULT false;',
    ],
  ],
  'a table that no model has': [
    'create table "Left" (); alter table "Left" enable row level security; create policy tenant on "Left" using (true)',
    'drop table "Left"',
    [
      'The database is not what prisma/schema says (DropTable). Change the schema back, or in a migration: DROP TABLE "Left";',
      'Left: the policy tenant is of a table that no model has. Add the model to prisma/schema, or in a migration: drop policy "tenant" on public."Left";',
    ],
  ],
};

test('a migrated database has no differences', async () => {
  expect(await findDifferences(database.ownerUrl, [task, project])).toEqual([]);
});

test.each(Object.entries(planted))('%s is named, with what to do', async (_title, [plant, undo, lines]) => {
  expect(await foundWith(plant, undo)).toEqual(lines);
});

test('a new table is told everything that keeps its rows within their organization', async () => {
  await database.query(`
    create table "Invoice" (
      "id" uuid primary key,
      "organizationId" uuid,
      "taskId" uuid constraint "Invoice_taskId_fkey" references "Task" ("id"),
      "payerId" uuid references "User" ("id"));
    create table "Colour" ("name" text primary key)`);
  try {
    const models = [...modelTablesOf(await readPrismaSchema()), ...['Invoice', 'Colour'].map(modelOfDomain)];
    const tables = await withDatabaseClient(
      { connectionString: database.ownerUrl, answerTimeoutMs: 60_000 },
      readDatabaseFacts,
    );
    expect(checkTables(tables, [...models, modelOfDomain('Missing')])).toEqual([
      'Colour: it has no organizationId and no policy, so that nobody’s rows are told from another’s. Add organizationId, or in a migration: alter table public."Colour" enable row level security; create policy … to fieldgate_gateway using (…);',
      'Invoice: row-level security is off. In a migration: alter table public."Invoice" enable row level security;',
      `Invoice: the policy tenant is missing. In a migration: ${tenantPolicy('Invoice')}`,
      'Invoice: the gateway’s role lacks SELECT, INSERT, UPDATE, DELETE. In a migration: grant select, insert, update, delete on public."Invoice" to fieldgate_gateway;',
      'Invoice: payerId leads to an account, and nothing keeps it to members of the organization. In the Prisma schema: a second relation to Membership, fields: [organizationId, payerId], references: [organizationId, userId], onDelete: NoAction.',
      'Invoice: the foreign key Invoice_taskId_fkey to Task carries no organization: a row could point into another one. In the Prisma schema: fields: [organizationId, …], references: [organizationId, …], and onDelete: Cascade or NoAction.',
      'Invoice: its organizationId leads to no organization. In the Prisma schema: organization Organization @relation(fields: [organizationId], references: [id], onDelete: Cascade).',
      'Invoice: its organizationId may be null: such a row belongs to nobody. In the Prisma schema: organizationId String.',
      'Missing: there is no table Missing. Write its migration.',
    ]);
  } finally {
    await database.query('drop table "Invoice", "Colour"');
  }
});

test('declared nouns ask for what serves their lists', () => {
  const models = modelTablesOf([{ path: 'domain.prisma', content: 'model Comment {\n  @@map("comments")\n}\n' }]);
  expect(declaredTables(declaredNouns(), models)).toEqual([
    { model: 'Attachment', table: 'Attachment', orders: [], filters: ['taskId'] },
    { model: 'Comment', table: 'comments', orders: [], filters: ['taskId', 'authorId'] },
    {
      model: 'Project',
      table: 'Project',
      orders: ['key', 'name', 'status', 'budget', 'spent', 'createdAt', 'updatedAt'],
      filters: ['id', 'status', 'leadId', 'budget', 'spent', 'createdAt', 'updatedAt', 'archivedAt'],
    },
    {
      model: 'Task',
      table: 'Task',
      orders: ['number', 'title', 'status', 'priority', 'dueAt', 'estimateMinutes', 'createdAt', 'updatedAt'],
      filters: [
        'projectId',
        'id',
        'number',
        'status',
        'priority',
        'assigneeId',
        'reporterId',
        'dueAt',
        'estimateMinutes',
        'projectId',
        'createdAt',
        'updatedAt',
      ],
    },
  ]);
});

describe('the command', () => {
  const run = async (nouns: readonly NounTable[] | null = null) => {
    const out: string[] = [];
    const errors: string[] = [];
    const output = { out: (line: string) => void out.push(line), error: (line: string) => void errors.push(line) };
    const code = await nounCheck([], { DATABASE_MIGRATION_URL: database.ownerUrl }, output, nouns);
    return { code, out, errors };
  };

  test('succeeds and fails by its exit code', async () => {
    expect(await run()).toEqual({
      code: 0,
      out: ['Schema, database, row-level security, rights and indexes agree.'],
      errors: [],
    });
    const invoice: NounTable = { model: 'Invoice', table: 'Invoice', orders: [], filters: [] };
    expect(await run([invoice, { ...project, filters: ['description', 'colour'] }])).toEqual({
      code: 1,
      out: [],
      errors: [
        'Invoice: there is no table Invoice. Write its migration.',
        'Project: Project has no column colour. Change the declaration, or add it.',
        'Project: no index serves description. In the Prisma schema: @@index([organizationId, description]); in a migration: create index "Project_organizationId_description_idx" on public."Project" ("organizationId", "description");',
      ],
    });
  });
});
