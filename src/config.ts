/**
 * What the variables of the environment mean. Every variable stands in `.env.example`; each secret may also come from a file
 * (`NAME_FILE`). All faults are reported at once, each in one line.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Thrown for a faulty environment; each fault is one line for the operator. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

const flag = z.enum(['true', 'false', '1', '0', '']).transform((text) => text === 'true' || text === '1');
const whole = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) => z.coerce.number().int().min(minimum).max(maximum);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
const url = z.url();

/** Variables that may also be given as `NAME_FILE`. */
export const secretNames = [
  'DATABASE_URL',
  'DATABASE_MIGRATION_URL',
  'REDIS_URL',
  'JWT_KEYS',
  'ENCRYPTION_KEY',
  'SMTP_URL',
  'S3_SECRET_ACCESS_KEY',
  'FIELDGATE_API_KEY',
] as const;

const environment = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65535).default(4000),
  METRICS_PORT: whole(0, 65535).optional(),
  PUBLIC_URL: url.optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  LOG_PRETTY: flag.default(false),
  DATA_DIR: z.string().default('.data'),

  DATABASE_URL: url.optional(),
  DATABASE_MIGRATION_URL: url.optional(),
  DATABASE_POOL_MAX: whole(1, 1000).default(10),
  DATABASE_STATEMENT_TIMEOUT_MS: whole(100).default(10_000),
  REDIS_URL: url.optional(),
  SINGLE_INSTANCE: flag.default(false),
  DEMO_SCALE: whole(1, 1000).default(1),

  JWT_ISSUER: z.string().min(1).default('fieldgate'),
  JWT_AUDIENCE: z.string().min(1).default('fieldgate'),
  JWT_KEYS: z.string().optional(),
  ENCRYPTION_KEY: z.string().optional(),
  ACCESS_TOKEN_TTL_SECONDS: whole(60, 3600).default(600),
  SESSION_IDLE_TTL_SECONDS: whole(60).default(14 * 86_400),
  SESSION_ABSOLUTE_TTL_SECONDS: whole(60).default(90 * 86_400),
  REFRESH_GRACE_SECONDS: whole(0, 60).default(10),
  REGISTRATION: z.enum(['open', 'approval', 'invite']).default('invite'),

  SMTP_URL: url.optional(),
  MAIL_FROM: z.string().default('Fieldgate <no-reply@fieldgate.example>'),

  TRUST_PROXY: z.string().default(''),
  CORS_ORIGINS: list.default([]),
  GRAPHIQL: flag.optional(),
  PERSISTED_ONLY: z.enum(['true', 'false', 'log']).default('false'),
  LIMITS_MODE: z.enum(['enforce', 'measure']).default('enforce'),

  BODY_LIMIT_BYTES: whole(1024).default(1024 * 1024),
  MAX_TOKENS: whole(10).default(2_000),
  MAX_DEPTH: whole(1).default(15),
  MAX_ALIASES: whole(0).default(30),
  MAX_ROOT_FIELDS: whole(1).default(20),
  MAX_DIRECTIVES: whole(0).default(50),
  MAX_FRAGMENT_SPREADS: whole(0).default(50),
  MAX_OPERATION_NAME_LENGTH: whole(1).default(128),
  MAX_VARIABLE_DEPTH: whole(1).default(20),
  MAX_VARIABLE_VALUES: whole(1).default(10_000),
  MAX_COST: whole(1).default(5_000),
  MAX_COST_ANONYMOUS: whole(1).optional(),
  MAX_COST_API_KEY: whole(1).optional(),
  COST_BUDGET_PER_MINUTE: whole(1).default(60_000),
  COST_BUDGET_PER_ADDRESS_PER_MINUTE: whole(1).default(240_000),
  COST_BUDGET_PER_ORGANIZATION_PER_MINUTE: whole(1).default(600_000),
  SIGN_IN_PER_ACCOUNT_PER_MINUTE: whole(1).default(5),
  SIGN_IN_PER_NETWORK_PER_MINUTE: whole(1).default(30),
  MAX_REQUESTS_IN_FLIGHT: whole(1).default(1_000),
  MAX_STREAMS: whole(1).default(5_000),
  MAX_STREAMS_PER_ORGANIZATION: whole(1).default(1_000),
  MAX_STREAMS_PER_ADDRESS: whole(1).default(200),
  MAX_STREAMS_PER_VIEWER: whole(1).default(20),
  MAX_CONNECTIONS: whole(1).default(10_000),
  MAX_CONNECTIONS_PER_ADDRESS: whole(1).default(1_000),
  MAX_EVENT_LOOP_DELAY_MS: whole(10).default(1_000),
  REQUEST_TIMEOUT_MS: whole(1_000).default(30_000),
  DRAIN_DELAY_MS: whole(0).optional(),
  DRAIN_TIMEOUT_MS: whole(0).default(10_000),

  UPLOAD_LIMIT_BYTES: whole(1).default(10 * 1024 * 1024),
  STORAGE_DIR: z.string().optional(),
  S3_BUCKET: z.string().optional(),
  S3_REGION: z.string().optional(),
  S3_ENDPOINT: url.optional(),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  CLAMAV_URL: url.optional(),
  CLAMAV_REQUIRED: flag.default(false),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  /** For `operations:push` over HTTP; the gateway itself does not read it. */
  FIELDGATE_API_KEY: z.string().optional(),
});

/** Every variable that is read. */
export const variableNames: readonly string[] = Object.keys(environment.shape);

type Environment = z.infer<typeof environment>;

/** The configuration as the rest of the program sees it: the variables, with what follows from them. */
export interface Config extends Environment {
  readonly isProduction: boolean;
  /** The origin that links in mails and the cookie's attributes go by; never taken from a request. */
  readonly publicUrl: URL;
}

/**
 * Reads the configuration.
 * @param env the process's environment, or a test's.
 * @throws ConfigError with every fault.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && value !== '') values[name] = value;
  for (const name of secretNames) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    if (values[name] !== undefined) faults.push(`${name} and ${name}_FILE are both set: set one of them.`);
    try {
      values[name] = readFileSync(file, 'utf8').trim();
    } catch {
      faults.push(`${name}_FILE names a file that cannot be read: ${file}`);
    }
  }
  const parsed = environment.safeParse(values);
  if (!parsed.success)
    for (const issue of parsed.error.issues) faults.push(`${issue.path.join('.')}: ${issue.message}`);
  const data = parsed.data;
  if (data?.NODE_ENV === 'production') {
    if (!data.DATABASE_URL) faults.push('DATABASE_URL is required in production.');
    if (!data.JWT_KEYS) faults.push('JWT_KEYS is required in production: make one with `npm run keys:rotate`.');
    if (!data.REDIS_URL && !data.SINGLE_INSTANCE)
      faults.push(
        'REDIS_URL is required in production, unless SINGLE_INSTANCE=true says that exactly one instance runs.',
      );
  }
  if (data?.METRICS_PORT && data.METRICS_PORT === data.PORT)
    faults.push(`PORT and METRICS_PORT are both ${data.PORT}: give the metrics a port of their own.`);
  if (data?.S3_BUCKET && data.STORAGE_DIR) faults.push('S3_BUCKET and STORAGE_DIR are both set: set one of them.');
  if (faults.length > 0 || !data) throw new ConfigError(faults);
  return {
    ...data,
    isProduction: data.NODE_ENV === 'production',
    publicUrl: new URL(data.PUBLIC_URL ?? `http://127.0.0.1:${data.PORT}`),
  };
}
