/** What is compiled past Prisma stands behind the same walls: scope, guard, organization, row-level security. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createVisibilityWall } from '../../src/authorization/visibility-wall.ts';
import type { ViewerScope } from '../../src/stores/database-scope.ts';
import { createRowReader } from '../../src/stores/row-reader.ts';
import { createTenantPool, type TenantPool } from '../../src/stores/tenant-pool.ts';
import { person } from '../authorization/viewers.ts';
import { type BareScope, runBare } from '../support/bare-scope.ts';
import { type KnownOrganizations, knowOrganizations } from '../support/organizations.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let organizations: KnownOrganizations;
let pool: TenantPool;
beforeAll(async () => {
  database = await createTestDatabase();
  organizations = await knowOrganizations(database);
  pool = createTenantPool({ connectionString: database.gatewayUrl, max: 2, statementTimeoutMs: 5_000 });
});
afterAll(async () => {
  await pool.end();
  await database.close();
});

const scopeOf = (organizationId: string | null, more: Partial<ViewerScope> = {}): BareScope => ({
  organizationId,
  ...more,
});
const reader = () => createRowReader(pool);

test('reads the columns of a row of the scope’s organization, and of no other', async () => {
  const { acme, globex } = organizations;
  const read = reader()('Project', ['key', 'name']);
  const within = (organizationId: string | null, id: string | undefined) =>
    runBare(scopeOf(organizationId), async () => read?.(id ?? ''));
  expect(await within(acme.id, acme.projectIds[0])).toEqual({ key: expect.any(String), name: expect.any(String) });
  expect(await within(acme.id, globex.projectIds[0])).toBeNull();
  expect(await within(globex.id, acme.projectIds[0])).toBeNull();
  expect(await within(null, acme.projectIds[0])).toBeNull();
});

test('is refused by row-level security too: the condition alone does not open another organization', async () => {
  const { acme, globex } = organizations;
  const read = reader()('Project', ['name']);
  // Bound to globex, asked with acme's id in the condition, as a mistaken program would.
  const query = pool.query.bind(pool);
  const mistaken = createRowReader({
    query: ((statement: { values: unknown[] }) =>
      query({ ...statement, values: [statement.values[0], acme.id] } as never)) as unknown as TenantPool['query'],
  })('Project', ['key']);
  const [id = ''] = acme.projectIds;
  expect(await runBare(scopeOf(globex.id), async () => mistaken?.(id))).toBeNull();
  expect(await runBare(scopeOf(acme.id), async () => read?.(id))).not.toBeNull();
});

test('asks the guard before anything is sent, and runs nowhere without a scope', async () => {
  const { acme } = organizations;
  const sent: string[] = [];
  const asked: unknown[] = [];
  const read = reader()('Project', ['budget']);
  const guard = (...args: unknown[]) => {
    asked.push(args);
    throw new Error('refused');
  };
  const scope = scopeOf(acme.id, { guard, onStatement: (sql) => void sent.push(sql) });
  const [id = ''] = acme.projectIds;
  await expect(runBare(scope, async () => read?.(id))).rejects.toThrow('refused');
  expect(asked).toEqual([
    ['Project', 'findFirst', { select: { budget: true }, where: { id, organizationId: acme.id } }],
  ]);
  expect(sent).toEqual([]);
  await expect(read?.(id)).rejects.toThrow('outside of any database scope');
});

test('answers nobody who may not see every row: the prepared text has no place for a condition', async () => {
  const { acme } = organizations;
  const sent: string[] = [];
  const [id = ''] = acme.projectIds;
  const read = (...permissions: string[]) =>
    runBare(
      scopeOf(acme.id, {
        guard: () => undefined,
        wall: createVisibilityWall(person(...permissions)),
        onStatement: (sql) => void sent.push(sql),
      }),
      async () => reader()('Project', ['name'])?.(id),
    );
  await expect(read('task:read')).rejects.toThrow('Not every Project can be seen');
  expect(sent).toEqual([]);
  expect(await read('project:read')).toEqual({ name: expect.any(String) });
});

test.each([
  ['a column that does not exist', 'Project', ['nonsense']],
  ['a relation', 'Project', ['tasks']],
  ['a list', 'ApiKey', ['scopes']],
  ['a model of no organization', 'User', ['name']],
  ['a model that does not exist', 'Nonsense', ['name']],
  ['SQL instead of a name', 'Project', ['name" from "User" --']],
])('prepares nothing for %s', (_what, model, columns) => {
  expect(reader()(model, columns)).toBeNull();
});
