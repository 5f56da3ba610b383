import '../../src/schema.ts';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { describe, expect, test } from 'vitest';
import { compares, noColumn, reads, writes } from '../../src/authorization/column-uses.ts';
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
function schemaOf(
  text: string,
  attached: Record<string, unknown> = {},
  columns: Record<string, Readonly<Record<string, unknown>>> = {},
): GraphQLSchema {
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
      ...(type.name === 'Project' ? { pothosPrismaModel: 'Project' } : {}),
    };
    if ('getFields' in type)
      for (const field of Object.values(type.getFields())) {
        const coordinate = `${type.name}.${field.name}`;
        const column = type.name === 'Project' ? { pothosExposedField: field.name } : {};
        field.extensions = { pothosOptions: optionsOf(coordinate), ...(columns[coordinate] ?? column) };
      }
    if ('getValues' in type)
      for (const value of type.getValues())
        value.extensions = columns[`${type.name}.${value.name}`] ?? {
          ...compares(`Project.${value.name.toLowerCase()}` as 'Project.budget'),
        };
  }
  return schema;
}

const faults = (schema: GraphQLSchema, policies: PolicyTable = table, visibleModels: string[] = ['Project']) =>
  findCoverageFaults({ schema, policies, visibleModels: new Set(visibleModels) });

const without = (coordinate: string): PolicyTable =>
  Object.fromEntries(Object.entries(table).filter(([name]) => name !== coordinate));

test('a schema that agrees with its table has no fault', () => {
  expect(faults(schemaOf(sdl))).toEqual([]);
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
    expect(faults(schemaOf(sdl), table, [])).toEqual([
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

describe('start is refused on what the column guard could not stand behind', () => {
  const none = (coordinate: string) => `${coordinate} narrows, but names no column that the guard could refuse.`;

  test.each(['Project.budget', 'ProjectOrderField.BUDGET'])(
    'a narrowed coordinate without a column: %s',
    (coordinate) => {
      const schema = schemaOf(sdl, {}, { [coordinate]: {} });
      expect(faults(schema)).toContain(none(coordinate));
      expect(() => assertCoverage({ schema, policies: table, visibleModels: new Set(['Project']) })).toThrow(
        none(coordinate),
      );
    },
  );

  test('a narrowed input field and a narrowed argument, until they say what they write', () => {
    const text = `${sdl} type Mutation { add(input: Add, at: Int): Int } input Add { budget: Int }`;
    const policies = {
      ...table,
      Mutation: anyone,
      'Mutation.add': can('project:create'),
      'Mutation.add(input:)': inherited,
      'Mutation.add(at:)': can('project:archive'),
      Add: inherited,
      'Add.budget': can('project.budget:write'),
    };
    const attached = { Mutation: anyone, 'Mutation.add': policies['Mutation.add'] };
    const schema = schemaOf(text, attached);
    expect(faults(schema, policies)).toEqual([none('Mutation.add(at:)'), none('Add.budget')]);
    const said = schemaOf(text, attached, { 'Add.budget': writes('Project.budget') });
    const argument = said.getMutationType()?.getFields().add?.args[1];
    if (argument) argument.extensions = noColumn('It only says when.');
    expect(faults(said, policies)).toEqual([]);
  });

  test('a column that a wider field opens', () => {
    const schema = schemaOf(sdl, {}, { 'Project.name': reads('Project.name', 'Project.budget') });
    expect(faults(schema)).toEqual(['Project.budget narrows, but what it names (Project.budget) is open to others.']);
  });

  test('a column that another permission opens as well', () => {
    const policies = { ...table, 'Project.name': can('task:read') };
    const columns = { 'Project.name': reads('Project.budget') };
    expect(
      faults(
        schemaOf(sdl.replace('name: String!', 'name: String'), { 'Project.name': policies['Project.name'] }, columns),
        policies,
      ),
    ).toEqual([
      'Project.name narrows, but what it names (Project.budget) is open to others.',
      'Project.budget narrows, but what it names (Project.budget) is open to others.',
    ]);
  });

  test('a column that is not there, and one through something that is no relation', () => {
    const columns = {
      'Project.name': { ...reads('Project.budgget' as 'Project.budget') },
      'ProjectOrderField.NAME': compares('Project.name.length' as 'Project.name'),
    };
    expect(faults(schemaOf(sdl, {}, columns))).toEqual([
      'Project.name names Project.budgget, which the data model does not have.',
      'ProjectOrderField.NAME names Project.name.length, which the data model does not have.',
    ]);
  });

  test('an order that takes less than reading does', () => {
    expect(faults(schemaOf(sdl), { ...table, 'ProjectOrderField.BUDGET': inherited })).toEqual([
      'ProjectOrderField.BUDGET compares Project.budget, but takes less than reading it does.',
    ]);
  });

  test('not on a coordinate that says why it has no column, but on one that has nothing to explain', () => {
    const columns = { 'Project.budget': noColumn('Computed.'), 'Project.name': noColumn('Computed.') };
    expect(faults(schemaOf(sdl, {}, columns))).toEqual([
      'Project.name explains why it names no column, but narrows nothing.',
    ]);
  });
});

test('the printed schema is valid by itself, directives and their places included', async () => {
  const { readFileSync } = await import('node:fs');
  const text = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(() => buildSchema(text)).not.toThrow();
  expect(text).toMatch(/budget: Decimal @requiresScopes\(scopes: \[\["project\.budget:read"\]\]\)/);
});
