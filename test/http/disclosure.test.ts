/** What the gateway says about itself: nothing that it need not. Errors, introspection, suggestions, logs, request ids. */
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFrame, type TestFrame } from '../support/frame.ts';
import { openRaw } from '../support/raw-http.ts';

const strict = { accept: 'application/graphql-response+json' };
const driverMessage = 'password authentication failed for user "fieldgate" at 10.0.0.7';

describe.each(['production', 'development', 'test'])('an unexpected error under NODE_ENV=%s', (NODE_ENV) => {
  let gateway: TestFrame;
  beforeAll(async () => {
    gateway = await startFrame({
      env: { NODE_ENV, DATABASE_URL: 'postgres://x', JWT_KEYS: '[]', SINGLE_INSTANCE: 'true' },
      resolvers: {
        'Query.boom': () => {
          throw Object.assign(new Error(driverMessage), { code: '28P01', detail: 'secret' });
        },
        'Query.boomStrict': () => Promise.reject(new Error(driverMessage)),
      },
    });
  });
  afterAll(() => gateway.close());

  test('is masked, keeps its place, and is found in the log by its request id', async () => {
    for (const [query, path] of [
      ['{ boom }', 'boom'],
      ['{ boomStrict }', 'boomStrict'],
    ] as const) {
      const answer = await gateway.post({ query }, strict);
      const requestId = answer.headers.get('x-request-id');
      expect(answer.body.errors).toEqual([
        {
          message: 'Something went wrong. Name the request id when you report it.',
          locations: expect.any(Array),
          path: [path],
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
        },
      ]);
      expect(answer.text).not.toMatch(/password|28P01|stack|node_modules|\.ts:/);
      const logged = gateway.log.find((line) => line.requestId === requestId && line.msg === 'unexpected error');
      expect(logged?.err).toMatchObject({ message: driverMessage });
    }
  });
});

describe('validation and syntax', () => {
  let gateway: TestFrame;
  beforeAll(async () => {
    gateway = await startFrame();
  });
  afterAll(() => gateway.close());

  test.each([
    ['a field', '{ helo }'],
    ['a field of a type', '{ viewer { nam } }'],
    ['an argument', '{ echo(txt: "a") }'],
    ['a type', '{ viewer { ... on Usr { id } } }'],
    ['an enum value', 'mutation { signIn(input: { kind: OWNR }) { id } }'],
    ['an input field', 'mutation { signIn(input: { emai: "a" }) { id } }'],
    ['a directive', '{ hello @skp(if: true) }'],
    ['a fragment', '{ viewer { ...Nam } } fragment Name on User { id }'],
  ])('suggest no name for %s', async (_name, query) => {
    const answer = await gateway.post({ query }, strict);
    expect([answer.status, answer.codes[0]]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    expect(answer.text).not.toMatch(/did you mean|hello|OWNER|email|password|\bskip\b/i);
  });

  test('a syntax error says where, and quotes no more than a little', async () => {
    const answer = await gateway.post({ query: `{ hello ${'('.repeat(3)} "${'x'.repeat(10_000)}` }, strict);
    expect(answer.codes).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(answer.body.errors?.[0]).toMatchObject({ locations: [{ line: 1, column: expect.any(Number) }] });
    expect(answer.text.length).toBeLessThan(700);
  });
});

describe('introspection', () => {
  const introspection = getIntrospectionQuery();

  test('in production is for those who may, decided for each request', async () => {
    const gateway = await startFrame({
      env: { NODE_ENV: 'production', DATABASE_URL: 'postgres://x', JWT_KEYS: '[]', SINGLE_INSTANCE: 'true' },
    });
    try {
      const may = { ...strict, authorization: 'Bearer user/ada/ACTIVE/schema:introspect' };
      const mayNot = { ...strict, authorization: 'Bearer user/bob' };
      const queries = [
        introspection,
        '{ __type(name: "Query") { name } }',
        '{ ...F } fragment F on Query { a: __schema { queryType { name } } }',
      ];
      for (const query of queries) {
        expect((await gateway.post({ query }, may)).codes).toEqual([]);
        for (const [headers, status, code] of [
          [mayNot, 403, 'FORBIDDEN'],
          [strict, 401, 'UNAUTHENTICATED'],
        ] as const) {
          const refused = await gateway.post({ query }, headers);
          expect([refused.status, ...refused.codes]).toEqual([status, code]);
          expect(refused.body.errors?.[0]?.extensions.requires).toEqual(['schema:introspect']);
          expect(refused.body.data).toBeUndefined();
        }
      }
      expect((await gateway.post({ query: '{ __typename }' }, mayNot)).body.data).toEqual({ __typename: 'Query' });
      expect((await fetch(gateway.endpoint, { headers: { accept: 'text/html' } })).status).toBe(406);
    } finally {
      await gateway.close();
    }
  });

  test('elsewhere the usual query passes all limits', async () => {
    const gateway = await startFrame();
    try {
      const answer = await gateway.post({ query: introspection }, strict);
      expect([answer.status, answer.codes]).toEqual([200, []]);
    } finally {
      await gateway.close();
    }
  });
});

describe('members who may not act', () => {
  test.each([
    ['PENDING', 'ACCOUNT_PENDING'],
    ['SUSPENDED', 'ACCOUNT_SUSPENDED'],
  ])('%s may sign out and nothing else', async (state, code) => {
    const gateway = await startFrame({
      resolvers: {
        'Mutation.signOut': () => true,
        'Mutation.signOutEverywhere': () => true,
        'Mutation.change': () => true,
      },
    });
    try {
      const headers = { ...strict, authorization: `Bearer user/ada/${state}` };
      for (const query of [
        '{ hello }',
        '{ __typename }',
        '{ __schema { queryType { name } } }',
        'mutation { change }',
        'mutation { signOut change }',
        'mutation { ...F } fragment F on Mutation { change }',
        'query signOut { hello }',
        'mutation { signOut: change }',
      ]) {
        const refused = await gateway.post({ query }, headers);
        expect([query, refused.status, ...refused.codes]).toEqual([query, 403, code]);
      }
      expect((await gateway.post({ query: 'mutation { signOut }' }, headers)).body.data).toEqual({ signOut: true });
      expect((await gateway.post({ query: 'mutation { out: signOutEverywhere }' }, headers)).body.data).toEqual({
        out: true,
      });
    } finally {
      await gateway.close();
    }
  });
});

describe('a bad credential', () => {
  test('is 401 with the same body whatever was wrong with it, whatever the media type', async () => {
    const gateway = await startFrame();
    try {
      const bodies = new Set<string>();
      for (const authorization of ['Bearer x', 'Basic abc', 'Bearer ', 'x'.repeat(5_000)])
        for (const accept of ['application/json', 'application/graphql-response+json']) {
          const answer = await gateway.post({ query: '{ hello }' }, { authorization, accept, 'x-request-id': 'same' });
          expect([answer.status, ...answer.codes]).toEqual([401, 'UNAUTHENTICATED']);
          expect(answer.headers.get('www-authenticate')).toContain('Bearer');
          bodies.add(answer.text);
        }
      expect(bodies.size).toBe(1);
    } finally {
      await gateway.close();
    }
  });
});

describe('request ids and the log', () => {
  let gateway: TestFrame;
  beforeAll(async () => {
    gateway = await startFrame({
      resolvers: {
        'Query.hello': () => 'world',
        'Query.boom': () => {
          // As clients of stores throw: with the request that failed.
          const request = { headers: { authorization: 'fg_live_0123456789abcdef' }, body: 'Hunter2-hunter2' };
          throw Object.assign(new Error('the store failed'), { config: request, cause: { request } });
        },
        'Mutation.signIn': () => ({ id: '1' }),
      },
    });
  });
  afterAll(() => gateway.close());

  test('an id of the client is taken when it is one', async () => {
    const answer = await gateway.post({ query: '{ nothing }' }, { 'x-request-id': 'trace-1.A_b' });
    expect(answer.headers.get('x-request-id')).toBe('trace-1.A_b');
    expect(answer.body.errors?.[0]?.extensions.requestId).toBe('trace-1.A_b');
  });

  test.each(['', 'a b', 'ä', '<script>', 'a'.repeat(129), '{"a":1}', '${jndi:ldap://x}'])(
    '%j is replaced by one of our own',
    async (sent) => {
      const { headers } = await gateway.post(
        { query: '{ hello }' },
        { 'x-request-id': Buffer.from(sent).toString('latin1') },
      );
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test('every request has one line, whatever it was', async () => {
    const ids = await Promise.all(
      ['{ hello }', '{ nothing }', '{', 'mutation { change }'].map(async (query) =>
        (await gateway.post({ query })).headers.get('x-request-id'),
      ),
    );
    for (const id of ids)
      expect(gateway.log.filter((line) => line.requestId === id && line.msg === 'request')).toHaveLength(1);
  });

  test('no line can be forged: line breaks and control characters stay inside of their string', async () => {
    const raw = await openRaw(gateway.url);
    raw.write('GET /a\u00e9\u009b31m HTTP/1.1\r\nHost: x\r\nUser-Agent: a\u001b[31m\r\n\r\n');
    await raw.read(/\r\n\r\n/);
    raw.close();
    const forged = '\n{"level":30,"msg":"request","status":200,"forged":true}\r\n\u001b[31m\u0085\u2028';
    await gateway.post({
      query: `query ($a: String) { echo(text: $a) }`,
      variables: { a: forged },
      operationName: forged,
    });
    gateway.frame.log.error({ err: new Error(forged) }, forged);
    await gateway.post({ query: `{ hello } # ${forged}` }, { 'user-agent': 'x'.repeat(4_000) });
    await fetch(`${gateway.endpoint}?query=${encodeURIComponent(`{ hello } ${forged}`)}`);
    for (const line of gateway.log) expect(line).not.toHaveProperty('forged');
    expect(gateway.logText()).not.toMatch(/[^\P{Cc}\n]|[\u2028\u2029]/u);
  });

  test('no secret that was sent stands anywhere in the log of this run', async () => {
    const secrets = [
      'Hunter2-hunter2',
      'eyJhbGciOi.eyJzdWIi.c2ln',
      'fg_live_0123456789abcdef',
      'cookie-secret-value',
      '123456',
      'reset-token-value',
    ];
    const [password, token, key, cookie, totp, reset] = secrets;
    const query = 'mutation ($input: SignInInput) { signIn(input: $input) { id } }';
    await gateway.post({ query, variables: { input: { email: 'ada@acme.example', password } } });
    await gateway.post({ query, variables: { input: { email: 7, password, totp } } });
    await gateway.post({ query: `mutation { signIn(input: { password: "${password}" }) { id } }` });
    await gateway.post({ query: `mutation { signIn(input: { password: "${password}" ` });
    await gateway.post({ query: '{ hello }' }, { authorization: `Bearer ${token}` });
    await gateway.post(
      { query: '{ hello }' },
      { 'x-api-key': key ?? '', cookie: `__Host-fieldgate-refresh=${cookie}` },
    );
    await fetch(`${gateway.endpoint}?token=${reset}&apiKey=${key}&query={hello}`);
    await fetch(`${gateway.url}/reset?token=${reset}`);
    await gateway.post({ query: '{ fails: boom }' });
    const form = new FormData();
    form.set('operations', JSON.stringify({ query, variables: { input: { password } } }));
    form.set('map', '{}');
    await fetch(gateway.endpoint, { method: 'POST', body: form, headers: { 'x-fieldgate-csrf': String(cookie) } });
    await gateway.post({ query: '{ hello }' }, { 'x-view-as': `user:${token}`, 'x-organization': String(key) });
    await gateway.post({ documentId: reset, extensions: { persistedQuery: { sha256Hash: totp } } });
    await gateway.post({ query: 'subscription { ticks }', extensions: { token } }, { accept: 'text/event-stream' });
    expect(gateway.log.length).toBeGreaterThan(10);
    for (const secret of secrets) expect(gateway.logText()).not.toContain(secret);
    expect(gateway.logText()).not.toContain('ada@acme.example');
  });
});
