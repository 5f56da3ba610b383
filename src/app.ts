/**
 * The composition root: from a configuration and opened stores to a gateway that listens. It opens nothing itself and
 * closes only what it made; `main.ts` opens and closes the stores.
 */
import { join } from 'node:path';
import { assertValidSchema } from 'graphql';
import type { Redis } from 'ioredis';
import { createAccessTokens } from './authentication/access-token.ts';
import { createAuthenticator } from './authentication/authenticate.ts';
import type { SigningKeys } from './authentication/signing-keys.ts';
import type { Viewer } from './authentication/viewer.ts';
import { createColumnGuard } from './authorization/column-guard.ts';
import { columnRulesOf } from './authorization/column-rules.ts';
import { columnUsesOf } from './authorization/column-uses.ts';
import { createPlanner } from './authorization/plan.ts';
import { policies } from './authorization/policies.ts';
import { permissionsOfRoles } from './authorization/roles.ts';
import type { Config } from './config.ts';
import { createFrame } from './frame.ts';
import { documentLimitsOf, variableLimitsOf } from './limits/document-limits.ts';
import { fieldLimits } from './limits/field-limit-table.ts';
import { prepareDocument } from './limits/prepare-document.ts';
import type { Logger } from './logger.ts';
import { createOperationInspector } from './operations/inspect-operation.ts';
import { createOperationLookup } from './operations/operation-lookup.ts';
import { createAuthenticationStep } from './plugins/authentication.ts';
import { useAuthorization } from './plugins/authorization.ts';
import { useDatabaseScope } from './plugins/database-scope.ts';
import { createDeprecationTeller, useDeprecation } from './plugins/deprecation.ts';
import { limitFields } from './plugins/field-limits.ts';
import { createFilesRoute } from './plugins/files.ts';
import type { HealthCheck } from './plugins/health.ts';
import { useIssuedViewer } from './plugins/issued-viewer.ts';
import { createJwksRoute } from './plugins/jwks.ts';
import { cacheabilityOf, createOperationAdmission, usePersistedOperations } from './plugins/persisted-operations.ts';
import { createRegisteredQueries } from './plugins/registered-queries.ts';
import { useRevalidation } from './plugins/revalidation.ts';
import { useSubscriptions } from './plugins/subscriptions.ts';
import { useViewAs } from './plugins/view-as.ts';
import { buildSchemas } from './schema/schema.ts';
import { createAccessService } from './services/access-service.ts';
import { createApiKeyService } from './services/api-key-service.ts';
import { createAttachmentService } from './services/attachment-service.ts';
import { createBackgroundWork } from './services/background-work.ts';
import { createIdentityServices } from './services/identity-services.ts';
import { createMemberService } from './services/member-service.ts';
import { createOperationRegistryService } from './services/operation-registry.ts';
import { createOperationUsage } from './services/operation-usage.ts';
import { createOrganizationService } from './services/organization-service.ts';
import { createOrganizationTransaction } from './services/organization-transaction.ts';
import { createProjectService } from './services/project-service.ts';
import { createRoleService } from './services/role-service.ts';
import { createFileRemoval } from './services/stored-files.ts';
import { createCommentService, createTaskService } from './services/task-service.ts';
import { createBudgetStore } from './stores/budget-store.ts';
import type { Database } from './stores/database.ts';
import { createEvents } from './stores/events.ts';
import { createBucketStore, createFolderStore } from './stores/file-store.ts';
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
  /** Told of each SQL statement that a request sends; tests count with it. */
  onStatement?(requestId: string, sql: string): void;
}

/** A gateway. */
export interface App {
  /** Starts to listen. @returns the origins. @throws the socket's error when a port is taken. */
  listen(): Promise<{ readonly url: string; readonly metricsUrl: string | null }>;
  /** Answers one request without a socket; for tests and embedding. */
  fetch(request: Request): Promise<Response>;
  /** Stops accepting, lets requests in flight finish within DRAIN_TIMEOUT_MS, and closes what the gateway opened. */
  close(): Promise<void>;
}

/** How many registered operations a starting process compiles. */
const prewarmedOperations = 500;

/** Composes a gateway. @throws CoverageError unless schema and policies agree; ConfigError for a faulty TRUST_PROXY. */
export function createApp(dependencies: AppDependencies): App {
  const { config, log, db, redis } = dependencies;
  const { publicSchema, executableSchema } = buildSchemas({ fastPath: config.AUTHORIZATION_FAST_PATH });
  assertValidSchema(publicSchema);
  const planner = createPlanner(publicSchema, policies);
  const columnRules = columnRulesOf(policies, columnUsesOf(publicSchema));
  const guardOf = (viewer: Viewer) => createColumnGuard(columnRules, viewer);

  const budgets = createBudgetStore({ redis, log, onFallback: () => frame.metrics.budgetFallbacks.inc() });
  limitFields(executableSchema, fieldLimits, budgets);

  const accessTokens = createAccessTokens({
    keys: dependencies.signingKeys,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    ttlSeconds: config.ACCESS_TOKEN_TTL_SECONDS,
  });
  const authenticator = createAuthenticator({ db, accessTokens, permissionsOf: permissionsOfRoles });
  const sealer = createSealer([
    // Seals from the day on which it is set; what the signing keys sealed before still opens.
    ...(config.ENCRYPTION_KEY ? [config.ENCRYPTION_KEY] : []),
    ...dependencies.signingKeys.secrets,
  ]);
  const events = createEvents({ redis, log });
  events.onAccessChanged((change) => {
    if (change.kind === 'session') authenticator.forgetSession(change.sessionId);
    else authenticator.forgetOrganization(change.organizationId);
  });

  const documentLimits = documentLimitsOf(config);
  const operationStore = createRegisteredOperationStore(db);
  const operationLookup = createOperationLookup({
    store: operationStore,
    prepare: (body) => prepareDocument(publicSchema, body, documentLimits),
  });
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
  const fileRemoval = createFileRemoval({ files, background, log });
  const attachments = createAttachmentService({
    db,
    files,
    removeFiles: fileRemoval.now,
    scan: config.CLAMAV_URL ? createVirusScan(config.CLAMAV_URL) : null,
    scanRequired: config.CLAMAV_REQUIRED,
    limitBytes: config.UPLOAD_LIMIT_BYTES,
  });
  const services = {
    attachments,
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
    access: createAccessService({ db, schema: publicSchema, policies, planner, maxTokens: config.MAX_TOKENS }),
    projects: createProjectService({ db, removeFiles: fileRemoval.now }),
    tasks: createTaskService({ db, events, removeFiles: fileRemoval.now }),
    comments: createCommentService({ db, events }),
    operationRegistry: createOperationRegistryService({
      db,
      inspector: createOperationInspector({
        schema: publicSchema,
        policies,
        limits: documentLimits,
        maxCost: config.MAX_COST_API_KEY ?? config.MAX_COST,
      }),
      onChange: () => operationLookup.forget(),
    }),
  };

  const authenticationStep = createAuthenticationStep(authenticator);
  const admission = createOperationAdmission({
    lookup: operationLookup,
    usage: operationUsage,
    persistedOnly: config.PERSISTED_ONLY,
    onWouldRefuse: () => frame.metrics.overLimit.inc({ limit: 'persisted', enforced: 'false' }),
  });
  const deprecation = createDeprecationTeller({ schema: publicSchema });
  const shared = { db, sealer, events, services, config };
  const frame = createFrame({
    config,
    log,
    schema: publicSchema,
    shared,
    createShortWay: (costGate) =>
      createRegisteredQueries({
        admission,
        costGate,
        deprecation,
        planner,
        executableSchema,
        fastPath: config.AUTHORIZATION_FAST_PATH,
        variableLimits: variableLimitsOf(config),
        shared,
        guardOf,
        onStatement: dependencies.onStatement,
      }),
    budgets,
    authenticate: authenticationStep,
    healthChecks: dependencies.healthChecks,
    routes: {
      '/.well-known/jwks.json': createJwksRoute(dependencies.signingKeys),
      '/files/': createFilesRoute({
        authenticate: authenticationStep,
        download: (viewer, id) => attachments.download(viewer, id),
      }),
    },
    httpPlugins: [useRevalidation({ cacheabilityOf: (exchange) => cacheabilityOf(exchange, publicSchema, policies) })],
    beforeCost: [usePersistedOperations(admission), useDeprecation(deprecation), useViewAs()],
    afterCost: [
      useIssuedViewer({
        schema: publicSchema,
        executableSchema,
        fastPath: config.AUTHORIZATION_FAST_PATH,
        planner,
        authenticator,
        guardOf,
        onStatement: dependencies.onStatement,
      }),
      useAuthorization({ planner, executableSchema, fastPath: config.AUTHORIZATION_FAST_PATH }),
      useSubscriptions({
        planner,
        executableSchema,
        fastPath: config.AUTHORIZATION_FAST_PATH,
        guardOf,
        async authenticate({ exchange }) {
          const again = { ...exchange };
          await authenticationStep(again);
          return again.viewer as Viewer;
        },
      }),
      useDatabaseScope({
        guardOf,
        onStatement: dependencies.onStatement,
      }),
    ],
  });

  return {
    async listen() {
      // Without it the first calls compile what they need: no reason not to start.
      await operationLookup
        .prewarm(prewarmedOperations)
        .catch((error) => log.warn({ err: error }, 'registered operations were not compiled ahead'));
      return frame.listen();
    },
    fetch: (request) => frame.fetch(request),
    async close() {
      await frame.close();
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
