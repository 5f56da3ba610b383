/** API keys. Which there are is visibility: a key sees itself, whoever lists them sees all. */
import { definePolicies } from '../../authorization/policies.ts';
import { connection, openArguments } from '../../authorization/policy-table.ts';
import { authenticated, can, inherited } from '../../authorization/rules.ts';

const list = can('apiKey:list');
const manage = can('apiKey:manage');
// A write of a key tells that the key is there: whoever writes may read it.
const change = can('apiKey:manage', 'apiKey:list');

export const apiKeyPolicies = definePolicies({
  ApiKey: authenticated,
  'ApiKey.id': authenticated,
  'ApiKey.name': authenticated,
  'ApiKey.prefix': authenticated,
  'ApiKey.client': authenticated,
  'ApiKey.scopes': authenticated,
  'ApiKey.role': authenticated,
  'ApiKey.allowAdHoc': authenticated,
  'ApiKey.allowedNetworks': authenticated,
  'ApiKey.budget': authenticated,
  'ApiKey.requestsPerMinute': authenticated,
  'ApiKey.lastUsedAt': authenticated,
  'ApiKey.expiresAt': authenticated,
  'ApiKey.createdAt': authenticated,
  'ApiKey.revokedAt': authenticated,
  'ApiKey.createdBy': authenticated,
  ...connection('ApiKey', list),
  ApiKeyOrder: inherited,
  'ApiKeyOrder.field': inherited,
  'ApiKeyOrder.direction': inherited,
  ApiKeyOrderField: inherited,
  'ApiKeyOrderField.CREATED_AT': inherited,
  'Viewer.apiKey': authenticated,
  'Query.apiKeys': list,
  ...openArguments('Query.apiKeys', 'first', 'last', 'after', 'before', 'orderBy'),

  'Mutation.createApiKey': manage,
  'Mutation.createApiKey(input:)': inherited,
  CreateApiKeyInput: inherited,
  'CreateApiKeyInput.name': inherited,
  'CreateApiKeyInput.client': inherited,
  'CreateApiKeyInput.roleKey': inherited,
  'CreateApiKeyInput.scopes': inherited,
  'CreateApiKeyInput.expiresAt': inherited,
  'CreateApiKeyInput.allowAdHoc': can('schema:introspect'),
  'CreateApiKeyInput.allowedNetworks': inherited,
  'CreateApiKeyInput.budget': inherited,
  'CreateApiKeyInput.requestsPerMinute': inherited,
  CreateApiKeyPayload: manage,
  'CreateApiKeyPayload.apiKey': list,
  'CreateApiKeyPayload.secret': manage,

  'Mutation.rotateApiKey': change,
  'Mutation.rotateApiKey(input:)': inherited,
  RotateApiKeyInput: inherited,
  'RotateApiKeyInput.id': inherited,
  'RotateApiKeyInput.overlapMinutes': inherited,
  RotateApiKeyPayload: change,
  'RotateApiKeyPayload.apiKey': list,
  'RotateApiKeyPayload.secret': change,

  'Mutation.revokeApiKey': change,
  'Mutation.revokeApiKey(input:)': inherited,
  RevokeApiKeyInput: inherited,
  'RevokeApiKeyInput.id': inherited,
  RevokeApiKeyPayload: change,
  'RevokeApiKeyPayload.apiKey': list,
});
