/**
 * A gateway in a process of its own, on an embedded PostgreSQL with the demo data: what the load generator takes is then not what is
 * measured, and the gateway's own CPU time can be told apart.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import { seedDemo } from '../src/dev/demo.ts';
import { startEmbeddedDatabase } from '../src/dev/embedded-database.ts';
import { generateSigningJwk, parseSigningKeys } from '../src/identity/authentication/signing-keys.ts';
import { createLogger } from '../src/logger.ts';
import { createDatabase } from '../src/stores/database.ts';
import { migrate } from '../src/stores/migrations.ts';
import { createTenantPool } from '../src/stores/tenant-pool.ts';
import { lowerThreadPoolPriority } from '../src/thread-priority.ts';

/** A gateway that is measured. */
export interface ChildGateway {
  /** Of `/graphql`. */
  readonly endpoint: string;
  /** Of the role that owns the tables. */
  readonly ownerUrl: string;
  /** Seconds of CPU that the gateway's process has used, in all of its threads. */
  cpuSeconds(): Promise<number>;
}

/** Runs work against a gateway, and takes everything down after it. @param execArgv further options of the gateway's process. */
export async function withChildGateway<T>(
  work: (gateway: ChildGateway) => Promise<T>,
  execArgv: readonly string[] = [],
): Promise<T> {
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
    const started = fork(fileURLToPath(import.meta.url), ['serve', database.gatewayUrl, dataDir], {
      execArgv: ['--import', 'tsx', ...execArgv],
    });
    child = started;
    const next = (): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const gone = (code: number | null) => reject(new Error(`The gateway ended with ${code}.`));
        started.once('exit', gone);
        started.once('message', (message) => {
          started.off('exit', gone);
          resolve(message);
        });
      });
    const url = String(await next());
    return await work({
      endpoint: `${url}/graphql`,
      ownerUrl: database.ownerUrl,
      async cpuSeconds() {
        const answer = next();
        started.send('cpu');
        return Number(await answer);
      },
    });
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

/** The gateway, in the child. */
async function serve(databaseUrl: string, dataDir: string): Promise<void> {
  await lowerThreadPoolPriority();
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
  process.on('message', async (message) => {
    if (message === 'cpu') {
      const { user, system } = process.cpuUsage();
      process.send?.((user + system) / 1_000_000);
      return;
    }
    await app.close();
    await close();
    process.disconnect();
  });
  process.send?.(url);
}

if (process.send && process.argv[2] === 'serve') await serve(process.argv[3] ?? '', process.argv[4] ?? '');
