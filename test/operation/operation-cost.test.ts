/** Cost is one point for each object that could come back; every expectation here is counted by hand. */
import '../../src/schema.ts';
import { buildSchema } from 'graphql';
import { describe, expect, test } from 'vitest';
import { annotateCosts } from '../../src/operation/cost-directives.ts';
import { countObjects } from '../../src/operation/operation-cost.ts';
import { prepare } from '../support/prepare.ts';
import { smallSchema } from './small-schema.ts';

const schema = smallSchema();

function costOf(text: string, variables: Record<string, unknown> = {}): number {
  const { cost, errors } = prepare(schema, text, variables);
  if (cost === null) throw errors[0];
  return cost;
}

describe('the cost of an operation', () => {
  test('scalars cost nothing, and every operation at least one point', () => {
    expect(costOf('{ hello }')).toBe(1);
    expect(costOf('{ __typename }')).toBe(1);
    expect(costOf('{ viewer { id name } }')).toBe(1);
    expect(costOf('{ viewer { friend { id } other { id } } }')).toBe(3);
  });

  test('a page costs its size and the connection', () => {
    expect(costOf('{ projects(first: 10) { nodes { id } } }')).toBe(1 + 10);
    expect(costOf('{ projects(last: 7) { nodes { id } } }')).toBe(1 + 7);
    expect(costOf('{ projects(first: 10) { totalCount } }')).toBe(1);
    expect(costOf('{ projects(first: 10) { edges { node { id } } } }')).toBe(1 + 10 + 10);
    expect(costOf('{ projects(first: 10) { pageInfo { hasNextPage } } }')).toBe(2);
  });

  test('a page without a size is the default page', () => {
    expect(costOf('{ projects { nodes { id } } }')).toBe(21);
    expect(costOf('{ projects(first: null) { nodes { id } } }')).toBe(21);
  });

  test('nested pages are multiplied', () => {
    expect(costOf('{ projects(first: 10) { nodes { tasks(first: 50) { nodes { assignee { id } } } } } }')).toBe(
      1 + 10 * (1 + 1 + 50 * (1 + 1)),
    );
  });

  test('sizes are read out of variables and their defaults', () => {
    const text = 'query ($n: Int = 5) { projects(first: $n) { nodes { id } } }';
    expect(costOf(text)).toBe(6);
    expect(costOf(text, { n: 40 })).toBe(41);
    expect(costOf(text, { n: null })).toBe(21);
    expect(costOf('query ($n: Int) { projects(first: $n) { nodes { id } } }')).toBe(21);
  });

  test('no page is larger than the largest that a resolver gives, nor smaller than none', () => {
    expect(costOf('{ projects(first: 1000000) { nodes { id } } }')).toBe(101);
    expect(costOf('{ projects(first: -5) { nodes { id } } }')).toBe(1);
  });

  test('a list of ids costs its length', () => {
    expect(costOf('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['a', 'b', 'c'] })).toBe(3);
    expect(costOf('{ nodes(ids: ["a", "b"]) { id } }')).toBe(2);
  });

  test('aliases are counted each', () => {
    expect(costOf('{ a: projects(first: 10) { nodes { id } } b: projects(first: 20) { nodes { id } } }')).toBe(11 + 21);
  });

  test('what @skip and @include leave out costs nothing', () => {
    const text = 'query ($deep: Boolean!) { projects(first: 10) { nodes { lead @include(if: $deep) { id } } } }';
    expect(costOf(text, { deep: false })).toBe(11);
    expect(costOf(text, { deep: true })).toBe(21);
    expect(costOf('{ viewer @skip(if: true) { id } }')).toBe(1);
  });

  test('a fragment costs where it is spread, also straight inside of a connection', () => {
    expect(costOf('{ projects(first: 10) { ...Page } } fragment Page on ProjectConnection { nodes { id } }')).toBe(11);
    expect(
      costOf(
        '{ a: projects(first: 10) { ...Page } b: projects(first: 3) { ...Page } } fragment Page on ProjectConnection { nodes { lead { id } } }',
      ),
    ).toBe(1 + 20 + 1 + 6);
    expect(
      costOf(
        '{ projects(first: 10) { nodes { ...P } } } fragment P on Project { lead { ...U } } fragment U on User { friend { id } }',
      ),
    ).toBe(1 + 10 * 3);
  });

  test('a doubling chain of fragments costs what it could bring back', () => {
    const chain = Array.from({ length: 12 }, (_, at) =>
      at < 11
        ? `fragment F${at} on User { friend { ...F${at + 1} } other { ...F${at + 1} } }`
        : `fragment F${at} on User { id }`,
    );
    expect(costOf(`{ viewer { ...F0 } } ${chain.join(' ')}`)).toBe(2 ** 12 - 1);
  });

  test('weights of @cost count', () => {
    expect(costOf('mutation { signIn { id } }')).toBe(10);
  });
});

describe('the actual cost', () => {
  test('is the number of objects that came back', () => {
    expect(countObjects({ a: { b: [{ c: 1 }, { c: null }, null] }, d: 'x' })).toBe(4);
    expect(countObjects(null)).toBe(0);
  });
});

describe('explainAccess', () => {
  const explaining = buildSchema(
    'type Query { explainAccess(operation: String!): Plan hello: String } type Plan { a: Int }',
  );
  annotateCosts(explaining);
  const priced = (text: string, variables: unknown = {}) => {
    const { cost, errors } = prepare(explaining, text, variables);
    return cost ?? errors.map(({ extensions }) => extensions.code);
  };
  const byVariable = 'query ($text: String!) { explainAccess(operation: $text) { a } }';

  test('costs by the size of the text, before it is read', () => {
    expect(priced('{ explainAccess(operation: "{ a }") { a } }')).toBe(11);
    expect(priced(byVariable, { text: 'a'.repeat(4_900) })).toBe(500);
    expect(priced(`{ explainAccess(operation: "${'a'.repeat(4_900)}") { a } }`)).toBe(500);
  });

  test.each([
    '{ explainAccess(operation: "a") { a } again: explainAccess(operation: "a") { a } }',
    '{ explainAccess(operation: "a") { a } ...F } fragment F on Query { explainAccess(operation: "a") { a } }',
    '{ explainAccess(operation: "a") { a } ... { b: explainAccess(operation: "b") { a } } }',
  ])('is asked for once in an operation: %s', (text) => {
    expect(priced(text)).toEqual(['OPERATION_TOO_LARGE']);
  });

  test('one that is skipped is none', () => {
    expect(
      priced('{ explainAccess(operation: "a") { a } b: explainAccess(operation: "b") @skip(if: true) { a } }'),
    ).toBe(11);
  });
});
