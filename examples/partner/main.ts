/**
 * `npm run example:partner`, beside a running `npm start`: reads all projects that the partner may see, page by page, then
 * asks again for what did not change. The key comes from FIELDGATE_API_KEY, or from the demo's `.data/demo.json`.
 */
import { readFile } from 'node:fs/promises';
import { ConfigError } from '../../src/config.ts';
import { type Environment, loadEnvironment } from '../../src/environment.ts';
import { createPartnerClient, GatewayError } from './client.ts';
import { PartnerProjectsDocument, type PartnerProjectsQuery } from './generated/graphql.ts';

type Project = NonNullable<PartnerProjectsQuery['projects']>['nodes'][number];

/** What whoever runs this can put right. */
class UsageError extends Error {}

async function findApiKey(env: Environment): Promise<string> {
  if (env.FIELDGATE_API_KEY) return env.FIELDGATE_API_KEY;
  const path = `${env.DATA_DIR || '.data'}/demo.json`;
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`Set FIELDGATE_API_KEY, or start the demo with \`npm start\`: ${path} does not exist.`);
  });
  const key = findKey(JSON.parse(text));
  if (!key) throw new UsageError(`${path} holds no partner key.`);
  return key;
}

/** The first API key in the demo's file, whose first organization is acme. */
function findKey(value: unknown): string | null {
  if (typeof value === 'string') return value.startsWith('fg_') ? value : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const member of Object.values(value)) {
    const key = findKey(member);
    if (key) return key;
  }
  return null;
}

async function main(env: Environment): Promise<void> {
  const url = env.GATEWAY_URL || `http://127.0.0.1:${env.PORT || 4000}/graphql`;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError(`GATEWAY_URL is an address such as http://127.0.0.1:4000/graphql, not ${url}.`);
  const client = createPartnerClient({ url, apiKey: await findApiKey(env) });

  const projects: Project[] = [];
  let after: string | null = null;
  do {
    const variables: { first: number; after: string | null } = { first: 10, after };
    const { data } = await client.query(PartnerProjectsDocument, variables);
    projects.push(...(data.projects?.nodes ?? []));
    after = data.projects?.pageInfo.hasNextPage ? (data.projects.pageInfo.endCursor ?? null) : null;
  } while (after !== null);

  for (const project of projects)
    if (project) console.log(`${project.key}  ${project.status.padEnd(9)}  ${project.name}`);
  const again = await client.query(PartnerProjectsDocument, { first: 10, after: null });
  console.log(`${projects.length} projects; asked again: ${again.notModified ? 'not modified' : 'changed'}.`);
}

try {
  await main(loadEnvironment());
} catch (error) {
  if (!(error instanceof UsageError || error instanceof GatewayError || error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
