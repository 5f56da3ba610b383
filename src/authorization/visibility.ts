/**
 * Which rows of a model a viewer may know of, as a Prisma `where`. The tenant is added by the client; what stands here is what
 * permissions say beyond that. `visibility-wall.ts` adds it to every statement: lists, counts, relations, filters, `node(id)`.
 */

import type { Prisma } from '../generated/prisma/client.ts';
import { own } from './own-condition.ts';
import { type Viewer, viewerUserId } from './viewer.ts';
import { permissionsSeeing } from './visibility-rules.ts';

/** Everything, and nothing. An empty `where` is everything, so nothing must be said. */
const everything = {};
const nothing = { id: { in: [] as string[] } };

/** No organization has this id. */
const nobodysId = '00000000-0000-0000-0000-000000000000';

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
 * Memberships that stand: neither ended, nor the registration of somebody whose address nobody confirmed. One that waits for approval
 * is known to those who decide about it or read states of members.
 */
export const currentMemberships = (viewer: Viewer): Prisma.MembershipWhereInput => {
  const settled = { status: { in: ['ACTIVE', 'SUSPENDED'] as ('ACTIVE' | 'SUSPENDED')[] } };
  const seesPending = viewer.permissions.has('user:approve') || viewer.permissions.has('user.security:read');
  return seesPending ? { OR: [settled, { status: 'PENDING', user: { emailVerified: true } }] } : settled;
};

/** People of the viewer's organization as of now: whom `users` lists, and of whom more than the name may be read. */
export const currentUsers = (viewer: Viewer): Prisma.UserWhereInput => {
  const organizationId = viewer.organization?.id;
  if (!organizationId) return nothing;
  return { memberships: { some: { AND: [{ organizationId }, currentMemberships(viewer)] } } };
};

/**
 * Oneself; with `member:list` the people of the organization; and whoever stands beside work that the viewer can see, former members
 * too: their name stays in what they did. Nobody else: an id that was guessed would tell who is, or was, a member.
 */
export const visibleUsers = (viewer: Viewer): Prisma.UserWhereInput => {
  const organizationId = viewer.organization?.id;
  const own: Prisma.UserWhereInput = { id: { in: [viewerUserId(viewer)].filter((id) => id !== null) } };
  if (!organizationId) return own;
  const mine = { organizationId };
  const known: Prisma.UserWhereInput[] = [own];
  if (viewer.permissions.has('member:list')) {
    known.push(currentUsers(viewer));
    // Who left is still who made a key.
    if (viewer.permissions.has('apiKey:list')) known.push({ createdApiKeys: { some: mine } });
  }
  // Only through work that the viewer can see at all.
  if (viewer.permissions.has(permissionsSeeing.Project))
    known.push({ ledProjects: { some: { AND: [mine, visibleProjects(viewer)] } } });
  if (viewer.permissions.has(permissionsSeeing.Task)) {
    const task = { AND: [mine, visibleTasks(viewer)] };
    known.push({ assignedTasks: { some: task } }, { reportedTasks: { some: task } });
  }
  if (viewer.permissions.has(permissionsSeeing.Comment))
    known.push({ comments: { some: { AND: [mine, visibleComments(viewer)] } } });
  if (viewer.permissions.has(permissionsSeeing.Attachment))
    known.push({ attachments: { some: { AND: [mine, visibleAttachments(viewer)] } } });
  return { OR: known };
};

/** Former members stay in the table for the sake of their work; as members they are gone. */
export const visibleMemberships = (viewer: Viewer): Prisma.MembershipWhereInput => {
  const userId = viewerUserId(viewer);
  if (viewer.permissions.has('member:list')) return currentMemberships(viewer);
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

/** With `member:list` the members that a project has now; else those of them whom one can see. */
const visibleProjectMembers = (viewer: Viewer): Prisma.ProjectMemberWhereInput =>
  viewer.permissions.has('member:list') ? { membership: currentMemberships(viewer) } : { user: visibleUsers(viewer) };

const visibleMembershipRoles = (viewer: Viewer): Prisma.MembershipRoleWhereInput => {
  const role = visibleRoles(viewer);
  return Object.keys(role).length === 0 ? everything : { role };
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

/** The same for the rows that only join two others: no type stands for them, so that no id leads to them. */
export const joinVisibility = {
  ProjectMember: visibleProjectMembers,
  MembershipRole: visibleMembershipRoles,
} as const;

/**
 * Edges whose target is visible to whoever sees the row, by the filters above: somebody who stands beside visible work is visible.
 * Nothing need be asked again, and the field may be non-null.
 */
export const impliedEdges: ReadonlySet<string> = new Set([
  'Project.lead',
  'Task.assignee',
  'Task.reporter',
  'Comment.author',
  'Attachment.uploadedBy',
  'Membership.user',
  'ProjectMember.user',
  'MembershipRole.role',
]);

/** Edges whose target has another filter than its model's. */
export const edgeVisibility: Readonly<Record<string, (viewer: Viewer) => object>> = {
  // Of the organization alone: a person's own memberships elsewhere are theirs to read as well, and no tenant stands in an edge.
  // The state of a person's membership is read, and filtered on, with `user.security:read` alone.
  'User.memberships': (viewer) => ({
    AND: [
      { organizationId: viewer.organization?.id ?? nobodysId },
      viewer.permissions.has('user.security:read') ? currentMemberships(viewer) : visibleMemberships(viewer),
    ],
  }),
};

/**
 * Columns of people that are read of those alone who belong to the organization now ({@link currentUsers}): of everybody else they are
 * null, and no condition on them holds.
 */
export const columnsOfCurrentUsers: ReadonlySet<string> = new Set([
  'avatarUrl',
  'email',
  'emailVerified',
  'phone',
  'mfaEnabled',
  'lastSignInAt',
]);

/** Names of the models that have a filter. */
export const visibleModels: ReadonlySet<string> = new Set(Object.keys(visibility));
