import { GraphQLError } from 'graphql';
import { describe, expect, test, vi } from 'vitest';
import type { Viewer } from '../../src/authorization/viewer.ts';
import { createOperationAdmission, type PersistedOnly } from '../../src/registry/admission.ts';
import { createOperationLookup } from '../../src/registry/operation-lookup.ts';
import type { StoredRegistration } from '../../src/stores/registered-operations.ts';
import { key, nobody, person } from '../authorization/viewers.ts';
import { policies, reader, registration } from './registrations.ts';

const organizationId = '0190a0a0-0000-7000-8000-000000000001';
const own = registration({ id: 'own', organizationId });
const everybodys = registration({ id: 'everybodys', body: 'query Everybody { open }', name: 'Everybody' });
const retired = registration({
  id: 'retired',
  organizationId,
  body: 'query Old { open }',
  retiredAt: new Date('2026-11-01T00:00:00Z'),
  retiredReason: 'Use Open instead.',
});
const mutation = registration({ id: 'mutation', organizationId, body: 'mutation Change { change }' });
const rows = [own, everybodys, retired, mutation];

const adHocKey: Viewer = key('project:read');
const partner = { ...adHocKey, allowAdHoc: false } as Viewer;

function admission(persistedOnly: PersistedOnly = 'false') {
  const lookup = createOperationLookup({
    store: {
      find: async (caller, sha256) =>
        rows.find(
          (row) =>
            row.sha256 === sha256 && row.organizationId === caller.organizationId && row.client === caller.client,
        ) ??
        rows.find((row) => row.sha256 === sha256 && row.organizationId === null) ??
        null,
      mostUsed: async () => [],
    },
    reader,
    policies,
  });
  const usage = { count: vi.fn() };
  const log = { warn: vi.fn() };
  const onWouldRefuse = vi.fn();
  const { admit } = createOperationAdmission({ lookup, usage, persistedOnly, onWouldRefuse });
  const outcome = async (viewer: Viewer, params: object, method = 'POST') => {
    try {
      const { operation, text } = await admit({ viewer, method, log }, params);
      return operation?.id ?? `text ${text}`;
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      const { code, http } = error.extensions as { code: string; http: { status: number } };
      return `${code} ${http.status}`;
    }
  };
  return { admit, outcome, usage, log, onWouldRefuse };
}

const byId = ({ sha256 }: StoredRegistration) => ({ documentId: `sha256:${sha256}` });
const byHash = ({ sha256 }: StoredRegistration) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash: sha256 } },
});

describe('an operation by its id', () => {
  test.each([
    ['a key runs its client’s own', partner, byId(own), 'own'],
    ['by the older form as well', partner, byHash(own), 'own'],
    ['a key runs the deployment’s', partner, byId(everybodys), 'everybodys'],
    ['a person runs the deployment’s', person(), byId(everybodys), 'everybodys'],
    ['the anonymous run the deployment’s', nobody, byId(everybodys), 'everybodys'],
    ['a person does not run a client’s', person(), byId(own), 'PERSISTED_OPERATION_NOT_FOUND 404'],
    ['the anonymous do not run a client’s', nobody, byId(own), 'PERSISTED_OPERATION_NOT_FOUND 404'],
    [
      'a key of another organization does not find it',
      { ...partner, organization: { id: '0190a0a0-0000-7000-8000-000000000002', slug: 'globex' } } as Viewer,
      byId(own),
      'PERSISTED_OPERATION_NOT_FOUND 404',
    ],
    [
      'a key of another client does not find it',
      { ...partner, client: 'x' } as Viewer,
      byId(own),
      'PERSISTED_OPERATION_NOT_FOUND 404',
    ],
    ['a retired one is refused', partner, byId(retired), 'OPERATION_RETIRED 404'],
    ['a malformed id is refused', partner, { documentId: 'sha256:AB' }, 'BAD_REQUEST 400'],
    ['an id with other text is refused', partner, { ...byId(own), query: '{ open }' }, 'BAD_REQUEST 400'],
    ['nothing at all is refused', partner, {}, 'BAD_REQUEST 400'],
  ])('%s', async (_what, viewer, params, expected) => {
    expect(await admission().outcome(viewer, params)).toBe(expected);
  });

  test('a retired one answers with the message of its retirement', async () => {
    const { admit, log } = admission();
    await expect(admit({ viewer: partner, method: 'POST', log }, byId(retired))).rejects.toThrow('Use Open instead.');
  });

  test.each(['GET', 'HEAD'])('a mutation by %s is 405 and names POST', async (method) => {
    const { admit, outcome, log, usage } = admission();
    expect(await outcome(partner, byId(mutation), method)).toBe('METHOD_NOT_ALLOWED 405');
    await expect(admit({ viewer: partner, method, log }, byId(mutation))).rejects.toMatchObject({
      extensions: { http: { headers: { allow: 'POST' } } },
    });
    expect(usage.count).not.toHaveBeenCalled();
    expect(await outcome(partner, byId(mutation))).toBe('mutation');
    expect(await outcome(partner, byId(own), method)).toBe('own');
  });

  test('is counted for the key and its organization, and only when it is admitted', async () => {
    const { outcome, usage } = admission();
    await outcome(partner, byId(own));
    await outcome(nobody, byId(everybodys));
    await outcome(partner, byId(retired));
    await outcome(person(), byId(own));
    expect(usage.count.mock.calls.map(([use]) => use)).toEqual([
      { operationId: 'own', organizationId, apiKeyId: '0190a0a0-0000-7000-8000-0000000000dd' },
      { operationId: 'everybodys', organizationId: null, apiKeyId: null },
    ]);
  });
});

describe('an operation by its text', () => {
  const query = '{ open }';

  test.each([
    ['a key without allowAdHoc is refused', partner, query, 'OPERATION_NOT_REGISTERED 403'],
    ['a key without allowAdHoc runs the text of a registered one', partner, own.body, 'own'],
    ['not with one more space', partner, `${own.body} `, 'OPERATION_NOT_REGISTERED 403'],
    ['not that of a retired one', partner, retired.body, 'OPERATION_RETIRED 404'],
    ['a key with allowAdHoc runs any', adHocKey, query, `text ${query}`],
    ['a person runs any', person(), query, `text ${query}`],
    ['the anonymous run any', nobody, query, `text ${query}`],
  ])('%s', async (_what, viewer, text, expected) => {
    expect(await admission().outcome(viewer, { query: text })).toBe(expected);
  });

  test.each([
    ['a person is refused', person('project:read'), query, 'OPERATION_NOT_REGISTERED 403'],
    ['the anonymous are refused', nobody, query, 'OPERATION_NOT_REGISTERED 403'],
    ['a key with allowAdHoc is refused', adHocKey, query, 'OPERATION_NOT_REGISTERED 403'],
    ['whoever may introspect is not', person('schema:introspect'), query, `text ${query}`],
    ['a registered text runs', person(), everybodys.body, 'everybodys'],
    ['an id runs', person(), undefined, 'everybodys'],
  ])('under PERSISTED_ONLY %s', async (_what, viewer, text, expected) => {
    const params = text === undefined ? byId(everybodys) : { query: text };
    expect(await admission('true').outcome(viewer, params)).toBe(expected);
  });

  test('a key with schema:introspect but without allowAdHoc is refused all the same', async () => {
    const viewer = { ...partner, permissions: person('schema:introspect').permissions } as Viewer;
    expect(await admission('true').outcome(viewer, { query })).toBe('OPERATION_NOT_REGISTERED 403');
  });

  test('under PERSISTED_ONLY=log everybody runs as before, and what would be refused is recorded once a minute', async () => {
    const { outcome, log, onWouldRefuse } = admission('log');
    const viewer = person('project:read');
    expect(await outcome(viewer, { query, operationName: 'Ad' })).toBe(`text ${query}`);
    expect(await outcome(viewer, { query, operationName: 'Ad' })).toBe(`text ${query}`);
    expect(await outcome(viewer, { query: everybodys.body })).toBe(`text ${everybodys.body}`);
    expect(await outcome(person('schema:introspect'), { query })).toBe(`text ${query}`);
    expect(await outcome(partner, { query })).toBe('OPERATION_NOT_REGISTERED 403');
    expect(onWouldRefuse).toHaveBeenCalledTimes(2);
    expect(log.warn.mock.calls).toEqual([
      [expect.objectContaining({ operationName: 'Ad', viewer: 'user' }), expect.stringContaining('would refuse')],
    ]);
  });
});
