/** Registrations and their compiled form for tests without a database. */
import { buildSchema } from 'graphql';
import type { PolicyTable } from '../../src/authorization/policy-table.ts';
import { anyone } from '../../src/authorization/rules.ts';
import { sha256Of } from '../../src/registry/document-id.ts';
import type { StoredRegistration } from '../../src/stores/registered-operations.ts';
import { readerOf } from '../support/prepare.ts';

const schema = buildSchema('type Query { open: Int } type Mutation { change: Int } type Subscription { changed: Int }');

/** Reads registered texts over a schema of three fields. */
export const reader = readerOf(schema);

/** Rules for that schema. */
export const policies: PolicyTable = {
  Query: anyone,
  'Query.open': anyone,
  Mutation: anyone,
  'Mutation.change': anyone,
  Subscription: anyone,
  'Subscription.changed': anyone,
};

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
