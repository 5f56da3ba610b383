/** What an operator runs finds the database that `npm start` runs on, asks before it removes data, and fails in one line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { auditPrune } from '../../src/cli/audit-prune.ts';
import { type Ask, databaseCommand } from '../../src/cli/database.ts';
import { operationsPush } from '../../src/cli/operations-push.ts';
import type { CommandOutput } from '../../src/cli/operator-connection.ts';
import { startEmbeddedDatabase } from '../../src/dev/embedded-database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

// Each starts a PostgreSQL, beside whatever else this machine does.
vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL('../../', import.meta.url));
const manifest = join(root, 'test/fixtures/operations/manifest.json');
let folder: string;
let given: TestDatabase;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fieldgate operator '));
  // Started by root, the server runs as somebody else, who must get in here.
  await chmod(folder, 0o755);
  env = { DATA_DIR: folder };
  given = await createTestDatabase();
});
afterAll(async () => {
  await given?.close();
  await rm(folder, { recursive: true, force: true });
});

type Run = (output: CommandOutput) => Promise<number>;

async function outcomeOf(run: Run): Promise<{ code: number; out: string[]; errors: string[] }> {
  const out: string[] = [];
  const errors: string[] = [];
  const code = await run({ out: (line) => void out.push(line), error: (line) => void errors.push(line) });
  return { code, out, errors };
}

const database = (argv: string[], variables: Record<string, string> = env, ask: Ask = null) =>
  outcomeOf((output) => databaseCommand(argv, variables, output, ask));

async function countOf(ownerUrl: string, table: string): Promise<number> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    return (await client.query(`select count(*)::int as count from "${table}"`)).rows[0].count;
  } finally {
    await client.end();
  }
}

async function countEmbedded(table: string): Promise<number> {
  const { ownerUrl, stop } = await startEmbeddedDatabase(folder);
  return countOf(ownerUrl, table).finally(stop);
}

test('operations:push and audit:prune work first, on the embedded database, and leave it stopped', async () => {
  const push = await outcomeOf((output) =>
    operationsPush([manifest, '--client', 'first', '--deployment'], env, output),
  );
  expect(push).toMatchObject({ code: 0, errors: [] });
  expect(await countEmbedded('PersistedOperation')).toBeGreaterThan(0);
  expect(await outcomeOf((output) => auditPrune(['--older-than', '365'], env, output))).toEqual({
    code: 0,
    out: ['Removed 0 audit events older than 365 days.'],
    errors: [],
  });
});

test('in production, and beside DATABASE_URL, they ask for the owner’s address instead', async () => {
  for (const variables of [
    { ...env, NODE_ENV: 'production' },
    { ...env, DATABASE_URL: given.gatewayUrl },
  ]) {
    const refused = {
      code: 1,
      out: [],
      errors: ['Set DATABASE_MIGRATION_URL, or DATABASE_MIGRATION_URL_FILE, to the role that owns the tables.'],
    };
    expect(await outcomeOf((output) => auditPrune(['--older-than', '365'], variables, output))).toEqual(refused);
    expect(await database(['migrate'], variables)).toEqual(refused);
  }
});

test('db:reset removes nothing unless somebody says yes', async () => {
  expect(await database(['seed'])).toMatchObject({ code: 0, errors: [] });
  const before = await countEmbedded('Project');
  expect(before).toBeGreaterThan(0);

  expect(await database(['reset'])).toEqual({
    code: 1,
    out: [],
    errors: ['db:reset removes all data. Say that you mean it: npm run db:reset -- --yes'],
  });
  const questions: string[] = [];
  for (const words of ['', 'no', 'y']) {
    const ask = async (question: string) => {
      questions.push(question);
      return words;
    };
    expect(await database(['reset'], env, ask)).toMatchObject({ code: 1, errors: ['Nothing was removed.'] });
  }
  expect(new Set(questions)).toEqual(
    new Set([`This removes all data of the embedded database in ${folder}. Go on? (yes) `]),
  );
  expect(await countEmbedded('Project')).toBe(before);
  expect(await database(['reset', '--yes'], { ...env, NODE_ENV: 'production' })).toMatchObject({ code: 1 });
  expect(await countEmbedded('Project')).toBe(before);

  // What was registered at first is gone with everything else; the demo data is back.
  expect(await database(['reset'], env, async () => 'yes')).toMatchObject({ code: 0, errors: [] });
  expect(await countEmbedded('Project')).toBe(before);
});

test('db:reset beside a running gateway removes nothing: one of this folder, or one of a named database', async () => {
  const { ownerUrl, stop } = await startEmbeddedDatabase(folder);
  let gateway: ChildProcess | undefined;
  try {
    const before = await countOf(ownerUrl, 'Project');
    expect(await database(['reset', '--yes'])).toEqual({
      code: 1,
      out: [],
      errors: [`Process ${process.pid} runs on ${folder} already: stop it, or set DATA_DIR to another folder.`],
    });
    expect(await countOf(ownerUrl, 'Project')).toBe(before);

    const { PATH = '' } = process.env;
    gateway = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
      cwd: root,
      env: { PATH, ENV_FILE: '', PORT: '0', DATA_DIR: folder, DATABASE_URL: given.gatewayUrl },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    const url = await new Promise<string>((done) => {
      gateway?.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /listens on (http:\S+)\/graphql/.exec(said)?.[1];
        if (found) done(found);
      });
    });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const named = { DATA_DIR: folder, DATABASE_MIGRATION_URL: given.ownerUrl };
    const rows = await countOf(given.ownerUrl, 'Project');
    expect(await database(['reset', '--yes'], named)).toEqual({
      code: 1,
      out: [],
      errors: ['A gateway is connected to this database: stop it first.'],
    });
    expect(await countOf(given.ownerUrl, 'Project')).toBe(rows);
  } finally {
    if (gateway?.exitCode === null) {
      const gone = once(gateway, 'exit');
      gateway.kill('SIGTERM');
      await gone;
    }
    await stop();
  }
});

test.each(['127.0.0.1:4000', 'localhost:4000', 'ftp://127.0.0.1', 'http://'])(
  'operations:push --url %s is one line',
  async (url) => {
    const variables = { FIELDGATE_API_KEY: 'fg_x' };
    const run: Run = (output) => operationsPush([manifest, '--client', 'c', '--url', url], variables, output);
    expect(await outcomeOf(run)).toEqual({
      code: 1,
      out: [],
      errors: [`--url takes an address such as http://127.0.0.1:4000, not ${url}.`],
    });
  },
);

test('operations:push to a gateway that is not there is one line', async () => {
  const run: Run = (output) =>
    operationsPush([manifest, '--client', 'c', '--url', 'http://127.0.0.1:1'], { FIELDGATE_API_KEY: 'fg_x' }, output);
  expect(await outcomeOf(run)).toEqual({
    code: 1,
    out: [],
    errors: [expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/graphql does not answer: .+$/)],
  });
});
