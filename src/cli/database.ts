/**
 * `npm run db:migrate`, `db:seed`, `db:reset`: with DATABASE_MIGRATION_URL (the owner) or, where none is set, the embedded server.
 * No engine binary is needed. The gateway's login role is made, or given its password, from DATABASE_URL.
 */
import { resolve } from 'node:path';
import pg from 'pg';
import { ConfigError } from '../config.ts';
import { startEmbeddedDatabase } from '../stores/embedded-database.ts';
import { createGatewayRole } from '../stores/gateway-role.ts';
import { migrate } from '../stores/migrations.ts';
import { parseOperatorConfig } from './operator-connection.ts';

/** What `prisma/seed.ts` exports, said here: the compiler must not follow it into what is built. */
interface SeedModule {
  seedDemo(options: { ownerUrl: string; dataDir: string; scale: number }): Promise<{
    partnerKeys: Readonly<Record<string, string>>;
  }>;
}

const commands = ['migrate', 'seed', 'reset'] as const;
type Command = (typeof commands)[number];

async function main(): Promise<void> {
  const command = process.argv[2] as Command;
  if (!commands.includes(command)) throw new Error(`Say one of: ${commands.join(', ')}.`);
  const config = parseOperatorConfig(process.env);
  const isProduction = process.env.NODE_ENV === 'production';
  if (isProduction && command !== 'migrate') throw new Error(`db:${command} is not for production.`);
  const dataDir = resolve(config.DATA_DIR);
  if (config.DATABASE_URL && !config.DATABASE_MIGRATION_URL)
    throw new Error('DATABASE_MIGRATION_URL is required beside DATABASE_URL: the role that owns the tables.');
  const embedded = config.DATABASE_MIGRATION_URL ? null : await startEmbeddedDatabase(dataDir);
  const ownerUrl = config.DATABASE_MIGRATION_URL ?? embedded?.ownerUrl ?? '';
  try {
    if (command === 'reset') await dropEverything(ownerUrl);
    const applied = await migrate(ownerUrl);
    console.log(applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'Nothing to apply.');
    await makeLoginRole(ownerUrl, config.DATABASE_URL);
    if (command === 'migrate') return;
    const { seedDemo } = (await import(new URL('../../prisma/seed.ts', import.meta.url).href)) as SeedModule;
    const { partnerKeys } = await seedDemo({ ownerUrl, dataDir, scale: config.DEMO_SCALE });
    console.log(`Demo data is there. Partner keys: ${JSON.stringify(partnerKeys)}`);
  } finally {
    await embedded?.stop();
  }
}

/** The role that DATABASE_URL names, where the owner may make roles; an operator who made it has nothing to gain from this. */
async function makeLoginRole(ownerUrl: string, gatewayUrl: string | undefined): Promise<void> {
  if (!gatewayUrl) return;
  const { username, password } = new URL(gatewayUrl);
  if (username === new URL(ownerUrl).username || password === '') return;
  await createGatewayRole(ownerUrl, decodeURIComponent(username), decodeURIComponent(password)).catch(
    (error: { code?: string }) => {
      if (error.code !== '42501') throw error;
      console.log(`The owner may not make roles: make ${username} by hand, as a member of fieldgate_gateway.`);
    },
  );
}

async function dropEverything(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('drop schema public cascade');
    await client.query('create schema public');
  } finally {
    await client.end();
  }
}

main().catch((error: unknown) => {
  const faults = error instanceof ConfigError ? error.faults : [error instanceof Error ? error.message : String(error)];
  for (const fault of faults) console.error(`fieldgate: ${fault}`);
  process.exit(1);
});
