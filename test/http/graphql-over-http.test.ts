/** GraphQL over HTTP: the published audits, and what the contract says beside them. */
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAnswer, startFrame, type TestFrame } from '../support/frame.ts';

let gateway: TestFrame;
const json = { accept: 'application/json' };
const modern = { accept: 'application/graphql-response+json' };

beforeAll(async () => {
  gateway = await startFrame({
    resolvers: {
      'Query.hello': () => 'world',
      'Query.boom': () => {
        throw new Error('connect ECONNREFUSED 10.0.0.7:5432');
      },
    },
  });
});
afterAll(() => gateway.close());

describe('the audits of graphql-http', () => {
  const audits = serverAudits({ url: () => gateway.endpoint });

  test('are all there', () => {
    expect(audits.length).toBeGreaterThan(50);
  });

  test.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))('%s', async (_name, audit) => {
    const result = await audit.fn();
    if (result.status === 'ok') return;
    // A MAY is a choice; a MUST or SHOULD is not.
    expect(`${result.status}: ${result.reason}`).toMatch(audit.name.startsWith('MAY') ? /^(warn|notice|error)/ : /^ok/);
  });
});

describe('media types', () => {
  test.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/graphql',
    'application/json; charset=utf-16',
  ])('a body of %s is 415', async (type) => {
    const answer = await gateway.post('{"query":"{ hello }"}', { 'content-type': type });
    expect([answer.status, ...answer.codes]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(answer.headers.get('accept')).toContain('application/json');
  });

  test.each(['text/plain', 'image/png', 'application/json;q=0', 'application/json; charset=latin1'])(
    'accepting nothing but %s is 406',
    async (accept) => {
      const answer = await gateway.post({ query: '{ hello }' }, { accept });
      expect([answer.status, ...answer.codes]).toEqual([406, 'NOT_ACCEPTABLE']);
    },
  );

  test.each([
    ['application/json', 'application/json'],
    ['application/graphql-response+json', 'application/graphql-response+json'],
    ['application/graphql-response+json, application/json;q=0.9', 'application/graphql-response+json'],
    ['application/json, application/graphql-response+json;q=0.5', 'application/json'],
    ['text/html, */*;q=0.1', 'application/json'],
    ['application/*', 'application/json'],
  ])('%s is answered as %s', async (accept, type) => {
    const answer = await gateway.post({ query: '{ hello }' }, { accept });
    expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
    expect(answer.body).toEqual({ data: { hello: 'world' } });
  });
});

describe('methods', () => {
  test.each(['PUT', 'DELETE', 'PATCH'])('%s is 405 and names those allowed', async (method) => {
    const answer = await readAnswer(await fetch(gateway.endpoint, { method }));
    expect([answer.status, ...answer.codes]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
  });

  test('a query by GET is answered, and needs no further header', async () => {
    const answer = await readAnswer(await fetch(`${gateway.endpoint}?query={hello}`));
    expect(answer.body.data).toEqual({ hello: 'world' });
  });

  test('HEAD says what GET would say, without the body', async () => {
    const response = await fetch(`${gateway.endpoint}?query={hello}`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  test.each([json, modern])('a mutation by GET is 405, and does not run', async (headers) => {
    const answer = await readAnswer(
      await fetch(`${gateway.endpoint}?query=${encodeURIComponent('mutation { change }')}`, { headers }),
    );
    expect([answer.status, ...answer.codes]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(answer.headers.get('allow')).toBe('POST');
  });

  test('OPTIONS without a preflight says what is allowed', async () => {
    const response = await fetch(gateway.endpoint, { method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
  });
});

describe('requests that are not well-formed', () => {
  test.each([
    ['no JSON', '{ not json'],
    ['nothing', ''],
    ['bytes that are not UTF-8', '\u{fffd}'],
    ['a number', '7'],
    ['null', 'null'],
    ['a batch', '[{"query":"{ hello }"}]'],
    ['an empty batch', '[]'],
    ['no query', '{"variables":{}}'],
    ['an unknown operation name', '{"query":"query A { hello }","operationName":"B"}'],
    ['several operations and no name', '{"query":"query A { hello } query B { hello }"}'],
    ['no operation', '{"query":"fragment F on User { id }"}'],
  ])('%s: 400 under either media type', async (_name, body) => {
    for (const headers of [json, modern]) {
      const answer = await gateway.post(body, headers);
      expect([answer.status, answer.codes.length]).toEqual([400, 1]);
      expect(answer.codes[0]).toMatch(/^(BAD_REQUEST|GRAPHQL_VALIDATION_FAILED)$/);
      expect(answer.body.data).toBeUndefined();
    }
  });

  test('a parameter that is given twice in a query string is refused', async () => {
    const answer = await readAnswer(await fetch(`${gateway.endpoint}?query={hello}&query={boom}`));
    expect([answer.status, ...answer.codes]).toEqual([400, 'BAD_REQUEST']);
  });

  test('a path is matched whole: nothing else is served', async () => {
    for (const path of [
      '/x/graphql',
      '/graphql/',
      '/graphql/x',
      '/GRAPHQL',
      '/%67raphql',
      '//graphql',
      '/metrics',
      '/.env',
    ]) {
      const answer = await readAnswer(await fetch(`${gateway.url}${path}?query={hello}`));
      expect([path, answer.status, ...answer.codes]).toEqual([path, 404, 'NOT_FOUND']);
    }
  });
});

describe('the status of an answer', () => {
  const documents = {
    GRAPHQL_PARSE_FAILED: '{ hello',
    GRAPHQL_VALIDATION_FAILED: '{ nothing }',
    OPERATION_TOO_DEEP: `{ viewer ${'{ friend '.repeat(20)}{ id }${' }'.repeat(20)} }`,
    OPERATION_TOO_LARGE: `{ ${Array.from({ length: 31 }, (_, at) => `a${at}: hello`).join(' ')} }`,
    BAD_USER_INPUT: 'query ($first: Int!) { projects(first: $first) { totalCount } }',
  };

  test.each(Object.entries(documents))('%s is 400, and 200 under application/json', async (code, query) => {
    const strict = await gateway.post({ query }, modern);
    expect([strict.status, strict.codes[0], 'data' in strict.body]).toEqual([400, code, false]);
    const lenient = await gateway.post({ query }, json);
    expect([lenient.status, lenient.codes[0], 'data' in lenient.body]).toEqual([200, code, false]);
  });

  test('a cycle of fragments is 400', async () => {
    const query = '{ viewer { ...A } } fragment A on User { ...B } fragment B on User { ...A }';
    expect((await gateway.post({ query }, modern)).status).toBe(400);
  });

  test('an answer with data is 200, whatever a field met', async () => {
    const answer = await gateway.post({ query: '{ hello boom }' }, modern);
    expect([answer.status, answer.body.data]).toEqual([200, { hello: 'world', boom: null }]);
    expect(answer.codes).toEqual(['INTERNAL_SERVER_ERROR']);
  });

  test('variables that do not fit are named with their path', async () => {
    const answer = await gateway.post(
      {
        query: 'mutation ($input: SignInInput!) { signIn(input: $input) { id } }',
        variables: { input: { email: 7, kind: 'OWNR' } },
      },
      modern,
    );
    expect(answer.codes).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
    expect(answer.body.errors?.map(({ extensions }) => extensions.issues)).toEqual([
      [expect.objectContaining({ path: ['input', 'email'] })],
      [expect.objectContaining({ path: ['input', 'kind'] })],
    ]);
    expect(answer.text).not.toMatch(/Did you mean|OWNER/);
  });
});
