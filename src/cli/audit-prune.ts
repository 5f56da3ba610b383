/**
 * `npm run audit:prune -- --older-than <days>`: removes audit events past their retention. Only the owner's role may (the gateway's has
 * no DELETE), so it is a job of the operator, with DATABASE_MIGRATION_URL or, where no database is named, on the embedded one.
 */
import { parseArgs } from 'node:util';
import type { Environment } from '../environment.ts';
import {
  CommandError,
  type CommandOutput,
  parseOperatorConfig,
  runAsProgram,
  runCommand,
  withOperatorConnection,
} from './operator-connection.ts';

/** The shortest retention, in days: a slip of a digit must not erase what an investigation needs. */
const minDays = 30;

/** Rows of one statement, so that no lock is held for long. */
const batchSize = 10_000;

/** Runs the command. @returns the exit code. */
export function auditPrune(argv: readonly string[], env: Environment, output: CommandOutput): Promise<number> {
  return runCommand(output, async () => {
    const { values } = parseArgs({ args: [...argv], options: { 'older-than': { type: 'string' } } });
    const given = values['older-than'] ?? '';
    const days = /^\d{1,6}$/.test(given) ? Number(given) : 0;
    if (days < minDays)
      throw new CommandError(`Say how old: npm run audit:prune -- --older-than <days>, at least ${minDays}.`);
    return withOperatorConnection(parseOperatorConfig(env), async (client) => {
      let removed = 0;
      for (let last = batchSize; last === batchSize; removed += last) {
        const { rowCount } = await client.query(
          `delete from "AuditEvent" where "id" in
             (select "id" from "AuditEvent" where "at" < now() - make_interval(days => $1) order by "at" limit $2)`,
          [days, batchSize],
        );
        last = rowCount ?? 0;
      }
      output.out(`Removed ${removed} audit events older than ${days} days.`);
      return 0;
    });
  });
}

await runAsProgram(import.meta.url, auditPrune);
