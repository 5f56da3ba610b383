/**
 * Which rows of a model a viewer may know of, as a Prisma `where`. The tenant is added by the client; what stands here is what
 * permissions say beyond that. The same filter guards lists, counts, relations, filters through relations and `node(id)`.
 */
import { type Viewer, viewerUserId } from '../authentication/viewer.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import { own } from './own-condition.ts';
import { permissionsSeeing } from './visibility-rules.ts';

/** Everything, and nothing. An empty `where` is everything, so nothing must be said. */
const everything = {};
const nothing = { id: { in: [] as string[] } };

const ifHeld = (viewer: Viewer, permission: keyof typeof permissionsSeeing) =>
  viewer.permissions.has(permissionsSeeing[permission]) ? everything : nothing;

export const visibleProjects = (viewer: Viewer): Prisma.ProjectWhereInput => ifHeld(viewer, 'Project');

export const visibleTasks = (viewer: Viewer): Prisma.TaskWhereInput => ifHeld(viewer, 'Task');

/** Internal comments are rows that do not exist for whoever lacks `comment.internal:read`. */
export const visibleComments = (viewer: Viewer): Prisma.CommentWhereInput =>
  viewer.permissions.has('comment.internal:read')
    ? ifHeld(viewer, 'Comment')
    : { AND: [ifHeld(viewer, 'Comment'), own({ internal: false })] };

export const visibleAttachments = (viewer: Viewer): Prisma.AttachmentWhereInput => ifHeld(viewer, 'Attachment');

/**
 * With `member:list` everybody who is or was a member; without it oneself, and the people who stand beside work that the
 * viewer can see: otherwise an id that was guessed would tell who is a member.
 */
export const visibleUsers = (viewer: Viewer): Prisma.UserWhereInput => {
  const organizationId = viewer.organization?.id;
  const own: Prisma.UserWhereInput = { id: { in: [viewerUserId(viewer)].filter((id) => id !== null) } };
  if (!organizationId) return own;
  if (viewer.permissions.has('member:list')) return { OR: [own, { memberships: { some: { organizationId } } }] };
  const mine = { organizationId };
  const beside: Prisma.UserWhereInput[] = [];
  // Only through work that the viewer can see at all: the guard refuses statements that look through anything else.
  if (viewer.permissions.has(permissionsSeeing.Project))
    beside.push({ ledProjects: { some: { AND: [mine, visibleProjects(viewer)] } } });
  if (viewer.permissions.has(permissionsSeeing.Task)) {
    const task = { AND: [mine, visibleTasks(viewer)] };
    beside.push({ assignedTasks: { some: task } }, { reportedTasks: { some: task } });
  }
  if (viewer.permissions.has(permissionsSeeing.Comment))
    beside.push({ comments: { some: { AND: [mine, visibleComments(viewer)] } } });
  if (viewer.permissions.has(permissionsSeeing.Attachment))
    beside.push({ attachments: { some: { AND: [mine, visibleAttachments(viewer)] } } });
  return { OR: [own, ...beside] };
};

/** Former members stay in the table for the sake of their work; as members they are gone. */
export const visibleMemberships = (viewer: Viewer): Prisma.MembershipWhereInput => {
  const userId = viewerUserId(viewer);
  if (viewer.permissions.has('member:list')) return own({ status: { not: 'REMOVED' } });
  return userId === null ? nothing : own({ userId, status: { not: 'REMOVED' } });
};

/** With `role:list` all; without it one's own. */
export const visibleRoles = (viewer: Viewer): Prisma.RoleWhereInput => {
  if (viewer.permissions.has('role:list')) return everything;
  return viewer.kind === 'anonymous' ? nothing : { id: { in: viewer.roles.map(({ id }) => id) } };
};

/** The current organization. */
export const visibleOrganizations = (viewer: Viewer): Prisma.OrganizationWhereInput =>
  viewer.organization ? { id: viewer.organization.id } : nothing;

export const visibleInvitations = (viewer: Viewer): Prisma.InvitationWhereInput => ifHeld(viewer, 'Invitation');

/** With `apiKey:list` all; a key sees itself. */
export const visibleApiKeys = (viewer: Viewer): Prisma.ApiKeyWhereInput => {
  if (viewer.permissions.has('apiKey:list')) return everything;
  return viewer.kind === 'apiKey' ? { id: viewer.apiKeyId } : nothing;
};

/** The organization's own; those of the whole deployment are the operator's to list. */
export const visiblePersistedOperations = (viewer: Viewer): Prisma.PersistedOperationWhereInput =>
  viewer.organization
    ? { AND: [ifHeld(viewer, 'PersistedOperation'), { organizationId: viewer.organization.id }] }
    : nothing;

export const visiblePersistedOperationUses = (viewer: Viewer): Prisma.PersistedOperationUseWhereInput =>
  ifHeld(viewer, 'PersistedOperationUse');

/** With `audit:read` the organization's, but events of internal comments as the comments themselves; without it what oneself did. */
export const visibleAuditEvents = (viewer: Viewer): Prisma.AuditEventWhereInput => {
  const organizationId = viewer.organization?.id ?? null;
  if (organizationId !== null && viewer.permissions.has('audit:read'))
    return viewer.permissions.has('comment.internal:read')
      ? { organizationId }
      : {
          organizationId,
          OR: [{ targetType: { not: 'Comment' } }, { details: { path: ['internal'], equals: false } }],
        };
  const userId = viewerUserId(viewer);
  return userId === null ? nothing : { actorType: 'User', actorId: userId };
};

/** One's own that are neither ended nor revoked. */
export const visibleSessions = (viewer: Viewer): Prisma.SessionWhereInput => {
  const userId = viewerUserId(viewer);
  return userId === null ? nothing : { userId, revokedAt: null, expiresAt: { gt: new Date() } };
};

/** Model to filter: what coverage asks for each model that backs a type, and what `node(id)` goes by. */
export const visibility = {
  Project: visibleProjects,
  Task: visibleTasks,
  Comment: visibleComments,
  Attachment: visibleAttachments,
  User: visibleUsers,
  Membership: visibleMemberships,
  Role: visibleRoles,
  Organization: visibleOrganizations,
  Invitation: visibleInvitations,
  ApiKey: visibleApiKeys,
  PersistedOperation: visiblePersistedOperations,
  PersistedOperationUse: visiblePersistedOperationUses,
  AuditEvent: visibleAuditEvents,
  Session: visibleSessions,
} as const;

/** Names of the models that have a filter. */
export const visibleModels: ReadonlySet<string> = new Set(Object.keys(visibility));
