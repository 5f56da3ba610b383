/**
 * Coverage of edges, proven at start: a row that the viewer may not see is one that does not exist, and an edge to it is null. A field
 * that could lead to such a row and is non-null would erase its parent instead, and so tell of it: the gateway refuses to boot with one.
 */
import { type GraphQLSchema, getNamedType, isListType, isNonNullType, isObjectType } from 'graphql';
import { CoverageError } from './coverage.ts';

const modelOf = (type: unknown): string | null =>
  isObjectType(type) ? ((type.extensions.pothosPrismaModel as string | undefined) ?? null) : null;

/**
 * Finds every non-null field to one row that may be invisible; empty when there is none.
 * @param impliedEdges edges (`Model.relation`) whose target is visible to whoever sees the row.
 */
export function findEdgeFaults(schema: GraphQLSchema, impliedEdges: ReadonlySet<string>): readonly string[] {
  const faults: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    // An event to whose row nothing leads is skipped whole.
    if (!isObjectType(type) || type === schema.getSubscriptionType()) continue;
    const model = modelOf(type);
    for (const field of Object.values(type.getFields())) {
      const target = modelOf(getNamedType(field.type));
      if (!target || !isNonNullType(field.type) || isListType(field.type.ofType)) continue;
      // The node of a connection's edge is a row of a list, and lists hold visible rows alone.
      if (model === null && field.name === 'node' && type.getFields().cursor) continue;
      if (model === null || !impliedEdges.has(`${model}.${field.name}`))
        faults.push(`${type.name}.${field.name} is non-null, but its ${target} may be one that the viewer cannot see.`);
    }
  }
  return faults;
}

/** @throws CoverageError unless every field to a row that may be invisible is nullable. */
export function assertEdgeCoverage(schema: GraphQLSchema, impliedEdges: ReadonlySet<string>): void {
  const faults = findEdgeFaults(schema, impliedEdges);
  if (faults.length > 0) throw new CoverageError(faults);
}
