import '../../src/schema.ts';
import { buildSchema, execute, type GraphQLSchema, print } from 'graphql';
import { describe, expect, test } from 'vitest';
import { makePlannedSchema } from '../../src/authorization/executable-schema.ts';
import { createPlanner } from '../../src/authorization/plan.ts';
import { anyone, authenticated, can, canOrSelf, inherited } from '../../src/authorization/rules.ts';
import { AuthorizationState } from '../../src/authorization/state.ts';
import type { PreparedDocument } from '../../src/operation/document.ts';
import { prepare, readerOf } from '../support/prepare.ts';
import { key, nobody, person } from './viewers.ts';

const sdl = /* GraphQL */ `
  interface Node { id: ID! }
  interface Priced { budget: Int }
  type Project implements Node & Priced { id: ID! name: String! budget: Int tasks(filter: TaskFilter): [Task!] }
  type Product implements Node & Priced { id: ID! budget: Int }
  type Secret implements Node { id: ID! name: String }
  type Task { title: String notes: String }
  type User { name: String email: String }
  input TaskFilter { title: String notes: String AND: [TaskFilter!] NOT: TaskFilter }
  input Order { field: OrderField! }
  enum OrderField { NAME BUDGET }
  enum Status { OPEN DONE }
  type Query {
    node(id: ID): Node
    project(order: Order, orders: [Order!], status: Status): Project
    priced: [Priced]
    user(email: String): User
    secret: Secret
  }
`;

const policies = {
  Query: anyone,
  'Query.node': authenticated,
  'Query.node(id:)': inherited,
  'Query.project': can('project:read'),
  'Query.project(order:)': inherited,
  'Query.project(orders:)': inherited,
  'Query.project(status:)': inherited,
  'Query.priced': can('project:read'),
  'Query.user': authenticated,
  'Query.user(email:)': canOrSelf<{ id: string }>('user.contact:read', ({ id }) => id),
  'Query.secret': can('audit:read'),
  Node: authenticated,
  'Node.id': authenticated,
  Priced: authenticated,
  'Priced.budget': authenticated,
  Project: can('project:read'),
  'Project.id': can('project:read'),
  'Project.name': can('project:read'),
  'Project.budget': can('project.budget:read'),
  'Project.tasks': can('task:read'),
  'Project.tasks(filter:)': inherited,
  Product: can('project:read'),
  'Product.id': can('project:read'),
  'Product.budget': can('project:read'),
  Secret: can('audit:read'),
  'Secret.id': can('audit:read'),
  'Secret.name': can('audit:read'),
  Task: can('task:read'),
  'Task.title': can('task:read'),
  'Task.notes': can('task.internal:read'),
  User: authenticated,
  'User.name': authenticated,
  'User.email': canOrSelf<{ id: string }>('user.contact:read', ({ id }) => id),
  TaskFilter: inherited,
  'TaskFilter.title': inherited,
  'TaskFilter.notes': can('task.internal:read'),
  'TaskFilter.AND': inherited,
  'TaskFilter.NOT': inherited,
  Order: inherited,
  'Order.field': inherited,
  OrderField: inherited,
  'OrderField.NAME': inherited,
  'OrderField.BUDGET': can('project.budget:read'),
};

const schema = buildSchema(sdl);
const planner = createPlanner(schema, policies);
const guest = person('project:read', 'task:read');

function planned(text: string, viewer = guest, variables: Record<string, unknown> = {}) {
  return prepare(schema, text, variables).planFor(planner, viewer).plan;
}

const reader = readerOf(schema);
const deniedOf = (document: PreparedDocument, variables: object) =>
  reader
    .prepare({ document, operationName: null, variables })
    .planFor(planner, guest)
    .plan.denials.map(({ coordinate }) => coordinate);

const denied = (text: string, viewer = guest, variables: Record<string, unknown> = {}) =>
  planned(text, viewer, variables).denials.map(({ coordinate }) => coordinate);

describe('what the plan denies', () => {
  test.each([
    ['a field', '{ project { name budget } }', ['Project.budget']],
    ['a field under an alias', '{ project { x: budget } }', ['Project.budget']],
    ['a field in a named fragment', '{ project { ...P } } fragment P on Project { budget }', ['Project.budget']],
    ['a field in an inline fragment without a type', '{ project { ... { budget } } }', ['Project.budget']],
    ['a field of an interface, on each type that guards it', '{ priced { budget } }', ['Project.budget']],
    [
      'a field in a fragment on an interface, narrowed to one type',
      '{ project { ... on Priced { budget } } }',
      ['Project.budget'],
    ],
    ['a fragment on a type that the viewer may not see', '{ node { ... on Secret { name } } }', ['Secret.name']],
    ['nothing for a type that an interface merely could be', '{ node { id } }', []],
    ['a root field, and nothing below it', '{ secret { name } }', ['Query.secret']],
    ['an input field', '{ project { tasks(filter: { notes: "x" }) { title } } }', ['TaskFilter.notes']],
    ['an input field set to null', '{ project { tasks(filter: { notes: null }) { title } } }', ['TaskFilter.notes']],
    [
      'an input field below AND and NOT',
      '{ project { tasks(filter: { AND: [{ NOT: { notes: "x" } }] }) { title } } }',
      ['TaskFilter.notes'],
    ],
    ['an ordering value', '{ project(order: { field: BUDGET }) { name } }', ['OrderField.BUDGET']],
    ['no enum value that orders nothing', '{ project(status: OPEN) { name } }', []],
    ['one error for a coordinate met twice', '{ a: project { budget } b: project { budget } }', ['Project.budget']],
    ['what a literal @include keeps', '{ project { budget @include(if: true) } }', ['Project.budget']],
    ['nothing that a literal @skip leaves out', '{ project { budget @skip(if: true) } }', []],
  ])('%s', (_what, text, expected) => {
    expect(denied(text)).toEqual(expected);
  });

  test('fields below an input-denied field are not reported', () => {
    expect(denied('{ project { tasks(filter: { notes: "x" }) { notes } } }')).toEqual(['TaskFilter.notes']);
  });

  test('@skip and @include go by the values of this call, not of an earlier one', () => {
    const text =
      'query ($on: Boolean!, $off: Boolean = true) { project { budget @include(if: $on) name @skip(if: $off) } }';
    const document = reader.read(text);
    const codes = (on: boolean) => deniedOf(document, { on });
    expect(codes(false)).toEqual([]);
    expect(codes(true)).toEqual(['Project.budget']);
    expect(codes(false)).toEqual([]);
  });

  test('inputs in variables are decided by what this call puts in them', () => {
    const document = reader.read('query ($f: TaskFilter) { project { tasks(filter: $f) { title } } }');
    const codes = (f: unknown) => deniedOf(document, { f });
    expect(codes({ title: 'x' })).toEqual([]);
    expect(codes({ AND: [{ title: 'x' }, { NOT: { notes: 'x' } }] })).toEqual(['TaskFilter.notes']);
    expect(codes({ title: 'x' })).toEqual([]);
    expect(codes({ AND: { notes: 'x' } })).toEqual(['TaskFilter.notes']);
  });

  test('an ordering value in a variable, in a list, or as a default', () => {
    expect(denied('query ($o: Order) { project(order: $o) { name } }', guest, { o: { field: 'BUDGET' } })).toEqual([
      'OrderField.BUDGET',
    ]);
    expect(
      denied('query ($f: OrderField!) { project(orders: [{ field: $f }]) { name } }', guest, { f: 'BUDGET' }),
    ).toEqual(['OrderField.BUDGET']);
    expect(denied('query ($f: OrderField! = BUDGET) { project(orders: [{ field: $f }]) { name } }')).toEqual([
      'OrderField.BUDGET',
    ]);
  });

  test('a member whose name imitates the separators of the cache does not borrow another plan', () => {
    const document = reader.read('query ($f: TaskFilter) { project { tasks(filter: $f) { title } } }');
    const codes = (f: unknown) => deniedOf(document, { f });
    expect(codes({ 'title":s,"notes': 'x' })).toEqual([]);
    expect(codes({ title: 'x', notes: 'x' })).toEqual(['TaskFilter.notes']);
  });

  test('the anonymous are denied what needs a credential, with no permission named', () => {
    expect(planned('{ user { name } }', nobody).denials).toEqual([{ coordinate: 'Query.user', requires: [] }]);
  });

  test('a rule of the row is left to the row for people, and denied to keys', () => {
    const text = '{ user { email } }';
    expect(planned(text).coordinates.find(({ coordinate }) => coordinate === 'User.email')?.decision).toBe('perRow');
    expect(denied(text, key('project:read'))).toEqual(['User.email']);
    expect(planned(text, person('user.contact:read')).isAllowed('User.email')).toBe(true);
  });

  test('a rule of the row never opens an input: what it filters is what it would find out', () => {
    expect(denied('{ user(email: "a@b.c") { name } }')).toEqual(['Query.user(email:)']);
    expect(denied('{ user(email: "a@b.c") { name } }', person('user.contact:read'))).toEqual([]);
  });

  test('a denial names the permissions that are lacking, those of the type too', () => {
    expect(planned('{ node { ... on Project { budget } } }', person()).denials).toEqual([
      { coordinate: 'Project.budget', requires: ['project:read', 'project.budget:read'] },
    ]);
  });

  test('a bomb of 30 fragments, each spreading the next twice, is walked in linear time', () => {
    const fragments = Array.from({ length: 30 }, (_, i) =>
      i === 29
        ? `fragment F${i} on Project { budget }`
        : `fragment F${i} on Project { ...F${i + 1} ... on Project { ...F${i + 1} } }`,
    );
    expect(denied(`{ project { ...F0 } } ${fragments.join(' ')}`)).toEqual(['Project.budget']);
  });
});

describe('the document that is executed', () => {
  test('is the client’s own when nothing is denied', () => {
    const operation = prepare(schema, '{ project { name } }');
    expect(operation.planFor(planner, guest).plan.document).toBe(operation.document);
  });

  test('holds no denied field, no denied input and no value of one', () => {
    const text = print(
      planned('{ priced { budget } project { budget x: tasks(filter: { notes: "hunter2" }) { notes } } }').document,
    );
    expect(text).not.toMatch(/hunter2|filter:|\{\s*notes/);
    expect(text).not.toMatch(/on Project \{\s*budget\s*\}/);
    expect(text).toMatch(/on Product \{\s*budget/);
  });
});

test('the document for scopes, which know no inputs, holds no denied input and no value of one', () => {
  const { scopedDocument } = planned(
    '{ project { name x: tasks(filter: { notes: "hunter2" }) { title } y: tasks(filter: { title: "open" }) { title } } }',
  );
  expect(print(scopedDocument)).not.toMatch(/hunter2|notes:/);
  expect(print(scopedDocument)).toMatch(/y: tasks\(filter: \{\s*title: "open"\s*\}\)/);
});

describe('execution of the plan', () => {
  const resolved: string[] = [];
  const open = makePlannedSchema(withResolvers(buildSchema(sdl)), schema, policies);

  function withResolvers(bare: GraphQLSchema): GraphQLSchema {
    for (const type of Object.values(bare.getTypeMap())) {
      if (type.name.startsWith('__') || !('getFields' in type)) continue;
      for (const field of Object.values(type.getFields()))
        if ('resolve' in field)
          field.resolve = (parent: Record<string, unknown>) => {
            resolved.push(`${type.name}.${field.name}`);
            return parent[field.name];
          };
    }
    return bare;
  }

  const project = {
    __typename: 'Project',
    name: 'Apollo',
    budget: 5,
    tasks: [
      { title: 'a', notes: 'n' },
      { title: 'b', notes: 'm' },
    ],
  };
  const rootValue = { project, priced: [{ __typename: 'Product', budget: 7 }, project] };

  function run(text: string, variables: Record<string, unknown> = {}) {
    resolved.length = 0;
    const plan = planned(text, guest, variables);
    const state = new AuthorizationState(plan);
    const result = execute({
      schema: open,
      document: plan.document,
      rootValue,
      contextValue: { authorization: state },
      variableValues: variables,
    });
    return { data: JSON.parse(JSON.stringify(result)).data, denials: state.denials };
  }

  test('a denied field is null under its response key, and its resolver never runs', () => {
    const { data, denials } = run('{ project { name x: budget tasks { title notes } } }');
    expect(data).toEqual({
      project: {
        name: 'Apollo',
        x: null,
        tasks: [
          { title: 'a', notes: null },
          { title: 'b', notes: null },
        ],
      },
    });
    expect(resolved).not.toContain('Project.budget');
    expect(resolved).not.toContain('Task.notes');
    expect(denials).toEqual([
      { coordinate: 'Project.budget', requires: ['project.budget:read'], path: ['project', 'x'] },
      { coordinate: 'Task.notes', requires: ['task.internal:read'], path: ['project', 'tasks', 0, 'notes'] },
    ]);
  });

  test('through an interface only the guarded type is null', () => {
    expect(run('{ priced { budget } }').data).toEqual({ priced: [{ budget: 7 }, { budget: null }] });
  });

  test('two types that use one response key keep their own answers', () => {
    expect(run('{ priced { ... on Project { x: budget } ... on Product { x: budget } } }').data).toEqual({
      priced: [{ x: 7 }, { x: null }],
    });
  });

  test('a field denied by its input is null and is not resolved', () => {
    const { data, denials } = run('query ($f: TaskFilter) { project { tasks(filter: $f) { title } } }', {
      f: { notes: 'x' },
    });
    expect(data).toEqual({ project: { tasks: null } });
    expect(resolved).not.toContain('Project.tasks');
    expect(denials[0]).toMatchObject({ coordinate: 'TaskFilter.notes', path: ['project', 'tasks'] });
  });
});
