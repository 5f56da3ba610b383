/** Which registered operations a viewer may know of: the organization's own; those of the whole deployment are the operator's to list. */
import { defineVisibility, everyRow, noRow } from '../authorization/visibility.ts';

const listed = ({ permissions }: { readonly permissions: { has(name: string): boolean } }) =>
  permissions.has('operation:list') ? everyRow : noRow;

defineVisibility('PersistedOperation', {
  rows: (viewer) =>
    viewer.organization ? { AND: [listed(viewer), { organizationId: viewer.organization.id }] } : noRow,
});

defineVisibility('PersistedOperationUse', { rows: listed });
