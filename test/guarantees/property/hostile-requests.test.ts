/**
 * Whatever is sent, the gateway answers with a status below 500, in JSON, with a code of its catalogue and no word about its
 * insides; and it is none the worse for it. Bounded: `PROPERTY_RUNS` runs of each property.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorCatalogue } from '../../../src/errors.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { openRaw } from '../../support/raw-http.ts';

const runs = Number(process.env.PROPERTY_RUNS ?? 200);
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    env: { LOG_LEVEL: 'warn', COST_BUDGET_PER_ADDRESS_PER_MINUTE: '100000000', COST_BUDGET_PER_MINUTE: '100000000' },
  });
});
afterAll(() => gateway?.close());

/** Node's own collector, which is not exposed unless asked for. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const insides = /node_modules|\.ts:\d|at \w+ \(|prisma|postgres|ECONN|TypeError|RangeError|SyntaxError/i;

async function expectCivil(response: Response): Promise<void> {
  const text = await response.text();
  expect(response.status, text).toBeLessThan(500);
  expect(response.headers.get('x-request-id')).toBeTruthy();
  expect(text).not.toMatch(insides);
  if (text === '' || response.headers.get('content-type')?.startsWith('text/event-stream')) return;
  const { errors = [] } = JSON.parse(text) as { errors?: { extensions: { code: string; requestId: string } }[] };
  for (const { extensions } of errors) {
    expect(Object.keys(errorCatalogue)).toContain(extensions.code);
    expect(extensions.code, text).not.toBe('INTERNAL_SERVER_ERROR');
    expect(extensions.requestId).toBe(response.headers.get('x-request-id'));
  }
}

const token = fc.constantFrom(
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ':',
  '!',
  '...',
  '@',
  '$',
  '=',
  '|',
  '&',
  '#',
  '"',
  '"""',
  '\\',
  ',',
  '\n',
  '\u0000',
  '\ufeff',
  'query',
  'mutation',
  'subscription',
  'fragment',
  'on',
  'null',
  'true',
  '1',
  '-1',
  '1e400',
  '$a',
  '@skip(if: $a)',
  '@include',
  '__schema',
  '__type',
  '__typename',
  'projects',
  'nodes',
  'edges',
  'node',
  'first',
  'id',
  'viewer',
  'project',
  'tasks',
  'F',
  '...F',
  'signIn',
  'input',
  'email',
  'filter',
  'AND',
  'budget',
  'orderBy',
  'BUDGET',
  'after',
  '\u{1f4a5}',
  '"x"',
);
const almostGraphql = fc.array(token, { maxLength: 60 }).map((parts) => parts.join(' '));
/** Printable: what is not, a client of `fetch` cannot send; bytes of all kinds are sent raw below. */
const headerValue = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 60 }).map((text) => `x${text}`.trim());

describe('the gateway stays civil to', () => {
  test('random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom('identity', 'gzip', 'br', 'deflate'),
        async (bytes, encoding) => {
          await expectCivil(
            await fetch(gateway.endpoint, {
              method: 'POST',
              headers: { 'content-type': 'application/json', 'content-encoding': encoding },
              body: new Uint8Array(bytes),
            }),
          );
        },
      ),
      { numRuns: runs },
    );
  });

  test('random JSON', async () => {
    const parameters = fc.record(
      {
        query: fc.oneof(almostGraphql, fc.jsonValue()),
        variables: fc.jsonValue(),
        operationName: fc.oneof(fc.string(), fc.jsonValue()),
        extensions: fc.jsonValue(),
        documentId: fc.oneof(fc.string(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(parameters, fc.jsonValue()), async (body) => {
        await expectCivil(
          await fetch(gateway.endpoint, {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...gateway.viewers.acme.owner },
            body: JSON.stringify(body),
          }),
        );
      }),
      { numRuns: runs },
    );
  });

  test('random documents, also well-formed ones with odd values', async () => {
    const argument = fc.oneof(
      fc.constantFrom('null', '0', '-1', '101', '1e9', '"x"', '[1]', '{}', '$v', 'BUDGET', '"\\u0000"', '2147483648'),
      fc.string({ maxLength: 20 }).map((text) => JSON.stringify(text)),
    );
    const wellFormed = fc
      .tuple(argument, argument, argument, argument)
      .map(
        ([first, after, id, value]) =>
          `query ($v: String) { __typename projects(first: ${first}, after: ${after}, filter: { name: { contains: ${value} } }) { totalCount nodes { id budget tasks(last: ${first}) { nodes { title } } } } node(id: ${id}) { id } project(id: ${id}) { name } }`,
      );
    const values = fc.dictionary(fc.constantFrom('v', 'a', '__proto__', 'constructor'), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(fc.oneof(almostGraphql, wellFormed), values, async (query, variables) => {
        await expectCivil(
          await fetch(gateway.endpoint, {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...gateway.viewers.acme.owner },
            body: JSON.stringify({ query, variables }),
          }),
        );
      }),
      { numRuns: runs },
    );
  });

  test('random headers', async () => {
    const names = [
      'accept',
      'content-type',
      'authorization',
      'x-api-key',
      'x-organization',
      'x-request-id',
      'x-authorization-mode',
      'x-view-as',
      'x-include-cost',
      'cookie',
      'origin',
      'if-none-match',
      'x-forwarded-for',
      'x-forwarded-proto',
      'accept-encoding',
      'content-encoding',
    ];
    const headers = fc.dictionary(
      fc.constantFrom(...names),
      fc.oneof(
        headerValue,
        fc.constantFrom('*/*', 'application/json', 'text/event-stream', 'role:owner', 'reject', 'acme'),
      ),
      { maxKeys: 6 },
    );
    await fc.assert(
      fc.asyncProperty(headers, fc.constantFrom('GET', 'POST', 'OPTIONS', 'HEAD', 'PUT'), async (sent, method) => {
        await expectCivil(
          await fetch(`${gateway.endpoint}?query=${encodeURIComponent('{ __typename }')}`, {
            method,
            headers: { 'content-type': 'application/json', ...sent },
            ...(method === 'POST' || method === 'PUT' ? { body: '{"query":"{ __typename }"}' } : {}),
          }),
        );
      }),
      { numRuns: runs },
    );
  });

  test('random paths and query strings', async () => {
    await fc.assert(
      fc.asyncProperty(fc.webPath(), fc.webQueryParameters(), async (path, search) => {
        await expectCivil(await fetch(`${gateway.url}${path.startsWith('/') ? path : `/${path}`}?${search}`));
        await expectCivil(await fetch(`${gateway.endpoint}?query=${search}&variables=${search}`));
      }),
      { numRuns: runs },
    );
  });

  test('what is hardly HTTP', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const connection = await openRaw(gateway.url);
        connection.write(
          Buffer.concat([
            Buffer.from('POST /graphql HTTP/1.1\r\nHost: x\r\n'),
            Buffer.from(bytes),
            Buffer.from('\r\n\r\n'),
          ]),
        );
        connection.socket.end();
        const answer = await connection.read();
        expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
        expect(answer).not.toMatch(insides);
      }),
      { numRuns: Math.min(runs, 100) },
    );
  });

  test('and is none the worse for it: it answers as before, logged no fault, and its memory is back', async () => {
    expect(gateway.logText()).not.toContain('unexpected error');
    const answer = await gateway.send('{ projects(first: 1) { totalCount } }', {}, { as: gateway.viewers.acme.owner });
    expect(answer.data).toEqual({ projects: { totalCount: 20 } });
    const hostile = () =>
      fetch(gateway.endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        // A document of its own each time, so that nothing is answered out of a cache.
        body: JSON.stringify({ query: `{ a${Math.random().toString(36).slice(2)} } #${'x'.repeat(20_000)}` }),
      }).then((response) => response.arrayBuffer());
    const flood = async (): Promise<number> => {
      for (let at = 0; at < 300; at += 1) await hostile();
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    await flood();
    const before = await flood();
    await flood();
    const after = await flood();
    // What is kept of documents is bounded: once the caches are warm, more of the same adds nothing that stays.
    expect(after - before).toBeLessThan(10 * 1024 * 1024);
  });
});
