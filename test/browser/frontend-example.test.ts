/** The example's page in a real browser: trusted documents, sign-in, and a session that only a cookie keeps. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type FrontendServer, startFrontend } from '../../examples/frontend/server.ts';
import { demoPassword } from '../../src/dev/demo.ts';
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
  async function openPage(
    script = '',
  ): Promise<{ page: Page; sent: Record<string, unknown>[]; close(): Promise<void> }> {
    const context = await browser.newContext();
    await context.addInitScript(script);
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

  test.each([
    ['by turns', 'undefined'],
    [
      'by what the gateway forgives, in a browser without locks',
      'Object.defineProperty(navigator, "locks", { value: undefined })',
    ],
  ])('two tabs that refresh together both stay signed in, %s', async (_how, script) => {
    const { page, close } = await openPage(script);
    await signIn(page, 'manager@acme.example');
    await page.locator('#projects tr').first().waitFor();
    const tabs = [page, await page.context().newPage()];
    for (let round = 0; round < 4; round++) {
      const shown = await Promise.all(
        tabs.map(async (tab) => {
          await tab.goto(frontend.url);
          const first = tab.locator('#projects tr, #sign-in').and(tab.locator(':visible')).first();
          await first.waitFor();
          return first.evaluate((element) => element.tagName);
        }),
      );
      expect(shown).toEqual(['TR', 'TR']);
    }
    await close();
  });

  test('tells what happens in the first project, again after the connection was lost, and nothing after a sign-out', async () => {
    const { page, sent, close } = await openPage();
    await signIn(page, 'owner@acme.example');
    const streams = () => sent.filter(({ variables }) => 'projectId' in (variables as object)).length;
    await expect.poll(streams).toBe(1);

    let changes = 0;
    /** Changes a task until the page tells of it: whoever listens hears nothing of what was before. */
    const expectNews = () =>
      expect
        .poll(
          async () => {
            changes += 1;
            await renameTask(`Changed ${changes}`);
            return page.locator('#changes').textContent();
          },
          { timeout: 20_000 },
        )
        .toMatch(/UPDATED #\d+ Changed \d+: [A-Z_]+/);
    await expectNews();

    const { port } = new URL(frontend.url);
    await frontend.close();
    frontend = await startFrontend({ gateway: gateway.endpoint, port: Number(port) });
    await expect.poll(streams, { timeout: 20_000 }).toBeGreaterThan(1);
    await page.evaluate("document.getElementById('changes').replaceChildren()");
    await expectNews();

    const ended = page.waitForEvent('requestfailed', (request) => /projectId/.test(request.postData() ?? ''));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await ended;
    await page.locator('#sign-in').waitFor();
    expect(await page.locator('#changes').textContent()).toBe('');
    await close();
  });

  /** Gives the first task of the first project by name another title, by the API. */
  async function renameTask(title: string): Promise<void> {
    const [row] = await gateway.database.query<{ id: string }>(
      `select t.id from "Task" t join "Project" p on p.id = t."projectId" where p."organizationId" = $1
       and p."archivedAt" is null order by p.name, p.id, t.number limit 1`,
      [gateway.organizations.acme.id],
    );
    const id = Buffer.from(`Task:${row?.id}`).toString('base64');
    const response = await fetch(gateway.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(gateway.viewers.acme.owner as Record<string, string>) },
      body: JSON.stringify({
        query: `mutation { updateTask(input: { id: "${id}", title: "${title}" }) { task { title } } }`,
      }),
    });
    expect(await response.json()).toEqual({ data: { updateTask: { task: { title } } } });
  }
});
