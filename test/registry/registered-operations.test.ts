/** The registry's own statements on a real PostgreSQL: who finds what, what is counted, and what the gateway’s role may not do. */
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sha256Of } from '../../src/registry/document-id.ts';
import {
  createRegisteredOperationStore,
  type RegisteredOperationStore,
} from '../../src/stores/registered-operations.ts';
import { runBare } from '../support/bare-scope.ts';
import { openTestDatabase, type TestDatabase } from '../support/test-database.ts';

const [acme, globex] = [uuid(), uuid()];
const key = uuid();
const body = 'query Q { __typename }';
const sha256 = sha256Of(body);

let database: TestDatabase;
let store: RegisteredOperationStore;

/** Registers as the owner of the tables. @returns the id. */
async function register(
  organizationId: string | null,
  client: string,
  more: Record<string, unknown> = {},
): Promise<string> {
  const id = uuid();
  const row = {
    id,
    organizationId,
    client,
    sha256,
    name: 'Q',
    body,
    cost: 1,
    requires: [],
    createdAt: new Date(),
    ...more,
  };
  await database.asOwner(
    'insert into "PersistedOperation" select * from jsonb_populate_record(null::"PersistedOperation", $1::jsonb)',
    [JSON.stringify(row)],
  );
  return id;
}

const usesOf = () =>
  database.asOwner(
    'select "organizationId", "operationId", "apiKeyId", "day"::text, "count" from "PersistedOperationUse" order by "count"',
  );

beforeAll(async () => {
  database = await openTestDatabase();
  store = createRegisteredOperationStore(database.db);
  for (const [id, slug] of [
    [acme, 'acme'],
    [globex, 'globex'],
  ])
    await database.asOwner(
      'insert into "Organization" ("id", "slug", "name", "updatedAt") values ($1, $2, $2, now())',
      [id, slug],
    );
  const role = uuid();
  await database.asOwner(
    `insert into "Role" ("id", "organizationId", "key", "name", "permissions", "updatedAt") values ($1, $2, 'partner', 'P', '{}', now())`,
    [role, acme],
  );
  await database.asOwner(
    `insert into "ApiKey" ("id", "organizationId", "name", "client", "prefix", "digest", "roleId", "scopes", "allowedNetworks")
     values ($1, $2, 'K', 'partner', 'prefix', 'digest', $3, '{}', '{}')`,
    [key, acme, role],
  );
});

beforeEach(() => database.asOwner('truncate "PersistedOperation" cascade'));
afterAll(() => database?.close());

describe('finding an operation', () => {
  const partner = { organizationId: acme, client: 'partner' };
  const nobody = { organizationId: null, client: null };

  test('prefers the client’s own to the deployment’s, and knows no other client’s or organization’s', async () => {
    const everybodys = await register(null, 'frontend');
    const own = await register(acme, 'partner');
    expect((await store.find(partner, sha256))?.id).toBe(own);
    for (const caller of [nobody, { ...partner, client: 'other' }, { ...partner, organizationId: globex }])
      expect((await store.find(caller, sha256))?.id).toBe(everybodys);
    expect(await store.find(partner, sha256Of('other'))).toBeNull();
  });

  test('finds nothing of another organization even where it is the only one', async () => {
    await register(acme, 'partner');
    expect(await store.find({ organizationId: globex, client: 'partner' }, sha256)).toBeNull();
    expect(await store.find(nobody, sha256)).toBeNull();
  });

  test('takes one of the deployment that is in use before one that is retired, but not before one’s own that is', async () => {
    await register(null, 'a', { retiredAt: new Date() });
    const used = await register(null, 'b');
    expect((await store.find(nobody, sha256))?.id).toBe(used);
    const own = await register(acme, 'partner', { retiredAt: new Date(), retiredReason: 'Gone.' });
    expect(await store.find(partner, sha256)).toMatchObject({ id: own, retiredReason: 'Gone.' });
  });
});

describe('counting', () => {
  const use = {
    apiKeyId: key,
    organizationId: acme,
    day: '2026-11-23',
    count: 2,
    lastUsedAt: new Date('2026-11-23T10:00:00Z'),
  };

  test('adds up parallel batches of several processes exactly', async () => {
    const operationId = await register(acme, 'partner');
    const batch = [
      { ...use, operationId },
      { ...use, operationId, apiKeyId: null, count: 3 },
    ];
    await Promise.all(Array.from({ length: 10 }, () => store.addUses(batch)));
    expect(await usesOf()).toEqual([
      { organizationId: acme, operationId, apiKeyId: key, day: '2026-11-23', count: 20 },
      { organizationId: acme, operationId, apiKeyId: null, day: '2026-11-23', count: 30 },
    ]);
  });

  test('keeps the latest use, whatever the order in which batches arrive', async () => {
    const operationId = await register(acme, 'partner');
    await store.addUses([{ ...use, operationId }]);
    await store.addUses([{ ...use, operationId, lastUsedAt: new Date('2026-11-23T09:00:00Z') }]);
    const [row] = await database.asOwner('select "lastUsedAt" from "PersistedOperation"');
    expect(row?.lastUsedAt).toEqual(use.lastUsedAt);
  });

  test('counts no use of another organization’s operation, by another’s key, or of what is gone', async () => {
    const operationId = await register(acme, 'partner');
    const everybodys = await register(null, 'frontend');
    await store.addUses([
      { ...use, operationId, organizationId: globex, apiKeyId: null },
      { ...use, operationId: everybodys, organizationId: globex },
      { ...use, operationId: uuid() },
      { ...use, operationId, apiKeyId: uuid() },
      { ...use, operationId, count: -5 },
      { ...use, operationId: everybodys, organizationId: null, apiKeyId: null },
    ]);
    expect(await usesOf()).toEqual([]);
    await store.addUses([{ ...use, operationId: everybodys, organizationId: globex, apiKeyId: null }]);
    expect(await usesOf()).toHaveLength(1);
  });
});

describe('what a starting process compiles first', () => {
  test('is what was used most of late, of all organizations, and never what is retired', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const [some, most, none] = [await register(acme, 'a'), await register(globex, 'b'), await register(null, 'c')];
    const retired = await register(acme, 'd', { retiredAt: new Date() });
    const count = (operationId: string, organizationId: string, times: number, day = today) => ({
      operationId,
      organizationId,
      apiKeyId: null,
      day,
      count: times,
      lastUsedAt: new Date(),
    });
    await store.addUses([
      count(some, acme, 5),
      count(most, globex, 50),
      count(retired, acme, 500),
      count(some, acme, 500, '2026-01-01'),
    ]);
    expect((await store.mostUsed(10)).map(({ id }) => id)).toEqual([most, some, none]);
    expect((await store.mostUsed(1)).map(({ id }) => id)).toEqual([most]);
  });
});

describe('the gateway’s role', () => {
  test('can neither write the deployment’s operations nor touch another organization’s', async () => {
    const everybodys = await register(null, 'frontend');
    const foreign = await register(globex, 'partner');
    const inAcme = (sql: string, id: string) =>
      runBare({ organizationId: acme }, async () => await database.db.$executeRawUnsafe(sql, id));
    for (const id of [everybodys, foreign]) {
      expect(await inAcme('update "PersistedOperation" set "retiredAt" = now() where "id" = $1::uuid', id)).toBe(0);
      expect(await inAcme('delete from "PersistedOperation" where "id" = $1::uuid', id)).toBe(0);
    }
    await expect(
      inAcme(
        `insert into "PersistedOperation" ("id", "client", "sha256", "name", "body", "cost", "requires")
         values ($1::uuid, 'x', '${sha256}', 'Q', 'x', 1, '{}')`,
        uuid(),
      ),
    ).rejects.toThrow(/row-level security/);
  });
});
