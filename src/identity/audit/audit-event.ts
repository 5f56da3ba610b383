/** The audit log, as it is read. Nobody writes it but the deeds themselves. */

import { readableDetails } from '../../authorization/audit-actions.ts';
import { noColumn } from '../../authorization/column-uses.ts';
import { toGlobalId } from '../../authorization/global-id.ts';
import { viewerUserId } from '../../authorization/viewer.ts';
import { builder } from '../../nouns/builder.ts';
import { createConnection, type ListKind, resolveList } from '../../nouns/connection.ts';
import { column, DateTimeFilter, defineFilter, idColumn, nullableColumn, StringFilter } from '../../nouns/filter.ts';
import { createOrderInput } from '../../nouns/order-input.ts';
import { policies } from '../policies.ts';
import { Viewer } from '../session/viewer.ts';

const AuditParty = builder.objectRef<{ type: string; id: string | null }>('AuditParty').implement({
  description: 'Who or what an event names.',
  authScopes: policies.AuditParty,
  fields: (t) => ({
    type: t.exposeString('type', { description: 'The type, such as `User`.', authScopes: policies['AuditParty.type'] }),
    id: t.id({
      nullable: true,
      description: 'The global id; null where there is none.',
      authScopes: policies['AuditParty.id'],
      resolve: ({ type, id }) => (id === null ? null : toGlobalId(type, id)),
    }),
  }),
});

export const AuditEvent = builder.prismaNode('AuditEvent', {
  description: 'Something that somebody did, or tried.',
  authScopes: policies.AuditEvent,
  select: { id: true },
  id: { field: 'id', description: 'The global id.', authScopes: policies['AuditEvent.id'] },
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When.', authScopes: policies['AuditEvent.at'] }),
    actor: t.field({
      type: AuditParty,
      description: 'Who.',
      authScopes: policies['AuditEvent.actor'],
      select: { actorType: true, actorId: true },
      resolve: ({ actorType, actorId }) => ({ type: actorType, id: actorId }),
    }),
    action: t.exposeString('action', {
      description: 'What, such as `role.update`.',
      authScopes: policies['AuditEvent.action'],
    }),
    target: t.field({
      type: AuditParty,
      description: 'To what.',
      authScopes: policies['AuditEvent.target'],
      select: { targetType: true, targetId: true },
      resolve: ({ targetType, targetId }) => ({ type: targetType, id: targetId }),
    }),
    ip: t.exposeString('ip', {
      nullable: true,
      description: 'From which address.',
      authScopes: policies['AuditEvent.ip'],
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'In which request.',
      authScopes: policies['AuditEvent.requestId'],
    }),
    details: t.field({
      type: 'JSON',
      description: 'What changed: people by id, and as `changed` what the viewer may not read elsewhere either.',
      authScopes: policies['AuditEvent.details'],
      select: { details: true, action: true, actorType: true, actorId: true },
      resolve: (event, _args, { viewer }) => readableDetails(event, viewer),
    }),
  }),
});

/** The id behind a global id of whatever type; the type stands in a column of its own. */
function anyLocalId(id: unknown): string | null {
  const text = Buffer.from(String(id), 'base64').toString('utf8');
  const found = /^[A-Za-z]+:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(text);
  return found?.[1] ?? null;
}

const filter = defineFilter('AuditEvent', 'Conditions on audit events; several hold together.', {
  action: column(StringFilter, 'By action.'),
  actorId: idColumn(anyLocalId, 'By who did it.'),
  targetType: column(StringFilter, 'By the type of what it was done to.'),
  targetId: idColumn(anyLocalId, 'By what it was done to.'),
  requestId: nullableColumn(StringFilter, 'By request.'),
  at: column(DateTimeFilter, 'By time.'),
});

const orders = { AT: { column: 'at', kind: 'date', description: 'By time.' } } as const;
const AuditEventOrder = createOrderInput('AuditEvent', orders);
const { connection, edge } = createConnection('AuditEvent', AuditEvent as never);
const auditEvents: ListKind = {
  name: 'AuditEvent',
  filter,
  orders,
  defaultOrder: { field: 'AT', direction: 'desc' },
};

builder.queryField('auditEvents', (t) =>
  t.connection(
    {
      type: AuditEvent,
      nullable: true,
      description: 'What was done in the organization, the latest first.',
      authScopes: policies['Query.auditEvents'],
      extensions: noColumn('One reads what one did oneself: which events one sees is visibility.'),
      args: {
        filter: t.arg({ type: filter.input, description: 'Which of them; all when left out.' }),
        orderBy: t.arg({ type: AuditEventOrder, description: 'In which order; latest first when left out.' }),
      },
      resolve: async (_root, args, context, info) => (await resolveList(auditEvents, args, context, info)) as never,
    },
    connection as never,
    edge as never,
  ),
);

const ownEvents: ListKind = {
  ...auditEvents,
  only: (viewer) => ({ actorType: 'User', actorId: viewerUserId(viewer) ?? '00000000-0000-0000-0000-000000000000' }),
};

builder.objectField(Viewer, 'auditEvents', (t) =>
  t.connection(
    {
      type: AuditEvent,
      nullable: true,
      description: 'What the person did in this organization or with the account, the latest first.',
      authScopes: policies['Viewer.auditEvents'],
      args: {
        filter: t.arg({ type: filter.input, description: 'Which of them; all when left out.' }),
        orderBy: t.arg({ type: AuditEventOrder, description: 'In which order; latest first when left out.' }),
      },
      resolve: async (_viewer, args, context, info) => (await resolveList(ownEvents, args, context, info)) as never,
    },
    connection as never,
    edge as never,
  ),
);
