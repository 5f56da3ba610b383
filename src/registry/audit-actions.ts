/** What is on record about registered operations. */
import { defineAuditActions } from '../authorization/audit-actions.ts';
import type { NamesOf } from '../authorization/permissions.ts';
import { can } from '../authorization/rules.ts';

export const registryActions = defineAuditActions({
  'operation.register': {
    client: can('operation:list'),
    count: can('operation:list'),
    operations: can('operation:list'),
  },
  'operation.retire': { client: can('operation:list'), name: can('operation:list'), sha256: can('operation:list') },
});

declare module '../authorization/audit-actions.ts' {
  interface AuditActionRegister extends NamesOf<typeof registryActions> {}
}
