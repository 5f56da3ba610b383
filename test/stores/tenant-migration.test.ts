/** The migration of a noun is written, with its walls: once applied nothing differs, and its rows stay in their organization. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assembleSchema, readSchema } from '../../scripts/assemble-schema.mjs';
import { findDifferences } from '../../src/cli/noun-check.ts';
import { MigrationError } from '../../src/stores/migration-error.ts';
import { migrationsFolder } from '../../src/stores/migration-files.ts';
import { migrate } from '../../src/stores/migrations.ts';
import { diffToSchema, type SchemaStep } from '../../src/stores/schema-diff.ts';
import { migrationFor, nextMigrationName } from '../../src/stores/tenant-migration.ts';
import type { NounTable } from '../../src/stores/tenant-walls.ts';
import { knowOrganizations } from '../support/organizations.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const source = readSchema(fileURLToPath(new URL('../../prisma/schema/', import.meta.url)));

const invoice: NounTable = {
  model: 'Invoice',
  table: 'Invoice',
  orders: ['number', 'amount', 'createdAt'],
  filters: ['status', 'number'],
};

/** The schema with a noun more. */
const schemaWith = (indexes: string, column = '') =>
  Object.entries(
    assembleSchema({
      ...source,
      'invoice.prisma': `
enum InvoiceStatus {
  OPEN
  PAID
}

model Invoice {
  id                  String        @id @default(uuid(7)) @db.Uuid
  organizationId      String        @db.Uuid
  number              String
  status              InvoiceStatus @default(OPEN)
  amount              Decimal?      @db.Decimal(14, 2)
  ${column}
  createdById         String?       @db.Uuid
  createdAt           DateTime      @default(now()) @db.Timestamptz(3)
  organization        Organization  @relation(fields: [organizationId], references: [id], onDelete: Cascade)
  createdBy           User?         @relation(fields: [createdById], references: [id], onDelete: Restrict)
  createdByMembership Membership?   @relation(fields: [organizationId, createdById], references: [organizationId, userId], onDelete: NoAction)

  @@unique([organizationId, id])
  @@unique([organizationId, number])
  @@index([organizationId, createdAt, id])
  ${indexes}
}
`,
    }),
  ).map(([path, content]) => ({ path, content }));

const allIndexes = '@@index([organizationId, amount, id])\n  @@index([organizationId, status])';

describe('applied to a database', () => {
  let database: TestDatabase;
  let folder: string;

  beforeEach(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'fieldgate-noun-'));
    await cp(migrationsFolder, folder, { recursive: true });
  });
  afterEach(async () => {
    await database?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const apply = async (name: string, sql: string | null): Promise<void> => {
    await writeFile(join(folder, `${name}.sql`), sql ?? '');
    expect(await migrate(database.ownerUrl, pathToFileURL(`${folder}/`))).toEqual([name]);
  };

  test('it leaves no difference, and no organization sees or writes another’s rows', async () => {
    const schema = schemaWith(allIndexes);
    await apply('domain/29990101000000_invoice', migrationFor(invoice, await diffToSchema(database.ownerUrl, schema)));
    expect(await findDifferences(database.ownerUrl, [invoice], schema)).toEqual([]);
    expect(
      migrationFor(invoice, await diffToSchema(database.ownerUrl, schema), [
        { columns: ['organizationId', 'amount', 'id'], isUnique: false },
        { columns: ['organizationId', 'createdAt', 'id'], isUnique: false },
        { columns: ['organizationId', 'status'], isUnique: false },
        { columns: ['organizationId', 'number'], isUnique: true },
      ]),
    ).toBeNull();

    const { acme, globex } = await knowOrganizations(database);
    const gateway = new pg.Client({ connectionString: database.gatewayUrl });
    await gateway.connect();
    try {
      const insert = (organizationId: string) =>
        gateway.query(
          `insert into "Invoice" ("id", "organizationId", "number") values (gen_random_uuid(), $1, 'N-1')`,
          [organizationId],
        );
      const count = async () => (await gateway.query('select count(*)::int as count from "Invoice"')).rows[0].count;
      const bind = (id: string) => gateway.query(`select set_config('app.organization_id', $1, false)`, [id]);
      await bind(acme.id);
      await insert(acme.id);
      await expect(insert(globex.id)).rejects.toThrow(/row-level security policy/);
      expect(await count()).toBe(1);
      await bind(globex.id);
      expect(await count()).toBe(0);
      expect((await gateway.query('delete from "Invoice"')).rowCount).toBe(0);
    } finally {
      await gateway.end();
    }
    expect(await database.query('select "organizationId" as id from "Invoice"')).toEqual([{ id: acme.id }]);
  });

  test('a column that came later is a migration of that column alone', async () => {
    await apply(
      'domain/29990101000000_invoice',
      migrationFor(invoice, await diffToSchema(database.ownerUrl, schemaWith(allIndexes))),
    );
    const schema = schemaWith(
      `${allIndexes}\n  @@index([organizationId, paidAt, id])`,
      'paidAt DateTime? @db.Timestamptz(3)',
    );
    const sql = migrationFor(
      { ...invoice, orders: ['paidAt'], filters: [] },
      await diffToSchema(database.ownerUrl, schema),
    );
    expect(sql).toBe(`-- Invoice.

-- AlterTable
ALTER TABLE "Invoice" ADD COLUMN     "paidAt" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "Invoice_organizationId_paidAt_id_idx" ON "Invoice"("organizationId", "paidAt", "id");
`);
    await apply('domain/29990101000001_invoice_paid_at', sql);
    expect(await findDifferences(database.ownerUrl, [{ ...invoice, orders: ['paidAt'] }], schema)).toEqual([]);
  });
});

describe('what is written', () => {
  const table: SchemaStep = { what: 'CreateTable', sql: 'CREATE TABLE "Invoice" (\n    "id" UUID NOT NULL\n);' };

  test('has the walls of a new table, and the indexes that its schema forgot', () => {
    const unique: SchemaStep = {
      what: 'CreateIndex',
      sql: 'CREATE UNIQUE INDEX "Invoice_organizationId_number_key" ON "Invoice"("organizationId", "number");',
    };
    expect(
      migrationFor({ ...invoice, orders: ['number', 'amount'], filters: ['amount', 'status'] }, [table, unique]),
    ).toBe(`-- Invoice.

-- CreateTable
CREATE TABLE "Invoice" (
    "id" UUID NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "Invoice_organizationId_number_key" ON "Invoice"("organizationId", "number");

-- The walls: the gateway’s role sees and writes the rows of the bound organization, and no other.
grant select, insert, update, delete on public."Invoice" to fieldgate_gateway;
alter table public."Invoice" enable row level security;
create policy tenant on public."Invoice" to fieldgate_gateway
  using ("organizationId" = (select public.current_organization_id()))
  with check ("organizationId" = (select public.current_organization_id()));

-- In the Prisma schema, too: @@index([organizationId, amount, id])
create index "Invoice_organizationId_amount_id_idx" on public."Invoice" ("organizationId", "amount", "id");

-- In the Prisma schema, too: @@index([organizationId, status])
create index "Invoice_organizationId_status_idx" on public."Invoice" ("organizationId", "status");
`);
  });

  test.each([
    ['another table', 'ALTER TABLE "Task" ADD COLUMN     "colour" TEXT;'],
    ['a column that goes', 'ALTER TABLE "Invoice" DROP COLUMN "amount";'],
    ['a table that goes', 'DROP TABLE "Invoice";'],
  ])('is nothing where the difference has %s, too', (_title, sql) => {
    const write = () => migrationFor(invoice, [table, { what: 'AlterTable', sql }]);
    expect(write).toThrow(MigrationError);
    expect(write).toThrow(sql.replace(/\s+/g, ' '));
  });

  test('is called after the time, behind what is there', () => {
    const now = new Date('2026-11-24T20:15:30.123Z');
    const names = ['engine/29990101000000_later', 'domain/20261123000000_work'];
    expect(nextMigrationName(names, 'Add invoices', now)).toBe('domain/20261124201530_add_invoices');
    expect(nextMigrationName([...names, 'domain/20261124201530_add_invoices'], 'again', now)).toBe(
      'domain/20261124201531_again',
    );
    expect(nextMigrationName([], 'Ünïcode !', now)).toBe('domain/20261124201530_n_code');
  });
});
