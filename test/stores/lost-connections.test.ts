/** Connections to PostgreSQL that end or go silent cost their statement, and nothing else: neither the process nor a place of the pool. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { createDatabase, type OpenDatabase } from '../../src/stores/database.ts';
import { withDatabaseClient } from '../../src/stores/database-client.ts';
import { DatabaseConnectionError, databaseFaultOf } from '../../src/stores/database-faults.ts';
import { createTenantPool, type TenantPool } from '../../src/stores/tenant-pool.ts';
import { runBare } from '../support/bare-scope.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let database: TestDatabase;
let proxy: TcpProxy;
let pool: TenantPool;
let opened: OpenDatabase;

const inNoTenant = <T>(work: () => Promise<T>): Promise<T> => runBare({ organizationId: null }, work);
const terminate = (pid: unknown) => database.query('select pg_terminate_backend($1)', [pid]);
const pidOf = async (source: { query(text: string): Promise<pg.QueryResult> }): Promise<unknown> =>
  (await source.query('select pg_backend_pid() as pid')).rows[0].pid;
const endOf = (client: pg.PoolClient) => new Promise<void>((done) => client.once('end', done));
/** Every place of the pool at work at once. */
const useAll = () => Promise.all([1, 2].map(() => pool.query('select pg_sleep(0.05)')));

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startTcpProxy(inject('ownerUrl'));
});
afterAll(async () => {
  await proxy?.close();
  await database?.close();
});
beforeEach(() => {
  pool = createTenantPool({
    connectionString: proxy.urlOf(database.gatewayUrl),
    max: 2,
    statementTimeoutMs: 5_000,
    answerTimeoutMs: 200,
  });
  opened = createDatabase({ pool });
});
afterEach(async () => {
  await opened.close();
  proxy.resume();
});

describe('a connection that ends', () => {
  test('while somebody holds it and asks nothing does not end the process', async () => {
    const client = await pool.connect();
    expect(client.listenerCount('error')).toBeGreaterThan(0);
    const ended = endOf(client);
    await terminate(await pidOf(client));
    await ended;
    expect(pool.totalCount).toBe(0);
    // The holder finds out when it asks, and may give it back a second time.
    await expect(client.query('select 1')).rejects.toSatisfy((error) => databaseFaultOf(error) !== null);
    expect(() => client.release()).not.toThrow();
  });

  test('takes no place of the pool with it, whoever keeps it', async () => {
    for (let time = 0; time < 5; time += 1) {
      const client = await pool.connect();
      const ended = endOf(client);
      await terminate(await pidOf(client));
      await ended;
    }
    await useAll();
    expect(pool.totalCount).toBe(2);
  });

  test('under a transaction fails it, and the next one runs', async () => {
    const failing = inNoTenant(() =>
      opened.db.$transaction(async (tx) => {
        const [row] = await tx.$queryRaw<{ pid: number }[]>`select pg_backend_pid() as pid`;
        await terminate(row?.pid);
        await tx.$queryRaw`select 1`;
      }),
    );
    await expect(failing).rejects.toSatisfy((error) => databaseFaultOf(error) !== null);
    expect(await inNoTenant(() => opened.db.$transaction(async (tx) => tx.$queryRaw`select 1 as one`))).toEqual([
      { one: 1 },
    ]);
  });
});

describe('a connection that goes silent', () => {
  test('is destroyed when its statement gets no answer, and so is every other that was open', async () => {
    await useAll();
    expect(pool.totalCount).toBe(2);
    proxy.silence({ all: false });
    await expect(pool.query('select 1')).rejects.toThrow(DatabaseConnectionError);
    // The other one would have been silent too: nobody has to find out.
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await useAll();
    expect(pool.totalCount).toBe(2);
  });

  test('under a transaction fails it, and the pool has all of its places again', async () => {
    const failing = [1, 2].map(() =>
      inNoTenant(() =>
        opened.db.$transaction(async (tx) => {
          await tx.$queryRaw`select 1`;
          proxy.silence({ all: false });
          await tx.$queryRaw`select 2`;
        }),
      ),
    );
    for (const { status, reason } of (await Promise.allSettled(failing)) as PromiseRejectedResult[])
      expect([status, databaseFaultOf(reason)]).toEqual(['rejected', expect.anything()]);
    await useAll();
    expect(pool.totalCount).toBe(2);
  });

  test('is told from an event loop that was busy while the answer lay there', async () => {
    await useAll();
    const answer = pool.query('select 1 as one');
    // Sent in this turn or the next; then the loop is held for much longer than an answer may take.
    await new Promise((done) => setImmediate(done));
    const until = performance.now() + 600;
    while (performance.now() < until);
    expect((await answer).rows).toEqual([{ one: 1 }]);
  });

  test('is known as long as nothing else is answered, and forgotten with the first answer', async () => {
    expect(pool.failingSince).toBeNull();
    await useAll();
    proxy.silence({ all: false });
    const before = performance.now();
    await expect(pool.query('select 1')).rejects.toThrow(DatabaseConnectionError);
    expect(pool.failingSince).toBeGreaterThan(before);
    await pool.query('select 1');
    expect(pool.failingSince).toBeNull();
  });
});

test('a single connection, as commands use them, is not waited for without end either', async () => {
  const connectionString = proxy.urlOf(database.gatewayUrl);
  const work = withDatabaseClient({ connectionString, answerTimeoutMs: 200 }, async (client) => {
    proxy.silence({ all: false });
    await client.query('select 1');
  });
  await expect(work).rejects.toThrow(DatabaseConnectionError);
});

test('a single connection that goes silent can be closed: nobody waits for an answer to the goodbye', async () => {
  const connectionString = proxy.urlOf(database.gatewayUrl);
  const work = withDatabaseClient({ connectionString, answerTimeoutMs: 5_000 }, async (client) => {
    const { rows } = await client.query('select 1 as one');
    proxy.silence({ all: false });
    return rows;
  });
  expect(await work).toEqual([{ one: 1 }]);
});

describe('faults of the database', () => {
  const server = (code: string) => Object.assign(new pg.DatabaseError('said by the server', 0, 'error'), { code });
  const faulty = (state: string) => databaseFaultOf(Object.assign(server(state), { severity: 'ERROR' })) !== null;

  test('are told by their SQLSTATE from errors of a statement', () => {
    const faults = [
      '08006',
      '25006',
      '28P01',
      '3D000',
      '40001',
      '40P01',
      '53300',
      '53100',
      '55P03',
      '57014',
      '57P01',
      '57P03',
      '58030',
    ];
    const others = ['22P02', '23505', '23503', '23514', '25P02', '42501', '42P01', '42601', 'P0001', 'XX000'];
    expect(faults.filter((state) => !faulty(state))).toEqual([]);
    expect(others.filter(faulty)).toEqual([]);
  });

  test('are found inside of what wraps them, and nothing that merely looks like one is', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
    expect(databaseFaultOf(new Error('outer', { cause: new AggregateError([reset]) }))).not.toBeNull();
    const circular = new Error('a');
    circular.cause = circular;
    for (const other of [
      null,
      undefined,
      'ECONNRESET',
      circular,
      new Error('57P01'),
      { code: '57P01' },
      new TypeError('x'),
    ])
      expect(databaseFaultOf(other)).toBeNull();
  });
});
