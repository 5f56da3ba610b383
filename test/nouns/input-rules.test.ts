import { expect, test } from 'vitest';
import { createPlanner } from '../../src/authorization/plan.ts';
import { policyTable } from '../../src/authorization/policies.ts';
import { buildPublicSchema } from '../../src/schema.ts';
import { person } from '../authorization/viewers.ts';
import { expectedInputs, expectedPermissions } from '../guarantees/expected-access.ts';
import { useOf } from '../guarantees/input-uses.ts';
import { prepare } from '../support/prepare.ts';

const schema = buildPublicSchema();
const planner = createPlanner(schema, policyTable());

// No system role holds everything else: what a role lacks by chance another input of it may need as well.
test.each([...expectedInputs])('%s is denied to whoever holds everything but %s', (coordinate, need) => {
  const operation = prepare(schema, useOf(coordinate).text);
  const denialsOf = (permissions: readonly string[]) =>
    operation.planFor(planner, person(...permissions)).plan.denials.map((denial) => denial.coordinate);
  expect(denialsOf(expectedPermissions)).toEqual([]);
  expect(denialsOf(expectedPermissions.filter((permission) => permission !== need))).toContain(coordinate);
});
