/** The audit log. Which events there are is visibility: with audit:read the organization's, without it what oneself did. */
import { definePolicies } from '../../authorization/policies.ts';
import { connection, openArguments } from '../../authorization/policy-table.ts';
import { authenticated, can, inherited } from '../../authorization/rules.ts';

export const auditEventPolicies = definePolicies({
  AuditEvent: authenticated,
  'AuditEvent.id': authenticated,
  'AuditEvent.at': authenticated,
  'AuditEvent.actor': authenticated,
  'AuditEvent.action': authenticated,
  'AuditEvent.target': authenticated,
  'AuditEvent.ip': authenticated,
  'AuditEvent.requestId': authenticated,
  'AuditEvent.details': authenticated,
  AuditParty: authenticated,
  'AuditParty.type': authenticated,
  'AuditParty.id': authenticated,
  ...connection('AuditEvent', authenticated),
  'Query.auditEvents': can('audit:read'),
  ...openArguments('Query.auditEvents', 'first', 'last', 'after', 'before', 'filter', 'orderBy'),
  'Viewer.auditEvents': authenticated,
  ...openArguments('Viewer.auditEvents', 'first', 'last', 'after', 'before', 'filter', 'orderBy'),
  AuditEventFilter: inherited,
  'AuditEventFilter.action': inherited,
  'AuditEventFilter.actorId': inherited,
  'AuditEventFilter.targetType': inherited,
  'AuditEventFilter.targetId': inherited,
  'AuditEventFilter.requestId': inherited,
  'AuditEventFilter.at': inherited,
  'AuditEventFilter.AND': inherited,
  'AuditEventFilter.OR': inherited,
  'AuditEventFilter.NOT': inherited,
  AuditEventOrder: inherited,
  'AuditEventOrder.field': inherited,
  'AuditEventOrder.direction': inherited,
  AuditEventOrderField: inherited,
  'AuditEventOrderField.AT': inherited,
});
