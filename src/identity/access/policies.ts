/** Questions about access: everybody may ask about themselves; the service asks `access:explain` for anyone else. */
import { definePolicies } from '../../authorization/policies.ts';
import { openArguments } from '../../authorization/policy-table.ts';
import { anyone, can, inherited } from '../../authorization/rules.ts';

export const accessPolicies = definePolicies({
  'Query.explainAccess': anyone,
  ...openArguments('Query.explainAccess', 'operation', 'operationName', 'variables', 'as'),
  AccessSubject: inherited,
  'AccessSubject.role': can('access:explain'),
  'AccessSubject.user': inherited,
  'AccessSubject.apiKey': can('access:explain'),
  AccessExplanation: anyone,
  'AccessExplanation.allowed': anyone,
  'AccessExplanation.coordinates': anyone,
  CoordinateAccess: anyone,
  'CoordinateAccess.coordinate': anyone,
  'CoordinateAccess.decision': anyone,
  'CoordinateAccess.rule': anyone,
  'CoordinateAccess.requires': anyone,
  'CoordinateAccess.lacks': anyone,
  'CoordinateAccess.belowDenied': anyone,
  'CoordinateAccess.grantedBy': can('role:list'),
  'Query.accessMatrix': can('access:explain'),
  ...openArguments('Query.accessMatrix', 'type', 'coordinate', 'role', 'permission'),
  AccessMatrixRow: can('access:explain'),
  'AccessMatrixRow.coordinate': can('access:explain'),
  'AccessMatrixRow.rule': can('access:explain'),
  'AccessMatrixRow.requires': can('access:explain'),
  'AccessMatrixRow.roles': can('access:explain'),
  RoleDecision: can('access:explain'),
  'RoleDecision.role': can('access:explain'),
  'RoleDecision.decision': can('access:explain'),
});
