/** A hostile document of any size costs less than 50 ms of CPU, and is refused with its code before anything walks it twice. */
import { describe, expect, test } from 'vitest';
import { parseJsonBody } from '../../src/http/graphql-params.ts';
import { readDocument } from '../../src/operation/document.ts';
import { PreparedOperation } from '../../src/operation/prepare.ts';
import { variablesBreach } from '../../src/operation/variables.ts';
import { limits, smallSchema } from './small-schema.ts';

const schema = smallSchema();
const mebibyte = 1024 * 1024;
const cpuBoundMs = 50;

/** A chain of fragments of which each spreads the next twice. */
function bomb(length: number, body: (next: string) => string): string {
  const fragments = Array.from({ length }, (_, at) => {
    const inner = at < length - 1 ? body(`...F${at + 1}`) : 'name';
    return `fragment F${at} on User { ${inner} }`;
  });
  return `{ viewer { ...F0 } } ${fragments.join(' ')}`;
}

const many = (length: number, part: (at: number) => string): string =>
  Array.from({ length }, (_, at) => part(at)).join(' ');

const documents: Readonly<Record<string, readonly [text: string, code: string | null]>> = {
  'a mebibyte of spaces': [`{ hello }${' '.repeat(mebibyte)}`, null],
  'a mebibyte of line breaks': [`${'\n'.repeat(mebibyte)}{ hello }`, 'OPERATION_TOO_LARGE'],
  'line breaks before a syntax error': [`${'\n'.repeat(19_000)}{ hello`, 'GRAPHQL_PARSE_FAILED'],
  'line breaks before faulty fields': [
    `${'\n'.repeat(19_000)}{ ${many(19, (at) => `a${at}`)} }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'half a million comments': [`${'#\n'.repeat(mebibyte / 2)}{ hello }`, 'OPERATION_TOO_LARGE'],
  'a mebibyte of commas': [`${','.repeat(mebibyte)}{ hello }`, null],
  'half a million fields': [`{ ${'a '.repeat(mebibyte / 2)} }`, 'OPERATION_TOO_LARGE'],
  'a block string of a million lines': [`{ echo(text: """${'\n'.repeat(mebibyte)}""") { id } }`, 'OPERATION_TOO_LARGE'],
  'a string of escapes': [`{ echo(text: "${'\\u0041'.repeat(mebibyte / 6)}") { id } }`, null],
  'a name of a mebibyte': [`{ ${'a'.repeat(mebibyte)} }`, 'GRAPHQL_VALIDATION_FAILED'],
  'a list in a list in a list': [
    `{ echo(list: ${'['.repeat(200)}${']'.repeat(200)}) { id } }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'fifty thousand open lists': [`{ echo(list: ${'['.repeat(50_000)}`, 'OPERATION_TOO_DEEP'],
  'fifty thousand open braces': ['{'.repeat(50_000), 'OPERATION_TOO_DEEP'],
  'unknown members of 100 kB': [
    `{ echo(object: { ${many(640, (at) => `${'x'.repeat(150)}${at}: 1`)} }) { id } }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'a member of many kB for a number': [
    `{ echo(object: { c: { ${many(640, (at) => `${'x'.repeat(150)}${at}: 1`)} } }) { id } }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'nesting beyond the depth': [`{ viewer { ${'friend { '.repeat(200)}id${' }'.repeat(200)} } }`, 'OPERATION_TOO_DEEP'],
  'one field two thousand times': [`{ viewer { ${'name '.repeat(1_980)} } }`, 'OPERATION_TOO_LARGE'],
  'one field in hundreds of inline fragments': [`{ viewer { ${'... { name } '.repeat(480)} } }`, 'OPERATION_TOO_LARGE'],
  'one object hundreds of times': [`{ ${'viewer { name } '.repeat(480)} }`, 'OPERATION_TOO_LARGE'],
  'two thousand unknown fields': [`{ viewer { ${many(1_900, (at) => `nam${at}`)} } }`, 'GRAPHQL_VALIDATION_FAILED'],
  'hundreds of aliases': [`{ ${many(600, (at) => `a${at}: hello`)} }`, 'OPERATION_TOO_LARGE'],
  'hundreds of directives': [`{ hello ${'@a '.repeat(900)} }`, 'OPERATION_TOO_LARGE'],
  'a bomb of 30 fragments': [bomb(30, (next) => `${next} ${next}`), 'OPERATION_TOO_LARGE'],
  'a bomb within the spreads': [bomb(25, (next) => `${next} ${next}`), null],
  'a bomb that nests': [bomb(25, (next) => `friend { ${next} } other { ${next} }`), 'OPERATION_TOO_DEEP'],
  'a cycle of fragments': [
    '{ viewer { ...A } } fragment A on User { ...B } fragment B on User { ...A }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'many fragments with the same fields': [
    `{ viewer { ${many(45, (at) => `...F${at}`)} } } ${many(45, (at) => `fragment F${at} on User { id name friend { id } other { name friend { id } } }`)}`,
    null,
  ],
  'hundreds of operations': [many(300, (at) => `query Q${at} { hello }`), null],
  'many operations over one fragment of variables': [
    `${many(45, (at) => `query Q${at} { ...F }`)} fragment F on Query { echo(list: [${'$x '.repeat(800)}]) { id } }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  'hundreds of one argument': [`{ echo(${'list: 1 '.repeat(600)}) { id } }`, 'GRAPHQL_VALIDATION_FAILED'],
  'thousands of faulty values': [`{ echo(list: [${'"x" '.repeat(1_900)}]) { id } }`, 'GRAPHQL_VALIDATION_FAILED'],
  'definitions of types': ['type A { a: Int } '.repeat(240), 'GRAPHQL_PARSE_FAILED'],
  'nested introspection': [
    '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
};

/** CPU milliseconds of a piece of work, the lowest of a few runs: the first ones also compile. */
function cpuMs(work: () => void): number {
  const runs = Array.from({ length: 4 }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...runs);
}

describe('a hostile document', () => {
  test.each(Object.entries(documents))('%s costs less than 50 ms', (_name, [text, code]) => {
    expect(readDocument(schema, text, limits).errors[0]?.extensions.code ?? null).toBe(code);
    expect(cpuMs(() => readDocument(schema, text, limits))).toBeLessThan(cpuBoundMs);
  });

  test('a bomb of fragments costs what its fragments cost, not what their paths do', () => {
    const cost = (length: number): number => {
      const document = readDocument(
        schema,
        bomb(length, (next) => `${next} ${next}`),
        limits,
      );
      return cpuMs(() => document.operation().cost({}));
    };
    // Ten more fragments would be a thousand times the paths.
    expect(cost(25)).toBeLessThan(cpuBoundMs);
  });
});

describe('a limit', () => {
  const spread = (count: number) => `{ viewer { ${'...F '.repeat(count)} } } fragment F on User { id }`;
  const cases: Readonly<Record<string, (size: number) => string>> = {
    maxDepth: (size) => `{ viewer ${'{ friend '.repeat(size - 2)}{ id }${' }'.repeat(size - 2)} }`,
    maxAliases: (size) => `{ viewer { ${many(size, (at) => `a${at}: name`)} } }`,
    maxRootFields: (size) => `{ ${many(size, (at) => `a${at}: hello`)} }`,
    maxDirectives: (size) =>
      `{ ${many(10, (at) => `f${at}: hello ${'@include(if: true) '.repeat(at < size % 10 ? Math.floor(size / 10) + 1 : Math.floor(size / 10))}`)} }`,
    maxFragmentSpreads: spread,
    maxOperationNameLength: (size) => `query ${'a'.repeat(size)} { hello }`,
  };
  test.each(Object.entries(cases))('%s may be met, and not passed', (name, document) => {
    const limit = limits[name as keyof typeof limits];
    const codeOf = (size: number) => readDocument(schema, document(size), limits).errors[0]?.extensions.code ?? 'none';
    expect(codeOf(limit)).not.toMatch(/^OPERATION_TOO/);
    expect(codeOf(limit + 1)).toBe(name === 'maxDepth' ? 'OPERATION_TOO_DEEP' : 'OPERATION_TOO_LARGE');
  });

  test('of tokens counts every token', () => {
    const codeOf = (fields: number) =>
      readDocument(schema, `{ echo(list: [${'1 '.repeat(fields)}]) { id } }`, limits).errors[0]?.extensions.code;
    // Twelve tokens stand around the list's values.
    expect(codeOf(limits.maxTokens - 12)).toBeUndefined();
    expect(codeOf(limits.maxTokens - 11)).toBe('OPERATION_TOO_LARGE');
  });

  test('exempts introspection from depth', () => {
    const deep =
      '{ __schema { types { fields { type { ofType { ofType { ofType { ofType { ofType { ofType { ofType { ofType { ofType { name } } } } } } } } } } } } } }';
    expect(
      readDocument(
        schema,
        `${deep.replaceAll('ofType {', 'ofType { ofType {').replaceAll('name', 'name').replace(/}$/, '} } } } } } } } } }')}`,
        limits,
      ).errors,
    ).toEqual([]);
  });

  test('counts the depth through fragments', () => {
    const text = bomb(15, (next) => `friend { ${next} }`);
    expect(readDocument(schema, text, limits).errors[0]?.extensions.code).toBe('OPERATION_TOO_DEEP');
  });
});

describe('hostile variables', () => {
  const bounds = { maxDepth: 20, maxValues: 10_000 };

  test('nest no deeper than allowed', () => {
    const nested = (levels: number) => JSON.parse(`{"v":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    expect(variablesBreach(nested(19), bounds)).toBeNull();
    expect(variablesBreach(nested(21), bounds)?.extensions.code).toBe('OPERATION_TOO_DEEP');
  });

  test('hold no more values than allowed', () => {
    expect(variablesBreach({ v: Array(9_999).fill(1) }, bounds)).toBeNull();
    expect(variablesBreach({ v: Array(10_000).fill(1) }, bounds)?.extensions.code).toBe('OPERATION_TOO_LARGE');
  });

  test.each([
    ['unknown members', Object.fromEntries(Array.from({ length: 9_000 }, (_, at) => [`${'c'.repeat(6)}${at}`, 1]))],
    [
      'long unknown members',
      Object.fromEntries(Array.from({ length: 640 }, (_, at) => [`${'x'.repeat(150)}${at}`, 1])),
    ],
    ['members that speak of hints', { c: 'Did you mean '.repeat(60_000) }],
    ['objects for a number', { c: Object.fromEntries(Array.from({ length: 9_000 }, (_, at) => [`key${at}`, 'x'])) }],
    ['lists of faulty members', { b: Array.from({ length: 4_000 }, () => ({ z: 1 })) }],
  ])('of %s are refused in less than 50 ms', (_name, object) => {
    const document = readDocument(schema, 'query ($object: In) { echo(object: $object) { id } }', limits);
    const read = () => new PreparedOperation(document.operation(), { object }).errors;
    expect(read()[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(cpuMs(read)).toBeLessThan(cpuBoundMs);
  });

  test.each([
    ['half a million lists', '['.repeat(mebibyte / 2), 'OPERATION_TOO_DEEP'],
    [
      'a hundred thousand members',
      `{${Array.from({ length: 90_000 }, (_, at) => `"k${at}":1`).join(',')}}`,
      'OPERATION_TOO_LARGE',
    ],
    ['backslashes and quotes', `{"a":"${'\\"'.repeat(mebibyte / 2 - 8)}"}`, null],
    ['a string that never ends', `{"a":"${'\\"'.repeat(mebibyte / 2 - 8)}`, 'BAD_REQUEST'],
  ] as const)('JSON of %s is read in less than 50 ms', (_name, text, code) => {
    const body = Buffer.from(text);
    let seen: unknown = null;
    const spent = cpuMs(() => {
      try {
        parseJsonBody(body);
        seen = null;
      } catch (error) {
        seen = (error as { extensions: { code: string } }).extensions.code;
      }
    });
    expect(seen).toBe(code);
    expect(spent).toBeLessThan(cpuBoundMs);
  });
});
