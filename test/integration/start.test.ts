/** The process as an operator sees it: it starts, drains and ends, and says of each fault what it is, in one line, without a secret. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

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
    env: { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), DATA_DIR: folder, PORT: '0', ...env },
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
