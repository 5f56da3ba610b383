/** The table of policyTable() against the hand-written file, decision by decision: for whoever lacks one permission, and whoever holds one alone. */

import '../../src/schema.ts';
import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLNamedType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { decideField, isInherited, ruleOf } from '../../src/authorization/decide-coordinate.ts';
import { PermissionSet } from '../../src/authorization/permission-set.ts';
import { policyTable } from '../../src/authorization/policies.ts';
import {
  person as anyPerson,
  can,
  canAsAuthor,
  canOrAuthor,
  canOrSelf,
  decide,
} from '../../src/authorization/rules.ts';
import type { Viewer } from '../../src/authorization/viewer.ts';
import { key, person } from '../authorization/viewers.ts';
import {
  type ExpectedViewer,
  expectedDecision,
  expectedInputs,
  expectedOutputs,
  expectedPermissions,
  needsOf,
} from './expected-access.ts';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const anonymous: Viewer = { kind: 'anonymous', organization: null, permissions: PermissionSet.none };

const sets: readonly (readonly string[])[] = [
  [],
  expectedPermissions,
  ...expectedPermissions.map((one) => [one]),
  ...expectedPermissions.map((one) => expectedPermissions.filter((other) => other !== one)),
];
const viewers: readonly { readonly viewer: Viewer; readonly expected: ExpectedViewer }[] = [
  { viewer: anonymous, expected: { kind: 'anonymous', permissions: new Set() } },
  ...sets.flatMap((permissions) => [
    { viewer: person(...permissions), expected: { kind: 'user' as const, permissions: new Set(permissions) } },
    { viewer: key(...permissions), expected: { kind: 'apiKey' as const, permissions: new Set(permissions) } },
  ]),
];
const words = { allowed: 'allowed', denied: 'denied', perRow: 'self' } as const;
const told = ({ kind, permissions }: Viewer) => `${kind} ${permissions.key}`;

test('every field is decided as it is written down', () => {
  const different: string[] = [];
  for (const coordinate of expectedOutputs) {
    const [type = '', field = ''] = coordinate.split('.');
    const needs = needsOf(type, field) ?? [];
    for (const { viewer, expected } of viewers) {
      const { decision } = decideField(policyTable(), schema.getType(type) as GraphQLNamedType, field, viewer);
      const wanted = expectedDecision(needs, expected);
      if (words[decision] !== wanted) different.push(`${coordinate}: ${decision}, not ${wanted}, for ${told(viewer)}`);
    }
  }
  expect(different).toEqual([]);
});

test('every input and ordering value is decided as it is written down, and what is not written down by its field', () => {
  const different: string[] = [];
  for (const [coordinate, need] of expectedInputs)
    for (const { viewer, expected } of viewers) {
      const isOpen = decide(ruleOf(policyTable(), coordinate), viewer) === 'allowed';
      if (isOpen !== (expectedDecision([need], expected) === 'allowed'))
        different.push(`${coordinate} is ${isOpen ? 'open' : 'closed'} for ${told(viewer)}`);
    }
  expect(different).toEqual([]);
  const narrowed = Object.entries(policyTable()).filter(
    ([coordinate, rule]) => /^\w+(Input|Filter|Order|OrderField)\.\w+$/.test(coordinate) && !isInherited(rule),
  );
  expect(narrowed.map(([coordinate]) => coordinate).filter((coordinate) => !expectedInputs.has(coordinate))).toEqual(
    [],
  );
});

describe('a rule', () => {
  const both = ['project:read', 'task:read'] as const;
  const owner = canOrSelf<{ id: string }>('project:read', ({ id }) => id);
  test.each([
    ['of several permissions is met by all of them', can(...both), person(...both), 'allowed'],
    ['of several permissions is not met by one', can(...both), person('project:read'), 'denied'],
    ['of several permissions is not met by the other', can(...both), person('task:read'), 'denied'],
    ['about an account is met by a person', anyPerson, person(), 'allowed'],
    ['about an account is nothing for a key', anyPerson, key(...both), 'denied'],
    ['that opens one’s own row asks the row of a person', owner, person(), 'perRow'],
    ['that opens one’s own row asks no row of a key', owner, key(), 'denied'],
    ['that opens what one wrote asks the row of a person', canOrAuthor('project:read'), person(), 'perRow'],
    [
      'for authors alone asks the row of whoever holds the permissions',
      canAsAuthor(...both),
      person(...both),
      'perRow',
    ],
    ['for authors alone denies whoever lacks one of them', canAsAuthor(...both), person('task:read'), 'denied'],
    ['for authors alone denies a key', canAsAuthor(...both), key(...both), 'denied'],
    ['of any kind denies the anonymous', owner, anonymous, 'denied'],
  ])('%s', (_what, rule, viewer, decision) => {
    expect(decide(rule, viewer)).toBe(decision);
  });
});
