/** The processes of an embedded PostgreSQL: `initdb`, and the server, on the loopback only. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedDatabaseError } from './embedded-database-error.ts';
import type { Place } from './embedded-place.ts';

/** The user that a process runs as; empty for that of this process. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/** How long a server may take to start or to stop, in milliseconds; and how often it is looked at. */
export const startTimeoutMs = 30_000;
export const pollMs = 100;

/** Makes the data of a new server. */
export async function initialise(data: string, place: Place, ownerPassword: string, runAs: RunAs): Promise<void> {
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { mode: 0o700 });
  const passwordFile = join(place.folder, '.initdb-password');
  await writeFile(passwordFile, ownerPassword, { mode: 0o600 });
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

function run(command: string, args: readonly string[], runAs: RunAs): Promise<void> {
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

/** Starts a server on data that are there; resolves when it takes connections. */
export function startServer(data: string, binaries: string, port: number, runAs: RunAs): Promise<ChildProcess> {
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

/** Stops a server that was started here. */
export async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((done) => server.once('exit', done));
  server.kill('SIGINT');
  await gone;
}

/** Stops a server that no process of ours is the parent of, and waits until its pid file is gone. */
export async function stopProcess(pidFile: string): Promise<void> {
  const [pid = ''] = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
  if (!/^\d+$/.test(pid)) return;
  try {
    process.kill(Number(pid), 'SIGINT');
  } catch {
    return;
  }
  for (const until = Date.now() + startTimeoutMs; existsSync(pidFile) && Date.now() < until; ) await delay(pollMs);
}
