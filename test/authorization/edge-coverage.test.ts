/** The gateway refuses to boot with a field that would erase its parent, and so tell of a row that the viewer cannot see. */
import {
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { CoverageError } from '../../src/authorization/coverage.ts';
import { assertEdgeCoverage, findEdgeFaults } from '../../src/authorization/edge-coverage.ts';

const lead = new GraphQLObjectType({
  name: 'Person',
  extensions: { pothosPrismaModel: 'User' },
  fields: { name: { type: GraphQLString } },
});

function schemaWith(
  type: GraphQLOutputType,
  { name = 'Project', model = 'Project' as string | null, cursor = false } = {},
) {
  const parent = new GraphQLObjectType({
    name,
    extensions: model ? { pothosPrismaModel: model } : {},
    fields: { [cursor ? 'node' : 'lead']: { type }, ...(cursor ? { cursor: { type: GraphQLString } } : {}) },
  });
  return new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { parent: { type: parent } } }) });
}

const nonNull = new GraphQLNonNull(lead);

describe('a non-null field to one row', () => {
  test('is a fault, of a row and of a payload', () => {
    const of = (schema: GraphQLSchema) => findEdgeFaults(schema, new Set(['Project.other']));
    expect(of(schemaWith(nonNull))).toEqual([
      'Project.lead is non-null, but its User may be one that the viewer cannot see.',
    ]);
    expect(of(schemaWith(nonNull, { name: 'DonePayload', model: null }))).toEqual([
      'DonePayload.lead is non-null, but its User may be one that the viewer cannot see.',
    ]);
    expect(() => assertEdgeCoverage(schemaWith(nonNull), new Set())).toThrow(CoverageError);
  });

  test('is none where the row implies its target, in a page of rows, and where it is nullable or a list', () => {
    expect(findEdgeFaults(schemaWith(nonNull), new Set(['Project.lead']))).toEqual([]);
    expect(findEdgeFaults(schemaWith(nonNull, { name: 'PersonEdge', model: null, cursor: true }), new Set())).toEqual(
      [],
    );
    expect(findEdgeFaults(schemaWith(lead), new Set())).toEqual([]);
    expect(findEdgeFaults(schemaWith(new GraphQLNonNull(new GraphQLList(nonNull))), new Set())).toEqual([]);
  });
});
