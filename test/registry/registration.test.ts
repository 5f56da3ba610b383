import { buildSchema } from 'graphql';
import { describe, expect, test } from 'vitest';
import { PermissionSet } from '../../src/authorization/permission-set.ts';
import { anyone, can } from '../../src/authorization/rules.ts';
import { createOperationInspector } from '../../src/registry/inspect-operation.ts';
import { parseNamedOperations } from '../../src/registry/manifest.ts';
import { planRegistration, type StoredOperation } from '../../src/registry/registration.ts';
import { readerOf } from '../support/prepare.ts';

const inspector = createOperationInspector({
  reader: readerOf(buildSchema('type Query { open: Int, project: Int, budget: Int }')),
  policies: {
    Query: anyone,
    'Query.open': anyone,
    'Query.project': can('project:read'),
    'Query.budget': can('project.budget:read'),
  },
  maxCost: 10,
});

const named = {
  A: 'query A { open }',
  B: 'query B { project }',
  C: 'query C { project budget }',
  D: 'query D { gone }',
};

function register(
  names: readonly (keyof typeof named)[],
  options: { stored?: readonly StoredOperation[]; keys?: readonly PermissionSet[]; mayReadKeys?: boolean } = {},
) {
  const { operations = [] } = parseNamedOperations(
    names.map((name) => ({ name, body: named[name] })),
    ['input', 'operations'],
  );
  const sha256 = operations.map((operation) => operation.sha256);
  const { stored = [], keys = [], mayReadKeys = true } = options;
  return { sha256, ...planRegistration({ sources: operations, inspector, stored, keys, mayReadKeys }) };
}

describe('a registration', () => {
  test('keeps cost and needs of each operation', () => {
    expect(register(['A', 'C']).plan?.created).toMatchObject([
      { name: 'A', cost: 1, requires: [] },
      { name: 'C', cost: 1, requires: ['project.budget:read', 'project:read'] },
    ]);
  });

  test('is all or nothing: one faulty operation refuses the rest, with its own path', () => {
    const { plan, issues } = register(['A', 'D', 'B']);
    expect(plan).toBeUndefined();
    expect(issues).toEqual([
      { path: ['input', 'operations', 1], message: 'D: Cannot query field "gone" on type "Query".' },
    ]);
  });

  test('is idempotent: what is registered stays, and what the schema changed since is brought up to date', () => {
    const [sha256 = ''] = register(['B']).sha256;
    const stored = { id: 'b', sha256, cost: 1, requires: ['project:read'], retiredAt: null };
    expect(register(['B'], { stored: [stored] }).plan).toEqual({ created: [], updated: [], unchanged: ['b'] });
    expect(register(['B'], { stored: [{ ...stored, cost: 2 }] }).plan?.updated).toMatchObject([{ id: 'b', cost: 1 }]);
    expect(register(['B'], { stored: [{ ...stored, requires: [] }] }).plan?.updated).toHaveLength(1);
  });

  test('does not bring back what was retired', () => {
    const [sha256 = ''] = register(['A']).sha256;
    const stored = { id: 'a', sha256, cost: 1, requires: [], retiredAt: new Date('2026-03-01T10:00:00Z') };
    expect(register(['A'], { stored: [stored] }).issues?.[0]?.message).toContain('retired on 2026-03-01');
  });
});

describe('what the client can never have', () => {
  const reader = new PermissionSet(['project:read']);
  const other = new PermissionSet(['project.budget:read']);

  test('refuses an operation that no key can run whole, and names the least that is lacking', () => {
    expect(register(['B', 'C'], { keys: [reader] }).issues).toEqual([
      {
        path: ['input', 'operations', 1],
        message: expect.stringContaining('needs project.budget:read, which no API key'),
      },
    ]);
  });

  test('says what the text needs, and not what keys lack, to whoever may not list keys', () => {
    expect(register(['B', 'C'], { keys: [reader], mayReadKeys: false }).issues).toEqual([
      {
        path: ['input', 'operations', 1],
        message:
          'C: The operation needs project.budget:read, project:read: no API key of this client can have all of it.',
      },
    ]);
  });

  test('counts each key by itself: two halves do not make one that can', () => {
    expect(register(['C'], { keys: [reader, other] }).issues).toHaveLength(1);
    expect(register(['C'], { keys: [other, new PermissionSet([...reader, ...other])] }).plan?.created).toHaveLength(1);
  });

  test('is not asked while the client has no key', () => {
    expect(register(['C']).plan?.created).toHaveLength(1);
  });
});
