/**
 * `npm run db:migrate`, `db:seed`, `db:reset`: with DATABASE_MIGRATION_URL (the owner) or, where none is set, the embedded server.
 * No engine binary is needed. The gateway's login role is made, or given its password, from DATABASE_URL.
 */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import type { Environment } from '../environment.ts';
import { createGatewayRole } from '../stores/gateway-role.ts';
import { migrate } from '../stores/migrations.ts';
import {
  CommandError,
  type CommandOutput,
  openOperatorDatabase,
  parseOperatorConfig,
  runAsProgram,
  runCommand,
} from './operator-connection.ts';

/** What `src/dev/demo.ts` exports, said here: the compiler must not follow it into what is built. */
interface SeedModule {
  seedDemo(options: { ownerUrl: string; dataDir: string; scale: number }): Promise<{
    partnerKeys: Readonly<Record<string, string>>;
  }>;
}

const commands = ['migrate', 'seed', 'reset'] as const;

/** Asks whoever sits there. Null where nobody does. */
export type Ask = ((question: string) => Promise<string>) | null;

/** Runs one of the commands. @returns the exit code. */
export function databaseCommand(
  argv: readonly string[],
  env: Environment,
  output: CommandOutput,
  ask: Ask,
): Promise<number> {
  return runCommand(output, async () => {
    const options = { yes: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const command = commands.find((name) => name === positionals[0]);
    if (!command || positionals.length > 1) throw new CommandError(`Say one of: ${commands.join(', ')}.`);
    const config = parseOperatorConfig(env);
    if (config.isProduction && command !== 'migrate') throw new CommandError(`db:${command} is not for production.`);
    const isReset = command === 'reset';
    if (isReset && !values.yes && !ask)
      throw new CommandError('db:reset removes all data. Say that you mean it: npm run db:reset -- --yes');
    const dataDir = resolve(config.DATA_DIR);
    const database = await openOperatorDatabase(config, { alone: isReset });
    try {
      const { ownerUrl } = database;
      if (isReset) {
        await assertNoGateway(ownerUrl);
        const what = database.isEmbedded ? `the embedded database in ${dataDir}` : placeOf(ownerUrl);
        if (!values.yes && (await ask?.(`This removes all data of ${what}. Go on? (yes) `))?.trim() !== 'yes')
          throw new CommandError('Nothing was removed.');
        await dropEverything(ownerUrl);
      }
      const applied = await migrate(ownerUrl);
      output.out(applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'Nothing to apply.');
      await makeLoginRole(ownerUrl, config.DATABASE_URL, output);
      if (command === 'migrate') return 0;
      const { seedDemo } = (await import(new URL('../dev/demo.ts', import.meta.url).href)) as SeedModule;
      const { partnerKeys } = await seedDemo({ ownerUrl, dataDir, scale: config.DEMO_SCALE });
      output.out(`Demo data is there. Partner keys: ${JSON.stringify(partnerKeys)}`);
      return 0;
    } finally {
      await database.close();
    }
  });
}

/** A database without its password. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** The role that DATABASE_URL names, where the owner may make roles; an operator who made it has nothing to gain from this. */
async function makeLoginRole(ownerUrl: string, gatewayUrl: string | undefined, output: CommandOutput): Promise<void> {
  if (!gatewayUrl) return;
  const { username, password } = new URL(gatewayUrl);
  if (username === new URL(ownerUrl).username || password === '') return;
  await createGatewayRole(ownerUrl, decodeURIComponent(username), decodeURIComponent(password)).catch(
    (error: { code?: string }) => {
      if (error.code !== '42501') throw error;
      output.out(`The owner may not make roles: make ${username} by hand, as a member of fieldgate_gateway.`);
    },
  );
}

/** @throws CommandError while connections of a gateway are open: it would go on with a schema that is gone. */
async function assertNoGateway(ownerUrl: string): Promise<void> {
  await withClient(ownerUrl, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and application_name like 'fieldgate%' and pid <> pg_backend_pid()`,
    );
    if (rows[0]?.count) throw new CommandError('A gateway is connected to this database: stop it first.');
  });
}

async function dropEverything(ownerUrl: string): Promise<void> {
  await withClient(ownerUrl, async (client) => {
    await client.query('drop schema public cascade');
    await client.query('create schema public');
  });
}

async function withClient(connectionString: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function askTerminal(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // The end of the input is an answer, too: no.
  const closed = new Promise<string>((done) => lines.once('close', () => done('')));
  try {
    return await Promise.race([lines.question(question), closed]);
  } finally {
    lines.close();
  }
}

await runAsProgram(import.meta.url, (argv, env, output) =>
  databaseCommand(argv, env, output, process.stdin.isTTY ? askTerminal : null),
);
