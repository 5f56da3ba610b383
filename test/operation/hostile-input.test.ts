/** Input that the executor or the database would choke on is faulty input, found where literals and variables are read. */
import { buildSchema } from 'graphql';
import { describe, expect, test } from 'vitest';
import { withoutSuggestions } from '../../src/errors.ts';
import { prepare, readerOf } from '../support/prepare.ts';

const schema = buildSchema(`
  scalar JSON
  type Query {
    nodes(first: Int! = 20, ids: [ID!], filter: Filter): [ID]
    search(text: String, data: JSON): Boolean
  }
  input Filter { name: String, email: String!, AND: [Filter!] }
`);

const errorsOf = (text: string, variables: unknown = {}) =>
  prepare(schema, text, variables).errors.map(({ extensions }) => extensions);
const issueAt = (...path: readonly (string | number)[]) => [
  { code: 'BAD_USER_INPUT', issues: [{ path, message: expect.any(String) }] },
];

describe('text that cannot be stored', () => {
  test.each([
    ['U+0000', '\0'],
    ['the first half of a surrogate pair', '\ud83d'],
    ['the second half of one', 'a\ude00b'],
  ])('%s is refused in a variable, with its path', (_name, text) => {
    expect(errorsOf('query ($text: String) { search(text: $text) }', { text })).toEqual(issueAt('text'));
    expect(errorsOf('query ($ids: [ID!]) { nodes(ids: $ids) }', { ids: ['a', `b${text}`] })).toEqual(issueAt('ids', 1));
    expect(
      errorsOf('query ($filter: Filter) { nodes(filter: $filter) }', {
        filter: { email: 'a', AND: [{ email: text }] },
      }),
    ).toEqual(issueAt('filter', 'AND', 0, 'email'));
  });

  test('is refused in a name of a JSON value too, which is not quoted back', () => {
    expect(errorsOf('query ($data: JSON) { search(data: $data) }', { data: { a: { 'b\0': 1 } } })).toEqual(
      issueAt('data', 'a'),
    );
  });

  test('is refused in literals and in defaults', () => {
    const nul = '\\u0000';
    expect(errorsOf(`{ search(text: "a${nul}") }`)).toEqual(issueAt('text'));
    expect(errorsOf(`{ nodes(filter: { email: "a", AND: [{ email: "${nul}" }] }) }`)).toEqual(
      issueAt('filter', 'AND', 0, 'email'),
    );
    expect(errorsOf(`query ($text: String = "${nul}") { search(text: $text) }`)).toEqual(issueAt('text'));
    expect(errorsOf(`{ ...F } fragment F on Query { search(text: "${nul}") }`)).toEqual(issueAt('text'));
  });

  test('has no price, since it never runs', () => {
    expect(prepare(schema, '{ search(text: "\\u0000") }').cost).toBeNull();
  });

  test('a whole pair, and what was sent for no variable, are left alone', () => {
    const text = 'query ($text: String) { search(text: $text) }';
    expect(errorsOf(text, { text: '😀\u0001', other: '\0' })).toEqual([]);
    expect(errorsOf('{ search(text: "😀\\u0001") }')).toEqual([]);
  });

  test('no more than ten are listed', () => {
    const [error] = errorsOf('query ($ids: [ID!]) { nodes(ids: $ids) }', { ids: Array(500).fill('\0') });
    expect(error?.issues).toHaveLength(10);
  });
});

describe('null where null may not be', () => {
  test.each([
    ['a default of the variable', 'query ($n: Int = 3) { nodes(first: $n) }'],
    ['a default of the argument', 'query ($n: Int) { nodes(first: $n) }'],
    ['a member of a literal', 'query ($n: String = "a") { nodes(filter: { email: $n }) }'],
    ['an item of a literal', 'query ($n: ID = "a") { nodes(ids: [$n]) }'],
    ['a condition', 'query ($n: Boolean = true) { nodes @include(if: $n) }'],
    ['a fragment', 'query ($n: Int = 3) { ...F } fragment F on Query { nodes(first: $n) }'],
  ])('is faulty input although %s let it through', (_name, text) => {
    expect(errorsOf(text, { n: null })).toEqual(issueAt('n'));
    expect(errorsOf(text)).toEqual([]);
  });

  test('is an issue where null is the default itself', () => {
    expect(errorsOf('query ($n: Int = null) { nodes(first: $n) }')).toEqual(issueAt('n'));
  });

  test('is fine where it may be', () => {
    expect(errorsOf('query ($n: String = "a") { search(text: $n) }', { n: null })).toEqual([]);
  });
});

describe('brackets that nest', () => {
  const read = (text: string) => readerOf(schema, { maxTokens: 1_000_000 }).read(text).errors[0]?.extensions.code;

  test.each([
    ['lists', (size: number) => `{ nodes(ids: ${'['.repeat(size)}`],
    ['objects', (size: number) => `{ search(data: ${'{a:'.repeat(size)}`],
    ['selections', (size: number) => '{ a '.repeat(size)],
    ['bare braces', (size: number) => '{'.repeat(size)],
    ['types', (size: number) => `query ($a: ${'['.repeat(size)}`],
    ['arguments', (size: number) => `{ a${'('.repeat(size)}`],
    ['lists after strings', (size: number) => `{ a(b: "\\"[" c: """ \\""" " """ # "\n d: ${'['.repeat(size)}`],
  ])('of %s are refused before the parser meets them', (_name, text) => {
    expect(read(text(50_000))).toBe('OPERATION_TOO_DEEP');
    expect(read(text(20))).toBe('GRAPHQL_PARSE_FAILED');
  });

  test('are not counted in strings and comments', () => {
    const open = '['.repeat(300);
    expect(read(`{ search(text: "${open}\\"${open}") } # ${open}`)).toBeUndefined();
    expect(read(`{ search(text: """${open} \\""" " ${open}""") }`)).toBeUndefined();
  });
});

test('a hint that never ends is cut off, and a message full of its words is read once', () => {
  expect(withoutSuggestions('Unknown. Did you mean "a" or')).toBe('Unknown.');
  expect(withoutSuggestions('Did you mean "a"? Wrong. Did you mean "b"?')).toBe(' Wrong.');
});
