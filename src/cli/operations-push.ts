/**
 * `npm run operations:push -- <manifest.json>...`: registers the operations of manifests as client tools write them. Two
 * ways: as the operator (DATABASE_MIGRATION_URL, else the embedded database), for the whole deployment or one organization; or over HTTP with an API key
 * (FIELDGATE_API_KEY) that holds `operation:manage` and was made with `allowAdHoc`.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { PermissionSet } from '../authorization/permission-set.ts';
import { policyTable } from '../authorization/policies.ts';
import { permissionsOfRoles } from '../authorization/roles.ts';
import type { Config } from '../config.ts';
import type { InputIssue } from '../errors.ts';
import { clientIssues } from '../identity/api-key/client-name.ts';
import { documentLimitsOf, variableLimitsOf } from '../operation/document-limits.ts';
import { createOperationReader } from '../operation/prepare.ts';
import { sha256Pattern } from '../registry/document-id.ts';
import { createOperationInspector, type OperationInspector } from '../registry/inspect-operation.ts';
import { type OperationSource, parseManifest } from '../registry/manifest.ts';
import { planRegistration } from '../registry/registration.ts';
import { buildPublicSchema } from '../schema.ts';
import { createOperatorRegistry, type OperatorRegistry, type RegistrationOwner } from '../stores/operator-registry.ts';
import {
  CommandError,
  type CommandOutput,
  parseOperatorConfig,
  runAsProgram,
  runCommand,
  withOperatorConnection,
} from './operator-connection.ts';

const usage = `Usage: npm run operations:push -- <manifest.json>... --client <name> (--deployment | --organization <slug> | --url <gateway>)
       npm run operations:push -- --retire sha256:<hash> --reason <text> --client <name> (--deployment | --organization <slug>)`;

const options = {
  client: { type: 'string' },
  deployment: { type: 'boolean', default: false },
  organization: { type: 'string' },
  url: { type: 'string' },
  retire: { type: 'string' },
  reason: { type: 'string' },
} as const;

/** Registers for an owner, all or nothing. Exported for the seed, which is an operator, too. */
export async function registerAsOperator(
  registry: OperatorRegistry,
  inspector: OperationInspector,
  input: { readonly owner: RegistrationOwner; readonly client: string; readonly sources: readonly OperationSource[] },
): Promise<{ readonly created: number; readonly issues: readonly InputIssue[] }> {
  const { owner, client, sources } = input;
  return registry.transaction(async () => {
    const stored = await registry.stored(
      owner,
      client,
      sources.map(({ sha256 }) => sha256),
    );
    const keys = (await registry.keys(owner, client)).map(({ role, scopes }) =>
      permissionsOfRoles([role]).intersect(new PermissionSet(scopes)),
    );
    const { plan, issues } = planRegistration({ sources, inspector, stored, keys, mayReadKeys: true });
    if (issues) return { created: 0, issues };
    if (plan.created.length > 0) await registry.create(owner, client, plan.created);
    for (const { id, ...facts } of plan.updated) await registry.update(id, facts);
    return { created: plan.created.length, issues: [] };
  });
}

/** Runs the command. @returns the exit code. */
export function operationsPush(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  output: CommandOutput,
): Promise<number> {
  return runCommand(output, async () => {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const { client, deployment, organization, url, retire, reason } = values;
    const targets = [deployment, organization !== undefined, url !== undefined].filter(Boolean).length;
    const hasWork = retire === undefined ? positionals.length > 0 : positionals.length === 0 && reason !== undefined;
    if (targets !== 1 || client === undefined || !hasWork) throw new CommandError(usage);
    const [wrongClient] = clientIssues(client, []);
    if (wrongClient) throw new CommandError(wrongClient.message);
    const config = parseOperatorConfig(env);
    if (url !== undefined) {
      if (retire !== undefined) throw new CommandError('Over HTTP, retire with the mutation retirePersistedOperation.');
      return pushOverHttp(config, { url, client, sources: await readManifests(positionals, output) }, output);
    }
    const sources = retire === undefined ? await readManifests(positionals, output) : [];
    return withOperatorConnection(config, async (connection) => {
      const registry = createOperatorRegistry(connection);
      const owner = organization === undefined ? null : await registry.organizationId(organization);
      if (organization !== undefined && owner === null)
        throw new CommandError(`There is no organization ${organization}.`);
      if (retire !== undefined) return retireOne(registry, { owner, client, retire, reason: reason ?? '' }, output);
      const inspector = createOperationInspector({
        reader: createOperationReader({
          schema: buildPublicSchema(),
          limits: documentLimitsOf(config),
          variableLimits: variableLimitsOf(config),
        }),
        policies: policyTable(),
        maxCost: owner === null ? config.MAX_COST : (config.MAX_COST_API_KEY ?? config.MAX_COST),
      });
      const { created, issues } = await registerAsOperator(registry, inspector, { owner, client, sources });
      return report(output, { total: sources.length, created, client }, issues);
    });
  });
}

async function retireOne(
  registry: OperatorRegistry,
  input: { owner: RegistrationOwner; client: string; retire: string; reason: string },
  output: CommandOutput,
): Promise<number> {
  const { owner, client, reason } = input;
  const sha256 = input.retire.replace(/^sha256:/, '');
  if (!sha256Pattern.test(sha256)) throw new CommandError('An id is sha256: and 64 lower-case hexadecimal digits.');
  const count = await registry.transaction(() => registry.retire(owner, client, sha256, reason));
  if (count === 0) throw new CommandError(`No operation of ${client} with this id is in use.`);
  output.out('Retired 1 operation.');
  return 0;
}

/** The operations of all manifests together. Each file's faults are told before any of it is registered. */
async function readManifests(paths: readonly string[], output: CommandOutput): Promise<readonly OperationSource[]> {
  const sources = new Map<string, OperationSource>();
  let faulty = 0;
  for (const path of paths) {
    let manifest: unknown;
    try {
      manifest = JSON.parse(await readFile(path, 'utf8'));
    } catch (error) {
      throw new CommandError(
        `${path} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    const { operations, issues } = parseManifest(manifest);
    for (const issue of issues ?? []) {
      faulty += 1;
      output.error(`${path}: ${line(issue)}`);
    }
    for (const source of operations ?? []) sources.set(source.sha256, { ...source, path: [path, ...source.path] });
  }
  if (faulty > 0) throw new CommandError('Nothing was registered.');
  return [...sources.values()];
}

const mutation = `mutation RegisterPersistedOperations($input: RegisterPersistedOperationsInput!) {
  registerPersistedOperations(input: $input) { created }
}`;

interface PushAnswer {
  readonly data?: { readonly registerPersistedOperations: { readonly created: number } | null } | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string; readonly issues?: readonly InputIssue[] };
  }[];
}

async function pushOverHttp(
  config: Config,
  { url, client, sources }: { url: string; client: string; sources: readonly OperationSource[] },
  output: CommandOutput,
): Promise<number> {
  const key = config.FIELDGATE_API_KEY;
  if (!key) throw new CommandError('Set FIELDGATE_API_KEY to a key that holds operation:manage.');
  if (!/^https?:\/\/./i.test(url) || !URL.canParse(url))
    throw new CommandError(`--url takes an address such as http://127.0.0.1:4000, not ${url}.`);
  const endpoint = new URL('/graphql', url);
  const operations = sources.map(({ name, body }) => ({ name, body }));
  let answer: PushAnswer;
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', 'x-api-key': key },
      body: JSON.stringify({ query: mutation, variables: { input: { client, operations } } }),
      signal: AbortSignal.timeout(60_000),
      redirect: 'error',
    });
    answer = (await response.json()) as PushAnswer;
  } catch (error) {
    throw new CommandError(`${endpoint.href} does not answer: ${reasonOf(error)}`);
  }
  const done = answer.data?.registerPersistedOperations;
  if (done) return report(output, { total: sources.length, created: done.created, client }, []);
  const errors = answer.errors ?? [];
  const issues = errors.flatMap(({ extensions }) => extensions?.issues ?? []);
  for (const { message, extensions } of errors)
    if (!extensions?.issues?.length) output.error(`${extensions?.code ?? 'ERROR'}: ${message}`);
  return report(
    output,
    { total: sources.length, created: 0, client },
    issues.map((issue) => named(issue, sources)),
    true,
  );
}

/** Why a request failed; fetch tells it in the cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string }; message?: string };
  return cause?.code ?? message ?? String(error);
}

/** An issue of the mutation, by the manifest's own path. */
function named(issue: InputIssue, sources: readonly OperationSource[]): InputIssue {
  const index = issue.path[2];
  const source = typeof index === 'number' ? sources[index] : undefined;
  return source ? { ...issue, path: source.path } : issue;
}

function report(
  output: CommandOutput,
  { total, created, client }: { total: number; created: number; client: string },
  issues: readonly InputIssue[],
  failed = issues.length > 0,
): number {
  for (const issue of issues) output.error(line(issue));
  if (failed) {
    output.error('Nothing was registered.');
    return 1;
  }
  output.out(`${client}: ${created} registered, ${total - created} registered before.`);
  return 0;
}

const line = ({ path, message }: InputIssue): string => (path.length > 0 ? `${path.join('.')}: ${message}` : message);

await runAsProgram(import.meta.url, operationsPush);
