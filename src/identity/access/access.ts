/** Who may see what, and why: explanations of operations and the whole matrix. */

import { noColumn } from '../../authorization/column-uses.ts';
import type { AccessExplanation, ExplainedCoordinate } from '../../authorization/explain.ts';
import type { MatrixRow } from '../../authorization/matrix.ts';
import type { Decision } from '../../authorization/rules.ts';
import { actorOf } from '../../nouns/actor-of.ts';
import { builder } from '../../nouns/builder.ts';
import { policies } from '../policies.ts';

const AccessDecision = builder.enumType('AccessDecision', {
  description: 'What permissions alone say about a coordinate.',
  values: {
    ALLOWED: { value: 'allowed', description: 'Allowed for every row.' },
    DENIED: { value: 'denied', description: 'Denied for every row.' },
    PER_ROW: { value: 'perRow', description: 'Allowed for the rows that are about oneself.' },
  } as const,
});

/** Why the column guard has no part in it. */
const ofPermissions =
  'Computed from the table: the service reads roles and keys as the gateway, and answers decisions.';

const AccessSubject = builder.inputType('AccessSubject', {
  description: 'Of whom the question is. Name one of them; none means oneself.',
  fields: (t) => ({
    role: t.string({ description: 'The key of a role of the organization.', extensions: noColumn(ofPermissions) }),
    user: t.globalID({ description: 'A member of the organization.' }),
    apiKey: t.globalID({ description: 'An API key of the organization.', extensions: noColumn(ofPermissions) }),
  }),
});

const CoordinateAccess = builder.objectRef<ExplainedCoordinate>('CoordinateAccess').implement({
  description: 'The decision about one coordinate of an operation.',
  authScopes: policies.CoordinateAccess,
  fields: (t) => ({
    coordinate: t.exposeString('coordinate', {
      description: 'The schema coordinate, such as `Project.budget`.',
      authScopes: policies['CoordinateAccess.coordinate'],
    }),
    decision: t.field({
      type: AccessDecision,
      description: 'What permissions alone say.',
      authScopes: policies['CoordinateAccess.decision'],
      resolve: ({ decision }): Decision => decision,
    }),
    rule: t.exposeString('rule', { description: 'The rule in words.', authScopes: policies['CoordinateAccess.rule'] }),
    requires: t.exposeStringList('requires', {
      description: 'The permissions that the rule names.',
      authScopes: policies['CoordinateAccess.requires'],
    }),
    lacks: t.exposeStringList('lacks', {
      description:
        'Those that are lacking for every row to be open. A denied coordinate names them in its error, as `requires`.',
      authScopes: policies['CoordinateAccess.lacks'],
    }),
    belowDenied: t.exposeBoolean('belowDenied', {
      description: 'Whether it is denied because a coordinate above it is: it makes no error of its own.',
      authScopes: policies['CoordinateAccess.belowDenied'],
    }),
    grantedBy: t.field({
      type: ['String'],
      nullable: true,
      description: 'Keys of the roles that grant them all. Null without `role:list`.',
      authScopes: policies['CoordinateAccess.grantedBy'],
      extensions: noColumn(ofPermissions),
      resolve: ({ grantedBy }) => grantedBy,
    }),
  }),
});

const AccessExplanationType = builder.objectRef<AccessExplanation>('AccessExplanation').implement({
  description: 'An operation, decided coordinate by coordinate and not executed.',
  authScopes: policies.AccessExplanation,
  fields: (t) => ({
    allowed: t.exposeBoolean('allowed', {
      description: 'Whether nothing is denied by permissions alone.',
      authScopes: policies['AccessExplanation.allowed'],
    }),
    coordinates: t.field({
      type: [CoordinateAccess],
      description: 'Every coordinate that the operation names, also those below a denied one.',
      authScopes: policies['AccessExplanation.coordinates'],
      resolve: ({ coordinates }) => [...coordinates],
    }),
  }),
});

const RoleDecision = builder.objectRef<{ role: string; decision: Decision }>('RoleDecision').implement({
  description: 'What a role may do at a coordinate.',
  authScopes: policies.RoleDecision,
  fields: (t) => ({
    role: t.exposeString('role', {
      description: 'The key of the role; `anonymous` for callers without a credential.',
      authScopes: policies['RoleDecision.role'],
    }),
    decision: t.field({
      type: AccessDecision,
      description: 'What permissions alone say.',
      authScopes: policies['RoleDecision.decision'],
      resolve: ({ decision }): Decision => decision,
    }),
  }),
});

const AccessMatrixRow = builder.objectRef<MatrixRow>('AccessMatrixRow').implement({
  description: 'One coordinate of the schema, decided for each role.',
  authScopes: policies.AccessMatrixRow,
  fields: (t) => ({
    coordinate: t.exposeString('coordinate', {
      description: 'The schema coordinate.',
      authScopes: policies['AccessMatrixRow.coordinate'],
    }),
    rule: t.exposeString('rule', { description: 'The rule in words.', authScopes: policies['AccessMatrixRow.rule'] }),
    requires: t.field({
      type: ['String'],
      description: 'The permissions that the rule names.',
      authScopes: policies['AccessMatrixRow.requires'],
      resolve: ({ requires }) => [...requires],
    }),
    roles: t.field({
      type: [RoleDecision],
      description: 'The decision for each role of the organization and for the anonymous.',
      authScopes: policies['AccessMatrixRow.roles'],
      resolve: ({ decisions }) => Object.entries(decisions).map(([role, decision]) => ({ role, decision })),
    }),
  }),
});

builder.queryFields((t) => ({
  explainAccess: t.field({
    type: AccessExplanationType,
    nullable: true,
    description:
      'Why an operation is allowed or denied, without running it; once in an operation. Everybody may ask about themselves; `access:explain` is needed for a role, another member or an API key.',
    authScopes: policies['Query.explainAccess'],
    args: {
      operation: t.arg.string({
        required: true,
        description: 'The text of the operation; ten characters of it cost a point.',
      }),
      operationName: t.arg.string({ description: 'Which operation of the text; needed when there are several.' }),
      variables: t.arg({ type: 'JSON', description: 'The variables, as they would be sent.' }),
      as: t.arg({ type: AccessSubject, description: 'Of whom the question is; oneself when left out.' }),
    },
    resolve: (_root, { operation, operationName, variables, as }, context) =>
      context.services.access.explain(actorOf(context), {
        operation,
        operationName: operationName ?? null,
        variables: typeof variables === 'object' && variables !== null ? (variables as Record<string, unknown>) : {},
        as: as ? { role: as.role ?? null, userId: as.user?.id ?? null, apiKeyId: as.apiKey?.id ?? null } : null,
      }),
  }),
  accessMatrix: t.field({
    type: [AccessMatrixRow],
    nullable: true,
    description:
      'Role by coordinate: the whole table, or the part that the arguments ask for. Null without `access:explain`.',
    authScopes: policies['Query.accessMatrix'],
    extensions: noColumn(ofPermissions),
    args: {
      type: t.arg.string({ description: 'The name of a type: its row and those of its members, such as `Project`.' }),
      coordinate: t.arg.string({ description: 'What the coordinates begin with, such as `Query.projects`.' }),
      role: t.arg.stringList({ description: 'Keys of the roles to decide for; `anonymous` is one.' }),
      permission: t.arg.string({ description: 'A permission that the rules name, such as `project.budget:read`.' }),
    },
    resolve: async (_root, { type, coordinate, role, permission }, context) => [
      ...(await context.services.access.matrix(actorOf(context), {
        type: type ?? null,
        coordinate: coordinate ?? null,
        roles: role ?? null,
        permission: permission ?? null,
      })),
    ],
  }),
}));
