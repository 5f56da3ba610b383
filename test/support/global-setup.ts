/**
 * Starts a PostgreSQL and a Redis for the whole run, and makes the database that each test file gets a copy of. What is not at
 * hand is said in one line; with CI=true that is a failure.
 */
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import '../../src/schema.ts';
import { seedDemo } from '../../src/dev/demo.ts';
import { startEmbeddedDatabase } from '../../src/dev/embedded-database.ts';
import { createGatewayRole } from '../../src/stores/gateway-role.ts';
import { migrate } from '../../src/stores/migrations.ts';
import { isOnPath } from './redis.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of a role that may create databases and roles. */
    ownerUrl: string;
    /** The seeded database that copies are made of. */
    templateName: string;
    /** The partner keys of the seeded database. */
    partnerKeys: Record<string, string>;
    /** Where the demo files are. */
    dataDir: string;
    /** Programs at hand, by name. */
    tools: Record<string, boolean>;
  }
}

/** Programs that some tests need, with the way to get them. */
const tools = {
  'redis-server': 'apt-get install redis-server (or put valkey-server on the PATH)',
  chromium: 'apt-get install chromium',
  pg_dump: 'apt-get install postgresql-client-15',
  curl: 'apt-get install curl',
} as const;

/** What a gateway without a DATA_DIR of its own writes to: a developer's. */
const developersFolders = ['outbox', 'files'].map((name) => new URL(`../../.data/${name}`, import.meta.url));

const countKept = (): number =>
  developersFolders.reduce((sum, folder) => sum + (existsSync(folder) ? readdirSync(folder).length : 0), 0);

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const found = Object.fromEntries(Object.keys(tools).map((name) => [name, isOnPath(name)]));
  found['redis-server'] ||= isOnPath('valkey-server');
  // A given Redis serves the tests that leave it as it is; those that stop it need a server of their own.
  found.redis = found['redis-server'] || Boolean(process.env.REDIS_URL);
  const missing = Object.entries(tools).filter(([name]) => !found[name]);
  for (const [name, remedy] of missing)
    console.warn(`fieldgate: no ${name}; tests that need it are skipped: ${remedy}`);
  if (missing.length > 0 && process.env.CI === 'true') throw new Error('With CI=true nothing may be missing.');

  const keptBefore = countKept();
  const dataDir = mkdtempSync(join(tmpdir(), 'fieldgate-test-'));
  // Within reach of the embedded server's user, so that nothing is copied elsewhere and left there.
  chmodSync(dataDir, 0o755);
  const given = process.env.TEST_DATABASE_URL;
  const server = given ? { ownerUrl: given, stop: async () => undefined } : await startEmbeddedDatabase(dataDir);
  const templateName = `fieldgate_template_${process.pid}`;
  const owner = new pg.Client({ connectionString: server.ownerUrl });
  await owner.connect();
  await owner.query(`create database ${templateName}`);
  const templateUrl = new URL(server.ownerUrl);
  templateUrl.pathname = `/${templateName}`;
  await migrate(templateUrl.href);
  await createGatewayRole(templateUrl.href, 'gateway_under_test', 'gateway');
  const { partnerKeys } = await seedDemo({ ownerUrl: templateUrl.href, dataDir, scale: 1 });

  project.provide('ownerUrl', server.ownerUrl);
  project.provide('templateName', templateName);
  project.provide('partnerKeys', { ...partnerKeys });
  project.provide('dataDir', dataDir);
  project.provide('tools', found);

  return async () => {
    await owner.query(`drop database if exists ${templateName} with (force)`);
    await owner.end();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
    if (countKept() === keptBefore) return;
    const words = 'Mails or files came into .data while the tests ran: a test’s gateway needs a DATA_DIR of its own.';
    // Elsewhere than in CI it may be those of a gateway that runs beside.
    if (process.env.CI === 'true') throw new Error(words);
    console.warn(`fieldgate: ${words}`);
  };
}
