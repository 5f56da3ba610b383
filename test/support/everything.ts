/** Rows of every model in acme, so that each relation leads somewhere: among them people who left, wait for approval, or are suspended. */
import { v7 as makeId } from 'uuid';
import type { Work } from './work.ts';

/** Ids of what was made. */
export interface Everything {
  readonly projectId: string;
  readonly taskId: string;
  readonly commentId: string;
  readonly internalId: string;
  readonly attachmentId: string;
  readonly invitationId: string;
  readonly keyId: string;
  readonly formerKeyId: string;
  /** Removed; led, did, asked for, wrote and uploaded something. */
  readonly former: string;
  /** Removed; nothing names them. */
  readonly gone: string;
  /** Waits for approval, with a confirmed address. */
  readonly pending: string;
  /** Waits for approval; nobody confirmed the address. */
  readonly unconfirmed: string;
  readonly suspended: string;
}

/** Makes them. */
export async function makeEverything({ acme, asOwner }: Work): Promise<Everything> {
  const insert = async (table: string, row: Readonly<Record<string, unknown>>): Promise<string> => {
    const id = makeId();
    await asOwner(`insert into "${table}" select * from jsonb_populate_record(null::"${table}", $1::jsonb)`, [
      JSON.stringify({ id, organizationId: acme.id, createdAt: now, updatedAt: now, ...row }),
    ]);
    return id;
  };
  const now = '2026-01-01T00:00:00Z';

  const person = async (name: string, status: string, emailVerified = true): Promise<string> => {
    const userId = await insert('User', {
      name,
      email: `${name}@acme.example`,
      emailVerified,
      phone: '+4940',
      avatarUrl: `https://pictures.example/${name}`,
      mfaEnabled: true,
      lastSignInAt: now,
    });
    await insert('Membership', { userId, status, joinedAt: now });
    return userId;
  };
  const former = await person('former', 'REMOVED');
  const gone = await person('gone', 'REMOVED');
  const pending = await person('pending', 'PENDING');
  const unconfirmed = await person('unconfirmed', 'PENDING', false);
  const suspended = await person('suspended', 'SUSPENDED');
  const { member, manager, admin, owner } = acme.users;

  const project = (key: string, leadId: string | null) =>
    insert('Project', { key, name: key, description: '', status: 'ACTIVE', leadId, spent: 1, lastTaskNumber: 9 });
  const projectId = await project('ONE', former);
  const otherId = await project('TWO', manager);
  await project('NONE', null);
  for (const [id, userId] of [
    [projectId, member],
    [projectId, suspended],
    [otherId, admin],
  ])
    await insert('ProjectMember', { projectId: id, userId });

  const task = (number: number, assigneeId: string | null, reporterId: string | null, of = projectId) =>
    insert('Task', {
      projectId: of,
      number,
      title: `T${number}`,
      description: '',
      status: 'TODO',
      priority: 'LOW',
      assigneeId,
      reporterId,
    });
  const taskId = await task(1, former, member);
  await task(2, suspended, former);
  await task(3, null, null, otherId);

  const comment = (body: string, authorId: string | null, internal: boolean) =>
    insert('Comment', { taskId, body, authorId, internal });
  const commentId = await comment('open', former, false);
  const internalId = await comment('internal', admin, true);
  await comment('of a key', null, false);

  const file = { contentType: 'text/plain', size: 1, sha256: 'ab'.repeat(32) };
  const attachmentId = await insert('Attachment', {
    ...file,
    taskId,
    uploadedById: former,
    filename: 'a.txt',
    storageKey: makeId(),
  });
  await insert('Attachment', { ...file, taskId, uploadedById: owner, filename: 'b.txt', storageKey: makeId() });

  const roleIdOf = async (key: string): Promise<string> => {
    const [row] = await asOwner('select "id" from "Role" where "organizationId" = $1 and "key" = $2', [acme.id, key]);
    return String(row?.id);
  };
  const key = async (name: string, role: string, createdById: string | null, createdByKeyId: string | null = null) =>
    insert('ApiKey', {
      name,
      client: 'partner',
      prefix: makeId(),
      digest: 'x',
      roleId: await roleIdOf(role),
      scopes: [],
      allowAdHoc: false,
      allowedNetworks: [],
      createdById,
      createdByKeyId,
    });
  const keyId = await key('by admin', 'partner', admin);
  const formerKeyId = await key('by somebody who left', 'admin', former, keyId);
  await key('by nobody', 'guest', null);

  const invitation = async (email: string, role: string, invitedByKeyId: string | null) =>
    insert('Invitation', {
      email,
      roleId: await roleIdOf(role),
      digest: makeId(),
      invitedById: admin,
      invitedByKeyId,
      expiresAt: '2099-01-01T00:00:00Z',
    });
  const invitationId = await invitation('one@elsewhere.example', 'admin', keyId);
  await invitation('two@elsewhere.example', 'guest', null);

  const operationId = await insert('PersistedOperation', {
    client: 'partner',
    sha256: 'ab'.repeat(32),
    name: 'Op',
    body: 'query Op { viewer { permissions } }',
    cost: 1,
    requires: [],
  });
  await insert('PersistedOperationUse', { operationId, apiKeyId: keyId, day: '2026-01-01', count: 1 });
  await insert('PersistedOperationUse', { operationId, apiKeyId: null, day: '2026-01-02', count: 2 });

  return {
    projectId,
    taskId,
    commentId,
    internalId,
    attachmentId,
    invitationId,
    keyId,
    formerKeyId,
    former,
    gone,
    pending,
    unconfirmed,
    suspended,
  };
}
