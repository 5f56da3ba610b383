import { buildSchema, type GraphQLSchema } from 'graphql';
import { describe, expect, test } from 'vitest';
import { assertCoverage, CoverageError, findCoverageFaults } from '../../src/authorization/coverage.ts';
import type { PolicyTable } from '../../src/authorization/policy-table.ts';
import { anyone, authenticated, can, inherited } from '../../src/authorization/rules.ts';

const sdl = /* GraphQL */ `
  type Query { project(id: ID, order: ProjectOrder): Project }
  type Project { id: ID! name: String! budget: Int }
  input ProjectOrder { field: ProjectOrderField! }
  enum ProjectOrderField { NAME BUDGET }
`;

const table: PolicyTable = {
  Query: anyone,
  'Query.project': can('project:read'),
  'Query.project(id:)': inherited,
  'Query.project(order:)': inherited,
  Project: can('project:read'),
  'Project.id': can('project:read'),
  'Project.name': can('project:read'),
  'Project.budget': can('project.budget:read'),
  ProjectOrder: inherited,
  'ProjectOrder.field': inherited,
  ProjectOrderField: inherited,
  'ProjectOrderField.NAME': inherited,
  'ProjectOrderField.BUDGET': can('project.budget:read'),
};

/** A schema whose modules attach what the table says, but for the given exceptions. */
function schemaOf(text: string, attached: Record<string, unknown> = {}, model?: string): GraphQLSchema {
  const schema = buildSchema(text);
  const optionsOf = (coordinate: string) => {
    const exception = coordinate in attached ? attached[coordinate] : table[coordinate];
    return typeof exception === 'object' && exception !== null && 'options' in exception
      ? exception.options
      : { authScopes: exception };
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    type.extensions = {
      pothosOptions: optionsOf(type.name),
      ...(type.name === 'Project' ? { pothosPrismaModel: model } : {}),
    };
    if ('getFields' in type)
      for (const field of Object.values(type.getFields()))
        field.extensions = { pothosOptions: optionsOf(`${type.name}.${field.name}`) };
  }
  return schema;
}

const faults = (schema: GraphQLSchema, policies: PolicyTable = table, visibleModels: string[] = ['Project']) =>
  findCoverageFaults({ schema, policies, visibleModels: new Set(visibleModels) });

const without = (coordinate: string): PolicyTable =>
  Object.fromEntries(Object.entries(table).filter(([name]) => name !== coordinate));

test('a schema that agrees with its table has no fault', () => {
  expect(faults(schemaOf(sdl, {}, 'Project'))).toEqual([]);
});

describe('start is refused on', () => {
  test.each(Object.keys(table))('a coordinate without a row: %s', (coordinate) => {
    expect(faults(schemaOf(sdl), without(coordinate))).toContain(`${coordinate} has no row in the table.`);
  });

  test('a row without a coordinate', () => {
    expect(faults(schemaOf(sdl), { ...table, 'Project.gone': anyone })).toEqual([
      'Project.gone has a row, but the schema has no such coordinate.',
    ]);
  });

  test('a rule other than the row’s, on a field', () => {
    expect(faults(schemaOf(sdl, { 'Project.budget': can('project:read') }))).toEqual([
      "Project.budget has a rule other than the row's.",
    ]);
  });

  test('a rule other than the row’s, on a type', () => {
    expect(faults(schemaOf(sdl, { Project: anyone }))).toEqual(["Project has a rule other than the row's."]);
  });

  test('a row that no module attaches', () => {
    expect(faults(schemaOf(sdl, { 'Project.budget': undefined }))).toEqual([
      'Project.budget has a row, but the module attaches no rule.',
    ]);
  });

  test('an empty rule', () => {
    const empty = {} as never;
    expect(faults(schemaOf(sdl, { 'Query.project': empty }), { ...table, 'Query.project': empty }).join()).toContain(
      'Query.project has an empty rule',
    );
  });

  test('a non-null field with a narrower rule than its parent', () => {
    const text = sdl.replace('budget: Int', 'budget: Int!');
    expect(faults(schemaOf(text)).join()).toContain('Project.budget is non-null, but its rule is narrower');
  });

  test('a field that returns a type with a narrower rule', () => {
    const policies = { ...table, 'Query.project': authenticated };
    expect(faults(schemaOf(sdl, { 'Query.project': authenticated }), policies).join()).toContain(
      'Query.project returns Project, whose rule is narrower',
    );
  });

  test('a model type without a visibility filter', () => {
    expect(faults(schemaOf(sdl, {}, 'Project'), table, [])).toEqual([
      'Project is backed by the model Project, which has no visibility filter.',
    ]);
  });

  test.each(['skipTypeScopes', 'grantScopes'])('a field that widens: %s', (option) => {
    const attached = { 'Project.budget': { options: { authScopes: table['Project.budget'], [option]: true } } };
    expect(faults(schemaOf(sdl, attached))).toEqual([
      'Project.budget skips or grants scopes: rows narrow, never widen.',
    ]);
  });

  test('all faults at once, in one error', () => {
    const schema = schemaOf(sdl);
    const input = { schema, policies: without('Project.budget'), visibleModels: new Set<string>() };
    expect(() => assertCoverage(input)).toThrow(CoverageError);
    expect(() => assertCoverage(input)).toThrow(/Project\.budget/);
  });
});

test('the printed schema is valid by itself, directives and their places included', async () => {
  const { readFileSync } = await import('node:fs');
  const text = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(() => buildSchema(text)).not.toThrow();
  expect(text).toMatch(/budget: Decimal @requiresScopes\(scopes: \[\["project\.budget:read"\]\]\)/);
});
