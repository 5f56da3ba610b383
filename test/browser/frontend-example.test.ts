/** The example's page in a real browser: trusted documents, sign-in, and a session that only a cookie keeps. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type FrontendServer, startFrontend } from '../../examples/frontend/server.ts';
import { demoPassword } from '../../prisma/seed.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const hasChromium = inject('tools').chromium === true;

describe.skipIf(!hasChromium)('the example’s page', () => {
  let gateway: TestGateway;
  let frontend: FrontendServer;
  let browser: Browser;

  beforeAll(async () => {
    // Nobody here may send text: the page lives by its trusted documents.
    gateway = await startGateway({ env: { PERSISTED_ONLY: 'true' } });
    frontend = await startFrontend({ gateway: gateway.endpoint, port: 0 });
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser?.close();
    await frontend?.close();
    await gateway?.close();
  });

  /** A page of a browser without any past, with what it sent to the gateway. */
  async function openPage(): Promise<{ page: Page; sent: Record<string, unknown>[]; close(): Promise<void> }> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const sent: Record<string, unknown>[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/graphql')) sent.push(request.postDataJSON());
    });
    await page.goto(frontend.url);
    await page.locator('#sign-in').waitFor();
    return { page, sent, close: () => context.close() };
  }

  async function signIn(page: Page, email: string, password = demoPassword): Promise<void> {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  test('signs in, keeps the session over a reload by the cookie alone, and signs out', async () => {
    const { page, sent, close } = await openPage();
    await signIn(page, 'owner@acme.example');
    await page.locator('#projects tr').first().waitFor();
    expect(await page.locator('#projects tr').count()).toBe(10);
    expect(await page.locator('#projects').textContent()).toMatch(/\d\.\d\d/);

    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(await page.evaluate('document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })')).toBe('{}');

    await page.reload();
    await page.locator('#projects tr').first().waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('#sign-in').waitFor();
    expect(await page.locator('#projects tr').count()).toBe(0);
    await page.reload();
    await page.locator('#sign-in').waitFor();
    expect(await page.locator('#dashboard').isHidden()).toBe(true);

    expect(sent.length).toBeGreaterThan(5);
    for (const body of sent) {
      expect(body.documentId).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(body).not.toHaveProperty('query');
    }
    await close();
  });

  test('shows a guest the projects without what is denied to them, and says so', async () => {
    const { page, close } = await openPage();
    await signIn(page, 'guest@acme.example');
    await page.locator('#projects tr').first().waitFor();
    expect(await page.locator('#status').textContent()).toContain('budgets are not yours to see');
    expect(await page.locator('#projects').textContent()).not.toMatch(/\d\.\d\d/);
    await close();
  });

  test('says that a sign-in failed, and shows nothing', async () => {
    const { page, close } = await openPage();
    await signIn(page, 'owner@acme.example', 'not-the-password');
    await expect.poll(() => page.locator('#status').textContent()).not.toBe('');
    expect(await page.locator('#dashboard').isHidden()).toBe(true);
    await close();
  });
});
