/** Conditions of filters: whoever may use the filter that carries them. */
import { definePolicies } from '../authorization/policies.ts';
import { inherited, type Rule } from '../authorization/rules.ts';

function conditions<const Name extends string, const Operator extends string>(
  name: Name,
  ...operators: readonly Operator[]
) {
  return Object.fromEntries(
    [name, ...operators.map((operator) => `${name}.${operator}`)].map((row) => [row, inherited]),
  ) as Record<Name | `${Name}.${Operator}`, Rule>;
}

export const filterPolicies = definePolicies({
  ...conditions('StringFilter', 'eq', 'not', 'in', 'contains', 'startsWith', 'isNull'),
  ...conditions('IntFilter', 'eq', 'not', 'in', 'gt', 'gte', 'lt', 'lte', 'isNull'),
  ...conditions('DecimalFilter', 'eq', 'not', 'in', 'gt', 'gte', 'lt', 'lte', 'isNull'),
  ...conditions('DateTimeFilter', 'eq', 'not', 'in', 'gt', 'gte', 'lt', 'lte', 'isNull'),
  ...conditions('BooleanFilter', 'eq', 'not'),
  ...conditions('IDFilter', 'eq', 'not', 'in'),
});
