/** GraphiQL in a real browser, under the policy that the gateway sends with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { demoPassword } from '../../src/dev/demo.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

describe.skipIf(!inject('tools').chromium)('GraphiQL', () => {
  let gateway: TestGateway;
  let context: BrowserContext;
  let profile: string;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    gateway = await startGateway({ env: { GRAPHIQL: 'true' } });
    profile = await mkdtemp(join(tmpdir(), 'fieldgate-browser-'));
    context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    page = await context.newPage();
    page.on('console', (message) => {
      // An operation that was sent before it was typed to its end is no breach of anything.
      if (message.type() === 'error' && !/status of 400/.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== gateway.url) complaints.push(`asked ${origin}`);
    });
  });
  afterAll(async () => {
    await context?.close();
    await gateway?.close();
    if (profile) await rm(profile, { recursive: true, force: true });
  });

  /** Opens the page anew and puts texts into the query editor and that of the headers. */
  async function type(query: string, headers: string): Promise<void> {
    await page.goto(gateway.endpoint);
    await page.locator('.graphiql-query-editor .CodeMirror').waitFor();
    await page.evaluate(
      (texts) => {
        const editors = [...document.querySelectorAll('.CodeMirror')] as unknown as (Element & {
          CodeMirror: { setValue(text: string): void };
        })[];
        const [, headersEditor] = editors.filter((editor) => editor.closest('.graphiql-editor-tool'));
        editors.find((editor) => editor.closest('.graphiql-query-editor'))?.CodeMirror.setValue(texts.query);
        headersEditor?.CodeMirror.setValue(texts.headers);
      },
      { query, headers },
    );
  }

  /** The editors tell GraphiQL what was typed a moment later: whoever is as fast as a script has to press again. */
  async function expectAnswer(part: string): Promise<void> {
    await expect
      .poll(
        async () => {
          const [response] = await Promise.all([
            page.waitForResponse((answer) => /^(?!.*__schema)/s.test(answer.request().postData() ?? '__schema')),
            page.locator('.graphiql-execute-button').click(),
          ]);
          return response.text();
        },
        { timeout: 15_000 },
      )
      .toContain(part.replace(': ', ':'));
    await expect.poll(() => page.locator('.result-window').innerText()).toContain(part);
  }

  test('runs an operation as whoever the header says, and breaks no policy', async () => {
    await type('{ projects(first: 1) { totalCount } }', JSON.stringify(gateway.viewers.acme.owner));
    await expectAnswer('"totalCount": 20');
    expect(complaints).toEqual([]);
  });

  test('a password, the token that it brought and a header are kept nowhere in the browser', async () => {
    // What an earlier version of the page had kept goes, too.
    await page.evaluate("localStorage.setItem('graphiql:headers', JSON.stringify({ authorization: 'Bearer kept' }))");
    await type(
      `mutation { signIn(input: { email: "owner@acme.example", password: "${demoPassword}" }) { accessToken refreshToken } }`,
      '{}',
    );
    await expectAnswer('"accessToken": "ey');
    const answer = (await page.locator('.result-window').innerText()).replaceAll(/\s/g, '');
    const secrets = [...answer.matchAll(/"(?:accessToken|refreshToken)":"([^"]+)"/g)].map(([, secret]) => secret ?? '');
    expect(secrets).toHaveLength(2);
    const [token = ''] = secrets;
    await type('{ viewer { user { email } } }', JSON.stringify({ authorization: `Bearer ${token}` }));
    await expectAnswer('"email": "owner@acme.example"');

    const keptNow = () =>
      page.evaluate(
        'Promise.all([indexedDB.databases(), caches.keys()]).then((rest) => ' +
          'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, ...rest, document.cookie, location.href, history.state]))',
      ) as Promise<string>;
    // Not what is kept alone: GraphiQL writes a moment later, and whatever it writes would be here after a reload.
    for (const kept of [await keptNow(), await page.reload().then(keptNow)])
      expect(JSON.parse(kept)).toEqual([{}, {}, [], [], '', gateway.endpoint, null]);
    await page.locator('.graphiql-query-editor .CodeMirror').waitFor();
    const shown = await page.locator('body').innerText();
    for (const secret of [...secrets, demoPassword]) expect(shown).not.toContain(secret);
    expect(await page.getByRole('button', { name: /history/i }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
