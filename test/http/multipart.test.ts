/** Multipart bodies that are not what they say, or made to keep a parser busy. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Upload } from '../../src/upload.ts';
import { readAnswer, startFrame, type TestFrame } from '../support/frame.ts';

let gateway: TestFrame;
beforeAll(async () => {
  gateway = await startFrame({
    resolvers: {
      'Query.hello': () => 'world',
      'Mutation.upload': async (_parent, { file }) => {
        const { filename, bytes } = await (file as Upload).open();
        return `${filename}: ${await text(bytes)}`;
      },
      'Mutation.change': () => true,
    },
  });
});
afterAll(() => gateway.close());

async function send(body: string | Uint8Array<ArrayBuffer>, contentType = 'multipart/form-data; boundary=x') {
  const response = await fetch(gateway.endpoint, {
    method: 'POST',
    headers: { 'content-type': contentType, 'x-fieldgate-csrf': '1', authorization: 'Bearer user/ada' },
    body,
  });
  return readAnswer(response);
}

const part = (name: string, content: string, filename?: string): string =>
  `--x\r\ncontent-disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n\r\n${content}\r\n`;
const mutation = 'mutation ($file: Upload) { upload(file: $file) }';
const operations = part('operations', JSON.stringify({ query: mutation, variables: { file: null } }));
const map = part('map', '{"0":["variables.file"]}');

describe('a multipart body', () => {
  test('brings its file where the map says', async () => {
    const answer = await send(`${operations}${map}${part('0', 'text', 'grüße %22a%22.txt')}--x--\r\n`);
    expect(answer.body.data).toEqual({ upload: 'grüße "a".txt: text' });
  });

  test.each([
    ['no boundary', 'multipart/form-data'],
    ['a control character as boundary', 'multipart/form-data; boundary="\\b"'],
    ['an empty boundary', 'multipart/form-data; boundary=""'],
    ['a boundary that ends in a space', 'multipart/form-data; boundary="x "'],
    ['a boundary that is too long', `multipart/form-data; boundary=${'x'.repeat(71)}`],
    ['two boundaries', 'multipart/form-data; boundary=x; boundary=y'],
  ])('with %s is 400', async (_what, contentType) => {
    const answer = await send(`${operations}${map}--x--\r\n`, contentType);
    expect([answer.status, ...answer.codes]).toEqual([400, 'BAD_REQUEST']);
  });

  test.each([
    ['ends early', `${operations}${map}${part('0', 'text', 'a.txt')}`],
    ['has no parts', '--x--\r\n'],
    ['is no multipart at all', 'hello'],
    ['is empty', ''],
    ['has two parts of one name', `${operations}${operations}${map}--x--\r\n`],
    ['has two files of one name', `${operations}${map}${part('0', 'a', 'a')}${part('0', 'b', 'b')}--x--\r\n`],
    ['has more fields than the two', `${operations}${map}${part('more', 'x')}--x--\r\n`],
    [
      'has more than ten files',
      `${operations}${map}${Array.from({ length: 11 }, (_, at) => part(String(at), 'a', 'a')).join('')}--x--\r\n`,
    ],
    ['has thousands of parts', `${operations}${map}${part('0', '', 'a').repeat(8_000)}--x--\r\n`],
    ['has its file before the map', `${operations}${part('0', 'text', 'a.txt')}${map}--x--\r\n`],
    ['has no file that the map names', `${operations}${map}${part('1', 'text', 'a.txt')}--x--\r\n`],
    ['has a part with thousands of headers', `--x\r\n${'a: b\r\n'.repeat(20_000)}\r\n\r\n--x--\r\n`],
  ])('that %s is 400', async (_what, body) => {
    const answer = await send(body);
    expect([answer.status, ...answer.codes]).toEqual([400, 'BAD_REQUEST']);
  });

  test('of 10 MB of what looks like its boundary costs no more than reading it', async () => {
    const body = Buffer.alloc(10_000_000, '\r\n--x-');
    const before = process.cpuUsage();
    expect((await send(body)).status).toBe(400);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });
});

describe('files of a multipart body', () => {
  const two = part(
    'operations',
    JSON.stringify({
      query: 'mutation ($a: Upload, $b: Upload) { a: upload(file: $a) b: upload(file: $b) }',
      variables: { a: null, b: null },
    }),
  );
  const mapOfTwo = part('map', '{"0":["variables.a"],"1":["variables.b"]}');
  const [first, second] = [part('0', 'one', 'a.txt'), part('1', 'two', 'b.txt')];

  test('go to their fields in the order in which they are read; what nobody reads passes', async () => {
    const other = part('2', 'x'.repeat(300_000), 'nobody.txt');
    const answer = await send(`${two}${mapOfTwo}${other}${first}${second}--x--\r\n`);
    expect(answer.body).toEqual({ data: { a: 'a.txt: one', b: 'b.txt: two' } });
  });

  test('in another order do not wait for each other for ever', async () => {
    const answer = await send(`${two}${mapOfTwo}${second}${first}--x--\r\n`);
    expect([answer.status, ...answer.codes]).toEqual([400, 'BAD_REQUEST']);
    expect(answer.body.errors?.[0]?.message).toBe('Send files in the order in which the operation reads them.');
  });

  test.each([
    ['one', part('operations', JSON.stringify({ query: mutation, variables: { file: null } })), 'upload'],
    ['none', part('operations', JSON.stringify({ query: 'mutation { change }', variables: { file: null } })), 'change'],
  ])('that are large leave the connection to the next request, when %s of them is read', async (_what, what, field) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { hostname, port } = new URL(gateway.url);
    const headers = { 'content-type': 'multipart/form-data; boundary=x', authorization: 'Bearer user/ada' };
    for (let turn = 0; turn < 3; turn += 1) {
      const answered = await new Promise<string>((resolve, reject) => {
        const sending = request({ agent, hostname, port, path: '/graphql', method: 'POST', headers }, (answer) =>
          resolve(text(answer)),
        );
        sending.on('error', reject);
        sending.setHeader('x-fieldgate-csrf', '1');
        sending.end(`${what}${map}${part('0', 'x'.repeat(500_000), 'a.txt')}--x--\r\n`);
      });
      expect(Object.keys(JSON.parse(answered).data)).toEqual([field]);
    }
    agent.destroy();
  });

  test('come no faster than their reader takes them, however many come at once', async () => {
    const [uploads, size] = [16, 10 * 1024 * 1024];
    const sockets = new Set<Socket>();
    const onRequest = (message: unknown): void => void sockets.add((message as { socket: Socket }).socket);
    subscribe('http.server.request.start', onRequest);
    let taken = 0;
    let most = 0;
    const measure = (): void => {
      const arrived = [...sockets].reduce((sum, socket) => sum + socket.bytesRead, 0);
      most = Math.max(most, arrived - taken);
    };
    let isOpen = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      isOpen = resolve;
    });
    let waiting = 0;
    const slow = await startFrame({
      env: { UPLOAD_LIMIT_BYTES: String(size) },
      resolvers: {
        'Mutation.upload': async (_parent, { file }) => {
          const { bytes } = await (file as Upload).open();
          waiting += 1;
          // All of them are on their way before the first is read.
          if (waiting === uploads) isOpen();
          await gate;
          let seen = 0;
          for await (const chunk of bytes) {
            measure();
            taken += chunk.byteLength;
            seen += chunk.byteLength;
          }
          return String(seen);
        },
      },
    });
    const { hostname, port } = new URL(slow.endpoint);
    const chunk = Buffer.alloc(64 * 1024, 97);
    async function* body(): AsyncGenerator<Buffer | string> {
      yield `${operations}${map}--x\r\ncontent-disposition: form-data; name="0"; filename="a.txt"\r\n\r\n`;
      for (let sent = 0; sent < size; sent += chunk.byteLength) {
        measure();
        yield chunk;
      }
      yield '\r\n--x--\r\n';
    }
    const one = async (): Promise<unknown> => {
      const headers = { 'content-type': 'multipart/form-data; boundary=x', authorization: 'Bearer user/ada' };
      const sending = request({ hostname, port, path: '/graphql', method: 'POST', headers });
      sending.setHeader('x-fieldgate-csrf', '1');
      const answered = new Promise<string>((resolve, reject) => {
        sending.on('response', (answer) => resolve(text(answer))).on('error', reject);
      });
      await pipeline(body(), sending);
      return JSON.parse(await answered);
    };
    const answers = await Promise.all(Array.from({ length: uploads }, one));
    unsubscribe('http.server.request.start', onRequest);
    await slow.close();
    expect(answers).toEqual(Array.from({ length: uploads }, () => ({ data: { upload: String(size) } })));
    // A few buffers of streams each, where it was the whole file: 160 MiB.
    expect(most).toBeLessThan(uploads * 512 * 1024);
  });
});
