/** Conditions of filters: whoever may use the filter that carries them. */
import type { PolicyTable } from '../authorization/policy-table.ts';
import { inherited, type Rule } from '../authorization/rules.ts';

function conditions<const Name extends string, const Operator extends string>(
  name: Name,
  ...operators: readonly Operator[]
) {
  return Object.fromEntries(
    [name, ...operators.map((operator) => `${name}.${operator}`)].map((row) => [row, inherited]),
  ) as Record<Name | `${Name}.${Operator}`, Rule>;
}

export const filterPolicies = {
  ...conditions('StringFilter', 'eq', 'not', 'in', 'contains', 'startsWith', 'isNull'),
  ...conditions('IntFilter', 'eq', 'not', 'in', 'gt', 'gte', 'lt', 'lte', 'isNull'),
  ...conditions('DecimalFilter', 'eq', 'not', 'in', 'gt', 'gte', 'lt', 'lte', 'isNull'),
  ...conditions('DateTimeFilter', 'eq', 'not', 'in', 'gt', 'gte', 'lt', 'lte', 'isNull'),
  ...conditions('BooleanFilter', 'eq', 'not'),
  ...conditions('IDFilter', 'eq', 'not', 'in'),
  ...conditions('ProjectStatusFilter', 'eq', 'not', 'in'),
  ...conditions('TaskStatusFilter', 'eq', 'not', 'in'),
  ...conditions('TaskPriorityFilter', 'eq', 'not', 'in'),
  ...conditions('MembershipStatusFilter', 'eq', 'not', 'in'),
} satisfies PolicyTable;
