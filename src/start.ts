/**
 * Opens what a gateway needs, in order, and closes it again in the other: configuration, database, migrations, demo data, keys,
 * Redis, gateway. Whatever fails closes what was opened before it.
 */
import { join, resolve } from 'node:path';
import { type App, createApp } from './app.ts';
import type { Config } from './config.ts';
import { type EmbeddedDatabase, startEmbeddedDatabase } from './dev/embedded-database.ts';
import { createHealthChecks } from './health-checks.ts';
import { openDevelopmentKeys, parseSigningKeys, SigningKeysError } from './identity/authentication/signing-keys.ts';
import { installedDomain } from './installed-domain.ts';
import type { Logger } from './logger.ts';
import { createDatabase } from './stores/database.ts';
import { createDatabaseProbe } from './stores/database-probe.ts';
import { assertGatewayRole } from './stores/gateway-role.ts';
import { makeFolder } from './stores/make-folder.ts';
import { migrate } from './stores/migrations.ts';
import { createRedis } from './stores/redis.ts';
import { createTenantPool } from './stores/tenant-pool.ts';

/** A gateway that runs. */
export interface RunningGateway {
  readonly app: App;
  readonly url: string;
  readonly metricsUrl: string | null;
  /** The demo organizations' partner keys; null where there is no demo data. */
  readonly partnerKeys: Readonly<Record<string, string>> | null;
  /** The domain's query to begin with. */
  readonly firstQuery?: string;
  /** Drains and closes everything that was started. */
  close(): Promise<void>;
}

/** Options of {@link start} for tests. */
export interface StartOptions {
  onStatement?(requestId: string, sql: string): void;
}

/** Starts a gateway. @throws the first fault; everything opened until then is closed. */
export async function start(config: Config, log: Logger, options: StartOptions = {}): Promise<RunningGateway> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse())
      await closer().catch((error) => log.error({ err: error }, 'closing failed'));
  };
  try {
    const dataDir = resolve(config.DATA_DIR);
    const urls = await openUrls(config, dataDir, closers);
    if (urls.ownerUrl) {
      const applied = await migrate(urls.ownerUrl);
      if (applied.length > 0) log.info({ migrations: applied }, 'migrations applied');
    }
    const partnerKeys =
      config.isProduction || !urls.ownerUrl ? null : await seed(urls.ownerUrl, dataDir, config.DEMO_SCALE);
    await assertGatewayRole(urls.gatewayUrl);
    const signingKeys = config.JWT_KEYS
      ? await parseSigningKeys(config.JWT_KEYS)
      : await openDevelopmentKeys(join(dataDir, 'jwt-keys.json')).catch(unusable('DATA_DIR'));
    // Said now, not at the first upload.
    if (config.STORAGE_DIR) await makeFolder(config.STORAGE_DIR).catch(unusable('STORAGE_DIR'));

    const redis = config.REDIS_URL ? createRedis(config.REDIS_URL, log) : null;
    if (redis) closers.push(async () => redis.disconnect());
    else log.warn('no REDIS_URL: this is a single instance, with limits and events in this process');

    const pool = createTenantPool({
      connectionString: urls.gatewayUrl,
      max: config.DATABASE_POOL_MAX,
      statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    });
    const { db, close: closeDatabase } = createDatabase({ pool });
    closers.push(closeDatabase);

    const probe = createDatabaseProbe(urls.gatewayUrl);
    closers.push(() => probe.close());
    const app = createApp({
      config,
      log,
      db,
      redis,
      signingKeys,
      onStatement: options.onStatement,
      healthChecks: createHealthChecks({ probe, pool, redis }),
    });
    closers.push(() => app.close());
    const { url, metricsUrl } = await app.listen();
    return { app, url, metricsUrl, partnerKeys, firstQuery: installedDomain.firstQuery, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Names the variable whose folder cannot be used. */
function unusable(name: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof SigningKeysError ? error : new Error(`${name} cannot be used: ${(error as Error).message}.`);
  };
}

interface Urls {
  readonly gatewayUrl: string;
  /** Null where only the gateway's own role is known: then somebody else migrates. */
  readonly ownerUrl: string | null;
}

async function openUrls(config: Config, dataDir: string, closers: (() => Promise<unknown>)[]): Promise<Urls> {
  if (config.DATABASE_URL) return { gatewayUrl: config.DATABASE_URL, ownerUrl: config.DATABASE_MIGRATION_URL ?? null };
  const embedded: EmbeddedDatabase = await startEmbeddedDatabase(dataDir, { alone: true });
  closers.push(() => embedded.stop());
  return embedded;
}

/** What `src/dev/demo.ts` exports, said here: the compiler must not follow it into what is built. */
interface SeedModule {
  seedDemo(options: { ownerUrl: string; dataDir: string; scale: number }): Promise<{
    partnerKeys: Readonly<Record<string, string>>;
  }>;
}

/** The demo data is no part of the product: production's image does not hold it, and loads it never. */
async function seed(ownerUrl: string, dataDir: string, scale: number): Promise<Readonly<Record<string, string>>> {
  // By a name that the compiler does not follow: what is built must not hold it.
  const { seedDemo } = (await import(new URL('./dev/demo.ts', import.meta.url).href)) as SeedModule;
  return (await seedDemo({ ownerUrl, dataDir, scale })).partnerKeys;
}
