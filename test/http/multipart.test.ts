/** Multipart bodies that are not what they say, or made to keep a parser busy. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAnswer, startFrame, type TestFrame } from '../support/frame.ts';

let gateway: TestFrame;
beforeAll(async () => {
  gateway = await startFrame({
    resolvers: {
      'Query.hello': () => 'world',
      'Mutation.upload': async (_parent, { file }) => `${(file as File).name}: ${await (file as File).text()}`,
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
