/**
 * A database that fails is 503 with Retry-After on every way in, and never an error of ours; once a mutation may have kept something,
 * the answer says so instead, and nothing asks for it to be sent again.
 */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { listen } from '../support/event-reader.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let proxy: TcpProxy;
let database: TestDatabase;
let gateway: TestGateway;

const globalId = (type: string, id: string | undefined) => Buffer.from(`${type}:${id}`).toString('base64');
const projectId = () => globalId('Project', gateway.organizations.acme.projectIds[0]);

beforeAll(async () => {
  proxy = await startTcpProxy(inject('ownerUrl'));
  database = await createTestDatabase({ through: proxy.urlOf, statementTimeoutMs: 500, answerTimeoutMs: 1_000 });
  gateway = await startGateway({
    database,
    env: { SIGN_IN_PER_ACCOUNT_PER_MINUTE: '1000', SIGN_IN_PER_NETWORK_PER_MINUTE: '1000' },
  });
});
afterAll(async () => {
  await gateway?.close();
  await proxy?.close();
});
afterEach(() => proxy.resume());

/** Status, codes, `Retry-After` and data of an answer to a plain request. */
async function ask(path: string, init: RequestInit): Promise<unknown[]> {
  const response = await fetch(`${gateway.url}${path}`, init);
  const text = await response.text();
  const { data, errors = [] } = JSON.parse(text) as { data?: unknown; errors?: { extensions: { code: string } }[] };
  return [
    response.status,
    errors.map(({ extensions }) => extensions.code),
    response.headers.get('retry-after'),
    data ?? null,
  ];
}
/** Keeps everybody else from a table, until the function that it answers is called. */
async function hold(table: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  await client.query(`begin; lock table "${table}" in access exclusive mode`);
  return () => client.end();
}

const unavailable = [503, ['SERVICE_UNAVAILABLE'], '1', null];

const json = { 'content-type': 'application/json' };
const post = (body: object, headers: object = {}): RequestInit => ({
  method: 'POST',
  headers: { ...json, ...headers },
  body: JSON.stringify(body),
});
const signIn = (email: string) =>
  `mutation { signIn(input: { email: "${email}", password: "Fieldgate-demo-1" }) { accessToken viewer { user { name } } } }`;
const id = `sha256:${'0'.repeat(64)}`;

/** Every way in that needs the database, as the owner of acme where somebody is needed. */
const waysIn: Readonly<Record<string, () => [string, RequestInit]>> = {
  'a query': () => ['/graphql', post({ query: '{ viewer { user { name } } }' }, gateway.viewers.acme.owner)],
  'a query by GET': () => [
    '/graphql?query=%7Bprojects%7Bnodes%7Bname%7D%7D%7D',
    { headers: gateway.viewers.acme.admin },
  ],
  'a query with a key': () => [
    '/graphql',
    post({ query: '{ projects { nodes { name } } }' }, gateway.viewers.acme.partner),
  ],
  'a mutation': () => [
    '/graphql',
    post(
      { query: `mutation { updateProject(input: { id: "${projectId()}", name: "Other" }) { project { name } } }` },
      gateway.viewers.acme.manager,
    ),
  ],
  'a registered operation': () => ['/graphql', post({ documentId: id }, gateway.viewers.acme.registeredPartner)],
  'an id of a client without a credential': () => ['/graphql', post({ documentId: id })],
  'a sign-in': () => ['/graphql', post({ query: signIn('owner@acme.example') })],
  'a sign-in of somebody unknown': () => ['/graphql', post({ query: signIn('nobody@acme.example') })],
  'a refresh': () => [
    '/graphql',
    post({ query: `mutation { refreshSession(input: { refreshToken: "fgr_${'A'.repeat(43)}" }) { accessToken } }` }),
  ],
  'a reset of a password': () => [
    '/graphql',
    post({
      query: `mutation { resetPassword(input: { token: "${'A'.repeat(43)}", password: "Fieldgate-demo-2" }) { ok } }`,
    }),
  ],
  'a subscription': () => [
    '/graphql',
    post(
      { query: `subscription { taskChanged(projectId: "${projectId()}") { kind } }` },
      { ...gateway.viewers.acme.member, accept: 'text/event-stream' },
    ),
  ],
  'a download': () => ['/files/018f0000-0000-7000-8000-000000000000', { headers: gateway.viewers.acme.guest }],
};

describe('while the database is down', () => {
  test.for(Object.keys(waysIn))('%s is 503 with Retry-After', async (name) => {
    proxy.cut();
    // What was read of the caller stays good for half a second, and says nothing of what follows.
    const [path, init] = (waysIn[name] as () => [string, RequestInit])();
    expect(await ask(path, init)).toEqual(unavailable);
    expect(gateway.logText()).not.toContain('unexpected error');
  });

  test('and after it, the next request is answered', async () => {
    const query = '{ projects(first: 1) { nodes { name } } }';
    const answer = await gateway.send(query, {}, { as: gateway.viewers.acme.auditor });
    expect(answer.expectData()).toEqual({ projects: { nodes: [{ name: expect.any(String) }] } });
  });
});

describe('a read whose caller is known already', () => {
  const projects = (variant: string) =>
    `query ${variant} { viewer { user { name } } projects(first: 1) { nodes { name } } }`;
  const read = async (variant: string) => {
    const { status, codes, headers, data } = await gateway.send(
      projects(variant),
      {},
      { as: gateway.viewers.acme.owner },
    );
    return [status, codes, headers.get('retry-after'), data];
  };
  const ended = (text: string) =>
    database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and ${text}`,
    );

  test('is 503 as a whole when one of its statements takes too long', async () => {
    const release = await hold('Project');
    expect(await read('Held')).toEqual(unavailable);
    await release();
    expect((await read('Free'))[0]).toBe(200);
  });

  test('is 503 when no connection is left', async () => {
    await ended("usename = 'gateway_under_test'");
    const [{ name } = { name: '' }] = await database.query<{ name: string }>('select current_database() as name');
    await database.query(`alter database ${name} connection limit 0`);
    expect(await read('Crowded')).toEqual(unavailable);
    await database.query(`alter database ${name} connection limit -1`);
    expect((await read('Alone'))[0]).toBe(200);
  });

  test('is 503 when its connection is terminated under it', async () => {
    await database.query(`
      create function terminate_me() returns boolean language plpgsql volatile as $$
      begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return true; end $$;
      create policy terminated on "Project" as restrictive for select to public using (terminate_me())`);
    expect(await read('Terminated')).toEqual(unavailable);
    await database.query('drop policy terminated on "Project"; drop function terminate_me');
    expect((await read('Kept'))[0]).toBe(200);
  });
});

describe('a mutation', () => {
  const owner = () => gateway.viewers.acme.owner;
  const names = async () =>
    (
      await database.query<{ name: string }>('select "name" from "Project" where "name" like \'Fault%\' order by 1')
    ).map(({ name }) => name);
  const create = (key: string) =>
    `${key.toLowerCase()}: createProject(input: { key: "${key}", name: "Fault ${key}" }) { project { name } }`;

  /** From now on the connection ends under whoever writes a project of this key: at once, or as it commits. */
  const terminateAt = async (key: string, when: 'statement' | 'commit'): Promise<void> => {
    await database.query(`
      create function terminate_writer() returns trigger language plpgsql as $$
      begin
        if new."key" = '${key}' then perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); end if;
        return new;
      end $$;
      create constraint trigger terminated after insert on "Project" deferrable initially ${when === 'commit' ? 'deferred' : 'immediate'}
      for each row execute function terminate_writer()`);
  };
  afterEach(async () => {
    await database.query('drop trigger if exists terminated on "Project"; drop function if exists terminate_writer');
    await database.query('delete from "Project" where "name" like \'Fault%\'');
  });

  test('that failed before anything could be kept is 503, to be sent again', async () => {
    await terminateAt('FAA', 'statement');
    const answer = await gateway.send(`mutation { ${create('FAA')} }`, {}, { as: owner() });
    expect([answer.status, answer.codes, answer.headers.get('retry-after'), answer.data]).toEqual(unavailable);
    expect(await names()).toEqual([]);
  });

  test('whose second field fails is 200: what was kept is said, and nothing asks to send it again', async () => {
    await terminateAt('FBB', 'statement');
    const answer = await gateway.send(`mutation { ${create('FBA')} ${create('FBB')} }`, {}, { as: owner() });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([200, null]);
    expect(answer.data).toEqual({ fba: { project: { name: 'Fault FBA' } }, fbb: null });
    expect(answer.errors).toMatchObject([
      { path: ['fbb'], extensions: { code: 'SERVICE_UNAVAILABLE', mayHaveCommitted: true } },
    ]);
    expect(await names()).toEqual(['Fault FBA']);
  });

  test('whose commit was sent and not answered is 200: nobody knows', async () => {
    await terminateAt('FCC', 'commit');
    const answer = await gateway.send(`mutation { ${create('FCC')} }`, {}, { as: owner() });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([200, null]);
    expect(answer.errors).toMatchObject([
      { path: ['fcc'], extensions: { code: 'SERVICE_UNAVAILABLE', mayHaveCommitted: true } },
    ]);
  });

  test('that was kept, but whose answer cannot be read, is 200', async () => {
    const release = await hold('Task');
    const text = `mutation { createProject(input: { key: "FDD", name: "Fault FDD" }) { project { name tasks(first: 1) { totalCount } } } }`;
    const answer = await gateway.send(text, {}, { as: owner() });
    await release();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([200, null]);
    expect([...new Set(answer.codes)]).toEqual(['SERVICE_UNAVAILABLE']);
    expect(await names()).toEqual(['Fault FDD']);
  });
});

test('a sign-in is kept, and answered, while its viewer cannot be read', async () => {
  const release = await hold('Role');
  const answer = await gateway.send(signIn('member@acme.example'), {}, {});
  await release();
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([200, null]);
  expect(answer.errors).toMatchObject([
    { path: ['signIn', 'viewer'], extensions: { code: 'SERVICE_UNAVAILABLE', mayHaveCommitted: true } },
  ]);
  const { accessToken, viewer } = (answer.data as { signIn: { accessToken: string; viewer: unknown } }).signIn;
  expect(viewer).toBeNull();
  const as = { authorization: `Bearer ${accessToken}` };
  expect((await gateway.send('{ viewer { user { name } } }', {}, { as })).expectData()).toEqual({
    viewer: { user: { name: expect.any(String) } },
  });
});

test('an event that the database cannot complete says so, and its stream goes on', async () => {
  const { owner } = gateway.viewers.acme;
  const text = `subscription { taskChanged(projectId: "${projectId()}") { kind task { comments(first: 1) { totalCount } } } }`;
  const stream = await listen(gateway.endpoint, text, { ...owner });
  const [task] = await database.query<{ id: string }>('select "id" from "Task" where "projectId" = $1 limit 1', [
    gateway.organizations.acme.projectIds[0],
  ]);
  const update = (title: string) =>
    gateway.send(
      `mutation { updateTask(input: { id: "${globalId('Task', task?.id)}", title: "${title}" }) { task { title } } }`,
      {},
      { as: owner },
    );
  const release = await hold('Comment');
  (await update('first')).expectData();
  const failed = await stream.next();
  await release();
  (await update('second')).expectData();
  const answered = await stream.next();
  stream.close();
  expect(failed.errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
  expect(answered).toMatchObject({ data: { taskChanged: { kind: 'UPDATED', task: { comments: expect.anything() } } } });
});
