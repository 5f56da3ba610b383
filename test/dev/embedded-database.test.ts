/** The embedded server keeps its data and its passwords, recovers from a crash, and leaves nothing running. */
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../src/dev/embedded-database.ts';
import { EmbeddedDatabaseError } from '../../src/dev/embedded-database-error.ts';
import { assertGatewayRole } from '../../src/stores/gateway-role.ts';

let folder: string;
let started: EmbeddedDatabase[];

async function start(): Promise<EmbeddedDatabase> {
  const database = await startEmbeddedDatabase(folder);
  started.push(database);
  return database;
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((done) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

beforeEach(async () => {
  started = [];
  folder = await mkdtemp(join(tmpdir(), 'fieldgate-embedded-'));
  // Started by root, the server runs as somebody else, who must get in here.
  await chmod(folder, 0o755);
});

afterEach(async () => {
  for (const database of started) await database.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a second start finds the data, the passwords and a role that row-level security binds', async () => {
  const first = await start();
  await ask(first.ownerUrl, 'create table kept as select 42 as answer');
  await first.stop();
  expect(await isListening(first.ownerUrl)).toBe(false);

  const second = await start();
  expect(await ask(second.ownerUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
  expect(new URL(second.ownerUrl).password).toBe(new URL(first.ownerUrl).password);
  await expect(assertGatewayRole(second.gatewayUrl)).resolves.toBeUndefined();
});

test('passwords are random, asked for, and readable by their owner alone', async () => {
  const { ownerUrl, gatewayUrl } = await start();
  expect((await stat(join(folder, 'postgres.json'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'postgres'))).mode & 0o777).toBe(0o700);
  expect(new URL(ownerUrl).password.length).toBeGreaterThanOrEqual(24);
  expect(new URL(gatewayUrl).password).not.toBe(new URL(ownerUrl).password);
  const wrong = new URL(ownerUrl);
  wrong.password = 'guessed';
  await expect(ask(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
});

test('after a crash, with its pid file left behind, the next start has what was committed', async () => {
  const first = await start();
  await ask(first.ownerUrl, 'create table kept as select 42 as answer');
  await ask(first.ownerUrl, 'checkpoint');
  const [line = ''] = (await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(line), 'SIGKILL');
  await first.stop();
  expect((await stat(join(folder, 'postgres', 'postmaster.pid'))).isFile()).toBe(true);

  const second = await start();
  expect(await ask(second.ownerUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('a server that runs on the data already is used, and left to whoever started it', async () => {
  const first = await start();
  const second = await start();
  expect(second.ownerUrl).toBe(first.ownerUrl);
  await second.stop();
  expect(await ask(first.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('data whose passwords are lost are refused with one line, not thrown away', async () => {
  const first = await start();
  await ask(first.ownerUrl, 'create table kept as select 42 as answer');
  await first.stop();
  const passwords = await readFile(join(folder, 'postgres.json'));
  await rm(join(folder, 'postgres.json'));
  const fault = await startEmbeddedDatabase(folder).then(
    () => null,
    (error: Error) => error,
  );
  expect(fault).toBeInstanceOf(EmbeddedDatabaseError);
  expect(fault?.message).toMatch(/postgres\.json is missing or damaged/);
  expect(fault?.message).not.toContain('\n');
  await writeFile(join(folder, 'postgres.json'), passwords, { mode: 0o600 });
  expect(await ask((await start()).ownerUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
});
