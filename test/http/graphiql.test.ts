/** GraphiQL is served whole by the gateway, to browsers only, under a policy that lets nothing else in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAnswer, startFrame, type TestFrame } from '../support/frame.ts';

let gateway: TestFrame;
const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

beforeAll(async () => {
  gateway = await startFrame({ env: { GRAPHIQL: 'true' } });
});
afterAll(() => gateway.close());

describe('GraphiQL', () => {
  test('is a static page without schema or credential, whose parts all come from here', async () => {
    const response = await fetch(gateway.endpoint, { headers: browser });
    const page = await response.text();
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page).not.toMatch(/https?:|SignInInput|authorization/i);
    const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)]
      .map(([, path = '']) => path)
      .filter((path) => !path.startsWith('data:'));
    expect(loaded).toHaveLength(2);
    for (const path of loaded) {
      const part = await fetch(new URL(path, gateway.url));
      expect([part.status, part.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
      expect(part.headers.get('x-content-type-options')).toBe('nosniff');
      expect((await part.text()).length).toBeGreaterThan(10_000);
    }
  });

  test('runs under a policy that allows this origin and no inline script', async () => {
    const policy = (await fetch(gateway.endpoint, { headers: browser })).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|\*/);
  });

  test('is for browsers: other clients get what they ask for', async () => {
    const asked = `${gateway.endpoint}?query={__typename}`;
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5'])
      expect((await readAnswer(await fetch(asked, { headers: { accept } }))).body.data).toEqual({
        __typename: 'Query',
      });
    expect(
      (await fetch(gateway.endpoint, { method: 'POST', headers: { ...browser, accept: 'text/html' }, body: '{}' }))
        .status,
    ).toBe(406);
  });

  test('has no other files', async () => {
    for (const path of [
      '/graphiql/',
      '/graphiql/../src/app.ts',
      '/graphiql/main.js',
      '/graphiql/..%2f..%2fpackage.json',
    ])
      expect((await fetch(`${gateway.url}${path}`)).status).toBe(404);
  });

  test('is off in production unless the operator turns it on', async () => {
    const production = {
      NODE_ENV: 'production',
      DATABASE_URL: 'postgres://x',
      JWT_KEYS: '[]',
      SINGLE_INSTANCE: 'true',
    };
    for (const [GRAPHIQL, status] of [
      ['', 400],
      ['true', 200],
    ] as const) {
      const one = await startFrame({ env: { ...production, GRAPHIQL } });
      try {
        expect((await fetch(one.endpoint, { headers: browser })).status).toBe(status);
      } finally {
        await one.close();
      }
    }
  });
});
