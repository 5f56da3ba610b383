/** Answers who may see what and why: explanations of operations, the matrix, and the cut of a viewer who views as another. */
import type { GraphQLSchema } from 'graphql';
import { PermissionSet } from '../authentication/permission-set.ts';
import type { UserViewer, Viewer } from '../authentication/viewer.ts';
import { type AccessExplanation, explainAccess } from '../authorization/explain.ts';
import { anonymousViewer, computeMatrix, hypotheticalViewer, type MatrixRow } from '../authorization/matrix.ts';
import type { Planner } from '../authorization/plan.ts';
import type { PolicyTable } from '../authorization/policy-table.ts';
import { permissionsOfRoles } from '../authorization/roles.ts';
import { assertMayViewAs, type ViewAsTarget, type ViewedAs, viewAs } from '../authorization/view-as.ts';
import { visibleApiKeys, visibleMemberships } from '../authorization/visibility.ts';
import { badUserInput, forbidden, isCatalogued, notFound } from '../errors.ts';
import type { OperationReader, PreparedOperation } from '../operation/prepare.ts';
import type { Database } from '../stores/database.ts';
import { runInDatabaseScope } from '../stores/database-scope.ts';
import type { Actor } from './actor.ts';
import { recordAuditEvent } from './audit-log.ts';
import { keyPermissionColumns, permissionsOfKey } from './key-permissions.ts';
import { nameableRoles, requireRole } from './role-service.ts';

/** Of whom an explanation is; all null means the asker. At most one is set. Ids are the database's. */
export interface AccessSubject {
  readonly role: string | null;
  readonly userId: string | null;
  readonly apiKeyId: string | null;
}

/** Questions about access. */
export interface AccessService {
  /**
   * Explains an operation without running it.
   * @throws FORBIDDEN when it is about somebody else and the actor lacks `access:explain`; NOT_FOUND for a subject that is
   * not in the actor's organization; BAD_USER_INPUT for an operation that is not valid.
   */
  explain(
    actor: Actor,
    input: { operation: string; operationName: string | null; variables: unknown; as: AccessSubject | null },
  ): Promise<AccessExplanation>;
  /** Role x coordinate: the organization's roles and the anonymous; without `role:list` the system roles and one's own alone. */
  matrix(actor: Actor): Promise<readonly MatrixRow[]>;
  /**
   * Cuts the actor to what a role or a key may see, and puts that on record.
   * @throws FORBIDDEN without `access:explain`, NOT_FOUND for a target that is not in the actor's organization.
   */
  viewAs(actor: Actor, target: ViewAsTarget): Promise<ViewedAs>;
}

/** Somebody or something whose permissions are asked for. */
interface Subject {
  readonly id: string;
  readonly permissions: PermissionSet;
}

/** What the service needs. */
export interface AccessServiceDependencies {
  readonly db: Database;
  readonly schema: GraphQLSchema;
  readonly policies: PolicyTable;
  readonly planner: Planner;
  /** Reads the explained operation, under the limits of every operation. */
  readonly reader: OperationReader;
}

/** Makes the service. */
export function createAccessService({
  db,
  schema,
  policies,
  planner,
  reader,
}: AccessServiceDependencies): AccessService {
  /** Runs in the actor's organization without a guard: what is read here is permissions, and none of it is answered as such. */
  const inOrganization = <T>(viewer: Viewer, work: (organizationId: string) => Promise<T>): Promise<T> => {
    const organizationId = viewer.organization?.id;
    if (!organizationId) throw notFound('Organization');
    const userId = viewer.kind === 'user' ? viewer.userId : null;
    return runInDatabaseScope({ organizationId, userId, guard: null }, () => work(organizationId));
  };

  const roleColumns = { key: true, system: true, permissions: true } as const;

  const roleNamed = (viewer: Viewer, key: string): Promise<Subject> =>
    inOrganization(viewer, async () => requireRole(db, viewer, key));

  const permissionsOfApiKey = (viewer: Viewer, id: string): Promise<PermissionSet> =>
    inOrganization(viewer, async (organizationId) => {
      const key = await db.apiKey.findFirst({
        where: { organizationId, id, AND: [visibleApiKeys(viewer)] },
        select: { ...keyPermissionColumns, revokedAt: true, expiresAt: true },
      });
      if (!key) throw notFound('ApiKey');
      const ended = key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= new Date());
      return (ended ? null : await permissionsOfKey(db as never, key)) ?? PermissionSet.none;
    });

  const permissionsOfUser = (viewer: Viewer, userId: string): Promise<PermissionSet> =>
    inOrganization(viewer, async (organizationId) => {
      const membership = await db.membership.findFirst({
        where: { organizationId, userId, AND: [visibleMemberships(viewer)] },
        select: { status: true, roles: { select: { role: { select: roleColumns } } } },
      });
      if (!membership) throw notFound('User');
      // Nothing but what the roles say, to those who may not read who is suspended.
      return membership.status === 'ACTIVE' || !viewer.permissions.has('user.security:read')
        ? permissionsOfRoles(membership.roles.map(({ role }) => role))
        : PermissionSet.none;
    });

  const subjectOf = async (viewer: Viewer, as: AccessSubject | null): Promise<Viewer> => {
    const named = as ? [as.role, as.userId, as.apiKeyId].filter((name) => name !== null) : [];
    if (named.length > 1)
      throw badUserInput([{ path: ['as'], message: 'Name a role, a user or an API key, not several.' }]);
    if (!as || named.length === 0) return viewer;
    if (viewer.kind === 'user' && as.userId === viewer.userId) return viewer;
    if (!viewer.permissions.has('access:explain')) throw forbidden('Query.explainAccess(as:)', ['access:explain']);
    if (as.role !== null) return hypotheticalViewer((await roleNamed(viewer, as.role)).permissions);
    if (as.userId !== null) return hypotheticalViewer(await permissionsOfUser(viewer, as.userId));
    return hypotheticalViewer(await permissionsOfApiKey(viewer, as.apiKeyId ?? ''), 'apiKey');
  };

  const rolesOf = (viewer: Viewer) =>
    inOrganization(viewer, async (organizationId) => {
      const where = { organizationId, AND: [nameableRoles(viewer)] };
      const roles = await db.role.findMany({ where, select: roleColumns, orderBy: { key: 'asc' } });
      return roles.map((role) => ({ key: role.key, permissions: permissionsOfRoles([role]) }));
    });

  return {
    async explain({ viewer }, input) {
      const subject = await subjectOf(viewer, input.as);
      const roles = viewer.permissions.has('role:list') ? await rolesOf(viewer) : null;
      const { plan } = readExplained(reader, input).planFor(planner, subject);
      return explainAccess({ schema, policies, roles, plan });
    },

    async matrix({ viewer }) {
      const roles = await rolesOf(viewer);
      const columns = roles.map(({ key, permissions }) => ({ key, viewer: hypotheticalViewer(permissions) }));
      return computeMatrix(schema, policies, [...columns, { key: 'anonymous', viewer: anonymousViewer }]);
    },

    async viewAs(actor, target) {
      const viewer: Viewer = actor.viewer;
      assertMayViewAs(viewer);
      const { id, permissions } =
        target.kind === 'role'
          ? await roleNamed(viewer, target.key)
          : { id: target.id, permissions: await permissionsOfApiKey(viewer, target.id) };
      const asUser: UserViewer = viewer;
      await inOrganization(viewer, () =>
        db.$transaction((tx) =>
          recordAuditEvent(tx, actor, {
            action: 'access.viewAs',
            target: { type: target.kind === 'role' ? 'Role' : 'ApiKey', id },
            details: {},
          }),
        ),
      );
      return viewAs(asUser, permissions);
    },
  };
}

/** Reads an operation that is not run. @throws BAD_USER_INPUT for one that could not be. */
function readExplained(
  reader: OperationReader,
  { operation, operationName, variables }: { operation: string; operationName: string | null; variables: unknown },
): PreparedOperation {
  const document = reader.readAfresh(operation);
  const refuse = (errors: readonly { readonly message: string }[]): never => {
    throw badUserInput(errors.map(({ message }) => ({ path: ['operation'], message })));
  };
  if (document.errors.length > 0) return refuse(document.errors);
  try {
    return reader.prepare({ document, operationName, variables });
  } catch (error) {
    if (isCatalogued(error)) return refuse([error]);
    throw error;
  }
}
