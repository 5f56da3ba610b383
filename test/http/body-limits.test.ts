/** No body is read beyond its limit: announced, chunked, or unpacked. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAnswer, startFrame, type TestFrame } from '../support/frame.ts';
import { openRaw } from '../support/raw-http.ts';

let gateway: TestFrame;
const limit = 1024 * 1024;

beforeAll(async () => {
  gateway = await startFrame({ resolvers: { 'Query.hello': () => 'world' } });
});
afterAll(() => gateway.close());

/** A well-formed body of exactly so many bytes. */
function bodyOf(bytes: number): string {
  const empty = '{"query":"{ hello }"}';
  return `${empty}${' '.repeat(bytes - empty.length)}`;
}

describe('a body', () => {
  test('of one mebibyte is answered', async () => {
    expect((await gateway.post(bodyOf(limit))).body.data).toEqual({ hello: 'world' });
  });

  test('of one byte more is 413', async () => {
    const answer = await gateway.post(bodyOf(limit + 1));
    expect([answer.status, ...answer.codes]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  test('that announces too much is 413 before it is sent', async () => {
    const raw = await openRaw(gateway.url);
    raw.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${limit + 1}\r\n\r\n`,
    );
    expect(await raw.read(/\r\n\r\n.*\}$/s)).toMatch(/^HTTP\/1\.1 413 .*PAYLOAD_TOO_LARGE/s);
    raw.close();
  });

  test('in chunks without end is 413 as soon as it passes the limit', async () => {
    const raw = await openRaw(gateway.url);
    raw.write(
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    for (let sent = 0; sent <= limit; sent += 65_536) raw.write(chunk);
    const answer = await raw.read(/PAYLOAD_TOO_LARGE/);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer.toLowerCase()).toContain('connection: close');
    raw.close();
  });

  test('that is cut off answers nobody and breaks nothing', async () => {
    const raw = await openRaw(gateway.url);
    raw.write(
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"query":',
    );
    raw.close();
    expect((await gateway.post({ query: '{ hello }' })).status).toBe(200);
  });

  test('that is not UTF-8 is 400', async () => {
    const response = await fetch(gateway.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.concat([
        Buffer.from('{"query":"{ hello }","x":"'),
        Buffer.from([0xc3, 0x28, 0xff]),
        Buffer.from('"}'),
      ]),
    });
    const answer = await readAnswer(response);
    expect([answer.status, ...answer.codes]).toEqual([400, 'BAD_REQUEST']);
  });
});

describe('a packed body', () => {
  const packers = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
  const send = async (encoding: string, body: Uint8Array) =>
    readAnswer(
      await fetch(gateway.endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': encoding },
        body: new Uint8Array(body),
      }),
    );

  test.each(Object.entries(packers))('%s is unpacked', async (encoding, pack) => {
    expect((await send(encoding, pack(bodyOf(limit)))).body.data).toEqual({ hello: 'world' });
  });

  test.each(Object.entries(packers))('%s that unpacks to too much is 413', async (encoding, pack) => {
    const bomb = pack(Buffer.alloc(64 * limit, ' '));
    expect(bomb.byteLength).toBeLessThan(limit);
    const answer = await send(encoding, bomb);
    expect([answer.status, ...answer.codes]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  test('that does not unpack is 400', async () => {
    expect((await send('gzip', Buffer.from('{"query":"{ hello }"}'))).status).toBe(400);
  });

  test.each(['zstd', 'gzip, gzip', 'compress'])('in %s is 415, and says what is taken', async (encoding) => {
    const answer = await send(encoding, Buffer.from('{}'));
    expect([answer.status, ...answer.codes]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(answer.headers.get('accept-encoding')).toBe('gzip, deflate, br');
  });
});
