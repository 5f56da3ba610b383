/** Registrations and their compiled form for tests without a database. */
import { buildSchema } from 'graphql';
import { type PreparedDocument, prepareDocument } from '../../../src/limits/prepare-document.ts';
import { sha256Of } from '../../../src/operations/document-id.ts';
import type { StoredRegistration } from '../../../src/stores/registered-operations.ts';

const schema = buildSchema('type Query { open: Int } type Mutation { change: Int } type Subscription { changed: Int }');

export function preparedOf(body: string): PreparedDocument {
  return prepareDocument(schema, body, {
    maxTokens: 100,
    maxDepth: 5,
    maxAliases: 5,
    maxRootFields: 5,
    maxDirectives: 5,
    maxFragmentSpreads: 5,
    maxOperationNameLength: 30,
  });
}

export function registration(overrides: Partial<StoredRegistration> = {}): StoredRegistration {
  const body = overrides.body ?? 'query Open { open }';
  return {
    id: '0190a0a0-0000-7000-8000-0000000000ff',
    organizationId: null,
    client: 'partner',
    sha256: sha256Of(body),
    name: 'Open',
    body,
    retiredAt: null,
    retiredReason: null,
    ...overrides,
  };
}
