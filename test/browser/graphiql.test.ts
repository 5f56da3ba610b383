/** GraphiQL in a real browser, under the policy that the gateway sends with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
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

  test('runs an operation as whoever the header says, and breaks no policy', async () => {
    await page.goto(gateway.endpoint);
    await page.locator('.graphiql-query-editor .CodeMirror').waitFor();
    await page.evaluate(
      ({ query, headers }) => {
        const editors = [...document.querySelectorAll('.CodeMirror')] as unknown as (Element & {
          CodeMirror: { setValue(text: string): void };
        })[];
        const [, headersEditor] = editors.filter((editor) => editor.closest('.graphiql-editor-tool'));
        editors.find((editor) => editor.closest('.graphiql-query-editor'))?.CodeMirror.setValue(query);
        headersEditor?.CodeMirror.setValue(headers);
      },
      { query: '{ projects(first: 1) { totalCount } }', headers: JSON.stringify(gateway.viewers.acme.owner) },
    );
    // The editors tell GraphiQL what was typed a moment later: whoever is as fast as a script has to press again.
    await expect
      .poll(
        async () => {
          await page.locator('.graphiql-execute-button').click();
          return page.locator('.result-window').innerText();
        },
        { timeout: 15_000, interval: 250 },
      )
      .toContain('"totalCount": 20');
    expect(complaints).toEqual([]);
  });
});
