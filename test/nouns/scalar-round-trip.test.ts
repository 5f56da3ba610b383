/** What a scalar prints, it reads back as it was: nothing is rounded or shifted on the way. */
import fc from 'fast-check';
import { GraphQLScalarType } from 'graphql';
import { expect, test } from 'vitest';
import { parseDecimal, parseInstant } from '../../src/nouns/scalars.ts';
import { buildPublicSchema } from '../../src/schema.ts';

const schema = buildPublicSchema();

function scalar(name: string): GraphQLScalarType {
  const type = schema.getType(name);
  if (!(type instanceof GraphQLScalarType)) throw new Error(`${name} is no scalar.`);
  return type;
}

test('DateTime is the same instant, to the millisecond', () => {
  const range = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
  fc.assert(
    fc.property(fc.date({ ...range, noInvalidDate: true }), (date) => {
      expect(parseInstant(scalar('DateTime').serialize(date)).getTime()).toBe(date.getTime());
    }),
  );
});

test('Decimal is the same text with two digits after the point, over the whole range', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 14n) + 1n, max: 10n ** 14n - 1n }), (cents) => {
      const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0');
      const text = `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
      expect(scalar('Decimal').serialize(parseDecimal(text))).toBe(text);
    }),
  );
});

test('JSON is the same value', () => {
  const json = scalar('JSON');
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(json.serialize(json.parseValue(value))).toEqual(value);
    }),
  );
});

test.each(['DateTime', 'Decimal', 'JSON'])('%s says what it is', (name) => {
  expect(scalar(name).description).toMatch(/\w/);
});
