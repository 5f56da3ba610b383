/** What `npm start` prints to paste works in a shell as it is, and shows what went wrong. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { firstQueryLines } from '../../src/first-query.ts';
import { installedDomain } from '../../src/installed-domain.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.close());

/** Pastes the functions into a shell, and then some lines. */
function paste(url: string, lines: readonly string[]): Promise<{ code: number | null; out: string; errors: string }> {
  const child = spawn('sh', [
    '-c',
    [...firstQueryLines(url, installedDomain.firstQuery).slice(0, -1), ...lines].join('\n'),
  ]);
  let out = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done({ code, out, errors }));
  });
}

test.runIf(inject('tools').curl)('asks as the owner and as the guest', async () => {
  const { code, out, errors } = await paste(
    gateway.url,
    firstQueryLines(gateway.url, installedDomain.firstQuery).slice(-1),
  );
  expect([code, errors]).toEqual([0, '']);
  const [owner, guest] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(owner.data.projects.nodes[0].budget).toMatch(/^\d+\.\d\d$/);
  expect(guest.data.projects.nodes[0]).toMatchObject({ name: owner.data.projects.nodes[0].name, budget: null });
  expect(guest.errors[0].extensions).toMatchObject({ code: 'FORBIDDEN', coordinate: 'Project.budget' });
});

test.runIf(inject('tools').curl)('shows a refused and a throttled sign-in, and asks nothing', async () => {
  const nobody = 'ask nobody@acme.example';
  const { code, out, errors } = await paste(
    gateway.url,
    Array.from({ length: 7 }, () => nobody),
  );
  expect([code === 0, out]).toEqual([false, '']);
  const codes = errors
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).errors[0].extensions.code);
  expect(codes).toHaveLength(7);
  expect(codes[0]).toBe('UNAUTHENTICATED');
  expect(codes.at(-1)).toBe('RATE_LIMITED');
});

test.runIf(inject('tools').curl)('says that there is no gateway', async () => {
  const { code, out, errors } = await paste('http://127.0.0.1:1', ['ask owner@acme.example']);
  expect([code === 0, out]).toEqual([false, '']);
  expect(errors).toMatch(/^curl: .*127\.0\.0\.1.* 1\b.*\n$/);
});
