/** An operation that is registered: what keys run by its id, and how often they did. */

import { localId } from '../authorization/global-id.ts';
import { notFound } from '../errors.ts';
import { actorOf } from '../nouns/actor-of.ts';
import { builder } from '../nouns/builder.ts';
import { createConnection, type ListKind, nestedList, resolveList } from '../nouns/connection.ts';
import { column, DateTimeFilter, defineFilter, nullableColumn, StringFilter } from '../nouns/filter.ts';
import { findVisible } from '../nouns/node.ts';
import { defineWeights } from '../operation/field-weights.ts';
import { documentIdOf } from './document-id.ts';
import { persistedOperationPolicies as policies } from './policies.ts';

const useKind: ListKind = {
  name: 'PersistedOperationUse',
  filter: null,
  orders: { DAY: { column: 'day', kind: 'date' } },
  defaultOrder: { field: 'DAY', direction: 'desc' },
};

const operationFilter = defineFilter(
  'PersistedOperation',
  'Conditions on registered operations; several hold together.',
  {
    client: column(StringFilter, 'By the client.'),
    name: column(StringFilter, 'By the name.'),
    retiredAt: nullableColumn(DateTimeFilter, 'By when it was retired.'),
    lastUsedAt: nullableColumn(DateTimeFilter, 'By when it last ran.'),
  },
);

const operationKind: ListKind = {
  name: 'PersistedOperation',
  filter: operationFilter,
  orders: { CREATED_AT: { column: 'createdAt', kind: 'date' } },
  defaultOrder: { field: 'CREATED_AT', direction: 'desc' },
};

const PersistedOperationUse = builder.prismaNode('PersistedOperationUse', {
  description: 'How often an operation ran for one key on one day.',
  authScopes: policies.PersistedOperationUse,
  select: { id: true },
  id: {
    field: 'id',
    description: 'The global id.',
    authScopes: policies['PersistedOperationUse.id'],
  },
  fields: (t) => ({
    day: t.string({
      description: 'The day in UTC, such as `2026-11-23`.',
      authScopes: policies['PersistedOperationUse.day'],
      select: { day: true },
      resolve: ({ day }) => day.toISOString().slice(0, 10),
    }),
    count: t.exposeInt('count', {
      description: 'How often it ran; written some seconds after the fact.',
      authScopes: policies['PersistedOperationUse.count'],
    }),
    apiKey: t.relation('apiKey', {
      nullable: true,
      description: 'The key. Null for callers without one, and without `apiKey:list`.',
      authScopes: policies['PersistedOperationUse.apiKey'],
    }),
  }),
});

const useConnection = createConnection('PersistedOperationUse', PersistedOperationUse as never);
const uses = nestedList(useKind, 'PersistedOperation.uses', 'uses');

const PersistedOperation = builder.prismaNode('PersistedOperation', {
  description: 'An operation that a client of the organization runs by its id.',
  authScopes: policies.PersistedOperation,
  select: { id: true },
  id: {
    field: 'id',
    description: 'The global id; not what the operation is called by.',
    authScopes: policies['PersistedOperation.id'],
  },
  fields: (t) => ({
    documentId: t.string({
      description: 'What the operation is called by: `sha256:` and the hash of its exact text.',
      authScopes: policies['PersistedOperation.documentId'],
      select: { sha256: true },
      resolve: ({ sha256 }) => documentIdOf(sha256),
    }),
    name: t.exposeString('name', {
      description: 'The name in its text.',
      authScopes: policies['PersistedOperation.name'],
    }),
    body: t.exposeString('body', {
      description: 'Its exact text.',
      authScopes: policies['PersistedOperation.body'],
    }),
    client: t.exposeString('client', {
      description: 'The client whose keys may run it.',
      authScopes: policies['PersistedOperation.client'],
    }),
    cost: t.exposeInt('cost', {
      description: 'Its cost in points with the defaults of its variables; each call is measured anew.',
      authScopes: policies['PersistedOperation.cost'],
    }),
    requires: t.exposeStringList('requires', {
      description: 'The permissions without which a part of it is denied.',
      authScopes: policies['PersistedOperation.requires'],
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was registered.',
      authScopes: policies['PersistedOperation.createdAt'],
    }),
    retiredAt: t.expose('retiredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was retired. Null while it is in use.',
      authScopes: policies['PersistedOperation.retiredAt'],
    }),
    retiredReason: t.exposeString('retiredReason', {
      nullable: true,
      description: 'What callers are told since. Null while it is in use.',
      authScopes: policies['PersistedOperation.retiredReason'],
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last ran; written some seconds after the fact. Null when it never did.',
      authScopes: policies['PersistedOperation.lastUsedAt'],
    }),
    uses: t.connection(
      {
        type: PersistedOperationUse,
        nullable: true,
        description: 'How often it ran, by key and day, the latest day first.',
        authScopes: policies['PersistedOperation.uses'],
        ...(uses as object),
        resolve: (operation, args, context) => uses.resolve(operation, args, context) as never,
      },
      useConnection.connection as never,
      useConnection.edge as never,
    ),
  }),
});

const operationConnection = createConnection('PersistedOperation', PersistedOperation as never);

builder.queryFields((t) => ({
  persistedOperations: t.connection(
    {
      type: PersistedOperation,
      nullable: true,
      description: 'The operations that are registered for clients of the organization, the latest first.',
      authScopes: policies['Query.persistedOperations'],
      args: { filter: t.arg({ type: operationFilter.input, description: 'Which of them; all when left out.' }) },
      resolve: async (_root, args, context, info) => (await resolveList(operationKind, args, context, info)) as never,
    },
    operationConnection.connection as never,
    operationConnection.edge as never,
  ),
}));

const PersistedOperationInput = builder.inputType('PersistedOperationInput', {
  description: 'An operation to register.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Its name; the one in its text.' }),
    body: t.string({ required: true, description: 'Its exact text: its hash is what it will be called by.' }),
  }),
});

const RegisterPersistedOperationsInput = builder.inputType('RegisterPersistedOperationsInput', {
  description: 'Operations to register for a client.',
  fields: (t) => ({
    client: t.string({ required: true, description: 'The client, as its keys name it.' }),
    operations: t.field({
      type: [PersistedOperationInput],
      required: true,
      description: 'The operations: all of them are registered, or none. At most 2,000.',
    }),
  }),
});

interface RegisteredIds {
  readonly ids: readonly string[];
  readonly created: number;
}

const RegisterPersistedOperationsPayload = builder
  .objectRef<RegisteredIds>('RegisterPersistedOperationsPayload')
  .implement({
    description: 'What was registered.',
    authScopes: policies.RegisterPersistedOperationsPayload,
    fields: (t) => ({
      persistedOperations: t.field({
        type: [PersistedOperation],
        nullable: true,
        description: 'All operations of the call, in its order. Null without `operation:list`.',
        authScopes: policies['RegisterPersistedOperationsPayload.persistedOperations'],
        resolve: async ({ ids }, _args, context, info) => {
          const rows = await findVisible('PersistedOperation', ids, context, info);
          const byId = new Map(rows.map((row) => [row.id, row]));
          return ids.flatMap((id) => byId.get(id) ?? []) as never;
        },
      }),
      created: t.exposeInt('created', {
        description: 'How many of them were not registered before.',
        authScopes: policies['RegisterPersistedOperationsPayload.created'],
      }),
    }),
  });

const RetirePersistedOperationInput = builder.inputType('RetirePersistedOperationInput', {
  description: 'An operation to retire.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The global id.' }),
    reason: t.string({ required: true, description: 'What callers are told: why, and what to use instead.' }),
  }),
});

const RetirePersistedOperationPayload = builder.objectRef<{ id: string }>('RetirePersistedOperationPayload').implement({
  description: 'What was retired.',
  authScopes: policies.RetirePersistedOperationPayload,
  fields: (t) => ({
    persistedOperation: t.field({
      type: PersistedOperation,
      nullable: true,
      description: 'The operation. Null without `operation:list`.',
      authScopes: policies['RetirePersistedOperationPayload.persistedOperation'],
      resolve: async ({ id }, _args, context, info) => {
        const [row] = await findVisible('PersistedOperation', [id], context, info);
        return (row ?? null) as never;
      },
    }),
  }),
});

builder.mutationFields((t) => ({
  registerPersistedOperations: t.field({
    type: RegisterPersistedOperationsPayload,
    nullable: true,
    description:
      'Registers operations for a client of the organization, all of them or none: parsed, validated, within the limits, and within what the client’s keys may do. Registering again changes nothing.',
    authScopes: policies['Mutation.registerPersistedOperations'],
    args: {
      input: t.arg({ type: RegisterPersistedOperationsInput, required: true, description: 'What to register.' }),
    },
    resolve: (_root, { input }, context) => context.services.operationRegistry.register(actorOf(context), input),
  }),
  retirePersistedOperation: t.field({
    type: RetirePersistedOperationPayload,
    nullable: true,
    description:
      'Retires an operation: whoever calls it is answered OPERATION_RETIRED with the reason, within a second.',
    authScopes: policies['Mutation.retirePersistedOperation'],
    args: { input: t.arg({ type: RetirePersistedOperationInput, required: true, description: 'What to retire.' }) },
    resolve: async (_root, { input }, context) => {
      const id = localId(input.id, 'PersistedOperation');
      if (id === null) throw notFound('PersistedOperation');
      await context.services.operationRegistry.retire(actorOf(context), { id, reason: input.reason });
      return { id };
    },
  }),
}));

defineWeights({ 'Mutation.registerPersistedOperations': 50 });
