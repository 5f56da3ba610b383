/**
 * A real Redis of a test's own: the one on the PATH, on a free port, without persistence. Tests that neither stop nor freeze it take
 * that of REDIS_URL instead where one is given, under a prefix of their own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';

/** Whether a program is at hand. */
export function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}

/** A Redis server under test. */
export interface TestRedis {
  readonly url: string;
  /** A client as the gateway makes them: nothing is queued while the server is away. Closed with the server. */
  connect(): Redis;
  /** Stops the process without ending it: connections stay, answers do not come. */
  freeze(): void;
  /** Lets a frozen process go on. */
  thaw(): void;
  stop(): Promise<void>;
}

/** The server of REDIS_URL, with names that nobody else uses; null where none is given. */
function givenRedis(): TestRedis | null {
  const given = process.env.REDIS_URL;
  if (!given) return null;
  const url = new URL(given);
  url.searchParams.set('keyPrefix', `fieldgate-test-${randomUUID()}:`);
  const clients: Redis[] = [];
  const cannot = (): never => {
    throw new Error('A test that stops or freezes Redis starts its own.');
  };
  return {
    url: url.href,
    connect: () => connectTo(url.href, clients),
    freeze: cannot,
    thaw: cannot,
    async stop() {
      for (const client of clients) client.disconnect();
    },
  };
}

function connectTo(url: string, clients: Redis[]): Redis {
  const client = new Redis(url, { commandTimeout: 1_000, maxRetriesPerRequest: 1 });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

/** Starts a server, or takes the given one, and waits until it answers. @param options.own one that may be stopped and frozen. */
export async function startRedis({ own }: { readonly own: boolean }): Promise<TestRedis> {
  const given = own ? null : givenRedis();
  if (given) return given;
  const port = await freePort();
  const server = spawn(
    isOnPath('redis-server') ? 'redis-server' : 'valkey-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  await ready(server);
  const url = `redis://127.0.0.1:${port}`;
  const clients: Redis[] = [];
  return {
    url,
    connect: () => connectTo(url, clients),
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    async stop() {
      for (const client of clients) client.disconnect();
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGKILL');
      await gone;
    },
  };
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${seen}`)));
    server.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes('Ready to accept connections')) resolve();
    });
  });
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
