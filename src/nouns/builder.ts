/**
 * The Pothos builder: plugins, scalars' types and defaults. It defines no types; each noun's file does that, and
 * `schema.ts` imports them and builds.
 */
import SchemaBuilder from '@pothos/core';
import DirectivePlugin from '@pothos/plugin-directives';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import type { Decimal } from 'decimal.js';
import DenialPlugin from '../authorization/denial-plugin.ts';
import type { AuthScopes } from '../authorization/rules.ts';
import { createScopes } from '../authorization/scopes.ts';
import type { GatewayContext } from '../context.ts';
import { forbidden } from '../errors.ts';
import type PrismaTypes from '../generated/pothos.ts';
import { getDatamodel } from '../generated/pothos.ts';
import type { Upload } from '../upload.ts';
import { rootPolicies as policies } from './root-policies.ts';

/** The types that the builder's generics go by. */
export interface BuilderTypes {
  Context: GatewayContext;
  AuthScopes: AuthScopes;
  DefaultAuthStrategy: 'all';
  PrismaTypes: PrismaTypes;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    Decimal: { Input: Decimal; Output: Decimal | string | { toFixed(digits?: number): string } };
    JSON: { Input: unknown; Output: unknown };
    Upload: { Input: Upload; Output: never };
  };
}

export const builder = new SchemaBuilder<BuilderTypes>({
  plugins: [DenialPlugin, ScopeAuthPlugin, PrismaPlugin, RelayPlugin, DirectivePlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    defaultStrategy: 'all',
    authScopes: (context) => createScopes(context.viewer),
    unauthorizedError: (_parent, _context, info) => forbidden(`${info.parentType.name}.${info.fieldName}`, []),
  },
  prisma: {
    client: (context) => context.db as never,
    dmmf: getDatamodel(),
    exposeDescriptions: false,
    onUnusedQuery: null,
    maxConnectionSize: 100,
    defaultConnectionSize: 20,
  },
  relay: {
    clientMutationId: 'omit',
    cursorType: 'String',
    nodeTypeOptions: { description: 'Something with a global id.', authScopes: policies.Node },
    idFieldOptions: { description: 'The global id.', authScopes: policies['Node.id'] },
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    pageInfoTypeOptions: { description: 'Whether a list goes on beyond a page.', authScopes: policies.PageInfo },
    hasNextPageFieldOptions: { description: 'Whether there are items after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there are items before this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first item; null for an empty page.' },
    endCursorFieldOptions: { description: 'The cursor of the last item; null for an empty page.' },
    pageInfoFieldOptions: { description: 'Whether there is more.' },
    edgesFieldOptions: { description: 'The items with their cursors.' },
    nodesOnConnection: { description: 'The items.' },
    nodeFieldOptions: { description: 'The item.' },
    cursorFieldOptions: { description: 'Where the item stands; opaque.' },
    firstArgOptions: { description: 'How many items from the start, 1 to 100; 20 when left out.' },
    lastArgOptions: { description: 'How many items from the end, 1 to 100.' },
    afterArgOptions: { description: 'Only items after this cursor.' },
    beforeArgOptions: { description: 'Only items before this cursor.' },
  },
});
