/** PostgreSQL, Redis and gateways as processes of their own, each behind something that can fail. All of it ends with `close`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoPassword } from '../src/dev/demo.ts';
import { createGatewayRole } from '../src/stores/gateway-role.ts';
import { startTcpProxy, type TcpProxy } from '../test/support/tcp-proxy.ts';

/** A gateway's process. */
export interface Gateway {
  readonly url: string;
  /** Of the owner of acme. */
  readonly authorization: string;
  readonly projectId: string;
  /** Two tasks of the project, by global id. */
  readonly taskId: string;
  readonly otherTaskId: string;
  isAlive(): boolean;
  memoryMb(): Promise<number>;
}

/** Everything under test. */
export interface World {
  readonly postgresProxy: TcpProxy;
  startGateway(): Promise<Gateway>;
  /** Stops the server as said, starts it again, and waits until it takes connections. */
  restartPostgres(how: 'fast' | 'immediate'): Promise<void>;
  startRedis(): Promise<void>;
  stopRedis(): Promise<void>;
  freezeRedis(): void;
  thawRedis(): void;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
/** PostgreSQL refuses to run as root. */
const serverUser = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

function postgresBinaries(): string {
  const given = process.env.PG_BIN;
  if (given) return given;
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(debian, version, 'bin')).find((bin) => existsSync(join(bin, 'pg_ctl')));
  if (!found) throw new Error('No PostgreSQL server found: set PG_BIN to the folder with pg_ctl.');
  return found;
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}

const ended = (child: ChildProcess) =>
  new Promise<void>((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done();
    else child.once('exit', () => done());
  });

/** Runs a program of the server's to its end. @throws with what it said. */
async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { ...serverUser, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((done, fail) => child.once('error', fail).once('exit', done));
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said}`);
}

/** Starts PostgreSQL and Redis. */
export async function startFaultyWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'fieldgate-faults-'));
  await chmod(folder, 0o755);
  const cluster = join(folder, 'cluster');
  await mkdir(cluster);
  if (serverUser.uid !== undefined) await chown(cluster, serverUser.uid, serverUser.gid);
  const bin = postgresBinaries();
  const [postgresPort, redisPort] = [await freePort(), await freePort()];
  const data = join(cluster, 'data');
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
  const settings = `-p ${postgresPort} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  const control = (...args: string[]) =>
    run(join(bin, 'pg_ctl'), ['-D', data, '-w', '-l', join(cluster, 'log'), '-o', settings, ...args]);
  await control('start');
  const ownerUrl = `postgresql://owner@127.0.0.1:${postgresPort}/postgres`;
  await createGatewayRole(ownerUrl, 'gateway', 'gateway');
  const gatewayUrl = `postgresql://gateway:gateway@127.0.0.1:${postgresPort}/postgres`;
  const postgresProxy = await startTcpProxy(gatewayUrl);

  let redis: ChildProcess | null = null;
  const startRedis = async (): Promise<void> => {
    const args = ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    redis = server;
    await new Promise<void>((done, fail) => {
      server.once('error', fail);
      server.stdout.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('Ready to accept connections')) done();
      });
    });
  };
  const stopRedis = async (): Promise<void> => {
    const server = redis;
    redis = null;
    server?.kill('SIGKILL');
    if (server) await ended(server);
  };
  await startRedis();
  const gateways: ChildProcess[] = [];

  const startGateway = async (): Promise<Gateway> => {
    const port = await freePort();
    const wide = '1000000000';
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        LOG_LEVEL: 'fatal',
        GRAPHIQL: 'false',
        DATA_DIR: join(folder, 'data'),
        DATABASE_URL: postgresProxy.urlOf(gatewayUrl),
        DATABASE_MIGRATION_URL: ownerUrl,
        REDIS_URL: `redis://127.0.0.1:${redisPort}`,
        MAX_EVENT_LOOP_DELAY_MS: '60000',
        COST_BUDGET_PER_MINUTE: wide,
        COST_BUDGET_PER_ADDRESS_PER_MINUTE: wide,
        COST_BUDGET_PER_ORGANIZATION_PER_MINUTE: wide,
      },
    });
    gateways.push(child);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2_000);
    });
    const url = `http://127.0.0.1:${port}`;
    const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
    for (;;) {
      if (!isAlive()) throw new Error(`The gateway ended: ${said}`);
      const response = await fetch(`${url}/health/ready`).catch(() => null);
      if (response?.ok) break;
      await new Promise((done) => setTimeout(done, 100));
    }
    child.once('exit', (code, signal) => {
      if (signal !== 'SIGKILL') console.error(`A gateway ended with ${code ?? signal}: ${said}`);
    });
    const ask = async <Data>(query: string, headers: object = {}): Promise<Data> => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      });
      return ((await response.json()) as { data: Data }).data;
    };
    const { signIn } = await ask<{ signIn: { accessToken: string } }>(
      `mutation { signIn(input: { email: "owner@acme.example", password: "${demoPassword}" }) { accessToken } }`,
    );
    const authorization = `Bearer ${signIn.accessToken}`;
    const { projects } = await ask<{ projects: { nodes: { id: string; tasks: { nodes: { id: string }[] } }[] } }>(
      '{ projects(first: 20) { nodes { id tasks(first: 2) { nodes { id } } } } }',
      { authorization },
    );
    const project = projects.nodes.find(({ tasks }) => tasks.nodes.length === 2);
    const [task, otherTask] = project?.tasks.nodes ?? [];
    if (!project || !task || !otherTask) throw new Error('The demo data has no project with two tasks.');
    return {
      url,
      authorization,
      projectId: project.id,
      taskId: task.id,
      otherTaskId: otherTask.id,
      isAlive,
      async memoryMb() {
        const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
        return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
      },
    };
  };

  return {
    postgresProxy,
    startGateway,
    restartPostgres: (how) => control('-m', how, 'restart'),
    startRedis,
    stopRedis,
    freezeRedis: () => void redis?.kill('SIGSTOP'),
    thawRedis: () => void redis?.kill('SIGCONT'),
    async close() {
      for (const child of gateways) {
        child.kill('SIGKILL');
        await ended(child);
      }
      await stopRedis();
      await postgresProxy.close();
      await control('-m', 'immediate', 'stop');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
