/** Bugs to plant: each a change of one place that a tired person could make, in what decides who sees what. */

/** One planted bug. `find` must occur exactly once in the file. */
export interface Mutant {
  readonly file: string;
  readonly what: string;
  readonly find: string;
  readonly replace: string;
  /** The tests that concern it, where the file does not say. */
  readonly stage?: 'delegation' | 'files' | 'writes' | 'accounts';
  /** The tests that must find it; no others are run. */
  readonly tests?: readonly string[];
}

const policies = (file: string, what: string, find: string, replace: string): Mutant => ({
  file: `src/authorization/policies/${file}.ts`,
  what,
  find,
  replace,
});
const inner = (file: string, what: string, find: string, replace: string): Mutant => ({
  file: `src/authorization/${file}.ts`,
  what,
  find,
  replace,
});

const schema = (file: string, what: string, find: string, replace: string): Mutant => ({
  file: `src/schema/${file}.ts`,
  what,
  find,
  replace,
});
const service = (file: string, what: string, find: string, replace: string): Mutant => ({
  file: `src/services/${file}.ts`,
  what,
  find,
  replace,
});

const operation = (file: string, what: string, find: string, replace: string): Mutant => ({
  file: `src/operation/${file}.ts`,
  what,
  find,
  replace,
});

/** The same bugs with the tests that must find them. */
const foundBy = (tests: readonly string[], ...planted: readonly Mutant[]): readonly Mutant[] =>
  planted.map((mutant) => ({ ...mutant, tests }));

const store = (file: string, what: string, find: string, replace: string): Mutant => ({
  file: `src/stores/${file}.ts`,
  what,
  find,
  replace,
});

export const mutants: readonly Mutant[] = [
  policies(
    'project',
    'everybody reads budgets',
    "'Project.budget': can('project.budget:read')",
    "'Project.budget': read",
  ),
  policies(
    'project',
    'everybody reads money spent',
    "'Project.spent': can('project.budget:read')",
    "'Project.spent': read",
  ),
  policies(
    'project',
    'everybody filters by budget',
    "'ProjectFilter.budget': can('project.budget:read')",
    "'ProjectFilter.budget': inherited",
  ),
  policies(
    'project',
    'everybody sorts by money spent',
    "'ProjectOrderField.SPENT': can('project.budget:read')",
    "'ProjectOrderField.SPENT': inherited",
  ),
  policies(
    'project',
    'projects are filtered by tasks without task:read',
    "'ProjectFilter.tasks': can('task:read')",
    "'ProjectFilter.tasks': inherited",
  ),
  policies(
    'project',
    'a budget is set without its permission',
    "'CreateProjectInput.budget': can('project.budget:write')",
    "'CreateProjectInput.budget': inherited",
  ),
  ...foundBy(
    ['test/unit/table-by-hand.test.ts'],
    policies(
      'project',
      'who may edit may archive',
      "const archive = can('project:archive', 'project:read');",
      "const archive = can('project:update', 'project:read');",
    ),
  ),
  policies(
    'project',
    'who may edit may delete',
    "const remove = can('project:delete', 'project:read');",
    "const remove = can('project:update', 'project:read');",
  ),
  policies(
    'project',
    'who is on a project is told to those who may not list members',
    "const staff = can('project:update', 'project:read', 'member:list');",
    "const staff = can('project:update', 'project:read');",
  ),
  policies(
    'task',
    'the plan promises tasks to those whom the service refuses',
    "const create = can('task:create', 'project:read');",
    "const create = can('task:create');",
  ),
  ...foundBy(
    ['test/unit/table-by-hand.test.ts'],
    policies(
      'comment',
      'the plan promises readers to delete comments',
      "'Mutation.deleteComment': canOrAuthor('comment:moderate', 'comment:read')",
      "'Mutation.deleteComment': read",
    ),
  ),
  policies('task', 'everybody reads internal notes', "'Task.internalNotes': internal", "'Task.internalNotes': read"),
  policies(
    'task',
    'everybody filters by estimates',
    "'TaskFilter.estimateMinutes': internal",
    "'TaskFilter.estimateMinutes': inherited",
  ),
  policies(
    'task',
    'everybody sorts by estimates',
    "'TaskOrderField.ESTIMATE_MINUTES': internal",
    "'TaskOrderField.ESTIMATE_MINUTES': inherited",
  ),
  policies(
    'task',
    'notes are written without their permission',
    "'UpdateTaskInput.internalNotes': can('task.internal:write')",
    "'UpdateTaskInput.internalNotes': inherited",
  ),
  policies(
    'user',
    'everybody reads addresses',
    "'User.email': canOrSelf('user.contact:read', ownerOf)",
    "'User.email': authenticated",
  ),
  policies(
    'user',
    'an address goes by the wrong permission',
    "'User.email': canOrSelf('user.contact:read', ownerOf)",
    "'User.email': canOrSelf('user.security:read', ownerOf)",
  ),
  policies(
    'user',
    'everybody filters by address',
    "'UserFilter.email': can('user.contact:read')",
    "'UserFilter.email': inherited",
  ),
  policies(
    'user',
    'everybody sorts by last sign-in',
    "'UserOrderField.LAST_SIGN_IN_AT': can('user.security:read')",
    "'UserOrderField.LAST_SIGN_IN_AT': inherited",
  ),
  policies(
    'comment',
    'everybody filters by internal',
    "'CommentFilter.internal': can('comment.internal:read')",
    "'CommentFilter.internal': inherited",
  ),
  policies(
    'audit-event',
    'everybody lists the audit log',
    "'Query.auditEvents': can('audit:read')",
    "'Query.auditEvents': authenticated",
  ),
  policies(
    'access',
    'anybody asks about a role',
    "'AccessSubject.role': can('access:explain')",
    "'AccessSubject.role': inherited",
  ),
  inner('visibility', 'internal comments are seen by all', '{ internal: false }', '{}'),
  inner(
    'visibility',
    'a model is visible without its permission',
    '? everything : nothing;\n\nexport const visibleProjects',
    '? everything : everything;\n\nexport const visibleProjects',
  ),
  inner(
    'plan',
    'inputs are never denied',
    "=== 'allowed' ? 'allowed' : 'denied'",
    "=== 'allowed' ? 'allowed' : 'allowed'",
  ),
  inner(
    'plan',
    'a row’s rule opens an input',
    "const decision = decide(rule, viewer) === 'allowed' ? 'allowed' : 'denied';",
    "const decision = decide(rule, viewer) === 'denied' ? 'denied' : 'allowed';",
  ),
  operation('prepare', 'plans are shared between permission sets', '|${viewer.permissions.key}|', '||'),
  operation('variables', 'plans forget the values of conditions', "${conditions.join('')}", ''),
  operation('variables', 'plans forget what variables use', '|${shape}`', '`'),
  inner('plan', 'a denied input does not deny its field', 'replaced.set(node, deniedField(node, deniedInputs));', ''),
  inner('plan', 'below a denied field everything is reported too', 'if (!reachable) return false;', ''),
  inner(
    'plan',
    'denied fields of an interface are executed',
    ".filter((type) => decideOne(type, fieldName).decision === 'denied')",
    '.filter(() => false)',
  ),
  operation(
    'walk',
    'named fragments are not entered',
    'fragments.get(selection.name.value) : selection',
    'undefined : selection',
  ),
  operation(
    'walk',
    'skip and include change places',
    "name === 'skip' ? condition === true : condition === false",
    "name === 'skip' ? condition === false : condition === true",
  ),
  operation(
    'walk',
    'lists in variables are not looked into',
    'for (const item of Array.isArray(value) ? value : [value]) collectRaw',
    'for (const item of Array.isArray(value) ? [] : [value]) collectRaw',
  ),
  operation('walk', 'objects in variables are not looked into', '      collectRaw(item, definition.type, into);', ''),
  operation(
    'walk',
    'nested literals are not looked into',
    '      collectLiteral(item.value, definition.type, variables, into);',
    '',
  ),
  operation(
    'walk',
    'ordering values are not noticed',
    'if (value.kind === Kind.ENUM) use',
    'if (value.kind === Kind.NULL) use',
  ),
  operation(
    'variables',
    'defaults of variables are forgotten',
    'if (defaultValue && values[name] === undefined)',
    'if (defaultValue && values[name] === null)',
  ),
  operation(
    'variables',
    'variables inherit from Object',
    'const values: Record<string, unknown> = Object.assign(Object.create(null), sent);',
    'const values: Record<string, unknown> = { ...sent };',
  ),
  ...foundBy(
    ['test/unit/operation/prepare.test.ts'],
    operation(
      'variables',
      'a variable becomes the prototype of the others',
      "if (variable.name.value.startsWith('__'))",
      "if (variable.name.value === '')",
    ),
  ),
  operation(
    'variables',
    'a variable that was left out is a member of Object',
    'return !defaultValue && sent[name.value] === undefined && name.value in Object.prototype;',
    'return false;',
  ),
  operation(
    'operation-text',
    'other operations of the document run too',
    'definitions: [definition, ...reached.fragments.values()]',
    'definitions: document.definitions',
  ),
  operation(
    'issued-viewer',
    'a sign-in’s viewer is read as whoever sent it',
    'runCharged({ operation: request.operation.queryOf(named), viewer, context })',
    'runCharged({ operation: request.operation.queryOf(named), viewer: request.viewer, context })',
  ),
  operation('run', 'a dry run runs', "if (mode === 'dry-run')", "if (mode === 'null' && plan.denials.length < 0)"),
  operation(
    'charge',
    'everybody sees what is left of the organization’s budget',
    "const seesOrganization = viewer.permissions.has('organization.plan:read');",
    'const seesOrganization = true;',
  ),
  inner(
    'rules',
    'a key is somebody’s self',
    "row !== null && viewer.kind === 'user' ? 'perRow'",
    "row !== null ? 'perRow'",
  ),
  ...foundBy(
    ['test/unit/table-by-hand.test.ts'],
    inner('rules', 'a key has an account', "if (needsPerson && viewer.kind !== 'user') return 'denied';", ''),
  ),
  ...foundBy(
    ['test/unit/table-by-hand.test.ts'],
    inner(
      'rules',
      'one permission of several is enough',
      'lackedPermissions(rule, viewer).length === 0;',
      'lackedPermissions(rule, viewer).length < Math.max(1, describeRule(rule).permissions.length);',
    ),
  ),
  ...foundBy(
    ['test/unit/table-by-hand.test.ts'],
    inner(
      'rules',
      'authors need no permission where they do',
      "if (row === 'authorOnly') return holdsAll ? 'perRow' : 'denied';",
      "if (row === 'authorOnly') return 'perRow';",
    ),
  ),
  inner(
    'rules',
    'the anonymous pass where only a credential is needed',
    "if (needsCredential && viewer.kind === 'anonymous') return 'denied';",
    '',
  ),
  inner('scopes', 'everybody is oneself', 'userId !== null && userId === viewerUserId(viewer)', 'userId !== null'),
  inner(
    'decide-coordinate',
    'a type’s rule does not guard its fields',
    '[...typeRules(policies, type), ruleOf(',
    '[ruleOf(',
  ),
  inner(
    'decide-coordinate',
    'the last rule decides',
    "if (decision === 'denied') return 'denied';",
    "if (decision === 'denied') result = 'allowed';",
  ),
  inner(
    'executable-schema',
    'rows are asked when they need not be, and not when they must',
    '? unchecked : checked)',
    '? checked : unchecked)',
  ),
  inner(
    'executable-schema',
    'no row is ever asked',
    'describeRule(rule).row === null) return;',
    "describeRule(rule).row === 'self') return;",
  ),
  inner(
    'decisions',
    'what lies below a denied field is told as open',
    "decision: 'denied', requires, lacks: lacked(rules)",
    'decision: decideAll(rules, viewer), requires, lacks: lacked(rules)',
  ),
  inner('column-guard', 'a row’s rule opens a filter', "(rows && decision === 'perRow')", "decision === 'perRow'"),
  inner(
    'column-guard',
    'orders are not checked',
    "else if (key === 'orderBy') checkOrder(model, value, within);",
    "else if (key === 'orderBy') continue;",
  ),
  inner(
    'column-guard',
    'a statement without a selection is not checked',
    'if (!isRecord(args.select) && returnsRows(operation)) checkAllColumns(model, within);',
    '',
  ),
  inner(
    'column-guard',
    'what is written is not checked',
    "key === 'create' || key === 'update') checkData(model, value);",
    "key === 'create' || key === 'update') continue;",
  ),
  inner(
    'column-guard',
    'what may be read may be compared',
    "if (purpose !== 'read') demand",
    "if (purpose === 'write') demand",
  ),
  inner(
    'column-guard',
    'a relation is open to whoever sees both ends',
    "const open = demand(coordinate, access, purpose === 'read');",
    'const open = access;',
  ),
  inner(
    'column-guard',
    'a part of a relation opens all of it',
    'open.some(({ within }) => within === null)',
    'open.length > 0',
  ),
  inner('column-guard', 'a part of a relation is counted', 'if (inner) refuse(`${model}.${name}`, inner.shut);', ''),
  inner(
    'column-guard',
    'a column compared with another is not checked',
    "checkColumn(modelName, name, 'compare');",
    'return;',
  ),
  inner('column-guard', 'arguments that are not known pass', 'else refuse(`${model}.${key}`);', 'else continue;'),
  inner(
    'column-guard',
    'operators on relations that are not known pass',
    'else refuse(`${model}.${member.name}.${name}`);',
    'else continue;',
  ),
  inner(
    'column-rules',
    'a column is open as soon as a rule of it is',
    'return rules.every((rule) => ofModel',
    'return rules.some((rule) => ofModel',
  ),
  inner(
    'column-coverage',
    'a coordinate that names no column passes',
    '    if (guarded) continue;',
    '    if (guarded || uses.length === 0) continue;',
  ),
  inner(
    'column-coverage',
    'a column that others open guards',
    'access.every((one) => isGuardedBy(one, rule))',
    'access.some((one) => isGuardedBy(one, rule))',
  ),
  inner(
    'own-condition',
    'a copy of a condition is the gateway’s own',
    '{ value: true }',
    '{ value: true, enumerable: true }',
  ),
  schema(
    'task-mutations',
    'nobody says that a comment’s secrecy is written',
    "extensions: writes('Comment.internal'),",
    '',
  ),
  schema(
    'filter',
    'a member that is not known is dropped',
    'if (!member) throw new Error(`${spec.name} has no member ${name}.`);',
    'if (!member) continue;',
  ),
  schema(
    'filter',
    'an operator without a value is dropped',
    'if (count === 0 && issues.length === told)',
    'if (count < 0 && issues.length === told)',
  ),
  schema('filter', 'null in a list is compared', 'else if (missing !== -1)', 'else if (missing < -1)'),
  schema(
    'filter',
    'a part of an OR without any condition lets every row pass',
    'Object.values(part).every((value) => value === undefined)',
    'Object.values(part).length < 0',
  ),
  ...foundBy(
    ['test/integration/filters.test.ts'],
    operation(
      'emptied-conditions',
      'conditions without their variables let every row pass',
      'if (variables.every((name) => values[name] === undefined))',
      'if (variables.length < 0)',
    ),
    operation('emptied-conditions', 'only fields of a filter are looked at', '!types.getParentInputType()', 'true'),
  ),
  ...foundBy(
    ['test/unit/table-by-hand.test.ts'],
    policies(
      'comment',
      'who may attach may delete',
      "const removeFile = can('attachment:delete', 'attachment:read');",
      "const removeFile = can('attachment:create', 'attachment:read');",
    ),
  ),
  inner(
    'visibility',
    'members see what everybody did',
    "organizationId !== null && viewer.permissions.has('audit:read')",
    'organizationId !== null',
  ),
  inner(
    'visibility',
    'everybody sees all roles',
    "if (viewer.permissions.has('role:list')) return everything;",
    "if (viewer.kind !== 'anonymous') return everything;",
  ),
  inner(
    'visibility',
    'everybody sees all keys',
    "if (viewer.permissions.has('apiKey:list')) return everything;",
    "if (viewer.kind === 'user') return everything;",
  ),
  inner(
    'visibility',
    'everybody sees who is a member',
    "if (viewer.permissions.has('member:list')) return currentMemberships",
    'if (userId !== null) return currentMemberships',
  ),
  inner(
    'visibility',
    'everybody sees all people',
    "if (viewer.permissions.has('member:list')) {",
    'if (organizationId) {',
  ),
  inner(
    'visibility',
    'former members are members',
    "in: ['ACTIVE', 'SUSPENDED'] as",
    "in: ['ACTIVE', 'SUSPENDED', 'REMOVED'] as",
  ),
  inner(
    'visibility',
    'a registration exists before its address is confirmed',
    "{ status: 'PENDING', user: { emailVerified: true } }",
    "{ status: 'PENDING' }",
  ),
  inner(
    'visibility',
    'everybody sees who waits for approval',
    "viewer.permissions.has('user:approve') ||",
    "viewer.kind === 'user' ||",
  ),
  {
    file: 'src/stores/database.ts',
    what: 'the client leaves the wall out',
    find: 'if (!scope.wall) return',
    replace: 'if (scope) return',
  },
  inner(
    'visibility-wall',
    'rows at the top are not walled',
    'const visible = rowsOf(model);',
    'const visible = everything;',
  ),
  inner(
    'visibility-wall',
    'edges of a selection ask nothing',
    'const visible = targetsOf(model, field);',
    'const visible = everything;',
  ),
  inner(
    'visibility-wall',
    'edges that take no condition are not asked for',
    'if (isDoubtful) doubtful.push({ name, model: field.type, where: visible });',
    '',
  ),
  inner(
    'visibility-wall',
    'rows that cannot be seen are counted through an edge',
    'isRecord(given) ? given.where : undefined), targetsOf(model, field));',
    'isRecord(given) ? given.where : undefined), everything);',
  ),
  inner(
    'visibility-wall',
    'filters through a list look at rows that cannot be seen',
    'words[word] = both(condition, visible);',
    'words[word] = condition;',
  ),
  inner(
    'visibility-wall',
    'a row that cannot be seen makes every false',
    '{ OR: [{ NOT: visible }, condition] }',
    'condition',
  ),
  inner(
    'visibility-wall',
    'filters through one row look at one that cannot be seen',
    'both(walledWhere(type, inner), visible)',
    'both(walledWhere(type, inner), everything)',
  ),
  inner('visibility-wall', 'rows are sorted by what cannot be seen', '!isEmpty(targetsOf(model, field)) || ', ''),
  inner(
    'visibility-wall',
    'addresses of those who left are filtered on',
    'if (namesColumnOfCurrent) conditions.push(currentOrSelf());',
    '',
  ),
  inner(
    'wall-results',
    'addresses of those who left are read',
    'if (columns && (ownId === null || row.id !== ownId))',
    'if (columns && row.id === ownId)',
  ),
  inner('wall-results', 'what was asked for is not taken out', 'if (!found.has(id))', 'if (found.size < 0)'),
  inner(
    'visibility',
    'who wrote an internal comment is seen by all',
    'comments: { some: { AND: [mine, visibleComments(viewer)] } }',
    'comments: { some: mine }',
  ),
  inner(
    'column-guard',
    'columns that no coordinate reads are open',
    "if (purpose !== 'write' && !named.has(coordinate)) refuse(coordinate);",
    '',
  ),
  inner(
    'column-guard',
    'relations that no coordinate reads are open',
    '    if (!named.has(coordinate)) refuse(coordinate);\n',
    '',
  ),
  inner('column-guard', 'digests may be selected', 'if (closedColumns.has(coordinate)) refuse(coordinate);', ''),
  inner('column-guard', 'passwords may be selected', 'if (!models.has(model)) refuse(model);', ''),
  inner(
    'column-guard',
    'sums are not checked',
    'else if (aggregateKeys.has(key)) checkKeys(model, value, within);',
    'else if (aggregateKeys.has(key)) continue;',
  ),
  inner(
    'column-guard',
    'counts of relations are not checked',
    "if (name === '_count') checkCounts(model, value, within);",
    "if (name === '_count') continue;",
  ),
  inner(
    'column-guard',
    'cursors are not checked',
    "key === 'cursor' || key === 'having') checkWhere",
    "key === 'having') checkWhere",
  ),
  inner(
    'executable-schema',
    'denied columns are fetched where scopes decide',
    'if (context.authorization.isDenied(coordinate)) return null;',
    '',
  ),
  ...foundBy(
    ['test/unit/plan.test.ts'],
    inner(
      'plan',
      'scopes are trusted with inputs',
      'replaced.size > 0 ? replaceFields(schema, document, replaced, null) : document',
      'document',
    ),
  ),
  operation('walk', 'variables are not looked into', 'collectRaw(variables[value.name.value], type, into);', ''),
  inner(
    'view-as',
    'who views as another holds what the other holds',
    'permissions: viewer.permissions.intersect(target)',
    'permissions: target',
  ),
  inner(
    'view-as',
    'everybody may view as another',
    "if (viewer.kind === 'user' && viewer.permissions.has('access:explain')) return;",
    "if (viewer.kind === 'user') return;",
  ),
  inner('audit-actions', 'auditors read every detail', '? value : changed', '? value : value'),
  ...(
    [
      ['task-service', 'who reads a comment deletes it', "!actor.viewer.permissions.has('comment:moderate')", 'false'],
      [
        'task-service',
        'authors need rights',
        'anyOf(visibleComments(viewer), { authorId: author })',
        'visibleComments(viewer)',
      ],
      ['project-service', 'who is suspended is told', "{ in: ['ACTIVE', 'SUSPENDED'] }", "{ in: ['ACTIVE'] }"],
      ['project-service', 'who is a member is told', 'AND: [visibleMemberships(viewer), { status', 'AND: [{ status'],
      [
        'role-service',
        'keys of roles are told',
        'return anyOf<Prisma.RoleWhereInput>({ system: true }, visibleRoles(viewer));',
        'return viewer ? {} : {};',
      ],
      ['delegation', 'what somebody holds is told', "actor.has('role:list') ? lacking : []", 'lacking'],
      [
        'member-status-service',
        'who approves learns who is a member',
        'AND: [anyOf(visibleMemberships(viewer), ...waiting)]',
        "status: { not: 'REMOVED' }",
      ],
      ['access-service', 'explanations tell who is suspended', " || !viewer.permissions.has('user.security:read')", ''],
      [
        'access-service',
        'the matrix shows roles that were not asked for',
        'filter.roles?.includes(key) ?? true',
        'key !== null',
      ],
      ['access-service', 'explanations tell what keys there are', ', AND: [visibleApiKeys(viewer)]', ''],
    ] as const
  ).map(([file, what, find, replace]): Mutant => ({ ...service(file, what, find, replace), stage: 'writes' })),
  ...(
    [
      [
        'a temporary table stands in for a real one',
        'set search_path = pg_catalog, public, pg_temp as $$\n  update public."ApiKey"',
        'set search_path = pg_catalog, public as $$\n  update "ApiKey"',
      ],
      ['strangers are made members', ' and "userId" = (select public.current_user_id())', ''],
      [
        'memberships of others are ended',
        '  if account_id is distinct from public.current_user_id() then',
        '  if false then',
      ],
      [
        'what organizations run is told to anybody',
        'if public.current_organization_id() is not null or public.current_user_id() is not null then',
        'if false then',
      ],
    ] as const
  ).map(
    ([what, find, replace]): Mutant => ({
      file: 'prisma/migrations/20261124000000_sealed_functions/migration.sql',
      what,
      find,
      replace,
      stage: 'writes',
    }),
  ),
  {
    file: 'src/stores/gateway-role.ts',
    what: 'a role that may make temporary tables starts',
    find: "where has_database_privilege(oid, current_database(), 'temporary'))",
    replace: 'where false)',
    stage: 'writes',
  },
  service('standing', 'lost permissions still count', 'if (lost.length > 0)', 'if (lost.length > 1_000)'),
  service('standing', 'the suspended may write', "if (row.status !== 'ACTIVE')", "if (row.status === 'REMOVED')"),
  service(
    'key-permissions',
    'keys outlive who stands behind them',
    'return held && own.intersect(held);',
    'return held ? own.intersect(held) : own;',
  ),
  service('standing', 'an ended session writes', 'row.revokedAt || row.erasedAt', 'row.erasedAt'),
  service(
    'key-bounds',
    'a key makes one that lasts longer',
    'other.expiresAt > own.expiresAt',
    'other.expiresAt < own.expiresAt',
  ),
  service('key-bounds', 'one network of several is enough', 'other.every((network)', 'other.some((network)'),
  service('key-bounds', 'a key hands on text of its own', 'other.allowAdHoc && !own.allowAdHoc', 'false'),
  service('api-key-service', 'any key may be rotated by any key', 'assertMayBound(work, key);', ''),
  service('api-key-service', 'what a key made outlives it', '= await keysMadeBy(tx, key.id)', ': string[] = []'),
  service('invitation', 'invitations grant what their sender lost', 'await assertStillGranted(tx, invitation);', ''),
  service('member-service', 'invitations tell who is a member', 'mayKnow && isMember > 0', 'isMember > 0'),
  service(
    'role-service',
    'roles of the more powerful may be changed',
    'assertMayActOn(permissions, permissionsOfRoles([role]));',
    '',
  ),
  service('standing', 'an account is erased while it joins', 'for share`;', '`;'),
  service('standing', 'an old secret makes itself last', 'if (row.prefix !== prefix)', 'if (row.prefix === "")'),
  service('invitation', 'a second invitation stays open', 'await endInvitationsTo(tx, invitation.email);', ''),
  service(
    'invitation',
    'an invitation outlives the key that sent it',
    'if (!invitedByKey) return;',
    'if (invitedByKey) return;',
  ),
  service(
    'member-service',
    'whoever is put out has another invitation',
    'if (user) await endInvitationsTo(tx, user.email);',
    '',
  ),
  service(
    'key-permissions',
    'a key keeps what its maker lost',
    'return held && own.intersect(held);',
    'return held && own;',
  ),
  service('key-bounds', 'a key makes one of another client', 'other.client !== own.client && !own.allowAdHoc', 'false'),
  service(
    'operation-registry',
    'a registration that waited is not asked again',
    'await readStanding(tx, actor, organizationId);\n        const own',
    'const own',
  ),
  {
    file: 'src/authentication/authenticate.ts',
    what: 'a request by key does not ask what its maker holds',
    find: 'row.makerRoles ? own.intersect(permissionsOf(row.makerRoles)) : own',
    replace: 'own',
  },
  {
    ...service(
      'account-proof',
      'guesses at the password of a session’s account are not counted',
      '      await attempts.atAccount(email, account.ip, account.knownNetwork);\n',
      '',
    ),
    stage: 'accounts',
  },
  {
    ...service(
      'second-factor-service',
      'guesses at a code are not counted',
      '    attempts.atSecondFactor(userId, ip, knownNetwork);',
      '    Promise.resolve();',
    ),
    stage: 'accounts',
  },
  {
    ...service(
      'second-factor-service',
      'password and address change without the second factor',
      '      if (!account.mfaEnabled) return;',
      '      if (proof.totp === null) return;',
    ),
    stage: 'accounts',
  },
  {
    ...service(
      'registration-service',
      'the password of whoever registered counts',
      '        if (hash !== null) await setPassword(tx, userId, { hash, changedAt: now() });\n',
      '',
    ),
    stage: 'accounts',
  },
  {
    ...service(
      'registration-service',
      'sessions outlive a change of address',
      "return changed ? await sessions.revokeAll(tx, userId, 'emailChange') : undefined;",
      'return undefined;',
    ),
    stage: 'accounts',
  },
  {
    file: 'src/app.ts',
    what: 'the end of a session waits for a message',
    find: '      forget(change);\n',
    replace: '',
    stage: 'accounts',
  },
  {
    ...inner(
      'visibility',
      'audit events of internal comments are seen',
      "{ details: { path: ['internal'], equals: false } }",
      '{ details: { not: 0 } }',
    ),
    stage: 'delegation',
  },
  {
    ...service('organization-service', 'files outlive their organization', 'fileRemoval.later(stored);', ''),
    stage: 'files',
  },
  {
    ...service(
      'organization-service',
      'files go before it is certain',
      'await tx.organization.deleteMany({ where: { id } });',
      'fileRemoval.later(stored); await tx.organization.deleteMany({ where: { id } });',
    ),
    stage: 'files',
  },
  ...foundBy(
    ['test/unit/operation/stream-gauge.test.ts'],
    operation(
      'stream-gauge',
      'a viewer opens any number of streams',
      '[`user:${viewer.userId}`, limits.viewer]',
      '[`user:${viewer.userId}`, limits.process]',
    ),
    operation(
      'stream-gauge',
      'an address opens any number of streams',
      '[[`address:${network}`, limits.address]]',
      '[]',
    ),
    operation(
      'stream-gauge',
      'an organization opens any number of streams',
      'if (viewer.organization) keys.push(',
      'if (!viewer) keys.push(',
    ),
    operation('stream-gauge', 'a process opens any number of streams', 'open >= limits.process || ', ''),
    operation('stream-gauge', 'a place is given back twice', 'if (isReleased) return;', ''),
    operation(
      'stream-gauge',
      'a place that is given back stays taken',
      '            else counts.delete(key);',
      '            else counts.set(key, 1);',
    ),
  ),
  ...foundBy(
    ['test/http/event-streams.test.ts'],
    operation(
      'stream',
      'events cost nothing',
      'await runner.run({ ...request, viewer,',
      'await runner.runCharged({ ...request, viewer,',
    ),
  ),
  ...foundBy(
    ['test/unit/operation/stream.test.ts'],
    operation(
      'stream',
      'a stream that is refused keeps its place',
      '    if (!isStream(source)) {\n      release();',
      '    if (!isStream(source)) {',
    ),
    operation(
      'stream',
      'a stream that fails as it opens keeps its place',
      '.catch((error: unknown) => {\n      release();',
      '.catch((error: unknown) => {',
    ),
    operation(
      'stream',
      'a stream whose client goes keeps its place',
      '      release();\n      // Not awaited',
      '      // Not awaited',
    ),
    operation(
      'stream',
      'a stream that ended keeps its place',
      '      release();\n      return over;',
      '      return over;',
    ),
  ),
  ...foundBy(
    ['test/http/subscriptions.test.ts'],
    operation(
      'stream',
      'an event goes to whoever its listener was',
      '        const viewer = await currentViewer(request);',
      '        const { viewer } = request;',
    ),
    operation('stream', 'a listener who lost a permission goes on', '    if (denied) throw denied;\n', ''),
  ),
  ...foundBy(
    ['test/unit/operation/hostile-input.test.ts'],
    operation(
      'variables',
      'null reaches where it may not be',
      'values[name] === null && text.neverNull.has(name)',
      'values[name] === null && name === ""',
    ),
    operation('variables', 'text that cannot be stored is sent on', '  collectUnstorable(sent, [], issues);\n', ''),
    operation(
      'storable-text',
      'text in a list is not looked at',
      'collectUnstorable(item, [...path, index], into);',
      'into.slice(index, path.length);',
    ),
    operation(
      'storable-text',
      'names of members are not looked at',
      'if (unstorable.test(name)) into.push({ path, message });\n      else ',
      '',
    ),
    operation('storable-text', 'halves of pairs are kept', '/[\\0\\p{Cs}]/u', '/[\\0]/u'),
    operation(
      'operation-text',
      'defaults that cannot be stored are sent on',
      'if (defaultValue) collectLiteral(defaultValue, [variable.name.value], issues);',
      '',
    ),
    operation('document', 'a text of open brackets is parsed', 'if (nestsTooDeep(text))', "if (text === '')"),
    operation(
      'text-nesting',
      'brackets in strings count',
      'at = text.startsWith(blockQuote, at) ? endOfBlock(text, at) : endOfString(text, at);',
      'at += 0;',
    ),
  ),
  ...foundBy(
    ['test/unit/operation/operation-cost.test.ts'],
    operation(
      'prepare',
      'an operation asks for explanations again and again',
      'this.#repeated ?? coerceVariables',
      'coerceVariables',
    ),
  ),
  ...foundBy(
    ['test/http/account-guesses.test.ts'],
    service(
      'account-proof',
      'any password is one’s own',
      'if (!(await verifyPassword(hash, password)))',
      'if (hash === null)',
    ),
  ),
  ...foundBy(
    ['test/integration/lost-connections.test.ts'],
    store(
      'patient-timer',
      'an event loop that is busy is an answer that does not come',
      'if (left > 1) return wait(left - 1);',
      '',
    ),
    store(
      'database-faults',
      'the server’s states are nobody’s fault',
      '(isServers && faultyStates.some((state) => one.startsWith(state))) ||',
      '',
    ),
    store(
      'database-faults',
      'what the driver says is nobody’s fault',
      "if (typeof message === 'string' && driverMessages.test(message)) return { reason: message };",
      '',
    ),
  ),
  ...foundBy(
    ['test/http/database-faults.test.ts'],
    store(
      'database-faults',
      'what Prisma wraps is nobody’s fault',
      'return [cause, originalError, driverError, ',
      'return [cause, ',
    ),
    operation(
      'run',
      'an executor tries again what the database failed',
      'if (databaseFaultOf(error)) throw error;',
      '',
    ),
  ),
];
