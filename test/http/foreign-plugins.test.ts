/** A plugin of a stranger's, put into the list, is in force for every way in. */
import { createHash } from 'node:crypto';
import type { Plugin } from 'graphql-yoga';
import { v7 as makeId } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const executed: string[] = [];
const counting: Plugin = {
  onExecute: ({ args }) => void executed.push(String(args.operationName)),
  onSubscribe: ({ args }) => void executed.push(String(args.operationName)),
};
const marking: Plugin = {
  onResponse: ({ response }) => response.headers.set('x-foreign', 'seen'),
};
const failing: Plugin = {
  onRequest({ request }) {
    if (request.headers.has('x-fail-early')) throw new Error('a secret of the plugin');
  },
  onResponse({ request }) {
    if (request.headers.has('x-fail-late')) throw new Error('a secret of the plugin');
  },
  onResultProcess({ request }) {
    if (request.headers.has('x-fail-result')) throw new Error('a secret of the plugin');
  },
};

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ plugins: [counting, marking, failing] });
});
afterAll(() => gateway?.close());

const json = { 'content-type': 'application/json' };
const query = 'query Named { viewer { user { name } } }';

async function post(body: object, headers: Record<string, string> = gateway.viewers.acme.member): Promise<Response> {
  return fetch(gateway.endpoint, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
}

async function register(body: string): Promise<string> {
  const sha256 = createHash('sha256').update(body).digest('hex');
  await gateway.database.query(
    `insert into "PersistedOperation" ("id", "organizationId", "client", "sha256", "name", "body", "cost", "requires")
     values ($1, null, 'frontend', $2, 'Named', $3, 1, '{}')`,
    [makeId(), sha256, body],
  );
  return `sha256:${sha256}`;
}

const ways: readonly [string, () => Promise<Response>][] = [
  ['text', () => post({ query, operationName: 'Named' })],
  ['an id', async () => post({ documentId: await register(query), operationName: 'Named' })],
  [
    'GET',
    () => {
      const search = new URLSearchParams({ query, operationName: 'Named' });
      return fetch(`${gateway.endpoint}?${search}`, { headers: gateway.viewers.acme.member });
    },
  ],
  [
    'a query as a stream',
    () => post({ query, operationName: 'Named' }, { ...gateway.viewers.acme.member, accept: 'text/event-stream' }),
  ],
  [
    'a multipart body',
    () => {
      const form = new FormData();
      form.set('operations', JSON.stringify({ query, operationName: 'Named' }));
      form.set('map', '{}');
      return fetch(gateway.endpoint, {
        method: 'POST',
        headers: { ...gateway.viewers.acme.member, 'x-fieldgate-csrf': '1' },
        body: form,
      });
    },
  ],
  [
    'a sign-in with its viewer',
    () =>
      post(
        {
          query:
            'mutation Named($input: SignInInput!) { signIn(input: $input) { accessToken viewer { user { name } } } }',
          operationName: 'Named',
          variables: { input: { email: 'member@acme.example', password: 'Fieldgate-demo-1' } },
        },
        {},
      ),
  ],
];

describe('plugins of a deployment', () => {
  test.each(ways)('see %s', async (_name, send) => {
    executed.length = 0;
    const response = await send();
    const text = await response.text();
    expect([response.status, response.headers.get('x-foreign')], text).toEqual([200, 'seen']);
    expect(text).toMatch(/"name":"[^"]+"/);
    expect(text).not.toContain('errors');
    expect(executed).toEqual(['Named']);
  });

  test('see a subscription', async () => {
    executed.length = 0;
    const abort = new AbortController();
    const projectId = Buffer.from(`Project:${gateway.organizations.acme.projectIds[0]}`).toString('base64');
    const response = await fetch(gateway.endpoint, {
      method: 'POST',
      headers: { ...json, ...gateway.viewers.acme.member, accept: 'text/event-stream' },
      body: JSON.stringify({
        query: 'subscription Named($projectId: ID!) { taskChanged(projectId: $projectId) { kind } }',
        operationName: 'Named',
        variables: { projectId },
      }),
      signal: abort.signal,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    await response.body?.getReader().read();
    abort.abort();
    expect([response.headers.get('x-foreign'), executed]).toEqual(['seen', ['Named']]);
  });

  test('see what is refused before GraphQL, too', async () => {
    for (const path of ['/nothing', '/health', '/.well-known/jwks.json'])
      expect((await fetch(`${gateway.url}${path}`)).headers.get('x-foreign'), path).toBe('seen');
    expect((await fetch(gateway.endpoint, { method: 'PUT' })).headers.get('x-foreign')).toBe('seen');
  });

  test.each([
    ['onRequest', 'x-fail-early', 500],
    ['onResultProcess', 'x-fail-result', 500],
    ['onResponse', 'x-fail-late', 200],
  ])('that throw in %s never show a client why', async (_hook, header, status) => {
    const response = await post({ query, operationName: 'Named' }, { ...gateway.viewers.acme.member, [header]: '1' });
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(text).not.toMatch(/secret of the plugin|node_modules|\.ts:/);
    expect(text.includes('INTERNAL_SERVER_ERROR')).toBe(status === 500);
    const requestId = response.headers.get('x-request-id') ?? '';
    expect(requestId).not.toBe('');
    expect(gateway.logText()).toMatch(new RegExp(`${requestId}.*a secret of the plugin`));
  });
});
