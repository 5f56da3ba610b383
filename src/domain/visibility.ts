/** Which rows of the domain a viewer may know of. */
import { own } from '../authorization/own-condition.ts';
import type { Permission } from '../authorization/permissions.ts';
import type { Viewer } from '../authorization/viewer.ts';
import { defineVisibility, everyRow, noRow, visibleRows } from '../authorization/visibility.ts';
import { narrowEvents } from '../nouns/audited-rows.ts';

const ifHeld = (permission: Permission) => (viewer: Viewer) => (viewer.permissions.has(permission) ? everyRow : noRow);

defineVisibility('Project', { rows: ifHeld('project:read'), impliedEdges: ['lead'] });
defineVisibility('Task', { rows: ifHeld('task:read'), impliedEdges: ['assignee', 'reporter'] });
/** Internal comments are rows that do not exist for whoever lacks `comment.internal:read`. */
defineVisibility('Comment', {
  rows: (viewer) =>
    viewer.permissions.has('comment.internal:read')
      ? ifHeld('comment:read')(viewer)
      : { AND: [ifHeld('comment:read')(viewer), own({ internal: false })] },
  impliedEdges: ['author'],
});
narrowEvents('Comment', ({ permissions }) =>
  permissions.has('comment.internal:read') ? null : { path: ['internal'], equals: false },
);
defineVisibility('Attachment', { rows: ifHeld('attachment:read'), impliedEdges: ['uploadedBy'] });

/** With `member:list` the members that a project has now; else those of them whom one can see. */
defineVisibility('ProjectMember', {
  rows: (viewer) =>
    viewer.permissions.has('member:list')
      ? { membership: visibleRows('Membership', viewer) }
      : { user: visibleRows('User', viewer) },
  hasIds: false,
  impliedEdges: ['user'],
});
