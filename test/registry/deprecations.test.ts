import { buildSchema } from 'graphql';
import { createSchema, createYoga, type Plugin } from 'graphql-yoga';
import { describe, expect, test } from 'vitest';
import { deprecationHeader, useDeprecation } from '../../src/plugins/deprecation.ts';
import { useOperation } from '../../src/plugins/operation.ts';
import {
  deprecatedSince,
  readDeprecations,
  UndatedDeprecationError,
  usedDeprecations,
} from '../../src/registry/deprecations.ts';
import { prepare, readerOf } from '../support/prepare.ts';

const typeDefs = /* GraphQL */ `
  type Query {
    old: String @deprecated(reason: "Use current. (since 2026-03-01)")
    current(filter: Filter, order: Order, legacy: Int @deprecated(reason: "No use. (since 2026-04-01)")): String
  }
  input Filter { plain: Int, gone: Int @deprecated(reason: "Use plain. (since 2026-02-01)") }
  enum Order { UP DOWN @deprecated(reason: "Use UP. (since 2026-01-01)") }
`;
const schema = buildSchema(typeDefs);
const deprecations = readDeprecations(schema);

function used(text: string, variables: Record<string, unknown> = {}): string[] {
  return [...usedDeprecations(deprecations, prepare(schema, text, variables)).keys()];
}

describe('the date of a deprecation', () => {
  test('stands at the end of its reason', () => {
    expect(deprecatedSince('Use other. (since 2026-03-01)')?.toISOString()).toBe('2026-03-01T00:00:00.000Z');
  });

  test.each(['Use other.', '(since 2026-02-30) ', '(since tomorrow)', '(since 2026-03-01) Use other.'])(
    '%j carries none',
    (reason) => {
      expect(deprecatedSince(reason)).toBeNull();
    },
  );

  test('is missed by name when a schema leaves it out, so that the gateway does not start', () => {
    const undated = buildSchema('type Query { a: Int @deprecated b(c: Int @deprecated(reason: "x")): Int }');
    expect(() => useDeprecation(undated)).toThrow(UndatedDeprecationError);
    expect(() => readDeprecations(undated)).toThrow(/Query\.a, Query\.b\(c:\)/);
  });
});

describe('what an operation uses', () => {
  test.each([
    ['a field', '{ old }', {}, ['Query.old']],
    ['a field in a fragment', '{ ...F } fragment F on Query { alias: old }', {}, ['Query.old']],
    ['an argument', '{ current(legacy: 1) }', {}, ['Query.current(legacy:)']],
    ['an input field', '{ current(filter: { gone: 1 }) }', {}, ['Filter.gone']],
    ['an input field by variable', 'query Q($f: Filter) { current(filter: $f) }', { f: { gone: 1 } }, ['Filter.gone']],
    ['an enum value', '{ current(order: DOWN) }', {}, ['Order.DOWN']],
    ['an enum value by variable', 'query Q($o: Order) { current(order: $o) }', { o: 'DOWN' }, ['Order.DOWN']],
    ['nothing that is deprecated', 'query Q($f: Filter) { current(filter: $f, order: UP) }', { f: { plain: 1 } }, []],
    ['nothing that is skipped', '{ current old @include(if: false) }', {}, []],
  ])('%s', (_what, text, variables, expected) => {
    expect(used(text, variables)).toEqual(expected);
  });
});

describe('the Deprecation header', () => {
  const executable = createSchema({ typeDefs, resolvers: { Query: { old: () => 'old', current: () => 'new' } } });
  const exchange = { method: 'GET', operation: {}, answerHeaders: {} as Record<string, unknown> };
  const yoga = createYoga<{ exchange: typeof exchange }>({
    schema: executable as never,
    plugins: [useOperation(readerOf(executable)), useDeprecation(executable)] as Plugin[],
    graphqlEndpoint: '/',
    logging: false,
  });

  const header = async (query: string, variables = {}) => {
    exchange.answerHeaders = {};
    const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
    const response = await yoga.fetch(`http://gateway/?${search}`, {}, { exchange });
    expect(await response.json()).toEqual({ data: expect.anything() });
    return exchange.answerHeaders.deprecation;
  };

  test('names the earliest date as RFC 9745 writes it', async () => {
    expect(await header('{ old }')).toBe(`@${Date.UTC(2026, 2, 1) / 1000}`);
    expect(await header('{ old current(order: DOWN) }')).toBe(`@${Date.UTC(2026, 0, 1) / 1000}`);
  });

  test('is absent where nothing deprecated is used', async () => {
    expect(await header('{ current }')).toBeUndefined();
    expect(await header('query Q($f: Filter) { current(filter: $f) }', { f: { plain: 1 } })).toBeUndefined();
    expect(await header('query Q($f: Filter) { current(filter: $f) }', { f: { gone: 1 } })).toBeDefined();
  });

  test('has no value where nothing is used', () => {
    expect(deprecationHeader(new Map())).toBeNull();
  });
});
