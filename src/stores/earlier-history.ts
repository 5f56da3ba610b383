/**
 * Databases from before the engine's and the domain's migrations were apart. What these nine made together, today's
 * first migrations make in two sets, so that a database that had all of them only lacks the new names. Its rows stay: a
 * replica of before reads them.
 */
import { MigrationError } from './migration-error.ts';
import type { MigrationFile } from './migration-files.ts';

/** A migration that a database says it has had. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
}

/** The migrations of before, in order, with their checksums. Each has a namesake in today's set of the engine. */
const earlier: readonly AppliedMigration[] = [
  ['20261123000000_tables', '6817a0a61bd768a8a0bd0cafdedd31d82e3777feb5372dee1557b641bffb12bd'],
  ['20261123000100_row_level_security', 'c447ae0bd1eddb40c85f591be7bf619b0888902296350d091254d74ddcc98104'],
  ['20261123000200_lookups', '2632690828916d0bfb35cf072b49908105ff8cca6bfa11e656067a333ddd4db0'],
  ['20261123000300_registered_operations', 'ecb6eba4a9b74f9d097df6222a41f1bf7cac0d8cd5cd33251ebf32f0234c42d6'],
  ['20261123000400_applied_migrations', '31205beb27a906587c5eaada618f9c6e6821bd88b6cf743d7b7fd3f535e5ff1a'],
  ['20261123001000_identity', '761da9b315776757d6607932ed64a089ded661cfedcd827886063e3854498101'],
  ['20261123001100_known_networks', '6d748b65e23cd49de35c45ea78f7fa7ddb366d9edd396497656027cdb751a183'],
  ['20261123001200_delegation', '89ab3bf7838334287362245d189317f6e7edf98282d339e90188bacd35e00450'],
  ['20261124000000_sealed_functions', '69f1fb723c6fe2a4960194ca29e2002de8d302061ede2530213e5c6c435d95b4'],
].map(([name = '', checksum = '']) => ({ name, checksum }));

/** One that came last, and that such a database may have had or not. */
const lastOfBefore: AppliedMigration = {
  name: '20261124000100_pending_file_removals',
  checksum: '28308a8bfef128f7f1e3a9d32dddf45a949fddac28abfabbd0c5bad334d56381',
};
const lastSuccessors = [
  'engine/20261124000100_pending_file_removals',
  'domain/20261124000100_attachment_file_removals',
];

/** What the nine made of the domain. */
const domainTables = 'domain/20261123000000_work';

/** Whether a row is of before: its name is of no set. */
export const isOfBefore = ({ name }: { readonly name: string }): boolean => !name.includes('/');

/**
 * Which of today's names such a database has had already.
 * @param applied what the database says.
 * @returns what to record beside it; empty for a database that has no history of before, or whose new names are
 * recorded.
 * @throws MigrationError for a history of before that is not complete, was edited, or goes on with migrations that are
 * not here.
 */
export function adoptEarlierHistory(
  applied: readonly AppliedMigration[],
  files: readonly MigrationFile[],
): readonly AppliedMigration[] {
  const old = applied.filter(isOfBefore);
  if (old.length === 0) return [];
  const byName = new Map(old.map((migration) => [migration.name, migration]));
  const last = earlier.at(-1)?.name ?? '';
  const missing = earlier.filter(({ name }) => !byName.has(name));
  if (missing.length > 0)
    throw new MigrationError(
      `This database was migrated by an earlier version of Fieldgate, and lacks its migration ${missing[0]?.name}. ` +
        `Run that version's db:migrate on it, up to ${last}, and then this one's; ` +
        'or, where nothing in it is needed, run npm run db:reset.',
    );
  const edited = earlier.filter(({ name, checksum }) => byName.get(name)?.checksum !== checksum);
  if (edited.length > 0)
    throw new MigrationError(
      edited.map(({ name }) => `Migration ${name} was edited after it had been applied.`).join('\n'),
    );

  const hasLast = byName.get(lastOfBefore.name)?.checksum === lastOfBefore.checksum;
  const known = new Set([...earlier.map(({ name }) => name), ...(hasLast ? [lastOfBefore.name] : [])]);
  const own = old.filter(({ name }) => !known.has(name));
  // What somebody added of their own has the same text in its new place.
  const moved = own.map(({ name, checksum }) => {
    const file = files.find((one) => one.name.endsWith(`/${name}`) && one.checksum === checksum);
    if (file) return file;
    throw new MigrationError(
      `Migration ${name} is applied in the database, but is not in prisma/migrations: ` +
        `move its text, unchanged, to prisma/migrations/domain/${name}.sql.`,
    );
  });
  const checksums = new Map(files.map(({ name, checksum }) => [name, checksum]));
  const taken = [...earlier.map(({ name }) => `engine/${name}`), domainTables, ...(hasLast ? lastSuccessors : [])];
  const successors = taken.map((name) => ({
    name,
    // Without this domain's files the database is refused by the name, as one with tables that nothing here knows.
    checksum: checksums.get(name) ?? '',
  }));
  const recorded = new Set(applied.map(({ name }) => name));
  return [...successors, ...moved].filter(({ name }) => !recorded.has(name));
}
