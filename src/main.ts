/** Starts the gateway, prints how to use it, and stops it gracefully. Every fault at start is one clear line and exit code 1. */
import { type Config, ConfigError, parseConfig } from './config.ts';
import { loadEnvironment } from './environment.ts';
import { firstQueryLines } from './first-query.ts';
import { createLogger } from './logger.ts';
import { drainDelayOf } from './serve.ts';
import { type RunningGateway, start } from './start.ts';
import { lowerThreadPoolPriority } from './thread-priority.ts';

/** How long a stop may take in all before the process ends anyway, in milliseconds beyond delay and drain. */
const stopGraceMs = 5_000;

async function main(): Promise<void> {
  // What was built is for production, unless somebody says otherwise.
  const isBuilt = import.meta.url.endsWith('.js');
  const env = loadEnvironment();
  const config = parseConfig({ ...env, NODE_ENV: env.NODE_ENV || (isBuilt ? 'production' : 'development') });
  const log = createLogger({ level: config.LOG_LEVEL, pretty: config.LOG_PRETTY });
  await lowerThreadPoolPriority();
  const starting = start(config, log).catch((error: unknown) => {
    throw named(error, config);
  });

  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), drainDelayOf(config) + config.DRAIN_TIMEOUT_MS + stopGraceMs).unref();
    log.info({ signal }, 'stopping');
    const running = await starting.catch(() => null);
    await running?.close();
    process.exit(0);
  };
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('SIGTERM', () => void stop('SIGTERM'));

  const running = await starting;
  if (!stopping && !config.isProduction) printWelcome(running);
}

function printWelcome({ url, metricsUrl, partnerKeys, firstQuery }: RunningGateway): void {
  const lines = [
    '',
    `Fieldgate listens on ${url}/graphql  (open it in a browser for GraphiQL; health: ${url}/health)`,
    ...(metricsUrl ? [`Metrics: ${metricsUrl}/metrics`] : []),
  ];
  if (partnerKeys) {
    lines.push(
      '',
      'Demo accounts, all with the password Fieldgate-demo-1:',
      ...['acme', 'globex'].map(
        (slug) =>
          `  ${['owner', 'admin', 'manager', 'member', 'guest', 'auditor'].map((role) => `${role}@${slug}.example`).join('  ')}`,
      ),
      '  both@example.com (member in acme, guest in globex)',
      '',
      'Partner API keys (registered operations only):',
      ...Object.entries(partnerKeys).map(([slug, key]) => `  ${slug}: ${key}`),
      '',
      'A first query, as the owner and as the guest of acme:',
      '',
      ...firstQueryLines(url, firstQuery).map((line) => `  ${line}`),
    );
  }
  console.log(`${lines.join('\n')}\n`);
}

/** A port that cannot be had, with the name of its variable. */
function named(error: unknown, config: Config): unknown {
  const { code, syscall, port } = error as { code?: string; syscall?: string; port?: number };
  if (syscall !== 'listen' || (code !== 'EADDRINUSE' && code !== 'EACCES')) return error;
  const name = port === config.METRICS_PORT ? 'METRICS_PORT' : 'PORT';
  return new ConfigError([
    code === 'EADDRINUSE'
      ? `port ${port} is in use: stop what listens there, or set ${name}.`
      : `port ${port} may not be used: set ${name} to one above 1023.`,
  ]);
}

/** One line for the operator: what is wrong, never a stack. */
function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.faults.map((fault) => `fieldgate: ${fault}`).join('\n');
  const { code, message, port, address } = error as {
    code?: string;
    message?: string;
    port?: number;
    address?: string;
  };
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ETIMEDOUT')
    return `fieldgate: the database is unreachable${address ? ` at ${address}:${port}` : ''} (${code}): check DATABASE_URL.`;
  return `fieldgate: ${String(message ?? error)
    .split('\n')
    .join('\nfieldgate: ')}`;
}

main().catch((error: unknown) => {
  console.error(describe(error));
  process.exit(1);
});
