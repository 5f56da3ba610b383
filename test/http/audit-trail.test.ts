/**
 * Every mutation once, and what it leaves on record: one event, by whom, and with no detail that the catalogue does not list. The
 * last test looks whether a mutation of the schema was left out, so that a new one cannot go unrecorded.
 */
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { generate } from 'otplib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditAction, auditActions } from '../../src/authorization/audit-actions.ts';
import { globalId, type IdentityGateway, openIdentityGateway, testPassword } from '../support/identity.ts';

let gateway: IdentityGateway;
let acme: string;
/** Mutations that were sent so far. */
const sent = new Set<string>();

beforeAll(async () => {
  gateway = await openIdentityGateway({ REGISTRATION: 'approval' });
  acme = await gateway.addOrganization('acme');
});
afterAll(() => gateway.close());

interface StoredEvent {
  readonly action: AuditAction;
  readonly actorType: string;
  readonly actorId: string | null;
  readonly requestId: string | null;
  readonly ip: string | null;
  readonly details: Record<string, unknown>;
}

const stored = () =>
  gateway.asOwner('select * from "AuditEvent"') as unknown as Promise<(StoredEvent & { id: string })[]>;

/** What the events say, as text. Their ids and instants stay out: by chance they hold any digits. */
const storedDetails = async () => JSON.stringify((await stored()).map(({ details }) => details));

type Headers = Readonly<Record<string, string>>;

/** Somebody whose deeds are watched. */
interface Person {
  readonly id: string | null;
  readonly headers: Headers;
}

const nobody: Person = { id: null, headers: {} };

/** Sends one mutation that must succeed, and compares what is newly on record. @param expected actions; none for no event. */
async function perform(
  text: string,
  as: Person,
  expected: readonly AuditAction[],
  { form, actorId = as.id }: { readonly form?: FormData; readonly actorId?: string | null } = {},
): Promise<unknown> {
  const name = /^(\w+)/.exec(text)?.[1] ?? '';
  sent.add(name);
  const known = new Set((await stored()).map(({ id }) => id));
  const headers = { 'x-fieldgate-csrf': '1', ...as.headers };
  const response = form
    ? await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: form })
    : await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query: `mutation { ${text} }` }),
      });
  const body = (await response.json()) as { data: Record<string, unknown>; errors?: unknown };
  expect(body.errors, text).toBeUndefined();
  const isNew = async () => (await stored()).filter(({ id }) => !known.has(id));
  await expect.poll(async () => (await isNew()).length, { message: text }).toBeGreaterThanOrEqual(expected.length);
  const events = await isNew();
  expect(
    events.map(({ action }) => action),
    text,
  ).toEqual(expected);
  for (const event of events) {
    expect(event, text).toMatchObject({ actorType: actorId === null ? 'Anonymous' : 'User', actorId });
    expect(event.requestId, text).toBe(response.headers.get('x-request-id'));
    expect(event.ip, text).toContain('127.0.0.1');
    const listed = Object.keys(auditActions().get(event.action) ?? {});
    for (const detail of Object.keys(event.details)) expect(listed, `${event.action}: ${detail}`).toContain(detail);
  }
  return body.data[name] ?? {};
}

let count = 0;
async function join(role: 'owner' | 'admin' | 'guest'): Promise<Person & { email: string; refreshToken: string }> {
  const email = `trail${count++}@acme.example`;
  const id = await gateway.addAccount(email, { organizationId: acme, role });
  const { bearer, refreshToken } = await gateway.signIn(email);
  return { id, email, headers: bearer, refreshToken };
}

const again = async (email: string): Promise<Headers> => (await gateway.signIn(email)).bearer;
const password = JSON.stringify(testPassword);

test('projects, tasks, comments and files', async () => {
  const owner = await join('owner');
  const guest = await join('guest');
  const guestId = globalId('User', guest.id ?? '');
  const made = await perform(
    'createProject(input: { key: "PR", name: "Secret name", budget: "12" }) { project { id } }',
    owner,
    ['project.create'],
  );
  const { id: project } = (made as { project: { id: string } }).project;
  await perform(
    `updateProject(input: { id: "${project}", name: "Other", leadId: "${guestId}" }) { project { id } }`,
    owner,
    ['project.update'],
  );
  await perform(
    `addProjectMember(input: { projectId: "${project}", userId: "${guestId}" }) { project { id } }`,
    owner,
    ['project.addMember'],
  );
  await perform(
    `removeProjectMember(input: { projectId: "${project}", userId: "${guestId}" }) { project { id } }`,
    owner,
    ['project.removeMember'],
  );
  await perform(`archiveProject(input: { id: "${project}" }) { project { id } }`, owner, ['project.archive']);
  await perform(`restoreProject(input: { id: "${project}" }) { project { id } }`, owner, ['project.restore']);
  const created = await perform(
    `createTask(input: { projectId: "${project}", title: "Secret title", estimateMinutes: 7, internalNotes: "Secret note", priority: HIGH }) { task { id } }`,
    owner,
    ['task.create'],
  );
  const { id: task } = (created as { task: { id: string } }).task;
  await perform(
    `updateTask(input: { id: "${task}", dueAt: "2030-01-01T00:00:00Z", assigneeId: "${guestId}" }) { task { id } }`,
    owner,
    ['task.update'],
  );
  const said = await perform(
    `addComment(input: { taskId: "${task}", body: "Secret words", internal: true }) { comment { id } }`,
    owner,
    ['comment.create'],
  );
  const { id: comment } = (said as { comment: { id: string } }).comment;
  await perform(`updateComment(input: { id: "${comment}", body: "More secret words" }) { comment { id } }`, owner, [
    'comment.update',
  ]);
  const form = new FormData();
  const query = `mutation ($file: Upload!) { uploadAttachment(input: { taskId: "${task}", file: $file }) { attachment { id } } }`;
  form.set('operations', JSON.stringify({ query, variables: { file: null } }));
  form.set('map', JSON.stringify({ 0: ['variables.file'] }));
  form.set('0', new File(['Secret text\n'], 'secret-name.txt'));
  const uploaded = await perform('uploadAttachment', owner, ['attachment.create'], { form });
  const { id: attachment } = (uploaded as { attachment: { id: string } }).attachment;
  await perform(`deleteAttachment(input: { id: "${attachment}" }) { deletedId }`, owner, ['attachment.delete']);
  await perform(`deleteComment(input: { id: "${comment}" }) { deletedId }`, owner, ['comment.delete']);
  await perform(`deleteTask(input: { id: "${task}" }) { deletedId }`, owner, ['task.delete']);
  await perform(`deleteProject(input: { id: "${project}" }) { deletedId }`, owner, ['project.delete']);
  expect(await storedDetails()).not.toMatch(/secret|12\.00/i);
});

test('members, roles, keys, invitations and operations', async () => {
  const owner = await join('owner');
  const guest = await join('guest');
  const guestId = globalId('User', guest.id ?? '');
  await perform('updateOrganization(input: { name: "Acme" }) { organization { id } }', owner, ['organization.update']);
  const made = await perform(
    'createRole(input: { key: "trail", name: "T", permissions: ["project:read"] }) { role { id } }',
    owner,
    ['role.create'],
  );
  const { id: role } = (made as { role: { id: string } }).role;
  await perform(`updateRole(input: { id: "${role}", permissions: [] }) { role { id } }`, owner, ['role.update']);
  await perform(
    `setMemberRoles(input: { userId: "${guestId}", roleKeys: ["guest", "member"] }) { membership { id } }`,
    owner,
    ['member.setRoles'],
  );
  await perform(`deleteRole(input: { id: "${role}" }) { deletedId }`, owner, ['role.delete']);
  await perform(`suspendUser(input: { userId: "${guestId}" }) { user { id } }`, owner, ['member.suspend']);
  await perform(`reinstateUser(input: { userId: "${guestId}" }) { user { id } }`, owner, ['member.reinstate']);
  const key = await perform(
    'createApiKey(input: { name: "K", client: "k", roleKey: "guest" }) { apiKey { id } }',
    owner,
    ['apiKey.create'],
  );
  const { id: keyId } = (key as { apiKey: { id: string } }).apiKey;
  await perform(`rotateApiKey(input: { id: "${keyId}" }) { apiKey { id } }`, owner, ['apiKey.rotate']);
  await perform(`revokeApiKey(input: { id: "${keyId}" }) { apiKey { id } }`, owner, ['apiKey.revoke']);
  const registered = await perform(
    'registerPersistedOperations(input: { client: "k", operations: [{ name: "Trail", body: "query Trail { viewer { permissions } }" }] }) { persistedOperations { id } }',
    owner,
    ['operation.register'],
  );
  const { id: operation } = (registered as { persistedOperations: [{ id: string }] }).persistedOperations[0];
  await perform(
    `retirePersistedOperation(input: { id: "${operation}", reason: "Old." }) { persistedOperation { id } }`,
    owner,
    ['operation.retire'],
  );
  const invited = await perform(
    'inviteMember(input: { email: "someone@elsewhere.example", roleKey: "guest" }) { invitation { id } }',
    owner,
    ['invitation.create'],
  );
  await perform(
    `revokeInvitation(input: { id: "${(invited as { invitation: { id: string } }).invitation.id}" }) { invitation { id } }`,
    owner,
    ['invitation.revoke'],
  );
  const friend = { email: 'friend@elsewhere.example', id: await gateway.addAccount('friend@elsewhere.example') };
  await perform(`inviteMember(input: { email: "${friend.email}", roleKey: "guest" }) { invitation { id } }`, owner, [
    'invitation.create',
  ]);
  const { token } = await gateway.nextMail(friend.email);
  const asFriend = { id: friend.id, headers: await again(friend.email) };
  await perform(`acceptInvitation(input: { token: "${token}" }) { organizationId }`, asFriend, ['invitation.accept']);
  await perform('leaveOrganization(input: { slug: "acme" }) { deletedId }', asFriend, ['member.leave']);
  await perform(`removeMember(input: { userId: "${guestId}" }) { deletedId }`, owner, ['member.remove']);
  await perform('createOrganization(input: { slug: "initech", name: "Initech" }) { organizationId }', asFriend, [
    'organization.create',
  ]);
  const inside = { ...asFriend, headers: { ...asFriend.headers, 'x-organization': 'initech' } };
  await perform('deleteOrganization(input: { slug: "initech" }) { deletedId }', inside, ['organization.delete']);
});

test('registration, sessions, passwords, the second factor and the end of an account', async () => {
  const owner = await join('owner');
  const email = 'newcomer@acme.example';
  await perform(
    `register(input: { name: "N", email: "${email}", password: ${password}, organization: "acme" }) { ok }`,
    nobody,
    ['account.register'],
  );
  const first = await gateway.nextMail(email);
  await perform(`resendVerification(input: { email: "${email}" }) { ok }`, nobody, []);
  const { token } = await gateway.nextMail(email);
  expect(token).not.toBe(first.token);
  const [row] = await gateway.asOwner('select "id" from "User" where "email" = $1', [email]);
  const id = String(row?.id);
  await perform(
    `verifyEmail(input: { token: "${token}", password: ${password} }) { ok }`,
    nobody,
    ['account.verifyEmail'],
    { actorId: id },
  );
  await perform(`approveUser(input: { userId: "${globalId('User', id)}", roleKey: "guest" }) { user { id } }`, owner, [
    'member.approve',
  ]);

  const signIn = `signIn(input: { email: "${email}", password: ${password} }) { accessToken refreshToken }`;
  const session = (await perform(signIn, nobody, ['session.signIn'], { actorId: id })) as {
    accessToken: string;
    refreshToken: string;
  };
  let person: Person = { id, headers: { authorization: `Bearer ${session.accessToken}` } };
  await perform(`refreshSession(input: { refreshToken: "${session.refreshToken}" }) { accessToken }`, nobody, []);
  await perform('updateProfile(input: { phone: "+49 1234" }) { user { id } }', person, ['account.updateProfile']);
  await perform(`exportAccount(input: { password: ${password} }) { data }`, person, ['account.export']);
  await perform(`changeEmail(input: { email: "moved@acme.example", password: ${password} }) { ok }`, person, []);
  const moved = await gateway.nextMail('moved@acme.example');
  await perform(
    `verifyEmail(input: { token: "${moved.token}", password: ${password} }) { ok }`,
    nobody,
    ['account.changeEmail'],
    {
      actorId: id,
    },
  );

  // The change of the address ended the session.
  person = { id, headers: await again('moved@acme.example') };
  await again('moved@acme.example');
  const others = await gateway.asOwner(
    'select "id" from "Session" where "userId" = $1 and "revokedAt" is null order by "createdAt" desc',
    [id],
  );
  await perform(`revokeSession(input: { sessionId: "${globalId('Session', String(others[0]?.id))}" }) { ok }`, person, [
    'session.revoke',
  ]);

  const enrolment = (await perform(`startTotpEnrolment(input: { password: ${password} }) { secret }`, person, [])) as {
    secret: string;
  };
  const code = async () => {
    await gateway.asOwner('update "TotpFactor" set "lastUsedStep" = "lastUsedStep" - 10 where "userId" = $1', [id]);
    return generate({ secret: enrolment.secret });
  };
  await perform(`confirmTotpEnrolment(input: { totp: "${await code()}" }) { recoveryCodes }`, person, [
    'secondFactor.enable',
  ]);
  await perform(
    `newRecoveryCodes(input: { password: ${password}, totp: "${await code()}" }) { recoveryCodes }`,
    person,
    ['secondFactor.newRecoveryCodes'],
  );
  await perform(`disableTotp(input: { password: ${password}, totp: "${await code()}" }) { ok }`, person, [
    'secondFactor.disable',
  ]);

  const changed = (await perform(
    `changePassword(input: { currentPassword: ${password}, newPassword: "Another-long-one-7" }) { accessToken }`,
    person,
    ['password.change'],
  )) as { accessToken: string };
  person = { id, headers: { authorization: `Bearer ${changed.accessToken}` } };
  await perform('signOut { ok }', person, ['session.signOut']);
  await perform('requestPasswordReset(input: { email: "moved@acme.example" }) { ok }', nobody, [
    'password.requestReset',
  ]);
  let reset = await gateway.nextMail('moved@acme.example');
  // Notices about what was done before come without a link.
  while (reset.token === '') reset = await gateway.nextMail('moved@acme.example');
  await perform(
    `resetPassword(input: { token: "${reset.token}", password: ${password} }) { ok }`,
    nobody,
    ['password.reset'],
    { actorId: id },
  );
  person = { id, headers: await again('moved@acme.example') };
  await perform('signOutEverywhere { ok }', person, ['session.signOutEverywhere']);
  person = { id, headers: await again('moved@acme.example') };
  await perform(`deleteAccount(input: { password: ${password} }) { ok }`, person, ['account.delete']);
  expect(await storedDetails()).not.toMatch(/@(acme|elsewhere)\.example|Fieldgate-test|1234/);
});

test('no mutation of the schema is left out', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'), { assumeValidSDL: true });
  expect([...sent].sort()).toEqual(Object.keys(schema.getMutationType()?.getFields() ?? {}).sort());
});
