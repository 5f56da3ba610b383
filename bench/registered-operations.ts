/**
 * `npm run bench:operations`: operations by their registered id and by their text, in turn. The gateway runs in a process of its own;
 * beside the throughput stands the CPU time that the gateway itself takes for a request, which the machine's other work does not touch.
 */
import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { demoPassword } from '../src/dev/demo.ts';
import { type ChildGateway, withChildGateway } from './child-gateway.ts';

const connections = 16;
const rounds = 9;
/** Rounds at the start that warm up and do not count. */
const warmUp = 2;

/** What is asked. A point read is compiled to a statement; the other is executed like a text, without Yoga in between. */
const operations = [
  { what: 'a point read', text: 'query Point($id: ID!) { project(id: $id) { name status } }', requests: 2_000 },
  {
    what: 'a project with 20 tasks and their assignees',
    text: 'query Tasks($id: ID!) { project(id: $id) { name tasks(first: 20) { nodes { title assignee { name } } } } }',
    requests: 400,
  },
] as const;
type Operation = (typeof operations)[number];

const documentIdOf = ({ text }: Operation) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

await withChildGateway(
  measure,
  process.env.CPU_PROFILE ? ['--cpu-prof', '--cpu-prof-dir', process.env.CPU_PROFILE] : [],
);

async function measure({ endpoint, ownerUrl, cpuSeconds }: ChildGateway): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  for (const operation of operations)
    await owner.query(
      `insert into "PersistedOperation" ("id", "organizationId", "client", "sha256", "name", "body", "cost", "requires")
       values ($1, null, 'frontend', $2, $3, $4, 1, '{}')`,
      [uuid(), documentIdOf(operation).slice('sha256:'.length), operation.what, operation.text],
    );
  const ids = (
    await owner.query<{ id: string }>(
      `select p."id" from "Project" p join "Organization" o on o."id" = p."organizationId" where o."slug" = 'acme'`,
    )
  ).rows.map(({ id }) => Buffer.from(`Project:${id}`).toString('base64'));
  await owner.end();

  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port, pathname } = new URL(endpoint);
  const post = (body: string, headers: Record<string, string>): Promise<string> =>
    new Promise((resolve, reject) => {
      const sent = request(
        {
          agent,
          hostname,
          port,
          path: pathname,
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve(Buffer.concat(chunks).toString()));
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  const signIn = await post(
    JSON.stringify({
      query: 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
      variables: { input: { email: 'manager@acme.example', password: demoPassword } },
    }),
    {},
  );
  const { accessToken } = (JSON.parse(signIn) as { data: { signIn: { accessToken: string } } }).data.signIn;
  const headers = { authorization: `Bearer ${accessToken}` };

  const phase = async (params: object, requests: number): Promise<{ perSecond: number; cpuMs: number }> => {
    let left = requests;
    const cpuBefore = await cpuSeconds();
    const startedAt = performance.now();
    await Promise.all(
      Array.from({ length: connections }, async () => {
        while (left-- > 0) {
          const answer = await post(JSON.stringify({ ...params, variables: { id: ids[left % ids.length] } }), headers);
          if (!answer.includes('"name"')) throw new Error(answer);
        }
      }),
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    const cpu = (await cpuSeconds()) - cpuBefore;
    return { perSecond: requests / seconds, cpuMs: (cpu * 1_000) / requests };
  };

  for (const operation of operations) {
    const params = { id: { documentId: documentIdOf(operation) }, text: { query: operation.text } };
    const seen = { throughput: [] as number[], cpu: [] as number[], id: [] as number[], text: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      // In turn, and each first every other time: the machine's mood hits both.
      const order = round % 2 === 0 ? (['id', 'text'] as const) : (['text', 'id'] as const);
      const of = { id: { perSecond: 0, cpuMs: 0 }, text: { perSecond: 0, cpuMs: 0 } };
      for (const kind of order) of[kind] = await phase(params[kind], operation.requests);
      if (round < warmUp) continue;
      seen.throughput.push(of.id.perSecond / of.text.perSecond);
      seen.cpu.push(of.text.cpuMs / of.id.cpuMs);
      seen.id.push(of.id.perSecond);
      seen.text.push(of.text.perSecond);
    }
    const rates = `${median(seen.id).toFixed(0)} / ${median(seen.text).toFixed(0)} a second`;
    console.log(
      `${operation.what}, by id / by text: throughput ${median(seen.throughput).toFixed(2)} (${rates}); the gateway's CPU time, by text / by id: ${median(seen.cpu).toFixed(2)}`,
    );
  }
  agent.destroy();
}
