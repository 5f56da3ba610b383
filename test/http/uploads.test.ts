import { mkdtempSync, readdirSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { allowedType, cleanFilename } from '../../src/domain/attachment/file-types.ts';
import { createLogger } from '../../src/logger.ts';
import { createBackgroundWork } from '../../src/nouns/background-work.ts';
import { createFileRemoval } from '../../src/nouns/stored-files.ts';
import { createBucketStore, createFolderStore } from '../../src/stores/file-store.ts';
import { receiveFile } from '../../src/stores/incoming-file.ts';
import { createPendingFileRemovals } from '../../src/stores/pending-file-removals.ts';
import { createVirusScan } from '../../src/stores/virus-scan.ts';
import type { Credential } from '../support/client.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'fieldgate-files-'));
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    env: { STORAGE_DIR: folder, UPLOAD_LIMIT_BYTES: '100000', MAX_EVENT_LOOP_DELAY_MS: '60000' },
  });
});
afterAll(() => gateway.close());

/** For what happens off the answer's way. */
const waiting = { timeout: 20_000, interval: 20 };

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const globalId = (type: string, id: string | undefined) => Buffer.from(`${type}:${id}`).toString('base64');
const text =
  'mutation ($taskId: ID!, $file: Upload!) { uploadAttachment(input: { taskId: $taskId, file: $file }) { attachment { id filename contentType size sha256 url } } }';

function formOf(file: File, taskId = globalId('Task', gateway.organizations.acme.taskIds[0])): FormData {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: text, variables: { taskId, file: null } }));
  form.set('map', JSON.stringify({ 0: ['variables.file'] }));
  form.set('0', file);
  return form;
}

async function upload(
  file: File,
  as: Credential = gateway.viewers.acme.member,
  taskId?: string,
  // biome-ignore lint/suspicious/noExplicitAny: answers of one mutation
): Promise<{ status: number; body: any }> {
  const response = await fetch(gateway.endpoint, {
    method: 'POST',
    headers: { ...as, 'x-fieldgate-csrf': '1', accept: 'application/json' },
    body: formOf(file, taskId),
  });
  return { status: response.status, body: await response.json() };
}

/** A bucket that keeps what it is given, as an S3 service would. */
async function startBucket() {
  const objects = new Map<string, Buffer>();
  const server: Server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const path = new URL(incoming.url ?? '', 'http://s3').pathname;
    const known = objects.get(path);
    if (incoming.method === 'PUT') objects.set(path, Buffer.concat(chunks));
    if (incoming.method === 'DELETE') objects.delete(path);
    if (incoming.method === 'GET' && !known) {
      outgoing.writeHead(404, { 'content-type': 'application/xml' });
      outgoing.end('<Error><Code>NoSuchKey</Code></Error>');
    } else outgoing.end(incoming.method === 'GET' ? known : undefined);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  return { objects, url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}

const fileOf = (bytes: Uint8Array | string, name: string) =>
  new File([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)], name);
const stored = () => readdirSync(folder).length;
const rows = async () =>
  (await gateway.database.query<{ count: string }>('select count(*) from "Attachment"'))[0]?.count;
const codeOf = (answer: { body: { errors?: { extensions: { code: string } }[] } }) =>
  answer.body.errors?.[0]?.extensions.code;

describe('an upload', () => {
  test('is kept under a random name, described by its content, and on record', async () => {
    const answer = await upload(fileOf(png, '../../etc/pixel.png'));
    expect(answer.body.errors).toBeUndefined();
    const { attachment } = answer.body.data.uploadAttachment;
    expect(attachment).toMatchObject({ filename: 'pixel.png', contentType: 'image/png', size: png.length });
    const names = readdirSync(folder);
    expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/)]);
    const [event] = await gateway.database.query<{ action: string }>(
      `select "action" from "AuditEvent" order by "at" desc, "id" desc limit 1`,
    );
    expect(event?.action).toBe('attachment.create');
  });

  test.each([
    [
      'content that is no allowed type',
      () => fileOf(Buffer.from('4d5a90000300000004000000ffff0000', 'hex'), 'tool.pdf'),
    ],
    ['a name that says another type than the content', () => fileOf(png, 'pixel.pdf')],
    ['a page that a browser would run', () => fileOf('<script>alert(1)</script>', 'page.html')],
    ['a picture that a browser would run', () => fileOf('<svg onload="alert(1)"/>', 'picture.svg')],
    ['a text that is none', () => fileOf(Buffer.from([0, 1, 2, 3, 255]), 'notes.txt')],
    ['nothing at all', () => fileOf('', 'empty.txt')],
  ])('of %s is UNSUPPORTED_FILE and leaves nothing', async (_what, make) => {
    const before = [stored(), await rows()];
    expect(codeOf(await upload(make()))).toBe('UNSUPPORTED_FILE');
    expect([stored(), await rows()]).toEqual(before);
  });

  test('that is too large ends with 413 while it streams, and leaves nothing', async () => {
    const before = [stored(), await rows()];
    const answer = await upload(fileOf(Buffer.alloc(400_000, 97), 'large.txt'));
    expect(answer.status).toBe(413);
    expect(codeOf(answer)).toBe('PAYLOAD_TOO_LARGE');
    const slightly = await upload(fileOf(Buffer.alloc(100_001, 97), 'slightly.txt'));
    expect([slightly.status, codeOf(slightly)]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect([stored(), await rows()]).toEqual(before);
  });

  test('that is cut off leaves nothing', async () => {
    const before = [stored(), await rows()];
    const { hostname, port } = new URL(gateway.url);
    await new Promise<void>((done) => {
      const sending = request({
        hostname,
        port,
        path: '/graphql',
        method: 'POST',
        headers: {
          ...gateway.viewers.acme.member,
          'x-fieldgate-csrf': '1',
          'content-type': 'multipart/form-data; boundary=x',
          'content-length': '50000',
        },
      });
      sending.on('error', () => done());
      sending.write('--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{', () => sending.destroy());
      sending.on('close', () => done());
    });
    expect((await upload(fileOf('still here', 'ok.txt'))).body.errors).toBeUndefined();
    expect([stored(), await rows()]).toEqual([Number(before[0]) + 1, String(Number(before[1]) + 1)]);
  });

  test('by a guest, a partner, nobody, or without the header, is refused and leaves nothing', async () => {
    const before = [stored(), await rows()];
    for (const as of [gateway.viewers.acme.guest, gateway.viewers.acme.partner])
      expect(codeOf(await upload(fileOf('x', 'x.txt'), as))).toBe('FORBIDDEN');
    expect(codeOf(await upload(fileOf('x', 'x.txt'), {}))).toBe('UNAUTHENTICATED');
    const bare = await fetch(gateway.endpoint, {
      method: 'POST',
      headers: { ...gateway.viewers.acme.member },
      body: formOf(fileOf('x', 'x.txt')),
    });
    expect(bare.status).toBe(403);
    expect([stored(), await rows()]).toEqual(before);
  });

  test('to another organization’s task looks like one to a task that does not exist', async () => {
    const before = [stored(), await rows()];
    const foreign = await upload(
      fileOf('x', 'x.txt'),
      gateway.viewers.globex.owner,
      globalId('Task', gateway.organizations.acme.taskIds[0]),
    );
    const missing = await upload(
      fileOf('x', 'x.txt'),
      gateway.viewers.globex.owner,
      globalId('Task', '0190a0a0-0000-7000-8000-00000000abcd'),
    );
    expect(codeOf(foreign)).toBe('NOT_FOUND');
    for (const { body } of [foreign, missing]) delete body.errors[0].extensions.requestId;
    expect(foreign).toEqual(missing);
    expect([stored(), await rows()]).toEqual(before);
  });
});

describe('a download', () => {
  test('is authorized like the field that names it, and is never shown as a page', async () => {
    const { body } = await upload(fileOf('für alle', 'grüße "quoted".txt'));
    const { url } = body.data.uploadAttachment.attachment;
    const get = (as: Credential, method = 'GET') =>
      fetch(`${gateway.url}${new URL(url).pathname}`, { method, headers: as });
    const answer = await get(gateway.viewers.acme.guest);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('für alle');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="gr__e _quoted_.txt"; filename*=UTF-8''gr%C3%BC%C3%9Fe%20%22quoted%22.txt`,
    );
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect((await get(gateway.viewers.acme.guest, 'HEAD')).status).toBe(200);
    const refused = await Promise.all(
      [gateway.viewers.acme.partner, gateway.viewers.acme.auditor, gateway.viewers.globex.owner, {}].map((as) =>
        get(as),
      ),
    );
    expect(refused.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect((await get({ authorization: 'Bearer nonsense' })).status).toBe(401);
    expect(
      (
        await fetch(`${gateway.url}/files/..%2f..%2fetc%2fpasswd`, {
          headers: gateway.viewers.acme.owner as Record<string, string>,
        })
      ).status,
    ).toBe(404);
  });

  test('ends with its file: deleting attachment, task or project removes the bytes too', async () => {
    const send = async (query: string) =>
      (await gateway.send(query, {}, { as: gateway.viewers.acme.owner })).expectData();
    const { acme } = gateway.organizations;
    const [first, second] = [acme.taskIds[5], acme.taskIds[6]];
    const before = stored();
    const one = await upload(fileOf('a', 'a.txt'), undefined, globalId('Task', first));
    await upload(fileOf('b', 'b.txt'), undefined, globalId('Task', first));
    await upload(fileOf('c', 'c.txt'), undefined, globalId('Task', second));
    expect(stored()).toBe(before + 3);
    await send(
      `mutation { deleteAttachment(input: { id: "${one.body.data.uploadAttachment.attachment.id}" }) { deletedId } }`,
    );
    expect(stored()).toBe(before + 2);
    await send(`mutation { deleteTask(input: { id: "${globalId('Task', first)}" }) { deletedId } }`);
    expect(stored()).toBe(before + 1);
    const [row] = await gateway.database.query<{ projectId: string }>(
      'select "projectId" from "Task" where "id" = $1',
      [second],
    );
    await send(`mutation { deleteProject(input: { id: "${globalId('Project', row?.projectId)}" }) { deletedId } }`);
    expect(stored()).toBeLessThanOrEqual(before);
  });
});

/** Where a gateway keeps its files, and what is there. */
interface Store {
  readonly env: Record<string, string>;
  readonly folder?: string;
  names(): readonly string[];
  close(): void;
}
const folderStore = async (): Promise<Store> => {
  const own = mkdtempSync(join(tmpdir(), 'fieldgate-files-'));
  return { env: { STORAGE_DIR: own }, folder: own, names: () => readdirSync(own), close: () => undefined };
};
const bucketStore = async (): Promise<Store> => {
  const { objects, url, close } = await startBucket();
  const env = {
    S3_BUCKET: 'files',
    S3_ENDPOINT: url,
    S3_REGION: 'us-east-1',
    S3_ACCESS_KEY_ID: 'a',
    S3_SECRET_ACCESS_KEY: 'b',
  };
  return { env, names: () => [...objects.keys()].map((path) => path.slice('/files/'.length)), close };
};

describe.each([
  ['a folder', folderStore],
  ['a bucket', bucketStore],
])('what is uploaded to %s', (_what, make) => {
  let store: Store;
  let other: TestGateway;
  beforeAll(async () => {
    store = await make();
    const temporary = mkdtempSync(join(tmpdir(), 'fieldgate-spool-'));
    previousTemporary = process.env.TMPDIR;
    process.env.TMPDIR = temporary;
    other = await startGateway({ env: { ...store.env, MAX_EVENT_LOOP_DELAY_MS: '60000' } });
  });
  afterAll(async () => {
    if (previousTemporary === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = previousTemporary;
    await other.close();
    store.close();
  });
  let previousTemporary: string | undefined;

  /** Starts an upload whose length nobody announces. */
  const open = (as: Credential = other.viewers.acme.member) => {
    const { hostname, port } = new URL(other.url);
    const headers = { ...as, 'x-fieldgate-csrf': '1', 'content-type': 'multipart/form-data; boundary=x' };
    const sending = request({ hostname, port, path: '/graphql', method: 'POST', headers });
    const answered = new Promise<{ status?: number; body: { errors?: { extensions: { code: string } }[] } }>(
      (resolve, reject) => {
        sending.on('error', reject);
        sending.on('response', (answer) =>
          resolve(textOf(answer).then((body) => ({ status: answer.statusCode, body: JSON.parse(body) }))),
        );
      },
    );
    answered.catch(() => undefined);
    const taskId = globalId('Task', other.organizations.acme.taskIds[0]);
    const variables = { taskId, file: null };
    for (const [name, value] of Object.entries({
      operations: { query: text, variables },
      map: { 0: ['variables.file'] },
    }))
      sending.write(`--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${JSON.stringify(value)}\r\n`);
    sending.write('--x\r\ncontent-disposition: form-data; name="0"; filename="a.txt"\r\n\r\n');
    return { sending, answered };
  };
  const left = async () => [
    store.names(),
    spooled(),
    (await other.database.query<{ count: string }>('select count(*) from "Attachment"'))[0]?.count,
  ];
  const megabyte = Buffer.alloc(1024 * 1024, 97);
  /** Bytes of files that are on their way. */
  const spooled = () =>
    [...readdirSync(process.env.TMPDIR ?? '', { recursive: true }), ...(store.folder ? readdirSync(store.folder) : [])]
      .map(String)
      .filter((name) => name.endsWith('.part'));

  test('leaves nothing when it is cut off in the midst of its file, however many are', async () => {
    const before = await left();
    const all = Array.from({ length: 10 }, () => open());
    for (const { sending } of all) sending.write(megabyte);
    // Each of them has begun to be kept somewhere.
    await vi.waitFor(() => expect(spooled()).toHaveLength(10), waiting);
    for (const { sending, answered } of all) {
      answered.catch(() => undefined);
      sending.destroy();
    }
    await vi.waitFor(() => expect(spooled()).toEqual([]), waiting);
    expect(await left()).toEqual(before);
  });

  test('leaves nothing when it turns out to be too large, and says so', async () => {
    const before = await left();
    const { sending, answered } = open();
    for (let at = 0; at < 11; at += 1) sending.write(megabyte);
    sending.end('\r\n--x--\r\n');
    const answer = await answered;
    expect([answer.status, codeOf(answer)]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    await vi.waitFor(() => expect(spooled()).toEqual([]), waiting);
    expect(await left()).toEqual(before);
  });

  test('is answered before it has come when it is denied, and nothing of it is written', async () => {
    const before = await left();
    const { sending, answered } = open(other.viewers.acme.guest);
    sending.write(megabyte);
    expect(codeOf(await answered)).toBe('FORBIDDEN');
    expect(await left()).toEqual(before);
    sending.destroy();
  });

  test('leaves nothing when its row cannot be kept', async () => {
    const before = await left();
    await other.database.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$`,
    );
    await other.database.query(
      'create constraint trigger refuse after insert on "Attachment" deferrable initially deferred for each row execute function refuse()',
    );
    const { sending, answered } = open();
    sending.end('text\r\n--x--\r\n');
    expect(codeOf(await answered)).toBe('INTERNAL_SERVER_ERROR');
    await other.database.query('drop function refuse() cascade');
    expect(await left()).toEqual(before);
  });

  test('is removed after all when the process ended between the row and the file', async () => {
    const { sending, answered } = open();
    sending.end('text\r\n--x--\r\n');
    expect((await answered).body.errors).toBeUndefined();
    const [row] = await other.database.query<{ storageKey: string }>(
      `delete from "Attachment" where "filename" = 'a.txt' returning "storageKey"`,
    );
    expect(store.names()).toContain(row?.storageKey);
    const { S3_BUCKET: bucket, S3_ENDPOINT: endpoint, STORAGE_DIR } = store.env;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const files = bucket
      ? createBucketStore({ bucket, region: 'us-east-1', endpoint, credentials })
      : createFolderStore(STORAGE_DIR ?? '');
    const log = createLogger({ level: 'silent' });
    const background = createBackgroundWork({ log });
    const pending = createPendingFileRemovals(other.database.db);
    expect(await pending.list(300)).toEqual([]);
    expect(await pending.list(0)).toEqual([row?.storageKey]);
    createFileRemoval({ files, background, log, pending, sweepAfterSeconds: 0 }).sweep();
    await background.settled();
    expect(store.names()).not.toContain(row?.storageKey);
    expect(await pending.list(0)).toEqual([]);
  });

  test('is in one field when two ask for it: a file comes once', async () => {
    const form = formOf(fileOf('once', 'once.txt'), globalId('Task', other.organizations.acme.taskIds[0]));
    const field = 'uploadAttachment(input: { taskId: $taskId, file: $file }) { attachment { size } }';
    const query = `mutation ($taskId: ID!, $file: Upload!) { one: ${field} two: ${field} }`;
    form.set('operations', String(form.get('operations')).replace(JSON.stringify(text), JSON.stringify(query)));
    const headers = { ...other.viewers.acme.member, 'x-fieldgate-csrf': '1', accept: 'application/json' };
    const response = await fetch(other.endpoint, { method: 'POST', headers, body: form });
    const body = (await response.json()) as {
      data: unknown;
      errors: { path: unknown; extensions: { code: string } }[];
    };
    expect(body.data).toEqual({ one: { attachment: { size: 4 } }, two: null });
    expect(body.errors.map(({ path, extensions }) => [path, extensions.code])).toEqual([[['two'], 'BAD_USER_INPUT']]);
  });
});

describe('the deletion of an organization', () => {
  test.each([
    ['a folder', folderStore],
    ['a bucket', bucketStore],
  ])('removes its files from %s once it is certain, and nobody else’s', async (_what, make) => {
    const store = await make();
    const other = await startGateway({ env: store.env });
    const send = (as: Credential, name: string, taskId: string | undefined) =>
      fetch(other.endpoint, {
        method: 'POST',
        headers: { ...as, 'x-fieldgate-csrf': '1', accept: 'application/json' },
        body: formOf(fileOf(name, `${name}.txt`), globalId('Task', taskId)),
      });
    const { acme, globex } = other.organizations;
    for (const name of ['a', 'b']) await send(other.viewers.acme.owner, name, acme.taskIds[0]);
    await send(other.viewers.globex.owner, 'c', globex.taskIds[0]);
    const all = store.names();
    expect(all).toHaveLength(3);
    const [ofGlobex] = await other.database.query<{ storageKey: string }>(
      'select "storageKey" from "Attachment" where "organizationId" = $1 and filename = $2',
      [globex.id, 'c.txt'],
    );
    const deletion = (slug: string) =>
      other.send(
        `mutation { deleteOrganization(input: { slug: "${slug}" }) { deletedId } }`,
        {},
        { as: other.viewers.acme.owner },
      );

    expect((await deletion('globex')).codes).toEqual(['BAD_USER_INPUT']);
    await other.database.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$`,
    );
    // At the very end of the transaction: all of its own statements have succeeded by then.
    await other.database.query(
      'create constraint trigger refuse after delete on "Organization" deferrable initially deferred for each row execute function refuse()',
    );
    expect((await deletion('acme')).codes).toEqual(['INTERNAL_SERVER_ERROR']);
    await other.database.query('drop trigger refuse on "Organization"');
    expect(store.names()).toEqual(all);

    expect((await deletion('acme')).codes).toEqual([]);
    await other.close();
    expect(store.names()).toEqual([ofGlobex?.storageKey]);
    store.close();
  });
});

describe('names and types', () => {
  test.each([
    ['..\\..\\boot.ini', 'boot.ini'],
    ['a/b/c.txt', 'c.txt'],
    ['in\u0000vis\u202eible.txt', 'invisible.txt'],
    [`${'x'.repeat(400)}.txt`, `${'x'.repeat(251)}.txt`],
  ])('%j is shown as %j', (name, shown) => {
    expect(cleanFilename(name)).toBe(shown);
  });

  test('content and extension must agree', async () => {
    const typeOf = async (name: string, bytes: Buffer) => {
      const file = await receiveFile(tmpdir(), Readable.from([bytes]));
      return allowedType(name, file).finally(() => file.discard());
    };
    expect(await typeOf('a.png', png)).toBe('image/png');
    expect(await typeOf('a.jpg', png)).toBeNull();
    expect(await typeOf('a', png)).toBeNull();
    expect(await typeOf('a.csv', Buffer.from('a;b\n1;2\n'))).toBe('text/csv');
    // A letter of two bytes lies on the border of two reads.
    expect(await typeOf('a.txt', Buffer.from(`a${'ü'.repeat(100_000)}`))).toBe('text/plain');
    expect(await typeOf('a.txt', Buffer.from([...Buffer.from('a'.repeat(100_000)), 0xc3]))).toBeNull();
  });
});

describe('the scanner', () => {
  const clamd = (reply: string) =>
    new Promise<{ url: string; close: () => void }>((done) => {
      const server = createSocketServer((socket) => {
        let seen = Buffer.alloc(0);
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => {
          seen = Buffer.concat([seen, chunk]);
          if (seen.subarray(-4).equals(Buffer.alloc(4))) socket.end(reply);
        });
      });
      server.listen(0, '127.0.0.1', () =>
        done({ url: `tcp://127.0.0.1:${(server.address() as { port: number }).port}`, close: () => server.close() }),
      );
    });

  test.each([
    ['stream: OK\0', 'clean'],
    ['stream: Eicar-Test-Signature FOUND\0', 'infected'],
    ['INSTREAM size limit exceeded. ERROR\0', 'unavailable'],
  ])('%j means %s', async (reply, result) => {
    const server = await clamd(reply);
    expect(await createVirusScan(server.url)([Buffer.from('bytes')])).toBe(result);
    server.close();
  });

  test('that is away refuses uploads where it is required', async () => {
    expect(await createVirusScan('tcp://127.0.0.1:1')([Buffer.from('bytes')])).toBe('unavailable');
    const strict = await startGateway({
      env: { STORAGE_DIR: folder, CLAMAV_URL: 'tcp://127.0.0.1:1', CLAMAV_REQUIRED: 'true' },
    });
    const form = formOf(fileOf('x', 'x.txt'), globalId('Task', strict.organizations.acme.taskIds[0]));
    const headers = { ...strict.viewers.acme.member, 'x-fieldgate-csrf': '1', accept: 'application/json' };
    const before = stored();
    const answer = await fetch(strict.endpoint, { method: 'POST', headers, body: form });
    expect(codeOf({ body: (await answer.json()) as never })).toBe('SERVICE_UNAVAILABLE');
    expect(stored()).toBe(before);
    await strict.close();
  });
});

describe('stores', () => {
  test('refuse every name that is not their own', async () => {
    const store = createFolderStore(folder);
    await expect(store.get('../../etc/passwd')).rejects.toThrow();
    await expect(store.remove('..')).rejects.toThrow();
    expect(await store.get('0'.repeat(40))).toBeNull();
  });

  test('a bucket keeps, gives and removes', async () => {
    const { objects, url, close } = await startBucket();
    const store = createBucketStore({
      bucket: 'files',
      region: 'us-east-1',
      endpoint: url,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const file = await store.receive(Readable.from([Buffer.from('by'), Buffer.from('tes')]));
    expect(objects.size).toBe(0);
    const name = await store.keep(file, 'text/plain');
    await file.discard();
    expect([...objects.keys()]).toEqual([`/files/${name}`]);
    const body = await store.get(name);
    const read: Buffer[] = [];
    for await (const chunk of body ?? []) read.push(Buffer.from(chunk as Uint8Array));
    expect(Buffer.concat(read).toString()).toBe('bytes');
    await store.remove(name);
    expect(objects.size).toBe(0);
    expect(await store.get(name)).toBeNull();
    close();
  });
});
