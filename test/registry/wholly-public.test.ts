import { buildSchema } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { PolicyTable } from '../../src/authorization/policy-table.ts';
import { anyone, authenticated, inherited } from '../../src/authorization/rules.ts';
import { isWhollyPublic } from '../../src/registry/wholly-public.ts';
import { readerOf } from '../support/prepare.ts';

const schema = buildSchema(`
  type Query { permissions(kind: Int): [Permission], viewer: Viewer }
  type Mutation { permissions: Int }
  type Permission { name: String, secret: String }
  type Viewer { name: String }
`);
const policies: PolicyTable = {
  Query: anyone,
  Mutation: anyone,
  'Mutation.permissions': anyone,
  'Query.permissions': anyone,
  'Query.permissions(kind:)': inherited,
  'Query.viewer': anyone,
  Permission: anyone,
  'Permission.name': anyone,
  'Permission.secret': authenticated,
  Viewer: anyone,
  'Viewer.name': anyone,
};

function isPublic(text: string): boolean {
  return isWhollyPublic(policies, readerOf(schema).read(text).operation());
}

describe('an operation is wholly public', () => {
  test.each([
    ['when everybody may ask and gets the same', '{ permissions(kind: 1) { name } }', true],
    ['not when everybody may ask but each gets their own', '{ viewer { name } }', false],
    ['not when a part of it is each one’s own', '{ permissions { name } viewer { name } }', false],
    ['not when a part of it is hidden in a fragment', '{ ...F } fragment F on Query { viewer { name } }', false],
    ['not when a field needs a credential', '{ permissions { secret } }', false],
    [
      'not when a variable may include more',
      'query Q($x: Boolean!) { permissions { name secret @include(if: $x) } }',
      false,
    ],
    ['never when it writes', 'mutation { permissions }', false],
  ])('%s', (_what, text, expected) => {
    expect(isPublic(text)).toBe(expected);
  });
});
