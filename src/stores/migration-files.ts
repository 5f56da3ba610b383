/**
 * The migrations as files: `prisma/migrations/engine/*.sql`, then `prisma/migrations/domain/*.sql`, each in the order
 * of their names.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

/** Where the migrations of this version are. */
export const migrationsFolder = new URL('../../prisma/migrations/', import.meta.url);

/** The engine's tables first: the domain's refer to them. */
const sets = ['engine', 'domain'] as const;

/** One migration. */
export interface MigrationFile {
  /** The set and the file without its ending, such as `engine/20261123000000_tables`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text in lower-case hex; line endings do not count. */
  readonly checksum: string;
}

/** Digest of a migration's text. A clone with Windows line endings has the same. */
export function checksumOf(sql: string): string {
  return createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');
}

/**
 * Names of all migrations of a folder, in the order in which they are applied. A set may be missing: an engine without
 * a domain.
 */
export async function readMigrationNames(folder: URL = migrationsFolder): Promise<readonly string[]> {
  const names = await Promise.all(
    sets.map(async (set) => {
      const entries = await readdir(new URL(`${set}/`, folder)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      const files = entries.filter((entry) => entry.endsWith('.sql')).sort();
      return files.map((file) => `${set}/${file.slice(0, -'.sql'.length)}`);
    }),
  );
  return names.flat();
}

/** All migrations of a folder, in the order in which they are applied. */
export async function readMigrations(folder: URL = migrationsFolder): Promise<readonly MigrationFile[]> {
  return Promise.all(
    (await readMigrationNames(folder)).map(async (name) => {
      const sql = await readFile(new URL(`${name}.sql`, folder), 'utf8');
      return { name, sql, checksum: checksumOf(sql) };
    }),
  );
}
