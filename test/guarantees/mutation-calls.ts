/**
 * A call of every mutation that needs nothing beyond what its row documents: with rows of its own to write to, made for the call.
 * What a mutation cannot do for reasons of state, such as a token that nobody sent, says so with the code that comes of it.
 */
import { type GraphQLObjectType, isInputObjectType } from 'graphql';
import { globalId } from '../support/delegation.ts';
import type { TestGateway } from '../support/gateway.ts';
import { type AddedMember, digestOfToken, type Rows, rowsOf, rowsPassword, uniqueWord } from '../support/rows.ts';
import { schema } from './operations.ts';

/** A call, ready to be sent. */
export interface MutationCall {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The code that comes of the state of things; null where the call succeeds. */
  readonly code: string | null;
}

interface Given {
  readonly rows: Rows;
  readonly me: AddedMember;
  readonly organization: { readonly id: string; readonly slug: string };
}

interface Prepared {
  readonly input?: Readonly<Record<string, unknown>>;
  readonly code?: string;
}

const word = uniqueWord;

const addProject = (rows: Rows, row: object = {}) =>
  rows.insert('Project', { key: word().toUpperCase(), name: 'A project', ...row });
const addTask = async (rows: Rows) =>
  rows.insert('Task', { projectId: await addProject(rows), number: 1, title: 'A task' });
const addComment = async (rows: Rows, authorId: string | null) =>
  rows.insert('Comment', { taskId: await addTask(rows), body: 'A comment', authorId });
const addKey = async (rows: Rows) =>
  rows.insert('ApiKey', {
    name: 'A key',
    client: 'partner',
    prefix: word(),
    digest: word(),
    roleId: (await rows.role()).id,
    scopes: [],
    allowedNetworks: [],
  });
const addInvitation = (rows: Rows, roleId: string, email: string, token = word()) =>
  rows.insert('Invitation', {
    email,
    roleId,
    digest: digestOfToken(token),
    expiresAt: new Date(Date.now() + 3_600_000),
  });
const userId = ({ id }: { readonly id: string }) => globalId('User', id);

/** Each mutation's call. */
const calls: Readonly<Record<string, (given: Given) => Promise<Prepared>>> = {
  register: async () => ({
    input: { name: 'N', email: `${word()}@rows.example`, password: 'Another-pass-77', invitationToken: 'fgi_unknown' },
    code: 'NOT_FOUND',
  }),
  verifyEmail: async () => ({ input: { token: 'unknown' }, code: 'NOT_FOUND' }),
  resendVerification: async () => ({ input: { email: `${word()}@rows.example` } }),
  requestPasswordReset: async () => ({ input: { email: `${word()}@rows.example` } }),
  resetPassword: async () => ({ input: { token: 'unknown', password: 'Another-pass-77' }, code: 'NOT_FOUND' }),
  signIn: async ({ me }) => ({ input: { email: me.email, password: rowsPassword } }),
  refreshSession: async () => ({ input: { refreshToken: 'unknown' }, code: 'UNAUTHENTICATED' }),
  signOut: async () => ({}),

  changeEmail: async () => ({ input: { email: `${word()}@rows.example`, password: rowsPassword } }),
  changePassword: async () => ({ input: { currentPassword: rowsPassword, newPassword: 'Another-pass-77' } }),
  updateProfile: async () => ({ input: { name: 'Another name' } }),
  exportAccount: async () => ({ input: { password: rowsPassword } }),
  deleteAccount: async () => ({ input: { password: rowsPassword } }),
  revokeSession: async ({ rows, me }) => {
    const session = { userId: me.id, expiresAt: new Date(Date.now() + 3_600_000) };
    return { input: { sessionId: globalId('Session', await rows.insert('Session', session)) } };
  },
  signOutEverywhere: async () => ({}),
  startTotpEnrolment: async () => ({ input: { password: rowsPassword } }),
  confirmTotpEnrolment: async () => ({ input: { totp: '000000' }, code: 'CONFLICT' }),
  disableTotp: async () => ({ input: { password: rowsPassword, totp: '000000' }, code: 'CONFLICT' }),
  newRecoveryCodes: async () => ({ input: { password: rowsPassword, totp: '000000' }, code: 'CONFLICT' }),

  createOrganization: async () => ({ input: { slug: word(), name: 'Another' } }),
  acceptInvitation: async () => ({ input: { token: 'fgi_unknown' }, code: 'NOT_FOUND' }),
  leaveOrganization: async ({ organization }) => ({ input: { slug: organization.slug } }),
  updateOrganization: async ({ organization }) => ({ input: { name: organization.slug } }),
  deleteOrganization: async ({ organization }) => ({ input: { slug: organization.slug } }),
  inviteMember: async ({ me }) => ({ input: { email: `${word()}@rows.example`, roleKey: me.roleKey } }),
  revokeInvitation: async ({ rows, me }) => ({
    input: { id: globalId('Invitation', await addInvitation(rows, me.roleId, `${word()}@rows.example`)) },
  }),
  setMemberRoles: async ({ rows, me }) => ({
    input: { userId: userId(await rows.member()), roleKeys: [me.roleKey] },
  }),
  removeMember: async ({ rows }) => ({ input: { userId: userId(await rows.member()) } }),
  approveUser: async ({ rows, me }) => ({
    input: { userId: userId(await rows.member([], { status: 'PENDING' })), roleKey: me.roleKey },
  }),
  suspendUser: async ({ rows }) => ({ input: { userId: userId(await rows.member()) } }),
  reinstateUser: async ({ rows }) => ({ input: { userId: userId(await rows.member([], { status: 'SUSPENDED' })) } }),
  createRole: async () => ({ input: { key: word(), name: 'A role', permissions: [] } }),
  updateRole: async ({ rows }) => ({ input: { id: globalId('Role', (await rows.role()).id), name: 'Another' } }),
  deleteRole: async ({ rows }) => ({ input: { id: globalId('Role', (await rows.role()).id) } }),
  createApiKey: async ({ me }) => ({ input: { name: 'A key', client: 'partner', roleKey: me.roleKey } }),
  rotateApiKey: async ({ rows }) => ({ input: { id: globalId('ApiKey', await addKey(rows)) } }),
  revokeApiKey: async ({ rows }) => ({ input: { id: globalId('ApiKey', await addKey(rows)) } }),
  registerPersistedOperations: async () => ({
    input: { client: word(), operations: [{ name: 'Viewer', body: 'query Viewer { viewer { permissions } }' }] },
  }),
  retirePersistedOperation: async ({ rows }) => {
    const sha256 = digestOfToken(word());
    const operation = { client: 'partner', sha256, name: 'Q', body: 'query Q { __typename }', cost: 0, requires: [] };
    return {
      input: { id: globalId('PersistedOperation', await rows.insert('PersistedOperation', operation)), reason: 'Old.' },
    };
  },

  createProject: async () => ({ input: { key: word().toUpperCase(), name: 'A project' } }),
  updateProject: async ({ rows }) => ({ input: { id: globalId('Project', await addProject(rows)), name: 'Another' } }),
  archiveProject: async ({ rows }) => ({ input: { id: globalId('Project', await addProject(rows)) } }),
  restoreProject: async ({ rows }) => ({
    input: { id: globalId('Project', await addProject(rows, { archivedAt: new Date() })) },
  }),
  deleteProject: async ({ rows }) => ({ input: { id: globalId('Project', await addProject(rows)) } }),
  addProjectMember: async ({ rows }) => ({
    input: { projectId: globalId('Project', await addProject(rows)), userId: userId(await rows.member()) },
  }),
  removeProjectMember: async ({ rows }) => {
    const [projectId, member] = [await addProject(rows), await rows.member()];
    await rows.insert('ProjectMember', { projectId, userId: member.id });
    return { input: { projectId: globalId('Project', projectId), userId: userId(member) } };
  },
  createTask: async ({ rows, me }) => ({
    input: { projectId: globalId('Project', await addProject(rows)), title: 'A task', assigneeId: userId(me) },
  }),
  updateTask: async ({ rows }) => ({ input: { id: globalId('Task', await addTask(rows)), title: 'Another' } }),
  deleteTask: async ({ rows }) => ({ input: { id: globalId('Task', await addTask(rows)) } }),
  addComment: async ({ rows }) => ({ input: { taskId: globalId('Task', await addTask(rows)), body: 'A comment' } }),
  updateComment: async ({ rows, me }) => ({
    input: { id: globalId('Comment', await addComment(rows, me.id)), body: 'Another' },
  }),
  deleteComment: async ({ rows }) => ({
    input: { id: globalId('Comment', await addComment(rows, (await rows.member()).id)) },
  }),
  uploadAttachment: async ({ rows }) => ({
    input: { taskId: globalId('Task', await addTask(rows)), file: new File(['Notes.'], 'notes.txt') },
  }),
  deleteAttachment: async ({ rows }) => {
    const facts = { filename: 'n.txt', contentType: 'text/plain', size: 6, sha256: 'x', storageKey: word() };
    return {
      input: { id: globalId('Attachment', await rows.insert('Attachment', { taskId: await addTask(rows), ...facts })) },
    };
  },
};

/** Names of all mutations, as the schema prints them. */
export const mutationNames = Object.keys((schema.getMutationType() as GraphQLObjectType).getFields());

/** Mutations that write to a row which the caller may have written: theirs, or somebody else's. */
export const ownComment = async (rows: Rows, me: AddedMember): Promise<MutationCall> =>
  toCall('deleteComment', { input: { id: globalId('Comment', await addComment(rows, me.id)) } });

/** Writes a call of a mutation. @throws Error for one that nobody wrote down here. */
export async function callOf(
  gateway: TestGateway,
  mutation: string,
  organization: Given['organization'],
  me: AddedMember,
): Promise<MutationCall> {
  const prepare = calls[mutation];
  if (!prepare) throw new Error(`Nobody wrote down how ${mutation} is called.`);
  return toCall(mutation, await prepare({ rows: rowsOf(gateway, organization.id), me, organization }));
}

/** Each member of the input in a variable of its own: a file must be one. */
function toCall(mutation: string, { input, code }: Prepared): MutationCall {
  const field = (schema.getMutationType() as GraphQLObjectType).getFields()[mutation];
  const type = schema.getType(`${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`);
  if (!input || !isInputObjectType(type))
    return { text: `mutation { ${field?.name} { __typename } }`, variables: {}, code: code ?? null };
  const names = Object.keys(input);
  const declared = names.map((name) => `$${name}: ${type.getFields()[name]?.type}`).join(', ');
  const members = names.map((name) => `${name}: $${name}`).join(', ');
  return {
    text: `mutation (${declared}) { ${mutation}(input: { ${members} }) { __typename } }`,
    variables: input,
    code: code ?? null,
  };
}
