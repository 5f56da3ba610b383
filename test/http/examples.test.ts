/** The examples run as they are, against the demo data. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { policies } from '../../src/authorization/policies.ts';
import { documentLimitsOf } from '../../src/operation/document-limits.ts';
import { createOperationInspector } from '../../src/registry/inspect-operation.ts';
import { buildPublicSchema } from '../../src/schema/schema.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { readerOf } from '../support/prepare.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.close());

/** Runs the partner's program as `npm run example:partner` does. */
function runPartner(apiKey: string): Promise<{ code: number | null; text: string }> {
  const program = new URL('../../examples/partner/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    env: { ...process.env, GATEWAY_URL: gateway.endpoint, FIELDGATE_API_KEY: apiKey },
    timeout: 20_000,
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

describe('the demo data', () => {
  test('holds the examples’ operations as a registration would have stored them', async () => {
    const inspector = createOperationInspector({
      reader: readerOf(buildPublicSchema(), documentLimitsOf(gateway.config)),
      policies,
      maxCost: gateway.config.MAX_COST,
    });
    const rows = await gateway.database.query<{ name: string; body: string; cost: number; requires: string[] }>(
      'select "name", "body", "cost", "requires" from "PersistedOperation"',
    );
    expect(new Set(rows.map(({ name }) => name))).toEqual(
      new Set(['PartnerProjects', 'Dashboard', 'SignIn', 'RefreshSession', 'SignOut']),
    );
    for (const { name, body, cost, requires } of rows) {
      const { operation } = inspector.inspect(body);
      expect({ name, cost, requires }).toEqual({ name, cost: operation?.cost, requires: operation?.requires });
    }
  });
});
