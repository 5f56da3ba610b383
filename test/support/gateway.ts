/** The whole gateway on a database of its own, listening on a free port, with the demo's two organizations in it. */
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { inject } from 'vitest';
import { type App, createApp } from '../../src/app.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import type { DeploymentPlugin } from '../../src/context.ts';
import { createAccessTokens } from '../../src/identity/authentication/access-token.ts';
import {
  generateSigningJwk,
  parseSigningKeys,
  type SigningKeys,
} from '../../src/identity/authentication/signing-keys.ts';
import { createLogger } from '../../src/logger.ts';
import type { HealthCheck } from '../../src/plugins/health.ts';
import { type Client, createClient } from './client.ts';
import { type KnownOrganizations, knowOrganizations } from './organizations.ts';
import { listenPlainly } from './plain-listener.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';
import { mintViewers, type Viewers } from './viewers.ts';

/** Options of {@link startGateway}. */
export interface StartGatewayOptions {
  /** Overrides of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly redis?: Redis | null;
  /** A database made for this gateway; it is closed with it. */
  readonly database?: TestDatabase;
  readonly healthChecks?: readonly HealthCheck[];
  /** False runs every scope for every row instead of going by the plan. */
  readonly planned?: boolean;
  /** Yoga plugins of the deployment's own. */
  readonly plugins?: readonly DeploymentPlugin[];
  /** Another gateway whose database, organizations and keys this one shares, as a replica does. */
  readonly replicaOf?: TestGateway;
}

/** A gateway under test. */
export interface TestGateway extends Client {
  readonly app: App;
  readonly config: Config;
  readonly url: string;
  readonly endpoint: string;
  readonly database: TestDatabase;
  readonly organizations: KnownOrganizations;
  readonly viewers: Viewers;
  readonly signingKeys: SigningKeys;
  /** What was logged so far, as it was written. */
  logText(): string;
  /** Statements of a request, by its id. */
  statementsOf(requestId: string): readonly string[];
  close(): Promise<void>;
}

/** Starts a gateway; `close` takes down everything that was started for it. */
export async function startGateway(options: StartGatewayOptions = {}): Promise<TestGateway> {
  const original = options.replicaOf;
  const database = original?.database ?? options.database ?? (await createTestDatabase());
  const organizations = original?.organizations ?? (await knowOrganizations(database));
  const signingKeys = original?.signingKeys ?? (await parseSigningKeys(JSON.stringify([await generateSigningJwk()])));
  const config = parseConfig({
    NODE_ENV: 'test',
    PORT: '0',
    LOG_LEVEL: 'debug',
    GRAPHIQL: 'false',
    // Mails and files of tests are none of a developer's.
    DATA_DIR: join(inject('dataDir'), 'gateways'),
    // Client and gateway share one event loop here: what the test does is no load.
    MAX_EVENT_LOOP_DELAY_MS: '60000',
    DATABASE_URL: database.gatewayUrl,
    ...options.env,
  });
  const lines: string[] = [];
  const statements = new Map<string, string[]>();
  const app = createApp({
    config,
    log: createLogger({ level: config.LOG_LEVEL, destination: { write: (line) => void lines.push(line) } }),
    db: database.db,
    redis: options.redis ?? null,
    planned: options.planned,
    signingKeys,
    healthChecks: options.healthChecks ?? [],
    plugins: options.plugins,
    onStatement(requestId, sql) {
      const known = statements.get(requestId);
      if (known) known.push(sql);
      else statements.set(requestId, [sql]);
    },
  });
  const plain = process.env.PLAIN_LISTENER === 'true' ? await listenPlainly(app.handle) : null;
  const { url } = plain ?? (await app.listen());
  const endpoint = `${url}/graphql`;
  const statementsOf = (requestId: string): readonly string[] => statements.get(requestId) ?? [];
  const accessTokens = createAccessTokens({
    keys: signingKeys,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    ttlSeconds: config.ACCESS_TOKEN_TTL_SECONDS,
  });
  return {
    ...createClient(endpoint, statementsOf),
    app,
    config,
    url,
    endpoint,
    database,
    organizations,
    viewers: original?.viewers ?? (await mintViewers(accessTokens, organizations)),
    signingKeys,
    logText: () => lines.join(''),
    statementsOf,
    async close() {
      await app.close();
      await plain?.close();
      if (!original) await database.close();
    },
  };
}
