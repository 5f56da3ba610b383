/**
 * Which people, memberships, roles, organizations, keys, sessions and audit events a viewer may know of: what permissions say beyond the
 * tenant, which the client adds by itself.
 */
import { relationBack } from '../authorization/data-model.ts';
import { own } from '../authorization/own-condition.ts';
import { type Viewer, viewerUserId } from '../authorization/viewer.ts';
import {
  defineVisibility,
  everyRow,
  isEveryRow,
  nobodysId,
  noRow,
  visibleModels,
  visibleRows,
  type WhereOf,
} from '../authorization/visibility.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import { visibleEventsOf } from '../nouns/audited-rows.ts';

/**
 * Memberships that stand: neither ended, nor the registration of somebody whose address nobody confirmed. One that waits for approval
 * is known to those who decide about it or read states of members.
 */
export const currentMemberships = (viewer: Viewer): Prisma.MembershipWhereInput => {
  const settled: Prisma.MembershipWhereInput = { status: { in: ['ACTIVE', 'SUSPENDED'] } };
  const seesPending = viewer.permissions.has('user:approve') || viewer.permissions.has('user.security:read');
  return seesPending ? { OR: [settled, { status: 'PENDING', user: { emailVerified: true } }] } : settled;
};

/** People of the viewer's organization as of now: whom `users` lists, and of whom more than the name may be read. */
const currentUsers = (viewer: Viewer): Prisma.UserWhereInput => {
  const organizationId = viewer.organization?.id;
  if (!organizationId) return noRow;
  return { memberships: { some: { AND: [{ organizationId }, currentMemberships(viewer)] } } };
};

/** Conditions on people: that they stand beside rows of a noun which the viewer can see. Found once, when every noun is declared. */
let besides: readonly { readonly model: string; readonly back: string }[] | undefined;

function edgesToPeople(): NonNullable<typeof besides> {
  besides ??= [...visibleModels()].flatMap(([model, { impliedEdges = [] }]) =>
    impliedEdges.flatMap((relation) => {
      const back = relationBack(model, relation);
      // Memberships and what only joins say who is a member, which is asked for above.
      const counts = back?.model === 'User' && model !== 'Membership' && visibleModels().get(model)?.hasIds !== false;
      return counts ? [{ model, back: back.name }] : [];
    }),
  );
  return besides;
}

/**
 * Oneself; with `member:list` the people of the organization; and whoever stands beside work that the viewer can see, former members
 * too: their name stays in what they did. Nobody else: an id that was guessed would tell who is, or was, a member.
 */
const visibleUsers = (viewer: Viewer): Prisma.UserWhereInput => {
  const organizationId = viewer.organization?.id;
  const self: Prisma.UserWhereInput = { id: { in: [viewerUserId(viewer)].filter((id) => id !== null) } };
  if (!organizationId) return self;
  const mine = { organizationId };
  const known: Prisma.UserWhereInput[] = [self];
  if (viewer.permissions.has('member:list')) {
    known.push(currentUsers(viewer));
    // Who left is still who made a key.
    if (viewer.permissions.has('apiKey:list')) known.push({ createdApiKeys: { some: mine } });
  }
  for (const { model, back } of edgesToPeople()) {
    const rows = visibleRows(model as 'Membership', viewer);
    // Only through work that the viewer can see at all.
    if (!isNoRow(rows)) known.push({ [back]: { some: isEveryRow(rows) ? mine : { AND: [mine, rows] } } });
  }
  return { OR: known };
};

const isNoRow = (where: object): boolean => where === noRow;

defineVisibility('User', {
  rows: visibleUsers,
  edges: {
    // Of the organization alone: a person's own memberships elsewhere are theirs to read as well, and no tenant stands in an edge.
    // The state of a person's membership is read, and filtered on, with `user.security:read` alone.
    memberships: (viewer) => ({
      AND: [
        { organizationId: viewer.organization?.id ?? nobodysId },
        viewer.permissions.has('user.security:read') ? currentMemberships(viewer) : visibleRows('Membership', viewer),
      ],
    }),
  },
  restricted: {
    columns: new Set(['avatarUrl', 'email', 'emailVerified', 'phone', 'mfaEnabled', 'lastSignInAt']),
    rows: currentUsers,
    ownId: viewerUserId,
  },
});

defineVisibility('Membership', {
  // Former members stay in the table for the sake of their work; as members they are gone.
  rows: (viewer) => {
    const userId = viewerUserId(viewer);
    if (viewer.permissions.has('member:list')) return currentMemberships(viewer);
    return userId === null ? noRow : own({ userId, status: { not: 'REMOVED' } });
  },
  named: { userId: 'Whose membership it is decides rules of the row.' },
  impliedEdges: ['user'],
});

/** With `role:list` all; without it one's own. */
const visibleRoles = (viewer: Viewer): Prisma.RoleWhereInput => {
  if (viewer.permissions.has('role:list')) return everyRow;
  return viewer.kind === 'anonymous' ? noRow : { id: { in: viewer.roles.map(({ id }) => id) } };
};
defineVisibility('Role', { rows: visibleRoles });

defineVisibility('MembershipRole', {
  rows: (viewer) => {
    const role = visibleRoles(viewer);
    return isEveryRow(role) ? everyRow : { role };
  },
  hasIds: false,
  named: { role: 'Roles of a membership are read through it.' },
  impliedEdges: ['role'],
});

/** The current organization. */
defineVisibility('Organization', { rows: ({ organization }) => (organization ? { id: organization.id } : noRow) });

defineVisibility('Invitation', { rows: ({ permissions }) => (permissions.has('member:invite') ? everyRow : noRow) });

/** With `apiKey:list` all; a key sees itself. */
defineVisibility('ApiKey', {
  rows: (viewer) => {
    if (viewer.permissions.has('apiKey:list')) return everyRow;
    return viewer.kind === 'apiKey' ? { id: viewer.apiKeyId } : noRow;
  },
});

/** With `audit:read` the organization's, but events of rows that are hidden as the rows themselves; without it what oneself did. */
defineVisibility('AuditEvent', {
  rows: (viewer): WhereOf<'AuditEvent'> => {
    const organizationId = viewer.organization?.id ?? null;
    if (organizationId !== null && viewer.permissions.has('audit:read')) {
      const narrowed = visibleEventsOf(viewer);
      return narrowed.length === 0 ? { organizationId } : { organizationId, AND: narrowed };
    }
    const userId = viewerUserId(viewer);
    return userId === null ? noRow : { actorType: 'User', actorId: userId };
  },
});

/** One's own that are neither ended nor revoked. */
defineVisibility('Session', {
  rows: (viewer) => {
    const userId = viewerUserId(viewer);
    return userId === null ? noRow : { userId, revokedAt: null, expiresAt: { gt: new Date() } };
  },
});
