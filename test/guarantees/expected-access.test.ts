import { readFileSync } from 'node:fs';
import { buildSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import {
  expectedInputs,
  expectedOutputs,
  expectedPermissions,
  expectedRoles,
  needsOf,
  permissionsOfRole,
} from './expected-access.ts';

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));

test('the hand-written file knows every field of the schema', () => {
  const unknown = types
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .flatMap((type) => Object.keys(type.getFields()).map((field) => [type.name, field] as const))
    .filter(([type, field]) => needsOf(type, field) === undefined)
    .map(([type, field]) => `${type}.${field}`);
  expect(unknown).toEqual([]);
});

test('the hand-written file knows no field that the schema lacks', () => {
  const gone = expectedOutputs.filter((coordinate) => {
    const [typeName = '', field = ''] = coordinate.split('.');
    const type = schema.getType(typeName);
    return !(isObjectType(type) || isInterfaceType(type)) || !(field in type.getFields());
  });
  expect(gone).toEqual([]);
});

test('what the schema prints of inputs and ordering values is what the hand-written file says', () => {
  const text = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  const printed = new Map<string, string>();
  let type = '';
  for (const line of text.split('\n')) {
    type = /^(?:input|enum) (\w+)/.exec(line)?.[1] ?? (line.startsWith('}') ? '' : type);
    const member = /^ {2}(\w+).*@requiresScopes\(scopes: \[\["([^"]+)"\]\]\)/.exec(line);
    if (type && member) printed.set(`${type}.${member[1]}`, member[2] as string);
  }
  expect(Object.fromEntries([...printed].sort())).toEqual(Object.fromEntries([...expectedInputs].sort()));
  for (const coordinate of expectedInputs.keys()) {
    const [typeName = '', member = ''] = coordinate.split('.');
    const found = schema.getType(typeName);
    expect(
      isInputObjectType(found) ? member in found.getFields() : isEnumType(found) && found.getValue(member),
      coordinate,
    ).toBeTruthy();
  }
});

test('the contract has 40 permissions, an owner holds them all, and each other role fewer', () => {
  expect(expectedPermissions).toHaveLength(40);
  const sizes = expectedRoles.map((role) => permissionsOfRole(role).size);
  expect(sizes[0]).toBe(40);
  for (const size of sizes.slice(1)) expect(size).toBeLessThan(40);
});
