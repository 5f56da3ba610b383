import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const globalId = (type: string, id: string | undefined) => Buffer.from(`${type}:${id}`).toString('base64');

/** Listens over SSE. `next` waits for one answer; null when the stream has ended. */
async function listen(query: string, headers: Record<string, string>) {
  const abort = new AbortController();
  const response = await fetch(gateway.endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify({ query }),
    signal: abort.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  // biome-ignore lint/suspicious/noExplicitAny: answers of ad-hoc operations
  const next = async (): Promise<any> => {
    for (;;) {
      // What never became a stream is one answer in JSON.
      if (text.startsWith('{')) {
        const answer = JSON.parse(text);
        text = '';
        return answer;
      }
      const match = /event: (\w+)\ndata: ?(.*)\n\n/.exec(text);
      if (match) {
        text = text.slice(match.index + match[0].length);
        return match[1] === 'next' ? JSON.parse(match[2] ?? 'null') : null;
      }
      const { done, value } = await reader.read();
      if (done) return null;
      text += value;
    }
  };
  return { status: response.status, next, close: () => abort.abort() };
}

const send = (query: string, headers: Record<string, string>) =>
  fetch(gateway.endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  }).then((response) => response.json());

const acme = () => gateway.organizations.acme;
const headersOf = (role: 'owner' | 'manager' | 'member' | 'guest') =>
  gateway.viewers.acme[role] as Record<string, string>;
const taskOf = async (projectId: string) => {
  const rows = await gateway.database.query<{ id: string }>(
    'select "id" from "Task" where "projectId" = $1 order by "number" limit 1',
    [projectId],
  );
  return rows[0]!.id;
};
const update = (taskId: string, notes: string) =>
  send(
    `mutation { updateTask(input: { id: "${globalId('Task', taskId)}", internalNotes: "${notes}" }) { task { id } } }`,
    headersOf('owner'),
  );

describe('taskChanged', () => {
  test('each listener gets of an event what they may read, and nothing else', async () => {
    const projectId = acme().projectIds[0]!;
    const taskId = await taskOf(projectId);
    const query = `subscription { taskChanged(projectId: "${globalId('Project', projectId)}") { kind taskId task { title internalNotes } } }`;
    const [member, guest] = await Promise.all([listen(query, headersOf('member')), listen(query, headersOf('guest'))]);
    await update(taskId, 'for members');
    const [seen, hidden] = await Promise.all([member.next(), guest.next()]);
    expect(seen.data.taskChanged).toMatchObject({ kind: 'UPDATED', task: { internalNotes: 'for members' } });
    expect(hidden.data.taskChanged.task.internalNotes).toBeNull();
    expect(hidden.errors.map((error: { extensions: object }) => error.extensions)).toMatchObject([
      { code: 'FORBIDDEN', coordinate: 'Task.internalNotes' },
    ]);
    expect(JSON.stringify(hidden)).not.toContain('for members');
    member.close();
    guest.close();
  });

  test('a listener of another organization cannot even tell that the project exists', async () => {
    const foreign = gateway.viewers.globex.owner as Record<string, string>;
    const subscribe = (id: string | undefined) =>
      listen(`subscription { taskChanged(projectId: "${globalId('Project', id)}") { kind } }`, foreign);
    const [existing, missing] = [
      await (await subscribe(acme().projectIds[0])).next(),
      await (await subscribe('0190a0a0-0000-7000-8000-00000000ffff')).next(),
    ];
    expect(existing.errors[0].extensions.code).toBe('NOT_FOUND');
    delete existing.errors[0].extensions.requestId;
    delete missing.errors[0].extensions.requestId;
    expect(existing).toEqual(missing);
  });

  test('the anonymous never start to listen', async () => {
    const stream = await listen(
      `subscription { taskChanged(projectId: "${globalId('Project', acme().projectIds[0])}") { kind } }`,
      {},
    );
    const answer = await stream.next();
    expect(answer.data ?? null).toBeNull();
    expect(answer.errors[0].extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      coordinate: 'Subscription.taskChanged',
    });
    expect(await stream.next()).toBeNull();
  });

  test('an open stream loses a field when its listener loses the permission, and ends when the session does', async () => {
    const projectId = acme().projectIds[1]!;
    const taskId = await taskOf(projectId);
    const headers = headersOf('manager');
    const stream = await listen(
      `subscription { taskChanged(projectId: "${globalId('Project', projectId)}") { task { internalNotes } } }`,
      headers,
    );
    await update(taskId, 'before');
    expect((await stream.next()).data.taskChanged.task.internalNotes).toBe('before');

    const manager = acme().users.manager;
    const demotion = await send(
      `mutation { setMemberRoles(input: { userId: "${globalId('User', manager.id)}", roleKeys: ["guest"] }) { membership { id } } }`,
      headersOf('owner'),
    );
    expect(demotion.errors).toBeUndefined();
    await update(taskId, 'after the demotion');
    const narrowed = await stream.next();
    expect(narrowed.data.taskChanged.task.internalNotes).toBeNull();
    expect(narrowed.errors[0].extensions.coordinate).toBe('Task.internalNotes');

    await send('mutation { signOut { __typename } }', headers);
    await update(taskId, 'after the sign-out');
    const last = await stream.next();
    expect(last.data).toBeNull();
    expect(last.errors[0].extensions.code).toBe('UNAUTHENTICATED');
    expect(await stream.next()).toBeNull();
  });
});

describe('commentAdded', () => {
  test('an internal comment is no event for whoever may not read it', async () => {
    const taskId = await taskOf(acme().projectIds[2]!);
    const query = `subscription { commentAdded(taskId: "${globalId('Task', taskId)}") { body } }`;
    const [member, guest] = await Promise.all([listen(query, headersOf('member')), listen(query, headersOf('guest'))]);
    const add = (body: string, internal: boolean) =>
      send(
        `mutation { addComment(input: { taskId: "${globalId('Task', taskId)}", body: "${body}", internal: ${internal} }) { comment { id } } }`,
        headersOf('owner'),
      );
    expect((await add('secret', true)).errors).toBeUndefined();
    expect((await add('public', false)).errors).toBeUndefined();
    expect((await member.next()).data.commentAdded.body).toBe('secret');
    expect((await member.next()).data.commentAdded.body).toBe('public');
    expect(await guest.next()).toEqual({ data: { commentAdded: { body: 'public' } } });
    member.close();
    guest.close();
  });
});
