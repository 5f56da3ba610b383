/** Headers that a proxy and the gateway could read differently: too many, two of one kind, a host that is none. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFrame, type TestFrame } from '../support/frame.ts';
import { openRaw } from '../support/raw-http.ts';

let gateway: TestFrame;
beforeAll(async () => {
  gateway = await startFrame({
    env: { TRUST_PROXY: '127.0.0.1/32' },
    resolvers: { 'Query.hello': () => 'world' },
  });
});
afterAll(() => gateway.close());

async function get(headers: readonly string[], path = '/graphql?query={hello}'): Promise<string> {
  const connection = await openRaw(gateway.url);
  connection.write([`GET ${path} HTTP/1.1`, ...headers, 'Connection: close', '', ''].join('\r\n'));
  return connection.read();
}

describe('the number of headers', () => {
  test.each([201, 2_000, 2_400])('of %i is too many, and nothing of the request is believed', async (count) => {
    const many = Array.from({ length: count }, () => 'a:b');
    const before = gateway.log.length;
    const answer = await get(['Host: x', ...many, 'X-Forwarded-For: 203.0.113.9']);
    expect(answer).toMatch(/^HTTP\/1\.1 431 .*"code":"BAD_REQUEST"/s);
    expect(gateway.log.slice(before)).toEqual([expect.objectContaining({ status: 431, codes: ['BAD_REQUEST'] })]);
  });

  test('of 190 loses none: the last one still says who calls', async () => {
    const many = Array.from({ length: 187 }, (_, at) => `x-${at}: b`);
    const before = gateway.log.length;
    expect(await get(['Host: x', ...many, 'X-Forwarded-For: 203.0.113.9'])).toMatch(/^HTTP\/1\.1 200 /);
    expect(gateway.log.slice(before)).toEqual([expect.objectContaining({ status: 200, ip: '203.0.113.9' })]);
  });
});

describe('Host', () => {
  test.each([
    ['given twice', ['Host: a', 'Host: b']],
    ['given twice alike', ['Host: a', 'hOST: a']],
    ['with a path', ['Host: a/graphql']],
    ['with a user', ['Host: a@b']],
    ['that no URL holds', ['Host: [']],
    ['that is a list', ['Host: a, b']],
    ['with a port that is none', ['Host: a:99999']],
    ['with an address that is none', ['Host: 256.256.256.256']],
    ['with a name that is none', ['Host: xn--a']],
  ])('%s is 400, for every path, and no stack is shown', async (_what, headers) => {
    for (const path of ['/graphql?query={hello}', '/graphql', '/', '/nothing', '/files/x']) {
      const answer = await get(headers, path);
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*"code":"BAD_REQUEST"/s);
      expect(answer).not.toMatch(/node_modules|\.ts:|\.js:/);
    }
  });

  test.each(['a', 'a:4000', 'api.example.com', '127.0.0.1:4000', '[::1]:4000', ''])('%j is one', async (host) => {
    expect(await get([`Host: ${host}`])).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('targets that are no path', () => {
  test.each([
    'http://evil.example/graphql',
    'http://a:b@[/graphql',
    '//graphql',
    '/graphql#x',
    '/graphql%00',
    '/health/../graphql',
  ])('%s is not there', async (target) => {
    const answer = await get(['Host: a:4000'], target);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toMatch(/node_modules|\.ts:|\.js:/);
  });
});

describe('the start page', () => {
  test('is a page for people and JSON for programs, and holds no script', async () => {
    const page = await fetch(`${gateway.url}/`, { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const text = await page.text();
    expect(text).toContain('<a href="/health">');
    expect(text).not.toMatch(/<script|GraphiQL/);
    const json = await fetch(`${gateway.url}/`);
    expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(json.headers.get('vary')).toContain('Accept');
    expect(await json.json()).toEqual({
      name: 'Fieldgate',
      graphql: '/graphql',
      health: '/health',
      ready: '/health/ready',
      keys: '/.well-known/jwks.json',
    });
    expect((await fetch(`${gateway.url}/`, { method: 'POST' })).status).toBe(405);
  });
});

describe('without a socket', () => {
  test('requests are answered alike, HEAD without a body', async () => {
    const url = 'http://gateway/graphql?query={hello}';
    const answer = await gateway.frame.fetch(new Request(url));
    expect([answer.status, await answer.json()]).toEqual([200, { data: { hello: 'world' } }]);
    const head = await gateway.frame.fetch(new Request(url, { method: 'HEAD' }));
    expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', '26']);
    const posted = await gateway.frame.fetch(
      new Request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ hello }"}',
      }),
    );
    expect(await posted.json()).toEqual({ data: { hello: 'world' } });
  });
});
