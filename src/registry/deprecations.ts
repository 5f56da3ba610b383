/**
 * When what is deprecated was deprecated. The reason ends with the day, `(since 2026-11-23)`: unlike a directive of our own
 * it reaches every client by introspection, and every tool shows it.
 */
import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import type { PreparedOperation } from '../operation/prepare.ts';

/** Coordinate to the day of its deprecation, at midnight UTC. */
export type Deprecations = ReadonlyMap<string, Date>;

/** Thrown for a schema with a deprecation that carries no date. */
export class UndatedDeprecationError extends Error {
  readonly coordinates: readonly string[];

  constructor(coordinates: readonly string[]) {
    super(`Deprecated without a date: ${coordinates.join(', ')}. End the reason with "(since 2026-11-23)".`);
    this.name = 'UndatedDeprecationError';
    this.coordinates = coordinates;
  }
}

/** The day at the end of a reason. @returns null when there is none, or no such day exists. */
export function deprecatedSince(reason: string): Date | null {
  const day = /\(since (\d{4}-\d{2}-\d{2})\)\s*$/.exec(reason)?.[1];
  if (!day) return null;
  const date = new Date(`${day}T00:00:00Z`);
  // 2026-02-30 is read as 2 March.
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day ? null : date;
}

/**
 * Reads every deprecation off a schema.
 * @throws UndatedDeprecationError unless each carries its date.
 */
export function readDeprecations(schema: GraphQLSchema): Deprecations {
  const dates = new Map<string, Date>();
  const undated: string[] = [];
  const read = (coordinate: string, reason: string | null | undefined): void => {
    if (reason === null || reason === undefined) return;
    const date = deprecatedSince(reason);
    if (date) dates.set(coordinate, date);
    else undated.push(coordinate);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) {
        read(`${type.name}.${field.name}`, field.deprecationReason);
        for (const argument of field.args)
          read(`${type.name}.${field.name}(${argument.name}:)`, argument.deprecationReason);
      }
    else if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) read(`${type.name}.${field.name}`, field.deprecationReason);
    else if (isEnumType(type))
      for (const value of type.getValues()) read(`${type.name}.${value.name}`, value.deprecationReason);
  }
  if (undated.length > 0) throw new UndatedDeprecationError(undated);
  return dates;
}

/** What an operation uses that is deprecated, by coordinate; what variables name counts as well. */
export function usedDeprecations(deprecations: Deprecations, operation: PreparedOperation): Deprecations {
  const used = new Map<string, Date>();
  if (deprecations.size === 0) return used;
  const use = (coordinate: string): void => {
    const date = deprecations.get(coordinate);
    if (date) used.set(coordinate, date);
  };
  operation.walk(({ node, staticType, inputs }) => {
    use(`${staticType.name}.${node.name.value}`);
    for (const { coordinate } of inputs) use(coordinate);
    return true;
  });
  return used;
}
