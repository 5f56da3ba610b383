/**
 * Who may do what, written by hand from the contract and reviewed: what the matrix holds the gateway to. Nothing here is read off
 * the gateway's own table, and nothing may be: two that come from one another cannot disagree.
 */

/** The contract's table of permissions: a letter for each role that holds one. */
const held: Readonly<Record<string, string>> = {
  // o owner, a admin, m manager, e member, g guest, u auditor, p partner
  'organization:update': 'oa',
  'organization.plan:read': 'oa',
  'organization:delete': 'o',
  'member:list': 'oameu',
  'member:invite': 'oa',
  'member:update': 'oa',
  'member:remove': 'oa',
  'user:approve': 'oa',
  'user:suspend': 'oa',
  'role:list': 'oamu',
  'role:manage': 'oa',
  'user.contact:read': 'oam',
  'user.security:read': 'oau',
  'project:read': 'oamegup',
  'project:create': 'oam',
  'project:update': 'oam',
  'project:archive': 'oam',
  'project:delete': 'oa',
  'project.budget:read': 'oamu',
  'project.budget:write': 'oam',
  'task:read': 'oamegup',
  'task:create': 'oame',
  'task:update': 'oame',
  'task:delete': 'oam',
  'task.internal:read': 'oame',
  'task.internal:write': 'oame',
  'comment:read': 'oamegup',
  'comment:create': 'oame',
  'comment.internal:read': 'oame',
  'comment:moderate': 'oam',
  'attachment:read': 'oameg',
  'attachment:create': 'oame',
  'attachment:delete': 'oam',
  'apiKey:list': 'oa',
  'apiKey:manage': 'oa',
  'operation:list': 'oa',
  'operation:manage': 'oa',
  'audit:read': 'oau',
  'access:explain': 'oau',
  'schema:introspect': 'oame',
};

const letters = { owner: 'o', admin: 'a', manager: 'm', member: 'e', guest: 'g', auditor: 'u', partner: 'p' } as const;

/** A role of the contract's table. */
export type ExpectedRole = keyof typeof letters;

/** The roles, most powerful first. */
export const expectedRoles = Object.keys(letters) as readonly ExpectedRole[];

/** Every permission of the table. */
export const expectedPermissions = Object.keys(held);

/** What a role holds, by the contract. */
export function permissionsOfRole(role: ExpectedRole): ReadonlySet<string> {
  return new Set(expectedPermissions.filter((permission) => held[permission]?.includes(letters[role])));
}

/**
 * What a coordinate needs: `anyone`, `authenticated`, `person` (no API key), a permission or several joined by ` & `;
 * `self:<permission>` where a row about oneself is open without it, `authorOr:<permissions>` where a row of one's own making is,
 * `authorWith:<permissions>` where only such a row is, and with the permissions.
 */
export type Need = string;

interface Expected {
  /** What the type itself needs; a field needs it as well. */
  readonly type: Need;
  /** Field names, separated by blanks, to what they need beyond the type. */
  readonly fields: Readonly<Record<string, Need>>;
}

const all = (type: Need, names: string): Expected => ({ type, fields: { [names]: type } });

/** Object types and interfaces. */
const outputs: Readonly<Record<string, Expected>> = {
  Query: {
    type: 'anyone',
    fields: {
      'viewer explainAccess': 'anyone',
      'node nodes organization': 'authenticated',
      'users user': 'member:list',
      'roles permissions': 'role:list',
      'projects project': 'project:read',
      'tasks task': 'task:read',
      auditEvents: 'audit:read',
      apiKeys: 'apiKey:list',
      persistedOperations: 'operation:list',
      accessMatrix: 'access:explain',
    },
  },
  Mutation: {
    type: 'anyone',
    fields: {
      'register verifyEmail resendVerification signIn refreshSession signOut requestPasswordReset resetPassword':
        'anyone',
      'changeEmail deleteAccount exportAccount revokeSession signOutEverywhere changePassword': 'person',
      'startTotpEnrolment confirmTotpEnrolment disableTotp newRecoveryCodes updateProfile': 'person',
      'createOrganization acceptInvitation leaveOrganization': 'person',
      approveUser: 'user:approve',
      'suspendUser reinstateUser': 'user:suspend & member:list & user.security:read',
      updateOrganization: 'organization:update',
      deleteOrganization: 'organization:delete',
      'inviteMember revokeInvitation': 'member:invite',
      setMemberRoles: 'member:update & member:list',
      removeMember: 'member:remove & member:list',
      'createRole updateRole deleteRole': 'role:manage & role:list',
      createApiKey: 'apiKey:manage',
      'rotateApiKey revokeApiKey': 'apiKey:manage & apiKey:list',
      registerPersistedOperations: 'operation:manage',
      retirePersistedOperation: 'operation:manage & operation:list',
      createProject: 'project:create & project:read',
      updateProject: 'project:update & project:read',
      'addProjectMember removeProjectMember': 'project:update & project:read & member:list',
      'archiveProject restoreProject': 'project:archive & project:read',
      deleteProject: 'project:delete & project:read',
      createTask: 'task:create & project:read',
      updateTask: 'task:update & task:read',
      deleteTask: 'task:delete & task:read',
      addComment: 'comment:create & task:read',
      updateComment: 'authorWith:comment:create',
      deleteComment: 'authorOr:comment:moderate & comment:read',
      uploadAttachment: 'attachment:create & task:read',
      deleteAttachment: 'attachment:delete & attachment:read',
    },
  },
  Subscription: { type: 'anyone', fields: { taskChanged: 'task:read', commentAdded: 'comment:read' } },
  Node: all('authenticated', 'id'),
  PageInfo: all('anyone', 'hasNextPage hasPreviousPage startCursor endCursor'),
  Viewer: {
    type: 'anyone',
    fields: {
      'organizations permissions': 'anyone',
      'user apiKey organization roles sessions auditEvents': 'authenticated',
    },
  },
  ViewerOrganization: all('anyone', 'id slug name status current'),
  User: {
    type: 'authenticated',
    fields: {
      'id name avatarUrl createdAt': 'authenticated',
      'email phone': 'self:user.contact:read',
      'lastSignInAt mfaEnabled status': 'self:user.security:read',
      memberships: 'self:member:list',
    },
  },
  Session: all('authenticated', 'id userAgent ip createdAt lastUsedAt expiresAt current'),
  Organization: {
    type: 'authenticated',
    fields: {
      'id slug name createdAt': 'authenticated',
      plan: 'organization.plan:read',
      members: 'member:list',
      roles: 'role:list',
      invitations: 'member:invite',
    },
  },
  Invitation: all('member:invite', 'id email role createdAt expiresAt acceptedAt revokedAt'),
  Membership: { type: 'authenticated', fields: { 'id user joinedAt': 'authenticated', roles: 'self:role:list' } },
  Role: all('authenticated', 'id key name description permissions system'),
  Permission: all('role:list', 'key title description warning'),
  Project: {
    type: 'project:read',
    fields: {
      'id key name description status lead createdAt updatedAt archivedAt': 'project:read',
      'budget spent': 'project.budget:read',
      tasks: 'task:read',
      members: 'member:list',
    },
  },
  Task: {
    type: 'task:read',
    fields: {
      'id number title description status priority assignee reporter dueAt createdAt updatedAt': 'task:read',
      'estimateMinutes internalNotes': 'task.internal:read',
      comments: 'comment:read',
      attachments: 'attachment:read',
      project: 'project:read',
    },
  },
  TaskChange: all('task:read', 'kind taskId task'),
  Comment: {
    type: 'comment:read',
    fields: { 'id author body internal createdAt updatedAt': 'comment:read', task: 'task:read' },
  },
  Attachment: all('attachment:read', 'id filename contentType size sha256 url createdAt uploadedBy'),
  ApiKey: all(
    'authenticated',
    'id name prefix client scopes role allowAdHoc allowedNetworks budget requestsPerMinute lastUsedAt expiresAt createdAt revokedAt createdBy',
  ),
  PersistedOperation: {
    type: 'operation:list',
    fields: {
      'id documentId name body client cost requires createdAt retiredAt retiredReason lastUsedAt uses':
        'operation:list',
    },
  },
  PersistedOperationUse: {
    type: 'operation:list',
    fields: { 'id day count': 'operation:list', apiKey: 'apiKey:list' },
  },
  AuditEvent: all('authenticated', 'id at actor action target ip requestId details'),
  AuditParty: all('authenticated', 'type id'),
  AccessExplanation: all('anyone', 'allowed coordinates'),
  CoordinateAccess: {
    type: 'anyone',
    fields: { 'coordinate decision rule requires lacks belowDenied': 'anyone', grantedBy: 'role:list' },
  },
  AccessMatrixRow: all('access:explain', 'coordinate rule requires roles'),
  RoleDecision: all('access:explain', 'role decision'),
};

/** Connections need what their nodes need in lists. */
const connections: Readonly<Record<string, Need>> = {
  ApiKey: 'apiKey:list',
  Attachment: 'attachment:read',
  AuditEvent: 'authenticated',
  Comment: 'comment:read',
  Membership: 'member:list',
  PersistedOperation: 'operation:list',
  PersistedOperationUse: 'operation:list',
  Project: 'project:read',
  Task: 'task:read',
  User: 'member:list',
};

/** Payloads carry what their mutation needs; rows in them, what reading the row needs. Ids and confirmations are the mutation's. */
const payloadRows: Readonly<Record<string, Need>> = {
  project: 'project:read',
  task: 'task:read',
  comment: 'comment:read',
  attachment: 'attachment:read',
  apiKey: 'apiKey:list',
};

/** Arguments, input fields and ordering values that need something of their own. All others follow the field that carries them. */
const inputs: Readonly<Record<string, Need>> = {
  'ProjectFilter.budget': 'project.budget:read',
  'ProjectFilter.spent': 'project.budget:read',
  'ProjectFilter.tasks': 'task:read',
  'ProjectOrderField.BUDGET': 'project.budget:read',
  'ProjectOrderField.SPENT': 'project.budget:read',
  'TaskFilter.estimateMinutes': 'task.internal:read',
  'TaskFilter.internalNotes': 'task.internal:read',
  'TaskFilter.project': 'project:read',
  'TaskFilter.comments': 'comment:read',
  'TaskOrderField.ESTIMATE_MINUTES': 'task.internal:read',
  'CommentFilter.internal': 'comment.internal:read',
  'UserFilter.email': 'user.contact:read',
  'UserFilter.phone': 'user.contact:read',
  'UserFilter.lastSignInAt': 'user.security:read',
  'UserFilter.mfaEnabled': 'user.security:read',
  'UserFilter.status': 'user.security:read',
  'UserOrderField.EMAIL': 'user.contact:read',
  'UserOrderField.LAST_SIGN_IN_AT': 'user.security:read',
  'CreateProjectInput.budget': 'project.budget:write',
  'UpdateProjectInput.budget': 'project.budget:write',
  'CreateTaskInput.estimateMinutes': 'task.internal:write',
  'CreateTaskInput.internalNotes': 'task.internal:write',
  'UpdateTaskInput.estimateMinutes': 'task.internal:write',
  'UpdateTaskInput.internalNotes': 'task.internal:write',
  'AddCommentInput.internal': 'comment.internal:read',
  'CreateApiKeyInput.allowAdHoc': 'schema:introspect',
  'AccessSubject.role': 'access:explain',
  'AccessSubject.apiKey': 'access:explain',
};

/** Every input coordinate with a need of its own. */
export const expectedInputs: ReadonlyMap<string, Need> = new Map(Object.entries(inputs));

function fieldsOf(expected: Expected): [string, Need][] {
  return Object.entries(expected.fields).flatMap(([names, need]) =>
    names.split(' ').map((name): [string, Need] => [name, need]),
  );
}

const mutationNeeds = new Map(fieldsOf(outputs.Mutation as Expected));

/** What an object type's field needs together with its type. @returns undefined for a coordinate that nobody wrote down. */
export function needsOf(typeName: string, fieldName: string): readonly Need[] | undefined {
  const expected = outputs[typeName];
  if (expected) {
    const need = new Map(fieldsOf(expected)).get(fieldName);
    return need === undefined ? undefined : [expected.type, need];
  }
  const list = /^(\w+?)(Connection|Edge)$/.exec(typeName);
  if (list?.[1]) {
    const fields = list[2] === 'Edge' ? ['cursor', 'node'] : ['edges', 'nodes', 'pageInfo', 'totalCount'];
    const need = connections[list[1]];
    return need !== undefined && fields.includes(fieldName) ? [need] : undefined;
  }
  const mutation = typeName.endsWith('Payload')
    ? typeName.charAt(0).toLowerCase() + typeName.slice(1, -'Payload'.length)
    : '';
  const need = mutationNeeds.get(mutation);
  if (need === undefined) return undefined;
  return payloadRows[fieldName] ? [need, payloadRows[fieldName] as Need] : [need];
}

/** Every output coordinate that is written down, but for payloads, connections and edges. */
export const expectedOutputs: readonly string[] = Object.entries(outputs).flatMap(([type, expected]) =>
  fieldsOf(expected).map(([field]) => `${type}.${field}`),
);

/** Somebody, as far as rules know them. */
export interface ExpectedViewer {
  readonly kind: 'anonymous' | 'user' | 'apiKey';
  readonly permissions: ReadonlySet<string>;
}

/** A need taken apart: the permissions, and what the row says. */
function partsOf(need: Need): { readonly permissions: readonly string[]; readonly row: string | null } {
  const [, row, names = ''] = /^(?:(self|authorOr|authorWith):)?(.+)$/.exec(need) ?? [];
  const permissions = ['anyone', 'authenticated', 'person'].includes(names) ? [] : names.split(' & ');
  return { permissions, row: row ?? null };
}

/** What a viewer may do: yes, no, or only where the row is about themselves, or theirs. */
export function expectedDecision(needs: readonly Need[], viewer: ExpectedViewer): 'allowed' | 'denied' | 'self' {
  let result: 'allowed' | 'denied' | 'self' = 'allowed';
  for (const need of needs) {
    if (need === 'anyone') continue;
    if (viewer.kind === 'anonymous') return 'denied';
    const { permissions, row } = partsOf(need);
    if (viewer.kind === 'apiKey' && (need === 'person' || row === 'authorWith')) return 'denied';
    const holdsAll = permissions.every((permission) => viewer.permissions.has(permission));
    if (holdsAll && row !== 'authorWith') continue;
    if (row === 'authorWith' ? holdsAll : row !== null && viewer.kind === 'user') result = 'self';
    else return 'denied';
  }
  return result;
}

/** The permissions that a viewer lacks for it; what the error must name. */
export function lackingPermissions(needs: readonly Need[], viewer: ExpectedViewer): readonly string[] {
  const denying = needs.filter((need) => expectedDecision([need], viewer) === 'denied');
  const permissions = denying.flatMap((need) => partsOf(need).permissions);
  return [...new Set(permissions.filter((permission) => !viewer.permissions.has(permission)))];
}

/** The code of a denial: whoever has no credential may sign in, whoever has one may not. */
export const denialCodeOf = (kind: ExpectedViewer['kind']) => (kind === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN');
