/**
 * `npm run audit:prune -- --older-than <days>`: removes audit events past their retention. Only the owner's role may (the gateway's has
 * no DELETE), so it is a job of the operator, with DATABASE_MIGRATION_URL.
 */
import pg from 'pg';

/** The shortest retention, in days: a slip of a digit must not erase what an investigation needs. */
const minDays = 30;

/** Rows of one statement, so that no lock is held for long. */
const batchSize = 10_000;

async function main(): Promise<void> {
  const index = process.argv.indexOf('--older-than');
  const days = Number(process.argv[index + 1]);
  if (index < 0 || !Number.isInteger(days) || days < minDays)
    throw new Error(`Say how old: npm run audit:prune -- --older-than <days>, at least ${minDays}.`);
  const connectionString = process.env.DATABASE_MIGRATION_URL;
  if (!connectionString) throw new Error('DATABASE_MIGRATION_URL is required: the role that owns the tables.');
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    let removed = 0;
    for (;;) {
      const { rowCount } = await client.query(
        `delete from "AuditEvent" where "id" in
           (select "id" from "AuditEvent" where "at" < now() - make_interval(days => $1) order by "at" limit $2)`,
        [days, batchSize],
      );
      removed += rowCount ?? 0;
      if ((rowCount ?? 0) < batchSize) break;
    }
    console.log(`Removed ${removed} audit events older than ${days} days.`);
  } finally {
    await client.end();
  }
}

main().catch((error: unknown) => {
  console.error(`fieldgate: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
