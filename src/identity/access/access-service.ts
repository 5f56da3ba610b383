/** Answers who may see what and why: explanations of operations, the matrix, and the cut of a viewer who views as another. */
import type { GraphQLSchema } from 'graphql';
import { type AccessExplanation, explainAccess } from '../../authorization/explain.ts';
import {
  anonymousViewer,
  computeMatrix,
  hypotheticalViewer,
  type MatrixColumn,
  type MatrixRow,
} from '../../authorization/matrix.ts';
import { PermissionSet } from '../../authorization/permission-set.ts';
import { isPermission } from '../../authorization/permissions.ts';
import type { Planner } from '../../authorization/plan.ts';
import type { PolicyTable } from '../../authorization/policy-table.ts';
import { permissionsOfRoles } from '../../authorization/roles.ts';
import { assertMayViewAs, type ViewAsTarget, type ViewedAs, viewAs } from '../../authorization/view-as.ts';
import type { UserViewer, Viewer } from '../../authorization/viewer.ts';
import { visibleRows } from '../../authorization/visibility.ts';
import { badUserInput, createError, forbidden, type InputIssue, isCatalogued, notFound } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import { recordAuditEvent } from '../../nouns/audit-log.ts';
import type { OperationReader, PreparedOperation } from '../../operation/prepare.ts';
import type { Database } from '../../stores/database.ts';
import { runAsService } from '../../stores/database-scope.ts';
import { keyPermissionColumns, permissionsOfKey } from '../api-key/key-permissions.ts';
import { nameableRoles, requireRole } from '../role/role-service.ts';

/** Of whom an explanation is; all null means the asker. At most one is set. Ids are the database's. */
export interface AccessSubject {
  readonly role: string | null;
  readonly userId: string | null;
  readonly apiKeyId: string | null;
}

/** Which part of the matrix is asked for; null takes all. */
export interface MatrixFilter {
  /** The name of a type: its own row, and those of its members and their arguments. */
  readonly type: string | null;
  /** What the coordinates begin with. */
  readonly coordinate: string | null;
  /** Keys of roles, or `anonymous`. */
  readonly roles: readonly string[] | null;
  /** A permission that the rules name. */
  readonly permission: string | null;
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
  /**
   * Role x coordinate: the organization's roles and the anonymous; without `role:list` the system roles and one's own alone.
   * @throws BAD_USER_INPUT for a type, permission or role that there is not, or that the actor may not name.
   */
  matrix(actor: Actor, filter: MatrixFilter): Promise<readonly MatrixRow[]>;
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
    return runAsService('explanation', { organizationId, userId }, () => work(organizationId));
  };

  const roleColumns = { key: true, system: true, permissions: true } as const;

  /** Keys of the roles that a viewer may name. */
  const keysOf = async (viewer: Viewer): Promise<readonly string[]> => (await rolesOf(viewer)).map(({ key }) => key);

  const roleNamed = (viewer: Viewer, key: string): Promise<Subject> =>
    inOrganization(viewer, async () => {
      try {
        return await requireRole(db, viewer, key);
      } catch (error) {
        if (!isCatalogued(error) || error.extensions.code !== 'NOT_FOUND') throw error;
        // The asker's own list: the same for a role that is hidden from them and for one that is not there.
        throw createError(
          'NOT_FOUND',
          `Role not found. Roles that you may name: ${(await keysOf(viewer)).join(', ')}.`,
        );
      }
    });

  const permissionsOfApiKey = (viewer: Viewer, id: string): Promise<PermissionSet> =>
    inOrganization(viewer, async (organizationId) => {
      const key = await db.apiKey.findFirst({
        where: { organizationId, id, AND: [visibleRows('ApiKey', viewer)] },
        select: { ...keyPermissionColumns, revokedAt: true, expiresAt: true },
      });
      if (!key) throw notFound('ApiKey');
      const ended = key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= new Date());
      return (ended ? null : await permissionsOfKey(db as never, key)) ?? PermissionSet.none;
    });

  const permissionsOfUser = (viewer: Viewer, userId: string): Promise<PermissionSet> =>
    inOrganization(viewer, async (organizationId) => {
      const membership = await db.membership.findFirst({
        where: { organizationId, userId, AND: [visibleRows('Membership', viewer)] },
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
      const operation = readExplained(reader, input);
      const { plan } = operation.planFor(planner, subject);
      return explainAccess({ schema, policies, roles, operation, viewer: subject, plan });
    },

    async matrix({ viewer }, filter) {
      const roles = (await rolesOf(viewer)).map(({ key, permissions }) => ({
        key,
        viewer: hypotheticalViewer(permissions),
      }));
      const columns = [...roles, { key: 'anonymous', viewer: anonymousViewer }];
      assertKnown(schema, columns, filter);
      const { type, coordinate: prefix, permission } = filter;
      const asked = (coordinate: string): boolean =>
        (type === null || coordinate.split(/[.(]/)[0] === type) && (prefix === null || coordinate.startsWith(prefix));
      return computeMatrix(
        schema,
        policies,
        columns.filter(({ key }) => filter.roles?.includes(key) ?? true),
        asked,
      ).filter(({ requires }) => permission === null || requires.includes(permission));
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

/** @throws BAD_USER_INPUT for what a filter names in vain: an empty answer would pass for "nobody may". */
function assertKnown(schema: GraphQLSchema, columns: readonly MatrixColumn[], filter: MatrixFilter): void {
  const { type, permission, roles } = filter;
  const issues: InputIssue[] = [];
  if (type !== null && !schema.getType(type)) issues.push({ path: ['type'], message: 'There is no such type.' });
  if (permission !== null && !isPermission(permission))
    issues.push({ path: ['permission'], message: 'There is no such permission.' });
  const known = columns.map(({ key }) => key);
  for (const [index, role] of (roles ?? []).entries())
    if (!known.includes(role))
      issues.push({ path: ['role', index], message: `Roles that you may name: ${known.join(', ')}.` });
  if (issues.length > 0) throw badUserInput(issues);
}

/** Which argument is at fault where the text by itself is sound: the text, unless it is named here. */
const argumentsAtFault: Readonly<Record<string, string>> = {
  BAD_REQUEST: 'operationName',
  OPERATION_TOO_DEEP: 'variables',
};

/** Reads an operation that is not run. @throws BAD_USER_INPUT for one that could not be. */
function readExplained(
  reader: OperationReader,
  { operation, operationName, variables }: { operation: string; operationName: string | null; variables: unknown },
): PreparedOperation {
  const document = reader.readAfresh(operation);
  const refuse = (errors: readonly { readonly message: string }[], argument = 'operation'): never => {
    throw badUserInput(errors.map(({ message }) => ({ path: [argument], message })));
  };
  if (document.errors.length > 0) return refuse(document.errors);
  try {
    return reader.prepare({ document, operationName, variables });
  } catch (error) {
    if (isCatalogued(error)) return refuse([error], argumentsAtFault[error.extensions.code]);
    throw error;
  }
}
