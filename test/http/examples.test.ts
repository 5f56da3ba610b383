/** The examples run as they are, against the demo data. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { policyTable } from '../../src/authorization/policies.ts';
import { documentLimitsOf } from '../../src/operation/document-limits.ts';
import { createOperationInspector } from '../../src/registry/inspect-operation.ts';
import { buildPublicSchema } from '../../src/schema.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { readerOf } from '../support/prepare.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.close());

/** Runs the partner's program as `npm run example:partner` does. */
function runPartner(apiKey: string, url = gateway.endpoint): Promise<{ code: number | null; text: string }> {
  const program = fileURLToPath(new URL('../../examples/partner/main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    env: { ...process.env, GATEWAY_URL: url, FIELDGATE_API_KEY: apiKey },
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text }));
  });
}

describe('the partner', () => {
  test('reads all projects with a key that runs registered operations only, and is spared what did not change', async () => {
    const { code, text } = await runPartner(inject('partnerKeys').acme ?? '');
    expect(text).toContain('20 projects; asked again: not modified.');
    expect(code).toBe(0);
  });

  test('fails with the code of a bad key, and does not print the key', async () => {
    const bad = 'fg_000000000000_00000000000000000000000000000000000000';
    const { code, text } = await runPartner(bad);
    expect(code).not.toBe(0);
    expect(text).toContain('UNAUTHENTICATED');
    expect(text).not.toContain(bad);
  });
});

describe('the partner, without a gateway', () => {
  test.each([
    ['http://127.0.0.1:1/graphql', /^http:\/\/127\.0\.0\.1:1 does not answer \(.+\)\. Is the gateway running\?\n$/],
    ['127.0.0.1:4000', /^GATEWAY_URL is an address such as \S+, not 127\.0\.0\.1:4000\.\n$/],
  ])('says so in one line: %s', async (url, line) => {
    const { code, text } = await runPartner('fg_x', url);
    expect([code, text]).toEqual([1, expect.stringMatching(line)]);
  });

  test('says so of something else that listens there', async () => {
    const other = createServer((_request, response) => response.end('<html></html>'));
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as AddressInfo;
    try {
      expect(await runPartner('fg_x', `http://127.0.0.1:${port}/graphql`)).toEqual({
        code: 1,
        text: `http://127.0.0.1:${port} answered 200, and no GraphQL.\n`,
      });
    } finally {
      other.close();
    }
  });
});

describe('the demo data', () => {
  test('holds the examples’ operations as a registration would have stored them', async () => {
    const inspector = createOperationInspector({
      reader: readerOf(buildPublicSchema(), documentLimitsOf(gateway.config)),
      policies: policyTable(),
      maxCost: gateway.config.MAX_COST,
    });
    const rows = await gateway.database.query<{ name: string; body: string; cost: number; requires: string[] }>(
      'select "name", "body", "cost", "requires" from "PersistedOperation"',
    );
    expect(new Set(rows.map(({ name }) => name))).toEqual(
      new Set(['PartnerProjects', 'Dashboard', 'SignIn', 'RefreshSession', 'SignOut', 'TaskChanges']),
    );
    for (const { name, body, cost, requires } of rows) {
      const { operation } = inspector.inspect(body);
      expect({ name, cost, requires }).toEqual({ name, cost: operation?.cost, requires: operation?.requires });
    }
  });
});
