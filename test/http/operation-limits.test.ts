/** Limits, cost and budgets as a client meets them: before any resolver, each with its code. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFrame, type TestFrame } from '../support/frame.ts';

const strict = { accept: 'application/graphql-response+json' };
const many = (length: number, part: (at: number) => string) => Array.from({ length }, (_, at) => part(at)).join(' ');

describe('a limit', () => {
  let gateway: TestFrame;
  let calls = 0;
  beforeAll(async () => {
    gateway = await startFrame({
      resolvers: {
        'Query.hello': () => {
          calls += 1;
          return 'world';
        },
      },
    });
  });
  afterAll(() => gateway.close());

  test.each([
    ['depth', { query: `{ hello viewer ${'{ friend '.repeat(15)}{ id }${' }'.repeat(15)} }` }, 'OPERATION_TOO_DEEP'],
    ['aliases', { query: `{ ${many(31, (at) => `a${at}: hello`)} }` }, 'OPERATION_TOO_LARGE'],
    ['root fields', { query: `{ ${many(21, (at) => `a${at}: hello`)} }` }, 'OPERATION_TOO_LARGE'],
    ['tokens', { query: `{ hello projects { nodes { ${'id '.repeat(2_000)} } } }` }, 'OPERATION_TOO_LARGE'],
    [
      'directives',
      { query: `{ ${many(18, (at) => `a${at}: hello ${'@include(if: true) '.repeat(3)}`)} }` },
      'OPERATION_TOO_LARGE',
    ],
    [
      'fragment spreads',
      { query: `{ hello ...F } fragment F on Query { viewer { ${'...G '.repeat(50)} } } fragment G on User { id }` },
      'OPERATION_TOO_LARGE',
    ],
    ["the operation name's length", { query: `query ${'a'.repeat(129)} { hello }` }, 'OPERATION_TOO_LARGE'],
    ['operationName', { query: 'query A { hello }', operationName: 'a'.repeat(129) }, 'OPERATION_TOO_LARGE'],
    [
      "the variables' nesting",
      { query: '{ hello }', variables: { a: JSON.parse(`${'['.repeat(30)}${']'.repeat(30)}`) } },
      'OPERATION_TOO_DEEP',
    ],
    ['the number of values', { query: '{ hello }', variables: { a: Array(20_000).fill(1) } }, 'OPERATION_TOO_LARGE'],
    [
      'nesting of the body',
      `{"query":"{ hello }","variables":{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`,
      'OPERATION_TOO_DEEP',
    ],
  ] as const)('of %s is met before any resolver', async (_name, body, code) => {
    calls = 0;
    const answer = await gateway.post(body, strict);
    expect([answer.status, ...answer.codes]).toEqual([400, code]);
    expect(calls).toBe(0);
  });

  test('is not forgotten when the same document comes again', async () => {
    const query = `{ ${many(31, (at) => `b${at}: hello`)} }`;
    for (let round = 0; round < 3; round += 1)
      expect((await gateway.post({ query }, strict)).codes).toEqual(['OPERATION_TOO_LARGE']);
  });

  test('of nested introspection holds, although introspection is exempt from depth', async () => {
    const nested = '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }';
    expect((await gateway.post({ query: nested }, strict)).codes).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });
});

describe('cost', () => {
  let gateway: TestFrame;
  beforeAll(async () => {
    gateway = await startFrame({
      env: { MAX_COST: '50', MAX_COST_ANONYMOUS: '30' },
      resolvers: {
        'Query.projects': (_parent, { first }) => ({
          nodes: Array.from({ length: Number(first ?? 20) }, (_, at) => ({ id: at })),
        }),
      },
    });
  });
  afterAll(() => gateway.close());
  const query = 'query ($first: Int) { projects(first: $first) { nodes { id } } }';
  const ada = { ...strict, authorization: 'Bearer user/ada' };

  test('is computed after variables are coerced, and said in a header', async () => {
    expect((await gateway.post({ query, variables: { first: 10 } }, strict)).headers.get('x-operation-cost')).toBe(
      '11',
    );
    expect((await gateway.post({ query }, strict)).headers.get('x-operation-cost')).toBe('21');
  });

  test('over the maximum of the kind of viewer is refused', async () => {
    const refused = await gateway.post({ query, variables: { first: 40 } }, strict);
    expect([refused.status, ...refused.codes, refused.headers.get('x-operation-cost')]).toEqual([
      400,
      'OPERATION_TOO_COSTLY',
      '41',
    ]);
    expect(refused.body.errors?.[0]?.extensions).toMatchObject({ cost: 41, maximum: 30 });
    expect((await gateway.post({ query, variables: { first: 40 } }, ada)).codes).toEqual([]);
    expect((await gateway.post({ query, variables: { first: 60 } }, ada)).codes).toEqual(['OPERATION_TOO_COSTLY']);
  });

  test('is told with what is left, when asked for', async () => {
    const silent = await gateway.post({ query, variables: { first: 10 } }, ada);
    expect(silent.body.extensions).toBeUndefined();
    const told = await gateway.post({ query, variables: { first: 10 } }, { ...ada, 'x-include-cost': '1' });
    expect(told.body.extensions?.cost).toEqual({
      requested: 11,
      actual: 11,
      throttleStatus: { maximumAvailable: 60_000, currentlyAvailable: expect.any(Number), restoreRate: 1_000 },
    });
  });

  test('the actual is in the log and in the metrics', async () => {
    const { headers } = await gateway.post({ query, variables: { first: 3 } }, ada);
    const line = gateway.log.find((one) => one.requestId === headers.get('x-request-id') && one.msg === 'request');
    expect(line).toMatchObject({ cost: 4, actualCost: 4, viewer: { kind: 'user', userId: 'ada' } });
    expect(await gateway.frame.metrics.registry.metrics()).toMatch(
      /fieldgate_operation_cost_actual_count\{viewer="user"\} [1-9]/,
    );
  });

  test('is only measured when the operator says so', async () => {
    const measuring = await startFrame({
      env: { MAX_COST: '5', COST_BUDGET_PER_MINUTE: '10', LIMITS_MODE: 'measure' },
    });
    try {
      const answer = await measuring.post({ query }, strict);
      expect([answer.codes, answer.headers.get('x-operation-cost')]).toEqual([[], '21']);
      expect(await measuring.frame.metrics.registry.metrics()).toMatch(
        /fieldgate_over_limit_total\{limit="cost",enforced="false"\} 1/,
      );
      // The process itself is protected all the same.
      expect((await measuring.post({ query: `{ ${many(31, (at) => `a${at}: hello`)} }` }, strict)).codes).toEqual([
        'OPERATION_TOO_LARGE',
      ]);
    } finally {
      await measuring.close();
    }
  });
});

describe('a budget', () => {
  test('is spent by cost, for each viewer apart, and says when to come again', async () => {
    const gateway = await startFrame({ env: { COST_BUDGET_PER_MINUTE: '30' } });
    try {
      const query = '{ projects(first: 9) { nodes { id } } }';
      const as = (name: string) => gateway.post({ query }, { ...strict, authorization: `Bearer user/${name}` });
      const first = await as('ada');
      expect(first.headers.get('ratelimit-policy')).toBe('"viewer";q=30;w=60');
      expect(first.headers.get('ratelimit')).toMatch(/^"viewer";r=20;t=\d+$/);
      await as('ada');
      await as('ada');
      const refused = await as('ada');
      expect([refused.status, ...refused.codes]).toEqual([429, 'RATE_LIMITED']);
      expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
      expect(refused.headers.get('ratelimit')).toMatch(/^"viewer";r=[01];/);
      expect(refused.body.errors?.[0]?.extensions.retryAfterSeconds).toBe(Number(refused.headers.get('retry-after')));
      expect((await as('grace')).status).toBe(200);
    } finally {
      await gateway.close();
    }
  });

  test('of an address holds for all who come from it, and a spoofed X-Forwarded-For changes nothing', async () => {
    const gateway = await startFrame({ env: { COST_BUDGET_PER_ADDRESS_PER_MINUTE: '5' } });
    try {
      const statuses: number[] = [];
      for (let at = 0; at < 8; at += 1)
        statuses.push(
          (
            await gateway.post(
              { query: '{ hello }' },
              {
                ...strict,
                authorization: `Bearer user/u${at}`,
                'x-forwarded-for': `203.0.113.${at}`,
                forwarded: `for=203.0.113.${at}`,
                'x-real-ip': `203.0.113.${at}`,
              },
            )
          ).status,
        );
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    } finally {
      await gateway.close();
    }
  });

  test('of an address goes by the forwarded one where the proxy is trusted, as far as it is', async () => {
    const gateway = await startFrame({ env: { COST_BUDGET_PER_ADDRESS_PER_MINUTE: '1', TRUST_PROXY: '1' } });
    try {
      const from = async (forwarded: string) =>
        (await gateway.post({ query: '{ hello }' }, { ...strict, 'x-forwarded-for': forwarded })).status;
      expect(await from('203.0.113.1')).toBe(200);
      expect(await from('203.0.113.2')).toBe(200);
      // What stands left of the proxy's own entry was written by the client.
      expect(await from('198.51.100.9, 203.0.113.1')).toBe(429);
      // IPv6 counts by /64: the rest is the client's to choose.
      expect(await from('2001:db8:1:2::1')).toBe(200);
      expect(await from('2001:db8:1:2:ffff::9')).toBe(429);
      expect(await from('2001:db8:1:3::1')).toBe(200);
    } finally {
      await gateway.close();
    }
  });
});

describe('a limit of a field', () => {
  test('counts every alias and every repetition, and leaves other fields alone', async () => {
    let calls = 0;
    const gateway = await startFrame({
      fieldLimits: [
        { type: 'Mutation', field: 'signIn', by: 'input.email', max: 3, window: '1m' },
        { type: 'Mutation', field: 'signIn', by: 'network', max: 6, window: '1m' },
      ],
      resolvers: {
        'Mutation.signIn': () => {
          calls += 1;
          return { id: '1' };
        },
        'Mutation.change': () => true,
      },
    });
    try {
      const tries = (email: string) =>
        `mutation { ${many(5, (at) => `a${at}: signIn(input: { email: "${email}" }) { id }`)} change }`;
      const answer = await gateway.post({ query: tries('Ada@acme.example ') }, strict);
      expect([answer.status, answer.codes]).toEqual([200, ['RATE_LIMITED', 'RATE_LIMITED']]);
      expect(answer.body.errors?.map(({ path }) => path)).toEqual([['a3'], ['a4']]);
      expect(answer.body.errors?.[0]?.extensions.retryAfterSeconds).toBeGreaterThanOrEqual(1);
      expect(answer.body.data).toMatchObject({ a2: { id: '1' }, a3: null, change: true });
      expect(calls).toBe(3);
      // Spelled otherwise it is the same account; another account has its own, within the network's.
      expect(
        (await gateway.post({ query: 'mutation { signIn(input: { email: "ada@ACME.example" }) { id } }' })).codes,
      ).toEqual(['RATE_LIMITED']);
      const other = await gateway.post({ query: tries('grace@acme.example') }, strict);
      expect(other.codes).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
      expect((await gateway.post({ query: tries('joan@acme.example') }, strict)).codes).toHaveLength(5);
    } finally {
      await gateway.close();
    }
  });
});
