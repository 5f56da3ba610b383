/** Scalars: exact in both directions, and strict about what they read. */
import { expect, test } from 'vitest';
import { parseDecimal, parseInstant } from '../../src/nouns/scalars.ts';

test.each([
  ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31T12:00:00.5+02:00', '2026-01-31T10:00:00.500Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
])('%s is the instant %s', (text, expected) => {
  expect(parseInstant(text).toISOString()).toBe(expected);
});

test.each([
  '2026-02-29T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:00:60Z',
  '2026-01-01T00:00:00',
  '2026-01-01',
  '2026-01-01T00:00:00+99:99',
  '0000-12-31T00:00:00Z',
  '0001-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
  ' 2026-01-01T00:00:00Z',
  '',
  1_767_225_600_000,
  null,
])('%j is no instant', (value) => {
  expect(() => parseInstant(value)).toThrow('Expected an instant');
});

test.each(['0', '-1', '1250.50', '999999999999.99', '0.1'])('%s is a decimal, exactly', (text) => {
  expect(parseDecimal(text).toString()).toBe(text.replace(/(\.\d)0$/, '$1'));
});

test.each(['', '1e5', '1.234', '1000000000000', '.5', '1.', '+1', ' 1', '1,5', 'NaN', '0x10', 1, 1.5, null])(
  '%j is no decimal',
  (value) => {
    expect(() => parseDecimal(value)).toThrow('Expected a decimal');
  },
);
