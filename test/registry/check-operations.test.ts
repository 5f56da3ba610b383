import { buildSchema } from 'graphql';
import { describe, expect, test } from 'vitest';
import { findBrokenOperations } from '../../src/registry/check-operations.ts';

const before = `
  type Query { project(id: ID!): Project, node(id: ID!): Node, find(filter: Filter): [Project] }
  interface Node { id: ID! }
  type Project implements Node { id: ID!, name: String!, code: String }
  input Filter { name: String, nested: Inner }
  input Inner { code: String }
`;
const operation = (name: string, body: string) => ({
  name,
  client: 'partner',
  organization: 'acme',
  sha256: '0'.repeat(64),
  body,
});
const operations = [
  operation('Names', 'query Names($id: ID!) { project(id: $id) { name } }'),
  operation('Codes', 'query Codes($id: ID!) { node(id: $id) { ... on Project { code } } }'),
  operation('Find', 'query Find($filter: Filter) { find(filter: $filter) { id } }'),
];

function broken(after: string, withEarlier = false): Record<string, readonly string[]> {
  const found = findBrokenOperations(operations, buildSchema(after), withEarlier ? buildSchema(before) : null);
  return Object.fromEntries(found.map(({ name, client, reasons }) => [`${client}/${name}`, reasons]));
}

describe('a change of the schema', () => {
  test('that breaks nobody is told of nobody', () => {
    expect(broken(before, true)).toEqual({});
    expect(broken(before.replace('code: String }', 'code: String, more: Int }'), true)).toEqual({});
  });

  test('that removes a used field names the operation and its client, and no other', () => {
    expect(broken(before.replace('name: String!, ', ''))).toEqual({
      'partner/Names': ['Cannot query field "name" on type "Project".'],
    });
  });

  test('that demands an argument breaks those who do not send it', () => {
    expect(Object.keys(broken(before.replace('find(filter: Filter)', 'find(filter: Filter, more: Int!)')))).toEqual([
      'partner/Find',
    ]);
  });

  test('that changes a type is seen beside the earlier schema only', () => {
    const after = before.replace('code: String }', 'code: Int }').replace('name: String!', 'name: String');
    expect(broken(after)).toEqual({});
    expect(broken(after, true)).toEqual({
      'partner/Names': ['Project.name changed type from String! to String.'],
      'partner/Codes': ['Project.code changed type from String to Int.'],
    });
  });

  test('that demands more of an input object breaks those whose variable may hold it, also nested', () => {
    const after = before.replace('input Inner { code: String }', 'input Inner { code: String, more: Int! }');
    expect(broken(after, true)).toEqual({
      'partner/Find': ['A required field more on input type Inner was added.'],
    });
  });

  test('a text that does not parse is broken, and the rest is checked all the same', () => {
    const found = findBrokenOperations([operation('Bad', '{'), ...operations], buildSchema(before), null);
    expect(found.map(({ name }) => name)).toEqual(['Bad']);
  });
});
