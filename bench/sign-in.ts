/**
 * `npm run bench:sign-in`: sign-ins a second, whether their time tells known addresses from unknown ones, and what hashing does to a
 * point read beside it. The gateway runs in a process of its own, on an embedded PostgreSQL with the demo data.
 *
 * Exits with 1 beyond a bound: 5 % between the medians, twice the idle p99.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoPassword, seedDemo } from '../prisma/seed.ts';
import { createApp } from '../src/app.ts';
import { generateSigningJwk, parseSigningKeys } from '../src/authentication/signing-keys.ts';
import { parseConfig } from '../src/config.ts';
import { createLogger } from '../src/logger.ts';
import { createDatabase } from '../src/stores/database.ts';
import { startEmbeddedDatabase } from '../src/stores/embedded-database.ts';
import { migrate } from '../src/stores/migrations.ts';
import { createTenantPool } from '../src/stores/tenant-pool.ts';

/** Wrong passwords for each kind of address. */
const attempts = 200;
/** Length of each phase of point reads, in milliseconds. */
const phaseMs = 10_000;
/** Point reads a second: an open load, so that a slow answer does not hold back the next question. */
const readsPerSecond = 50;

const SignIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';
const PointRead = '{ viewer { user { name } } }';

if (process.send) await serve(process.argv[2] ?? '', process.argv[3] ?? '');
else process.exitCode = await measure();

/** The gateway, in the child. */
async function serve(databaseUrl: string, dataDir: string): Promise<void> {
  const wide = String(1_000_000_000);
  const config = parseConfig({
    PORT: '0',
    LOG_LEVEL: 'silent',
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    SIGN_IN_PER_ACCOUNT_PER_MINUTE: wide,
    SIGN_IN_PER_NETWORK_PER_MINUTE: wide,
    COST_BUDGET_PER_MINUTE: wide,
    COST_BUDGET_PER_ADDRESS_PER_MINUTE: wide,
    COST_BUDGET_PER_ORGANIZATION_PER_MINUTE: wide,
  });
  const pool = createTenantPool({ connectionString: databaseUrl, max: 10, statementTimeoutMs: 10_000 });
  const { db, close } = createDatabase({ pool });
  const app = createApp({
    config,
    log: createLogger({ level: 'silent' }),
    db,
    redis: null,
    signingKeys: await parseSigningKeys(JSON.stringify([await generateSigningJwk()])),
    healthChecks: [],
  });
  const { url } = await app.listen();
  process.once('message', async () => {
    await app.close();
    await close();
    process.disconnect();
  });
  process.send?.(url);
}

async function measure(): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fieldgate-bench-'));
  // Within reach of the server's user, so that nothing need be copied elsewhere.
  await chmod(dataDir, 0o755);
  const database = await startEmbeddedDatabase(dataDir);
  let child: ChildProcess | undefined;
  // The server's process does not hold this one: something must, until it has ended.
  const awake = setInterval(() => undefined, 1_000);
  try {
    await migrate(database.ownerUrl);
    await seedDemo({ ownerUrl: database.ownerUrl, dataDir, scale: 1 });
    child = fork(fileURLToPath(import.meta.url), [database.gatewayUrl, dataDir], { execArgv: ['--import', 'tsx'] });
    const started = child;
    const url = await new Promise<string>((resolve, reject) => {
      started.once('message', (message) => resolve(String(message)));
      started.once('exit', (code) => reject(new Error(`The gateway ended with ${code}.`)));
    });
    return await report(`${url}/graphql`);
  } finally {
    if (child?.connected) {
      const gone = new Promise((resolve) => child?.once('exit', resolve));
      child.send('stop');
      await gone;
    }
    await database.stop();
    clearInterval(awake);
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function report(endpoint: string): Promise<number> {
  const send = async (query: string, variables: object, headers: Record<string, string> = {}) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as { data: { signIn: { accessToken: string } | null }; errors?: unknown };
  };
  const signIn = (email: string, password: string) => send(SignIn, { input: { email, password } });
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };

  const accessToken = (await signIn('owner@acme.example', demoPassword)).data.signIn?.accessToken ?? '';
  const authorization = { authorization: `Bearer ${accessToken}` };
  for (let i = 0; i < 20; i++) await signIn('owner@acme.example', 'Fieldgate-wrong-1');

  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
  for (let i = 0; i < attempts; i++)
    for (const kind of i % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
      const email = kind === 'known' ? 'owner@acme.example' : 'nobody@acme.example';
      times[kind].push(await timed(() => signIn(email, 'Fieldgate-wrong-1')));
    }
  const [known, unknown] = [quantile(times.known, 0.5), quantile(times.unknown, 0.5)];
  const difference = Math.abs(known - unknown) / Math.min(known, unknown);

  /** Point reads at a fixed rate for a while. */
  const reads = async (): Promise<number[]> => {
    const pending: Promise<number>[] = [];
    const startedAt = performance.now();
    for (let i = 0; performance.now() - startedAt < phaseMs; i++) {
      const due = startedAt + (i * 1_000) / readsPerSecond;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      pending.push(timed(() => send(PointRead, {}, authorization)));
    }
    return Promise.all(pending);
  };
  await reads();
  const idle = quantile(await reads(), 0.99);
  let busy = true;
  let done = 0;
  const clients = Array.from({ length: 4 }, async () => {
    while (busy) {
      await signIn('member@acme.example', demoPassword);
      done++;
    }
  });
  const startedAt = performance.now();
  const beside = quantile(await reads(), 0.99);
  const perSecond = (done * 1_000) / (performance.now() - startedAt);
  busy = false;
  await Promise.all(clients);

  const rows = [
    ['wrong password, known address, median', `${known.toFixed(1)} ms`, ''],
    ['wrong password, unknown address, median', `${unknown.toFixed(1)} ms`, ''],
    ['difference', `${(difference * 100).toFixed(1)} %`, difference < 0.05 ? 'ok' : 'beyond 5 %'],
    ['sign-ins a second, 4 clients', perSecond.toFixed(1), ''],
    ['point read p99, idle', `${idle.toFixed(1)} ms`, ''],
    [
      'point read p99, beside sign-ins',
      `${beside.toFixed(1)} ms`,
      beside < idle * 2 ? 'ok' : 'beyond twice the idle one',
    ],
  ];
  for (const [name = '', value = '', verdict = ''] of rows)
    console.log(`${name.padEnd(42)}${value.padStart(12)}  ${verdict}`);
  return difference < 0.05 && beside < idle * 2 ? 0 : 1;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
