/** Registered operations: what keys and frontends run by id, and how often they did. */
import { definePolicies } from '../authorization/policies.ts';
import { connection, openArguments } from '../authorization/policy-table.ts';
import { can, inherited } from '../authorization/rules.ts';

const listed = can('operation:list');
const managed = can('operation:manage');
// Retiring tells that the operation is there: whoever retires may read it.
const retired = can('operation:manage', 'operation:list');

export const persistedOperationPolicies = definePolicies({
  PersistedOperation: listed,
  'PersistedOperation.id': listed,
  'PersistedOperation.documentId': listed,
  'PersistedOperation.name': listed,
  'PersistedOperation.body': listed,
  'PersistedOperation.client': listed,
  'PersistedOperation.cost': listed,
  'PersistedOperation.requires': listed,
  'PersistedOperation.createdAt': listed,
  'PersistedOperation.retiredAt': listed,
  'PersistedOperation.retiredReason': listed,
  'PersistedOperation.lastUsedAt': listed,
  'PersistedOperation.uses': listed,
  ...openArguments('PersistedOperation.uses', 'first', 'after', 'last', 'before'),
  ...connection('PersistedOperation', listed),
  PersistedOperationUse: listed,
  'PersistedOperationUse.id': listed,
  'PersistedOperationUse.day': listed,
  'PersistedOperationUse.count': listed,
  'PersistedOperationUse.apiKey': can('apiKey:list'),
  ...connection('PersistedOperationUse', listed),
  'Query.persistedOperations': listed,
  ...openArguments('Query.persistedOperations', 'first', 'after', 'last', 'before', 'filter'),
  PersistedOperationFilter: inherited,
  'PersistedOperationFilter.client': inherited,
  'PersistedOperationFilter.name': inherited,
  'PersistedOperationFilter.retiredAt': inherited,
  'PersistedOperationFilter.lastUsedAt': inherited,
  'PersistedOperationFilter.AND': inherited,
  'PersistedOperationFilter.OR': inherited,
  'PersistedOperationFilter.NOT': inherited,
  'Mutation.registerPersistedOperations': managed,
  ...openArguments('Mutation.registerPersistedOperations', 'input'),
  RegisterPersistedOperationsInput: inherited,
  'RegisterPersistedOperationsInput.client': inherited,
  'RegisterPersistedOperationsInput.operations': inherited,
  PersistedOperationInput: inherited,
  'PersistedOperationInput.name': inherited,
  'PersistedOperationInput.body': inherited,
  RegisterPersistedOperationsPayload: managed,
  'RegisterPersistedOperationsPayload.persistedOperations': listed,
  'RegisterPersistedOperationsPayload.created': managed,
  'Mutation.retirePersistedOperation': retired,
  ...openArguments('Mutation.retirePersistedOperation', 'input'),
  RetirePersistedOperationInput: inherited,
  'RetirePersistedOperationInput.id': inherited,
  'RetirePersistedOperationInput.reason': inherited,
  RetirePersistedOperationPayload: retired,
  'RetirePersistedOperationPayload.persistedOperation': listed,
});
