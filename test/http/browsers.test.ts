/** What browsers are told and what they can be made to send: CORS, CSRF, security headers, caching, https. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAnswer, startFrame, type TestFrame } from '../support/frame.ts';

let gateway: TestFrame;
const ours = 'https://app.example.com';

beforeAll(async () => {
  gateway = await startFrame({
    env: { CORS_ORIGINS: `${ours}, http://localhost:5173` },
    resolvers: { 'Query.hello': () => 'world', 'Mutation.signOut': () => true, 'Mutation.refreshSession': () => true },
  });
});
afterAll(() => gateway.close());

describe('CORS', () => {
  const preflight = (origin: string) =>
    fetch(gateway.endpoint, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });

  test('a listed origin may send what it needs, and its browser remembers that', async () => {
    const response = await preflight(ours);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(ours);
    expect(response.headers.get('access-control-allow-headers')).toMatch(/Authorization.*x-fieldgate-csrf/);
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
    expect(Number(response.headers.get('access-control-max-age'))).toBeGreaterThan(0);
  });

  test.each([
    'https://evil.example',
    'https://app.example.com.evil.example',
    'null',
    'http://app.example.com',
    'https://APP.example.com:444',
  ])('the origin %s is never reflected', async (origin) => {
    for (const response of [
      await preflight(origin),
      await fetch(`${gateway.endpoint}?query={hello}`, { headers: { origin } }),
    ]) {
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
      expect(response.headers.get('vary')).toContain('Origin');
    }
  });

  test('a listed origin can read the headers of the contract, also of errors', async () => {
    for (const query of ['{ hello }', '{ nothing }']) {
      const { headers } = await gateway.post({ query }, { origin: ours });
      expect(headers.get('access-control-allow-origin')).toBe(ours);
      const exposed = (headers.get('access-control-expose-headers') ?? '').toLowerCase().split(', ');
      expect(exposed).toEqual(
        expect.arrayContaining([
          'x-request-id',
          'x-operation-cost',
          'ratelimit',
          'ratelimit-policy',
          'retry-after',
          'x-api-version',
        ]),
      );
    }
  });
});

describe('CSRF', () => {
  const cookie = '__Host-fieldgate-refresh=abc';

  test('a multipart call needs the header', async () => {
    const body = () => {
      const form = new FormData();
      form.set('operations', JSON.stringify({ query: '{ hello }' }));
      form.set('map', '{}');
      return form;
    };
    const without = await readAnswer(await fetch(gateway.endpoint, { method: 'POST', body: body() }));
    expect([without.status, ...without.codes]).toEqual([403, 'CSRF_HEADER_REQUIRED']);
    const withHeader = await readAnswer(
      await fetch(gateway.endpoint, { method: 'POST', body: body(), headers: { 'x-fieldgate-csrf': '1' } }),
    );
    expect(withHeader.body.data).toEqual({ hello: 'world' });
  });

  test.each([
    'mutation { signOut }',
    'mutation { refreshSession }',
    'mutation { ...F } fragment F on Mutation { a: refreshSession }',
  ])('%s with the refresh cookie needs the header', async (query) => {
    const without = await gateway.post({ query }, { cookie });
    expect([without.status, ...without.codes]).toEqual([403, 'CSRF_HEADER_REQUIRED']);
    expect((await gateway.post({ query }, { cookie, 'x-fieldgate-csrf': '1' })).codes).toEqual([]);
    expect((await gateway.post({ query })).codes).toEqual([]);
  });

  test('other operations do not read the cookie and need nothing', async () => {
    expect((await gateway.post({ query: '{ hello }' }, { cookie })).codes).toEqual([]);
  });
});

describe('security headers', () => {
  test.each(['/graphql?query={hello}', '/graphql', '/health', '/nothing'])(
    'stand on every answer, such as that of %s',
    async (path) => {
      const { headers } = await fetch(`${gateway.url}${path}`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('permissions-policy')).toContain('camera=()');
      expect(headers.get('x-api-version')).toBe('1');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
    },
  );

  test('answers are kept by nobody', async () => {
    for (const authorization of ['Bearer user/ada', '']) {
      const { headers } = await gateway.post({ query: '{ hello }' }, authorization ? { authorization } : {});
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('vary')).toMatch(/Authorization, x-api-key, x-organization, x-view-as, Accept/);
    }
  });
});

describe('https behind a proxy', () => {
  let proxied: TestFrame;
  beforeAll(async () => {
    proxied = await startFrame({
      env: { TRUST_PROXY: '127.0.0.1/32', PUBLIC_URL: 'https://api.example.com' },
      resolvers: { 'Query.hello': () => 'world' },
    });
  });
  afterAll(() => proxied.close());
  const plain = { 'x-forwarded-proto': 'http' };

  test("a browser's page view is sent to https, at our own address and no other", async () => {
    const response = await fetch(`${proxied.endpoint}?a=b`, {
      redirect: 'manual',
      headers: { ...plain, accept: 'text/html,*/*;q=0.1', 'x-forwarded-host': 'evil.example', host: 'evil.example' },
    });
    expect([response.status, response.headers.get('location')]).toEqual([308, 'https://api.example.com/graphql?a=b']);
  });

  test('everything else is refused, so that no credential is answered in the clear', async () => {
    const answer = await proxied.post({ query: '{ hello }' }, { ...plain, authorization: 'Bearer user/ada' });
    expect([answer.status, ...answer.codes, answer.body.data]).toEqual([403, 'FORBIDDEN', undefined]);
  });

  test('health is exempt', async () => {
    for (const path of ['/health', '/health/live', '/health/ready'])
      expect((await fetch(`${proxied.url}${path}`, { headers: plain })).status).toBe(200);
  });

  test('what came by https is answered, with HSTS', async () => {
    const answer = await proxied.post({ query: '{ hello }' }, { 'x-forwarded-proto': 'https' });
    expect(answer.body.data).toEqual({ hello: 'world' });
    expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=\d{7,}/);
  });

  test('without a trusted proxy the header means nothing', async () => {
    expect((await gateway.post({ query: '{ hello }' }, plain)).body.data).toEqual({ hello: 'world' });
    expect((await gateway.post({ query: '{ hello }' })).headers.get('strict-transport-security')).toBeNull();
  });
});
