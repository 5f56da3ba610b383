/**
 * `npm run bench:requests [checkout]`: CPU time that a gateway's process takes for one request over HTTP, its log line included, for
 * `{ __typename }` and for a point read by text and by registered id. With another checkout's folder, that one's gateway is measured in turn on the same
 * database, so that a change can be compared within one run.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pg from 'pg';
import { demoPassword, seedDemo } from '../src/dev/demo.ts';
import { startEmbeddedDatabase } from '../src/dev/embedded-database.ts';
import { migrate } from '../src/stores/migrations.ts';

const connections = 8;
const rounds = 9;
/** Rounds at the start that warm up and do not count. */
const warmUp = 2;
const pointRead = 'query ($id: ID!) { project(id: $id) { name status } }';
const digest = createHash('sha256').update(pointRead).digest('hex');
const operations = [
  { what: '{ __typename }', body: { query: '{ __typename }' }, requests: 4_000 },
  { what: 'a point read by text', body: { query: pointRead }, requests: 1_500 },
  { what: 'a point read by registered id', body: { documentId: `sha256:${digest}` }, requests: 1_500 },
] as const;

const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

interface Measured {
  readonly name: string;
  readonly url: string;
  readonly child: ChildProcess;
  headers: Record<string, string>;
}

if (process.send) await serve(process.argv[2] ?? '', process.argv[3] ?? '');
else await measure();

async function measure(): Promise<void> {
  const here = fileURLToPath(new URL('..', import.meta.url));
  const folders = [here, ...process.argv.slice(2, 3).map((folder) => resolve(folder))];
  const dataDir = await mkdtemp(join(tmpdir(), 'fieldgate-bench-'));
  await chmod(dataDir, 0o755);
  const database = await startEmbeddedDatabase(dataDir);
  const awake = setInterval(() => undefined, 1_000);
  const gateways: Measured[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  try {
    await migrate(database.ownerUrl);
    await seedDemo({ ownerUrl: database.ownerUrl, dataDir, scale: 1 });
    for (const [index, folder] of folders.entries()) {
      const child = fork(fileURLToPath(import.meta.url), [folder, database.gatewayUrl], {
        execArgv: ['--import', 'tsx'],
        cwd: folder,
      });
      const url = String(await next(child));
      gateways.push({ name: index === 0 ? 'this' : 'other', url, child, headers: {} });
    }
    const owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    const ids = (
      await owner.query<{ id: string }>(
        `select p."id" from "Project" p join "Organization" o on o."id" = p."organizationId" where o."slug" = 'acme'`,
      )
    ).rows.map(({ id }) => Buffer.from(`Project:${id}`).toString('base64'));
    await owner.query(
      `insert into "PersistedOperation" ("id", "organizationId", "client", "sha256", "name", "body", "cost", "requires")
       values ($1, null, 'frontend', $2, 'PointRead', $3, 1, '{}')`,
      [randomUUID(), digest, pointRead],
    );
    await owner.end();
    for (const { what, body, requests } of operations) {
      // For each anew: on a busy machine a token does not last for all of them.
      for (const gateway of gateways) {
        gateway.headers = {};
        const answer = await post(agent, gateway, {
          query: 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
          variables: { input: { email: 'manager@acme.example', password: demoPassword } },
        });
        const { accessToken } = (JSON.parse(answer) as { data: { signIn: { accessToken: string } } }).data.signIn;
        gateway.headers = { authorization: `Bearer ${accessToken}` };
      }
      const seen = new Map(gateways.map(({ name }) => [name, [] as number[]]));
      for (let round = 0; round < rounds; round += 1)
        for (const gateway of round % 2 === 0 ? gateways : [...gateways].reverse()) {
          const before = await cpuSeconds(gateway);
          let left = requests;
          await Promise.all(
            Array.from({ length: connections }, async () => {
              while (left-- > 0) {
                const answer = await post(agent, gateway, { ...body, variables: { id: ids[left % ids.length] } });
                if (!answer.startsWith('{"data"')) throw new Error(answer);
              }
            }),
          );
          const used = (await cpuSeconds(gateway)) - before;
          if (round >= warmUp) seen.get(gateway.name)?.push((used * 1_000) / requests);
        }
      const figures = [...seen].map(([name, values]) => `${name} ${median(values).toFixed(3)} ms`);
      console.log(`${what}: CPU for a request, median of ${rounds - warmUp} rounds: ${figures.join(', ')}`);
    }
  } finally {
    agent.destroy();
    for (const { child } of gateways) {
      const gone = new Promise((done) => child.once('exit', done));
      child.send('stop');
      await gone;
    }
    await database.stop();
    clearInterval(awake);
    await rm(dataDir, { recursive: true, force: true });
  }
}

function next(child: ChildProcess): Promise<unknown> {
  return new Promise((done, reject) => {
    const gone = (code: number | null) => reject(new Error(`The gateway ended with ${code}.`));
    child.once('exit', gone);
    child.once('message', (message) => {
      child.off('exit', gone);
      done(message);
    });
  });
}

async function cpuSeconds({ child }: Measured): Promise<number> {
  const answer = next(child);
  child.send('cpu');
  return Number(await answer);
}

function post(agent: Agent, { url, headers }: Measured, body: object): Promise<string> {
  const text = JSON.stringify(body);
  return new Promise((done, reject) => {
    const sent = request(
      `${url}/graphql`,
      {
        agent,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => done(Buffer.concat(chunks).toString()));
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

/** The gateway of a checkout, in the child. */
async function serve(folder: string, databaseUrl: string): Promise<void> {
  const load = async <T>(path: string): Promise<T> => (await import(pathToFileURL(join(folder, path)).href)) as T;
  const { createApp } = await load<typeof import('../src/app.ts')>('src/app.ts');
  const { parseConfig } = await load<typeof import('../src/config.ts')>('src/config.ts');
  const { createLogger } = await load<typeof import('../src/logger.ts')>('src/logger.ts');
  const { createDatabase } = await load<typeof import('../src/stores/database.ts')>('src/stores/database.ts');
  const { createTenantPool } = await load<typeof import('../src/stores/tenant-pool.ts')>('src/stores/tenant-pool.ts');
  const keys = await load<typeof import('../src/identity/authentication/signing-keys.ts')>(
    'src/identity/authentication/signing-keys.ts',
  );
  const wide = String(1_000_000_000);
  const config = parseConfig({
    PORT: '0',
    DATABASE_URL: databaseUrl,
    GRAPHIQL: 'false',
    COST_BUDGET_PER_MINUTE: wide,
    COST_BUDGET_PER_ADDRESS_PER_MINUTE: wide,
    COST_BUDGET_PER_ORGANIZATION_PER_MINUTE: wide,
    MAX_EVENT_LOOP_DELAY_MS: '60000',
  });
  const pool = createTenantPool({ connectionString: databaseUrl, max: 8, statementTimeoutMs: 10_000 });
  const { db, close } = createDatabase({ pool });
  const app = createApp({
    config,
    log: createLogger({ level: 'info', destination: { write: () => undefined } }),
    db,
    redis: null,
    signingKeys: await keys.parseSigningKeys(JSON.stringify([await keys.generateSigningJwk()])),
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
