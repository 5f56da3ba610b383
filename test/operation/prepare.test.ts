/** One reading of an operation: what the plan is made of, what is priced and what the executor gets are the same variables. */
import fc from 'fast-check';
import { buildSchema, execute, type GraphQLError, type GraphQLObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { prepare, readerOf } from '../support/prepare.ts';

const schema = buildSchema(`
  type Query { list(filter: Filter, first: Int = 20, ids: [ID!], order: Order): [Item] other: Item }
  type Mutation { change(input: Change!): Item }
  type Item { name: String list(filter: Filter, first: Int): [Item] }
  input Filter { secret: Int name: String AND: [Filter!] order: Order }
  input Change { secret: Int items: [Filter!] flag: Boolean = true }
  enum Order { UP DOWN }
`);

/** Every name that an object without care would find on its prototype. */
const inherited = Object.getOwnPropertyNames(Object.prototype).filter((name) => !name.startsWith('__'));

const inputsOf = (text: string, variables: unknown = {}): string[] => {
  const found: string[] = [];
  prepare(schema, text, variables).walk(({ inputs }) => {
    found.push(...inputs.map(({ coordinate }) => coordinate));
    return true;
  });
  return found;
};

/** What the resolver of `Query.list` gets. */
function argumentsOf(text: string, variables: unknown): unknown {
  const operation = prepare(schema, text, variables);
  let given: unknown;
  const query = schema.getQueryType() as GraphQLObjectType;
  const { list } = query.getFields();
  if (list)
    list.resolve = (_root, args) => {
      given = args;
      return [];
    };
  execute({ schema, document: operation.document, variableValues: operation.sent });
  return given;
}

describe('a variable named like a member of Object.prototype', () => {
  test.each(inherited)('$%s is decided by its default', (name) => {
    const text = `query ($${name}: Filter = { secret: 1 }) { list(filter: $${name}) { name } }`;
    expect(inputsOf(text)).toEqual(['Query.list(filter:)', 'Filter.secret']);
    expect(prepare(schema, text).variables).toEqual({ [name]: { secret: 1 } });
    expect(argumentsOf(text, {})).toEqual({ filter: { secret: 1 }, first: 20 });
  });

  test.each(inherited)('$%s is decided by its default inside of a list and an object', (name) => {
    const text = `query ($${name}: Filter = { secret: 1 }) { list(filter: { AND: [$${name}] }) { name } }`.replace(
      'Filter = ',
      'Filter! = ',
    );
    expect(inputsOf(text)).toEqual(['Query.list(filter:)', 'Filter.AND', 'Filter.secret']);
    expect(argumentsOf(text, {})).toEqual({ filter: { AND: [{ secret: 1 }] }, first: 20 });
  });

  test.each(inherited)('$%s that is left out is absent, as every variable is', (name) => {
    const text = `query ($${name}: Filter) { list(filter: $${name}) { name } }`;
    const [error] = prepare(schema, text).errors;
    expect(error?.extensions).toEqual({
      code: 'BAD_USER_INPUT',
      issues: [{ path: [name], message: expect.stringContaining(name) }],
    });
    expect(prepare(schema, text, { [name]: null }).errors).toEqual([]);
    expect(prepare(schema, text, { [name]: { secret: 2 } }).variables).toEqual({ [name]: { secret: 2 } });
  });

  test('conditions go by their defaults too', () => {
    const fields: string[] = [];
    prepare(schema, 'query ($toString: Boolean = false) { other { name @include(if: $toString) } }').walk(
      ({ node }) => {
        fields.push(node.name.value);
        return true;
      },
    );
    expect(fields).toEqual(['other']);
  });
});

test.each(['__proto__', '__defineGetter__', '__x'])(
  'no variable is named $%s: GraphQL reserves the two underscores',
  (name) => {
    const text = `query ($${name}: Filter, $secret: Int) { list(filter: { secret: $secret }) { name } b: list(filter: $${name}) { name } }`;
    const { errors } = readerOf(schema).read(text);
    expect(errors.map(({ extensions, message }) => [extensions.code, message])).toEqual([
      ['GRAPHQL_VALIDATION_FAILED', expect.stringContaining('two underscores')],
    ]);
  },
);

test('only declared variables are read, and only own members of what was sent', () => {
  const sent = Object.assign(Object.create({ filter: { secret: 1 } }), { more: 1, first: 3 });
  const operation = prepare(
    schema,
    'query ($filter: Filter, $first: Int) { list(filter: $filter, first: $first) { name } }',
    sent,
  );
  expect({ ...operation.sent }).toEqual({ first: 3 });
  expect(Object.getPrototypeOf(operation.sent)).toBeNull();
  expect(Object.getPrototypeOf(operation.values)).toBeNull();
  expect(Object.getPrototypeOf(operation.variables)).toBeNull();
});

test('the operation that is asked for is read, and nothing else of its document', () => {
  const text = `
    query A { ...F } query B { list(filter: { secret: 1 }) { name } __schema { description } }
    fragment F on Query { other { name } } fragment G on Query { list(filter: { secret: 1 }) { name } }
    mutation C { change(input: {}) { name } }`.replace(
    'fragment G on Query { list(filter: { secret: 1 }) { name } }',
    '',
  );
  const a = prepare(schema, text, {}, 'A');
  expect(a.document.definitions).toHaveLength(2);
  expect(a.text.introspects).toBe(false);
  expect(a.rootFields.map(({ node }) => node.name.value)).toEqual(['other']);
  expect(prepare(schema, text, {}, 'B').text.introspects).toBe(true);
});

test('a name that the document lacks, and several operations without a name, are BAD_REQUEST', () => {
  const code = (name: string | null): unknown => {
    try {
      prepare(schema, 'query A { other { name } } query B { other { name } }', {}, name);
      return null;
    } catch (error) {
      return (error as GraphQLError).extensions.code;
    }
  };
  expect([code(null), code('C'), code('A')]).toEqual(['BAD_REQUEST', 'BAD_REQUEST', null]);
});

describe('both coercions', () => {
  const filter = fc.letrec((tie) => ({
    filter: fc.record(
      {
        secret: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant(null), fc.constant('x')),
        name: fc.oneof(fc.string({ maxLength: 3 }), fc.constant(null)),
        order: fc.constantFrom('UP', 'DOWN', 'SIDEWAYS', null),
        AND: fc.oneof({ maxDepth: 2 }, fc.constant(null), fc.array(tie('filter'), { maxLength: 2 }), tie('filter')),
        constructor: fc.constant(1),
      },
      { requiredKeys: [] },
    ),
  })).filter;
  const names = fc.uniqueArray(fc.constantFrom('filter', 'constructor', 'valueOf', 'x', 'toString'), {
    minLength: 2,
    maxLength: 2,
  });
  const defaults = fc.constantFrom('', ' = { secret: 1 }', ' = { AND: [{ order: DOWN }] }', ' = null');

  test('agree: what is priced and planned is what a resolver gets, or both refuse', () => {
    let ran = 0;
    fc.assert(
      fc.property(names, defaults, fc.option(filter), fc.boolean(), ([a = '', b = ''], byDefault, value, isSent) => {
        const text = `query ($${a}: Filter${byDefault}, $${b}: Int = 7) { list(filter: $${a}, first: $${b}) { name } }`;
        const variables = isSent ? { [a]: value } : {};
        const operation = prepare(schema, text, variables);
        if (!isSent && byDefault === '' && a in Object.prototype) {
          // Refused ahead of the executor; see the test above.
          expect(operation.errors).toHaveLength(1);
          return;
        }
        const given = argumentsOf(text, variables) as { filter?: unknown; first?: unknown } | undefined;
        expect(operation.errors.length > 0).toBe(given === undefined);
        if (!given) return;
        ran += 1;
        expect(operation.variables?.[a]).toEqual(given.filter);
        expect(operation.variables?.[b]).toEqual(given.first);
      }),
      { numRuns: 500 },
    );
    expect(ran).toBeGreaterThan(100);
  });
});
