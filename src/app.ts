/**
 * The composition root: from a configuration and opened stores to a gateway that listens. It opens nothing itself and
 * closes only what it made; `main.ts` opens and closes the stores.
 */

import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { assertValidSchema } from 'graphql';
import type { Redis } from 'ioredis';
import { policyTable } from './authorization/policies.ts';
import { permissionsOfRoles } from './authorization/roles.ts';
import type { Config } from './config.ts';
import type { DeploymentPlugin } from './context.ts';
import { createAuthenticationStep } from './http/credentials.ts';
import { createAccessService } from './identity/access/access-service.ts';
import { createApiKeyService } from './identity/api-key/api-key-service.ts';
import { createAccessTokens } from './identity/authentication/access-token.ts';
import { createAuthenticator } from './identity/authentication/authenticate.ts';
import type { SigningKeys } from './identity/authentication/signing-keys.ts';
import { createMemberService } from './identity/member/member-service.ts';
import { createOrganizationService } from './identity/organization/organization-service.ts';
import { createOrganizationTransaction } from './identity/organization/organization-transaction.ts';
import { createRoleService } from './identity/role/role-service.ts';
import { createIdentityServices } from './identity/services.ts';
import { installedDomain } from './installed-domain.ts';
import type { Logger } from './logger.ts';
import { createBackgroundWork } from './nouns/background-work.ts';
import { createRowService } from './nouns/row-service.ts';
import type { Services } from './nouns/services.ts';
import { createFileRemoval } from './nouns/stored-files.ts';
import { createOperations } from './operation/operations.ts';
import type { HealthCheck } from './plugins/health.ts';
import { createOperationAdmission } from './registry/admission.ts';
import { createOperationInspector } from './registry/inspect-operation.ts';
import { createOperationLookup } from './registry/operation-lookup.ts';
import { createOperationRegistryService } from './registry/operation-registry.ts';
import { createOperationUsage } from './registry/operation-usage.ts';
import { buildSchemas } from './schema.ts';
import { serve } from './serve.ts';
import { createBudgetStore } from './stores/budget-store.ts';
import type { Database } from './stores/database.ts';
import { type AccessChange, createEvents, type Events } from './stores/events.ts';
import { createBucketStore, createFolderStore } from './stores/file-store.ts';
import { createPendingFileRemovals } from './stores/pending-file-removals.ts';
import { createRegisteredOperationStore } from './stores/registered-operations.ts';
import { createSealer } from './stores/sealer.ts';
import { createVirusScan } from './stores/virus-scan.ts';

/** What the gateway is made of. */
export interface AppDependencies {
  readonly config: Config;
  readonly log: Logger;
  readonly db: Database;
  /** Null runs a single instance, with limits and events in this process. */
  readonly redis: Redis | null;
  /** The keys that access tokens are signed and verified with. */
  readonly signingKeys: SigningKeys;
  /** What readiness depends on. */
  readonly healthChecks: readonly HealthCheck[];
  /** False runs every scope for every row instead of going by the plan; for tests that compare. */
  readonly planned?: boolean;
  /** Yoga plugins of the deployment's own: in force for every way in, beside the gateway's. */
  readonly plugins?: readonly DeploymentPlugin[];
  /** Told of each SQL statement that a request sends; tests count with it. */
  onStatement?(requestId: string, sql: string): void;
}

/** A gateway. */
export interface App {
  /** Starts to listen. @returns the origins. @throws the socket's error when a port is taken. */
  listen(): Promise<{ readonly url: string; readonly metricsUrl: string | null }>;
  /** Answers one request without a socket; for tests and embedding. */
  fetch(request: Request): Promise<Response>;
  /** Answers requests of another `node:http` server, without this one's limits of connections. */
  readonly handle: RequestListener;
  /** Is unready for DRAIN_DELAY_MS, stops accepting, lets requests in flight finish within DRAIN_TIMEOUT_MS, and closes what the gateway opened. */
  close(): Promise<void>;
}

/** How many registered operations a starting process compiles. */
const prewarmedOperations = 500;

/** How often files are removed that were left behind, in milliseconds. */
const sweepIntervalMs = 600_000;

/** Composes a gateway. @throws CoverageError unless schema and policies agree; ConfigError for a faulty TRUST_PROXY. */
export function createApp(dependencies: AppDependencies): App {
  const { config, log, db, redis, planned = true } = dependencies;
  const { publicSchema, executableSchema } = buildSchemas({ planned });
  assertValidSchema(publicSchema);
  const policies = policyTable();

  const budgets = createBudgetStore({ redis, log, onFallback: () => serving.metrics.budgetFallbacks.inc() });

  const accessTokens = createAccessTokens({
    keys: dependencies.signingKeys,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    ttlSeconds: config.ACCESS_TOKEN_TTL_SECONDS,
  });
  const authenticator = createAuthenticator({ db, accessTokens, permissionsOf: permissionsOfRoles });
  const { reader, planner, runner } = createOperations({
    config,
    publicSchema,
    executableSchema,
    planned,
    policies,
    budgets,
    db,
    authenticator,
    onStatement: dependencies.onStatement,
    onOverLimit: (limit, enforced) => serving.metrics.overLimit.inc({ limit, enforced: String(enforced) }),
  });
  const sealer = createSealer([
    // Seals from the day on which it is set; what the signing keys sealed before still opens.
    ...(config.ENCRYPTION_KEY ? [config.ENCRYPTION_KEY] : []),
    ...dependencies.signingKeys.secrets,
  ]);
  const published = createEvents({ redis, log });
  const forget = (change: AccessChange): void => {
    if (change.kind === 'session') authenticator.forgetSession(change.sessionId);
    else authenticator.forgetOrganization(change.organizationId);
  };
  published.onAccessChanged(forget);
  const events: Events = {
    ...published,
    accessChanged(change) {
      // Felt here before the answer, whatever becomes of the message to the others.
      forget(change);
      published.accessChanged(change);
    },
  };

  const operationStore = createRegisteredOperationStore(db);
  const operationLookup = createOperationLookup({ store: operationStore, reader, policies });
  const operationUsage = createOperationUsage({ write: (uses) => operationStore.addUses(uses), log });
  const background = createBackgroundWork({ log });
  const inOrganization = createOrganizationTransaction({ db, events });
  const identity = createIdentityServices({
    config,
    log,
    db,
    accessTokens,
    budgets,
    sealer,
    events,
    inOrganization,
  });
  const files = fileStoreOf(config);
  const fileRemoval = createFileRemoval({ files, background, log, pending: createPendingFileRemovals(db) });
  const domain = installedDomain.start({
    db,
    events,
    files,
    removeFiles: fileRemoval.now,
    scan: config.CLAMAV_URL ? createVirusScan(config.CLAMAV_URL) : null,
    scanRequired: config.CLAMAV_REQUIRED,
  });
  const own = {
    rows: createRowService({ db, events, removeFiles: fileRemoval.now }),
    ...identity.services,
    organizations: createOrganizationService({ db, inOrganization, fileRemoval }),
    members: createMemberService({
      db,
      events,
      inOrganization,
      sendMail: identity.sendMail,
      background,
      publicUrl: config.publicUrl,
    }),
    roles: createRoleService({ inOrganization }),
    apiKeys: createApiKeyService({ inOrganization, defaultBudget: config.COST_BUDGET_PER_MINUTE }),
    access: createAccessService({ db, schema: publicSchema, policies, planner, reader }),
    operationRegistry: createOperationRegistryService({
      db,
      inspector: createOperationInspector({
        reader,
        policies,
        maxCost: config.MAX_COST_API_KEY ?? config.MAX_COST,
      }),
      onChange: () => operationLookup.forget(),
    }),
  };

  // The domain has named what it adds; without one, nothing asks for more than what stands here.
  const services = { ...own, ...domain.services } as Services;

  const serving = serve({
    config,
    log,
    schema: publicSchema,
    shared: { db, sealer, events, services, config },
    operations: { reader, runner },
    budgets,
    authenticate: createAuthenticationStep(authenticator),
    healthChecks: dependencies.healthChecks,
    plugins: dependencies.plugins,
    gateway: {
      signingKeys: dependencies.signingKeys,
      admission: createOperationAdmission({
        lookup: operationLookup,
        usage: operationUsage,
        persistedOnly: config.PERSISTED_ONLY,
        onWouldRefuse: () => serving.metrics.overLimit.inc({ limit: 'persisted', enforced: 'false' }),
      }),
      download: domain.download ?? (async () => null),
    },
  });

  let sweeps: NodeJS.Timeout | undefined;
  return {
    async listen() {
      // Without it the first calls compile what they need: no reason not to start.
      await operationLookup
        .prewarm(prewarmedOperations)
        .catch((error) => log.warn({ err: error }, 'registered operations were not compiled ahead'));
      const origins = await serving.listen();
      fileRemoval.sweep();
      sweeps = setInterval(() => fileRemoval.sweep(), sweepIntervalMs);
      sweeps.unref();
      return origins;
    },
    fetch: serving.fetch,
    handle: serving.handle,
    async close() {
      clearInterval(sweeps);
      await serving.close();
      await operationUsage.close();
      await background.settled();
      await identity.close();
      await events.close();
    },
  };
}

function fileStoreOf(config: Config) {
  const { S3_BUCKET, S3_REGION, S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = config;
  if (!S3_BUCKET) return createFolderStore(config.STORAGE_DIR ?? join(config.DATA_DIR, 'files'));
  return createBucketStore({
    bucket: S3_BUCKET,
    region: S3_REGION ?? 'us-east-1',
    endpoint: S3_ENDPOINT,
    credentials:
      S3_ACCESS_KEY_ID && S3_SECRET_ACCESS_KEY
        ? { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY }
        : undefined,
  });
}
