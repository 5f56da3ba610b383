/** The Prisma schema and a migrated database say the same; where they do not, the difference is a statement. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assembleSchema, readSchema } from '../../scripts/assemble-schema.mjs';
import { migrationsFolder } from '../../src/stores/migration-files.ts';
import { migrate } from '../../src/stores/migrations.ts';
import { diffToSchema, readPrismaSchema, type SchemaFile } from '../../src/stores/schema-diff.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const source = readSchema(fileURLToPath(new URL('../../prisma/schema/', import.meta.url)));
const assembled = (files: Readonly<Record<string, string>>): readonly SchemaFile[] =>
  Object.entries(assembleSchema(files)).map(([path, content]) => ({ path, content }));

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
});
afterEach(() => database?.close());

test('a migrated database is what the Prisma schema says, and nothing else', async () => {
  await migrate(database.ownerUrl);
  expect(await diffToSchema(database.ownerUrl, await readPrismaSchema())).toEqual([]);
  expect(await diffToSchema(database.ownerUrl, assembled(source))).toEqual([]);
});

test('the engine’s migrations alone make what the engine’s schema alone says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fieldgate-engine-'));
  try {
    await cp(new URL('engine/', migrationsFolder), join(folder, 'engine'), { recursive: true });
    await migrate(database.ownerUrl, pathToFileURL(`${folder}/`));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { 'engine.prisma': engine = '' } = source;
  expect(await diffToSchema(database.ownerUrl, assembled({ 'engine.prisma': engine }))).toEqual([]);
});

test('a column, an index and a foreign key that went missing are statements that bring them back', async () => {
  await migrate(database.ownerUrl);
  await database.query(`
    alter table "Comment" drop column "internal";
    drop index "Task_organizationId_title_id_idx";
    alter table "Attachment" drop constraint "Attachment_organizationId_taskId_fkey"`);
  const steps = await diffToSchema(database.ownerUrl, await readPrismaSchema());
  expect(steps).toEqual([
    { what: 'AlterTable', sql: 'ALTER TABLE "Comment" ADD COLUMN     "internal" BOOLEAN NOT NULL DEFAULT false;' },
    {
      what: 'CreateIndex',
      sql: 'CREATE INDEX "Task_organizationId_title_id_idx" ON "Task"("organizationId", "title", "id");',
    },
    {
      what: 'AddForeignKey',
      sql: 'ALTER TABLE "Attachment" ADD CONSTRAINT "Attachment_organizationId_taskId_fkey" FOREIGN KEY ("organizationId", "taskId") REFERENCES "Task"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;',
    },
  ]);
  for (const { sql } of steps) await database.query(sql);
  expect(await diffToSchema(database.ownerUrl, await readPrismaSchema())).toEqual([]);
});
