/**
 * `npm run example:partner`, beside a running `npm start`: reads all projects that the partner may see, page by page, then
 * asks again for what did not change. The key comes from FIELDGATE_API_KEY, or from the demo's `.data/demo.json`.
 */
import { readFile } from 'node:fs/promises';
import { createPartnerClient } from './client.ts';
import { PartnerProjectsDocument, type PartnerProjectsQuery } from './generated/graphql.ts';

type Project = NonNullable<PartnerProjectsQuery['projects']>['nodes'][number];

async function findApiKey(): Promise<string> {
  if (process.env.FIELDGATE_API_KEY) return process.env.FIELDGATE_API_KEY;
  const path = `${process.env.DATA_DIR ?? '.data'}/demo.json`;
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Error(`Set FIELDGATE_API_KEY, or start the demo with \`npm start\`: ${path} does not exist.`);
  });
  const key = findKey(JSON.parse(text));
  if (!key) throw new Error(`${path} holds no partner key.`);
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

const client = createPartnerClient({
  url: process.env.GATEWAY_URL ?? 'http://127.0.0.1:4000/graphql',
  apiKey: await findApiKey(),
});

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
