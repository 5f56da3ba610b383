/** The process as an operator sees it: it starts, drains and ends, and says of each fault what it is, in one line, without a secret. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';

// Each starts the program, some several times, beside whatever else this machine does.
vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL('..', import.meta.url));

let database: TestDatabase;
let folder: string;
const running: ChildProcess[] = [];

interface Ended {
  readonly code: number | null;
  readonly errors: string;
}

function run(env: Record<string, string>) {
  const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: root,
    env: { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), DATA_DIR: folder, PORT: '0', ENV_FILE: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<Ended>((done) => child.once('close', (code) => done({ code, errors })));
  const url = new Promise<string>((done) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const found = /listens on (http:\S+)\/graphql/.exec(output)?.[1];
      if (found) done(found);
    });
  });
  return { child, ended, url };
}

async function faultOf(env: Record<string, string>): Promise<string> {
  const { code, errors } = await run(env).ended;
  expect(code).toBe(1);
  return errors;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'fieldgate-start-'));
});

afterEach(() => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

afterAll(async () => {
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

test.each(['SIGTERM', 'SIGINT'] as const)('answers until %s, then ends with 0', async (signal) => {
  const { child, ended, url } = run({ DATABASE_URL: database.gatewayUrl });
  const answer = await fetch(`${await url}/health/ready`);
  expect(answer.status).toBe(200);
  child.kill(signal);
  expect((await ended).code).toBe(0);
  await expect(fetch(`${await url}/health`)).rejects.toThrow();
});

test('a busy port is one line that names it', async () => {
  const busy = createServer();
  await new Promise<void>((done) => busy.listen(0, '127.0.0.1', done));
  const { port } = busy.address() as AddressInfo;
  try {
    expect(await faultOf({ DATABASE_URL: database.gatewayUrl, PORT: String(port) })).toBe(
      `fieldgate: port ${port} is in use: stop what listens there, or set PORT.\n`,
    );
  } finally {
    busy.close();
  }
});

test('a busy METRICS_PORT is one line that names it, and one port for both is refused before anything starts', async () => {
  const busy = createServer();
  await new Promise<void>((done) => busy.listen(0, '127.0.0.1', done));
  const { port } = busy.address() as AddressInfo;
  try {
    expect(await faultOf({ DATABASE_URL: database.gatewayUrl, METRICS_PORT: String(port) })).toBe(
      `fieldgate: port ${port} is in use: stop what listens there, or set METRICS_PORT.\n`,
    );
    expect(await faultOf({ PORT: String(port), METRICS_PORT: String(port) })).toBe(
      `fieldgate: PORT and METRICS_PORT are both ${port}: give the metrics a port of their own.\n`,
    );
  } finally {
    busy.close();
  }
});

test('variables come from the file, and a misspelt one is told', async () => {
  const file = join(folder, 'variables');
  await writeFile(file, 'REGISTRATION=maybe\nPORT=x\n');
  const errors = await faultOf({ ENV_FILE: file, DATABSE_URL: database.gatewayUrl });
  expect(errors).toMatch(
    /^fieldgate: DATABSE_URL is set, but nothing reads it\. Is DATABASE_URL meant\?\nfieldgate: REGISTRATION: .*\n$/,
  );
});

test('an unreachable database is one line, without the password', async () => {
  const errors = await faultOf({ DATABASE_URL: 'postgresql://gateway:hunter2@127.0.0.1:1/fieldgate' });
  expect(errors).toBe('fieldgate: the database is unreachable at 127.0.0.1:1 (ECONNREFUSED): check DATABASE_URL.\n');
});

test('a wrong password is one line, without it', async () => {
  const url = new URL(database.gatewayUrl);
  url.password = 'hunter2';
  const errors = await faultOf({ DATABASE_URL: url.href });
  expect(errors).toMatch(/^fieldgate: .*password authentication failed.*\n$/);
  expect(errors).not.toContain('hunter2');
});

test('the owner of the tables is refused as the gateway’s role', async () => {
  const errors = await faultOf({ DATABASE_URL: database.ownerUrl });
  expect(errors).toMatch(/^fieldgate: DATABASE_URL: the role \S+ .* row-level security would not hold\. .*\n$/);
});

test('in production every missing variable is named at once', async () => {
  const errors = await faultOf({ NODE_ENV: 'production' });
  expect(errors.trim().split('\n')).toHaveLength(3);
  for (const name of ['DATABASE_URL', 'JWT_KEYS', 'REDIS_URL']) expect(errors).toContain(name);
});

test('a data folder that cannot be made is one line that names it', async () => {
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  const errors = await faultOf({ DATA_DIR: join(file, 'data') });
  expect(errors).toMatch(/^fieldgate: .*a-file\/data.*\n$/);
});

test.runIf(process.platform === 'linux')('a folder that takes no folders is one line, at once', async () => {
  expect(await faultOf({ DATA_DIR: '/proc/fieldgate' })).toMatch(
    /^fieldgate: The embedded PostgreSQL cannot use \/proc\/fieldgate: ENOENT.* Set DATA_DIR .*\n$/,
  );
  const given = { DATABASE_URL: database.gatewayUrl };
  expect(await faultOf({ ...given, DATA_DIR: '/proc/fieldgate' })).toMatch(
    /^fieldgate: DATA_DIR cannot be used: ENOENT.*\n$/,
  );
  expect(await faultOf({ ...given, STORAGE_DIR: '/proc/fieldgate' })).toMatch(
    /^fieldgate: STORAGE_DIR cannot be used: ENOENT.*\n$/,
  );
});

describe('on a folder of data', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'fieldgate data '));
    // Started by root, the server runs as somebody else, who must get in here.
    await chmod(data, 0o755);
  });
  afterEach(() => rm(data, { recursive: true, force: true }));

  const left = async () => (await readdir(data)).filter((name) => /lock|\.new/.test(name));
  const portOfDatabase = async () => JSON.parse(await readFile(join(data, 'postgres.json'), 'utf8')).port as number;

  test('a second start is one line that names the first, and leaves it alone', async () => {
    const first = run({ DATA_DIR: data });
    const url = await first.url;
    expect(await faultOf({ DATA_DIR: data })).toBe(
      `fieldgate: Process ${first.child.pid} runs on ${data} already: stop it, or set DATA_DIR to another folder.\n`,
    );
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    expect(await left()).toEqual([]);
  });

  test('of two starts at one moment one runs, and the other says so', async () => {
    const [one, other] = [run({ DATA_DIR: data }), run({ DATA_DIR: data })];
    const [loser, winner] = await Promise.race([
      one.ended.then(() => [one, other]),
      other.ended.then(() => [other, one]),
    ]);
    expect(await loser?.ended).toEqual({
      code: 1,
      errors: `fieldgate: Process ${winner?.child.pid} runs on ${data} already: stop it, or set DATA_DIR to another folder.\n`,
    });
    expect((await fetch(`${await winner?.url}/health/ready`)).status).toBe(200);
    winner?.child.kill('SIGTERM');
    expect((await winner?.ended)?.code).toBe(0);
  });

  test('a start after one that was killed takes its server over, and stops it at its end', async () => {
    const killed = run({ DATA_DIR: data });
    await killed.url;
    killed.child.kill('SIGKILL');
    await killed.ended;
    const port = await portOfDatabase();
    expect(await isListening(port)).toBe(true);

    const next = run({ DATA_DIR: data });
    expect((await fetch(`${await next.url}/health/ready`)).status).toBe(200);
    expect(await portOfDatabase()).toBe(port);
    next.child.kill('SIGINT');
    expect((await next.ended).code).toBe(0);
    expect(await isListening(port)).toBe(false);
  });
});
