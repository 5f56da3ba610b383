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
      if (message.type() === 'error') complaints.push(message.text());
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
        for (const editor of editors) {
          if (editor.closest('.graphiql-query-editor')) editor.CodeMirror.setValue(query);
          if (editor.closest('.graphiql-editor-tool')) editor.CodeMirror.setValue(headers);
        }
      },
      { query: '{ projects(first: 1) { totalCount } }', headers: JSON.stringify(gateway.viewers.acme.owner) },
    );
    await page.locator('.graphiql-execute-button').click();
    await expect
      .poll(() => page.locator('.result-window').innerText(), { timeout: 15_000 })
      .toContain('"totalCount": 20');
    expect(complaints).toEqual([]);
  });
});
