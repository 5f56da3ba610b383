import { describe, expect, test } from 'vitest';
import { createOperationLookup } from '../../src/registry/operation-lookup.ts';
import type { OperationCaller, StoredRegistration } from '../../src/stores/registered-operations.ts';
import { policies, reader, registration } from './registrations.ts';

const acme: OperationCaller = { organizationId: '0190a0a0-0000-7000-8000-000000000001', client: 'partner' };
const globex: OperationCaller = { organizationId: '0190a0a0-0000-7000-8000-000000000002', client: 'partner' };

/** A registry in memory that counts how often it was asked, under a clock that stands still. */
function registry(rows: StoredRegistration[]) {
  const state = { asked: 0, prepared: 0, now: 0, fails: false };
  const lookup = createOperationLookup({
    store: {
      find: async ({ organizationId, client }, sha256) => {
        state.asked += 1;
        if (state.fails) throw new Error('The database is away.');
        const own = rows.find(
          (row) => row.sha256 === sha256 && row.organizationId === organizationId && row.client === client,
        );
        return own ?? rows.find((row) => row.sha256 === sha256 && row.organizationId === null) ?? null;
      },
      mostUsed: async (limit) => rows.slice(0, limit),
    },
    reader: {
      readAfresh(body) {
        state.prepared += 1;
        return reader.readAfresh(body);
      },
    },
    policies,
    now: () => state.now,
  });
  return { lookup, state, rows };
}

describe('looking up a registered operation', () => {
  test('compiles it once, and asks the database again only after half a second', async () => {
    const row = registration({ organizationId: acme.organizationId });
    const { lookup, state } = registry([row]);
    for (const now of [0, 100, 499]) {
      state.now = now;
      expect((await lookup.find(acme, row.sha256))?.id).toBe(row.id);
    }
    expect(state).toMatchObject({ asked: 1, prepared: 1 });
    state.now = 500;
    await lookup.find(acme, row.sha256);
    expect(state).toMatchObject({ asked: 2, prepared: 1 });
  });

  test('feels a retirement with the first question after half a second', async () => {
    const row = registration({ organizationId: acme.organizationId });
    const { lookup, state, rows } = registry([row]);
    expect((await lookup.find(acme, row.sha256))?.retiredAt).toBeNull();
    rows[0] = { ...row, retiredAt: new Date() };
    state.now = 501;
    expect((await lookup.find(acme, row.sha256))?.retiredAt).not.toBeNull();
  });

  test('feels it at once when told to forget', async () => {
    const row = registration({ organizationId: acme.organizationId });
    const { lookup, rows } = registry([row]);
    await lookup.find(acme, row.sha256);
    rows[0] = { ...row, retiredAt: new Date() };
    lookup.forget();
    expect((await lookup.find(acme, row.sha256))?.retiredAt).not.toBeNull();
  });

  test('never answers one organization, or one client, out of what is kept for another', async () => {
    const row = registration({ organizationId: acme.organizationId });
    const { lookup } = registry([row]);
    expect(await lookup.find(acme, row.sha256)).not.toBeNull();
    expect(await lookup.find(globex, row.sha256)).toBeNull();
    expect(await lookup.find({ ...acme, client: 'other' }, row.sha256)).toBeNull();
    expect(await lookup.find({ organizationId: null, client: null }, row.sha256)).toBeNull();
    expect(await lookup.find(acme, row.sha256)).not.toBeNull();
  });

  test('keeps two registrations of one id apart, each with its own retirement', async () => {
    const first = registration({ organizationId: acme.organizationId });
    const second = { ...first, id: 'second', organizationId: globex.organizationId, retiredAt: new Date() };
    const { lookup } = registry([first, second]);
    expect((await lookup.find(acme, first.sha256))?.retiredAt).toBeNull();
    expect((await lookup.find(globex, first.sha256))?.retiredAt).not.toBeNull();
    expect((await lookup.find(acme, first.sha256))?.id).toBe(first.id);
  });

  test('finds what was registered after it was found missing', async () => {
    const row = registration({ organizationId: acme.organizationId });
    const { lookup, state, rows } = registry([]);
    expect(await lookup.find(acme, row.sha256)).toBeNull();
    rows.push(row);
    expect(await lookup.find(acme, row.sha256)).toBeNull();
    state.now = 500;
    expect(await lookup.find(acme, row.sha256)).not.toBeNull();
  });

  test('asks once for calls that come together, and again after a failure', async () => {
    const row = registration({ organizationId: acme.organizationId });
    const { lookup, state } = registry([row]);
    state.fails = true;
    const failed = await Promise.allSettled([lookup.find(acme, row.sha256), lookup.find(acme, row.sha256)]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(state.asked).toBe(1);
    state.fails = false;
    const found = await Promise.all(Array.from({ length: 20 }, () => lookup.find(acme, row.sha256)));
    expect(new Set(found.map((operation) => operation?.prepared)).size).toBe(1);
    expect(state.asked).toBe(2);
  });

  test('a flood of unknown ids pushes out nothing that is known', async () => {
    const row = registration({ organizationId: acme.organizationId });
    const { lookup, state } = registry([row]);
    await lookup.find(acme, row.sha256);
    for (let i = 0; i < 12_000; i += 1) await lookup.find(acme, i.toString(16).padStart(64, '0'));
    const { asked } = state;
    await lookup.find(acme, row.sha256);
    expect(state.asked).toBe(asked);
  });

  test('what was prewarmed is not compiled again', async () => {
    const row = registration({ organizationId: acme.organizationId });
    const { lookup, state } = registry([row]);
    expect(await lookup.prewarm(10)).toBe(1);
    expect(state.prepared).toBe(1);
    await lookup.find(acme, row.sha256);
    expect(state.prepared).toBe(1);
  });
});
