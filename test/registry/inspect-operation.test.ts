import { buildSchema, isObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { PolicyTable } from '../../src/authorization/policy-table.ts';
import { anyone, can, canOrSelf, inherited } from '../../src/authorization/rules.ts';
import { createOperationInspector } from '../../src/registry/inspect-operation.ts';
import { readerOf } from '../support/prepare.ts';

const schema = buildSchema(`
  type Query {
    projects(first: Int, filter: ProjectFilter, orderBy: ProjectOrder): [Project]
    node(id: ID!): Node
  }
  interface Node { id: ID! }
  type Project implements Node { id: ID!, name: String, budget: Int, lead: User }
  type User implements Node { id: ID!, name: String, email: String }
  input ProjectFilter { budget: Int, name: String, AND: [ProjectFilter!] }
  input ProjectOrder { field: ProjectOrderField! }
  enum ProjectOrderField { NAME BUDGET }
`);
const query = schema.getQueryType();
if (isObjectType(query)) {
  const projects = query.getFields().projects;
  if (projects)
    projects.extensions = {
      directives: [{ name: 'listSize', args: { slicingArguments: ['first'], assumedSize: 20 } }],
    };
}

const policies: PolicyTable = {
  Query: anyone,
  'Query.projects': can('project:read'),
  'Query.projects(first:)': inherited,
  'Query.projects(filter:)': inherited,
  'Query.projects(orderBy:)': inherited,
  'Query.node': anyone,
  'Query.node(id:)': inherited,
  Node: anyone,
  'Node.id': anyone,
  Project: can('project:read'),
  'Project.id': can('project:read'),
  'Project.name': can('project:read'),
  'Project.budget': can('project.budget:read'),
  'Project.lead': can('project:read'),
  User: anyone,
  'User.id': anyone,
  'User.name': anyone,
  'User.email': canOrSelf('user.contact:read', (user: { id: string }) => user.id),
  ProjectFilter: inherited,
  'ProjectFilter.budget': can('project.budget:read'),
  'ProjectFilter.name': inherited,
  'ProjectFilter.AND': inherited,
  ProjectOrder: inherited,
  'ProjectOrder.field': inherited,
  ProjectOrderField: inherited,
  'ProjectOrderField.NAME': inherited,
  'ProjectOrderField.BUDGET': can('project.budget:read'),
};

const inspector = createOperationInspector({
  reader: readerOf(schema, {
    maxTokens: 200,
    maxDepth: 4,
    maxAliases: 5,
    maxRootFields: 5,
    maxDirectives: 5,
    maxFragmentSpreads: 5,
    maxOperationNameLength: 30,
  }),
  policies,
  maxCost: 100,
});

const requires = (body: string) => inspector.inspect(body).operation?.requires;
const cost = (body: string) => inspector.inspect(body).operation?.cost;
const faults = (body: string) => inspector.inspect(body).faults;

describe('the permissions that an operation needs', () => {
  test('are those of the fields that it names, with their types’', () => {
    expect(requires('query Q { projects { name } }')).toEqual(['project:read']);
    expect(requires('query Q { projects { ...P } } fragment P on Project { budget }')).toEqual([
      'project.budget:read',
      'project:read',
    ]);
  });

  test.each([
    ['a filter that is written out', 'query Q { projects(filter: { AND: [{ budget: 1 }] }) { name } }'],
    ['a filter with a variable inside', 'query Q($min: Int) { projects(filter: { budget: $min }) { name } }'],
    ['a filter by default', 'query Q($f: ProjectFilter = { budget: 1 }) { projects(filter: $f) { name } }'],
    [
      'a default under the name of a member of Object.prototype',
      'query Q($constructor: ProjectFilter = { budget: 1 }) { projects(filter: $constructor) { name } }',
    ],
    ['an order', 'query Q { projects(orderBy: { field: BUDGET }) { name } }'],
    ['what a variable may include', 'query Q($x: Boolean!) { projects { name budget @include(if: $x) } }'],
    ['what is left out by default only', 'query Q($x: Boolean = false) { projects { name budget @include(if: $x) } }'],
    ['what a variable may skip', 'query Q($x: Boolean = true) { projects { name budget @skip(if: $x) } }'],
  ])('count %s', (_what, body) => {
    expect(requires(body)).toEqual(['project.budget:read', 'project:read']);
  });

  test('leave out what the row may open', () => {
    expect(requires('query Q { projects { lead { email } } }')).toEqual(['project:read']);
  });

  test('through an interface are only those of the types that are named', () => {
    expect(requires('query Q($id: ID!) { node(id: $id) { id } }')).toEqual([]);
    expect(requires('query Q($id: ID!) { node(id: $id) { ... on Project { budget } } }')).toEqual([
      'project.budget:read',
      'project:read',
    ]);
  });
});

describe('the cost of an operation', () => {
  test('goes by the literals and the defaults of its variables', () => {
    expect(cost('query Q { projects { name } }')).toBe(20);
    expect(cost('query Q { projects(first: 7) { name } }')).toBe(7);
    expect(cost('query Q($n: Int = 9) { projects(first: $n) { name } }')).toBe(9);
    expect(cost('query Q($n: Int) { projects(first: $n) { name } }')).toBe(20);
  });

  test('is the dearer way where a variable decides', () => {
    expect(cost('query Q($x: Boolean!) { projects { name lead @include(if: $x) { name } } }')).toBe(40);
    expect(cost('query Q($x: Boolean = true) { projects { name lead @skip(if: $x) { name } } }')).toBe(40);
  });
});

describe('an operation is refused', () => {
  test.each([
    ['that does not parse', 'query Q {', /Syntax Error/],
    ['that the schema does not know', 'query Q { projects { nome } }', /Cannot query field "nome" on type "Project"/],
    ['over the tokens', `query Q { projects { ${'name '.repeat(300)} } }`, /200 tokens/],
    ['over the cost', 'query Q { projects(first: 100) { lead { name } } }', /200 points; 100 are allowed/],
    [
      'over the aliases',
      `query Q { ${[1, 2, 3, 4, 5, 6].map((i) => `a${i}: node(id: 1) { id }`).join(' ')} }`,
      /aliases/,
    ],
    ['over the length of a name', `query ${'Q'.repeat(31)} { node(id: 1) { id } }`, /longer than 30/],
    ['with a cycle of fragments', 'query Q { node(id: 1) { ...A } } fragment A on Node { ...A }', /itself/],
    ['that is two', 'query A { node(id: 1) { id } } query B { node(id: 1) { id } }', /exactly one/],
  ])('%s', (_what, body, message) => {
    expect(faults(body)?.join(' ')).toMatch(message);
  });

  test('and never told what the schema would have known', () => {
    expect(faults('query Q { projects { nome } }')?.join(' ')).not.toMatch(/mean|"name"/);
  });
});
