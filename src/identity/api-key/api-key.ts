/** The API keys of an organization. A secret appears in the payloads that make one, and nowhere else. */
import { noColumn, writes } from '../../authorization/column-uses.ts';
import { localId } from '../../authorization/global-id.ts';
import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { createConnection, type ListKind, resolveList } from '../../nouns/connection.ts';
import { findVisible } from '../../nouns/node.ts';
import { createOrderInput } from '../../nouns/order-input.ts';
import { rowPayload } from '../../nouns/payload.ts';
import { policies } from '../policies.ts';
import { Viewer } from '../session/viewer.ts';

export const ApiKey = builder.prismaNode('ApiKey', {
  description: 'A credential of a partner’s program.',
  authScopes: policies.ApiKey,
  select: { id: true },
  id: { field: 'id', description: 'The global id.', authScopes: policies['ApiKey.id'] },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What people call it.', authScopes: policies['ApiKey.name'] }),
    prefix: t.exposeString('prefix', {
      description: 'The public part of the key.',
      authScopes: policies['ApiKey.prefix'],
    }),
    client: t.exposeString('client', {
      description: 'The program: which registered operations the key may run.',
      authScopes: policies['ApiKey.client'],
    }),
    scopes: t.exposeStringList('scopes', {
      description: 'Permissions that the key may use, as far as its role grants them.',
      authScopes: policies['ApiKey.scopes'],
    }),
    role: t.relation('role', {
      nullable: true,
      description: 'The role. Null for one that the viewer cannot see.',
      authScopes: policies['ApiKey.role'],
    }),
    allowAdHoc: t.exposeBoolean('allowAdHoc', {
      description: 'Whether it may send operations that are not registered.',
      authScopes: policies['ApiKey.allowAdHoc'],
    }),
    allowedNetworks: t.exposeStringList('allowedNetworks', {
      description: 'Address ranges that it may come from; none means anywhere.',
      authScopes: policies['ApiKey.allowedNetworks'],
    }),
    budget: t.exposeInt('budget', {
      nullable: true,
      description: 'Cost points a minute; null for the default.',
      authScopes: policies['ApiKey.budget'],
    }),
    requestsPerMinute: t.exposeInt('requestsPerMinute', {
      nullable: true,
      description: 'Requests a minute; null for no limit of its own.',
      authScopes: policies['ApiKey.requestsPerMinute'],
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute; null for never.',
      authScopes: policies['ApiKey.lastUsedAt'],
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ends by itself; null for never.',
      authScopes: policies['ApiKey.expiresAt'],
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was made.',
      authScopes: policies['ApiKey.createdAt'],
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked; null while it was not.',
      authScopes: policies['ApiKey.revokedAt'],
    }),
    createdBy: t.relation('createdBy', {
      nullable: true,
      description:
        'The person behind it: who made it, or made the key that made it. Null for nobody whom the viewer can see.',
      authScopes: policies['ApiKey.createdBy'],
    }),
  }),
});

const orders = { CREATED_AT: { column: 'createdAt', kind: 'date', description: 'By age.' } } as const;
const ApiKeyOrder = createOrderInput('ApiKey', orders);
const { connection, edge } = createConnection('ApiKey', ApiKey as never);
const apiKeys: ListKind = {
  name: 'ApiKey',
  filter: null,
  orders,
  defaultOrder: { field: 'CREATED_AT', direction: 'desc' },
};

/** Why the column guard has no part in it. */
const ofItself = 'A key reads itself with the same columns: which keys one sees is visibility.';

builder.objectField(Viewer, 'apiKey', (t) =>
  t.field({
    type: ApiKey,
    nullable: true,
    description: 'The API key that calls; null for a person.',
    authScopes: policies['Viewer.apiKey'],
    resolve: async (viewer, _args, context, info) => {
      if (viewer.kind !== 'apiKey') return null;
      const [row] = await findVisible('ApiKey', [viewer.apiKeyId], context, info);
      return (row ?? null) as never;
    },
  }),
);

builder.queryField('apiKeys', (t) =>
  t.connection(
    {
      type: ApiKey,
      nullable: true,
      description: 'The API keys of the organization, the latest first.',
      authScopes: policies['Query.apiKeys'],
      extensions: noColumn(ofItself),
      args: { orderBy: t.arg({ type: ApiKeyOrder, description: 'In which order; latest first when left out.' }) },
      resolve: async (_root, args, context, info) => (await resolveList(apiKeys, args, context, info)) as never,
    },
    connection as never,
    edge as never,
  ),
);

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A new key, within the permissions that the viewer holds.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What people call it, 1 to 100 characters.' }),
    client: t.string({ required: true, description: 'The program that it is for.' }),
    roleKey: t.string({ required: true, description: 'The key of its role.' }),
    scopes: t.stringList({ description: 'Permissions that it may use; all of its role when left out.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it ends by itself; never when left out.' }),
    allowAdHoc: t.boolean({
      description: 'Whether it may send operations that are not registered; no when left out.',
      extensions: writes('ApiKey.allowAdHoc'),
    }),
    allowedNetworks: t.stringList({
      description: 'Address ranges (CIDR) that it may come from; anywhere when left out.',
    }),
    budget: t.int({ description: 'Cost points a minute.' }),
    requestsPerMinute: t.int({ description: 'Requests a minute.' }),
  }),
});
const RotateApiKeyInput = builder.inputType('RotateApiKeyInput', {
  description: 'Which key gets a new secret.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The global id.' }),
    overlapMinutes: t.int({ description: 'How long the old secret works on; 60 when left out, 0 for not at all.' }),
  }),
});
const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'Which key to end.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The global id.' }) }),
});

type WithSecret = { id: string; secret: string };

function secretPayload(name: 'CreateApiKeyPayload' | 'RotateApiKeyPayload') {
  return builder.objectRef<WithSecret>(name).implement({
    description: 'A key with its secret.',
    authScopes: policies[name],
    fields: (t) => ({
      apiKey: t.field({
        type: ApiKey,
        nullable: true,
        description: 'The key as it is now.',
        authScopes: policies[`${name}.apiKey`],
        // Whoever rotates lists keys as well; whoever makes one need not.
        ...(name === 'CreateApiKeyPayload' ? { extensions: noColumn(ofItself) } : {}),
        resolve: async ({ id }, _args, context, info) =>
          ((await findVisible('ApiKey', [id], context, info))[0] ?? null) as never,
      }),
      secret: t.exposeString('secret', {
        description: 'The whole key. It is shown this once.',
        authScopes: policies[`${name}.secret`],
      }),
    }),
  });
}

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: secretPayload('CreateApiKeyPayload'),
    nullable: true,
    description: 'Makes a key.',
    authScopes: policies['Mutation.createApiKey'],
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'What to do it with.' }) },
    resolve: (_root, args, context) => context.services.apiKeys.create(actorOf(context), args.input),
  }),
  rotateApiKey: t.field({
    type: secretPayload('RotateApiKeyPayload'),
    nullable: true,
    description: 'Gives a key a new secret; the old one works on for a while.',
    authScopes: policies['Mutation.rotateApiKey'],
    args: { input: t.arg({ type: RotateApiKeyInput, required: true, description: 'What to do it with.' }) },
    resolve: (_root, args, context) =>
      context.services.apiKeys.rotate(actorOf(context), { ...args.input, id: localId(args.input.id, 'ApiKey') }),
  }),
  revokeApiKey: t.field({
    type: rowPayload('revokeApiKey', 'apiKey', 'ApiKey', ApiKey),
    nullable: true,
    description: 'Ends a key; every replica feels it within a second.',
    authScopes: policies['Mutation.revokeApiKey'],
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'What to do it with.' }) },
    resolve: (_root, args, context) =>
      context.services.apiKeys.revoke(actorOf(context), localId(args.input.id, 'ApiKey')),
  }),
}));
