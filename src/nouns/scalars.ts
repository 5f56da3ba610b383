/** Scalars beyond GraphQL's own: exact in both directions, with a message that says what is expected. */
import { Decimal } from 'decimal.js';
import { GraphQLError, Kind, valueFromASTUntyped } from 'graphql';
import { Upload } from '../upload.ts';
import { builder } from './builder.ts';

const instant = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads an RFC 3339 instant of the years 1 to 9999 in UTC: others can neither be stored nor printed.
 * @throws GraphQLError for text that is none, and for a day that does not exist.
 */
export function parseInstant(value: unknown): Date {
  const match = typeof value === 'string' ? instant.exec(value) : null;
  const date = match ? new Date(String(value)) : new Date(Number.NaN);
  const day = match ? new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]))) : date;
  const year = date.getUTCFullYear();
  const exists = day.getUTCDate() === Number(match?.[3]) && Number(match?.[4]) <= 23 && year >= 1 && year <= 9999;
  if (!match || Number.isNaN(date.getTime()) || !exists)
    throw new GraphQLError('Expected an instant such as 2026-01-31T12:00:00Z.');
  return date;
}

/** Reads a decimal of at most 12 digits before the point and 2 after it, written without an exponent. @throws GraphQLError */
export function parseDecimal(value: unknown): Decimal {
  if (typeof value !== 'string' || !/^-?\d{1,12}(\.\d{1,2})?$/.test(value))
    throw new GraphQLError(
      'Expected a decimal in quotes, such as "1250.50": at most 12 digits, a point, and at most 2 digits.',
    );
  return new Decimal(value);
}

builder.scalarType('DateTime', {
  description: 'An instant in UTC, RFC 3339, such as `2026-01-31T12:00:00.000Z`.',
  serialize: (value) => new Date(value).toISOString(),
  parseValue: parseInstant,
  parseLiteral: (node) => parseInstant(node.kind === Kind.STRING ? node.value : null),
});

builder.scalarType('Decimal', {
  description: 'An exact decimal number as a string, such as `"1250.50"`: never a float.',
  serialize: (value) => (typeof value === 'string' ? value : value.toFixed(2)),
  parseValue: parseDecimal,
  parseLiteral: (node) => parseDecimal(node.kind === Kind.STRING ? node.value : null),
});

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});

builder.scalarType('Upload', {
  description: 'A file, sent as the GraphQL multipart request specification says.',
  serialize: () => {
    throw new GraphQLError('A file is never answered.');
  },
  parseValue: (value) => {
    if (value instanceof Upload) return value;
    throw new GraphQLError('Expected a file, sent as multipart/form-data.');
  },
});
