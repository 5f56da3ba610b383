/**
 * Reads a request's body within a limit: bytes on the wire, chunked or not, and bytes after decompression. Nothing beyond
 * the limit is ever held in memory.
 */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { GraphQLError } from 'graphql';
import { createError } from '../errors.ts';
import { type Exchange, headerOf } from './exchange.ts';

const decompressors = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

/** The body is longer than the limit, on the wire or unpacked. */
export const payloadTooLarge = (limitBytes: number): GraphQLError =>
  createError('PAYLOAD_TOO_LARGE', `The body is larger than ${limitBytes} bytes.`, { status: 413 });

const cutOff = (): GraphQLError => createError('BAD_REQUEST', 'The body was cut off.', { status: 400 });

/**
 * Reads the whole body.
 * @param limitBytes holds for the bytes on the wire, and again for the unpacked ones.
 * @throws PAYLOAD_TOO_LARGE (413), UNSUPPORTED_MEDIA_TYPE (415) for an unknown content encoding, BAD_REQUEST (400) for a
 * body that was cut off or does not unpack.
 */
export async function readBody(exchange: Exchange, limitBytes: number): Promise<Buffer> {
  const encoding = (headerOf(exchange, 'content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && !Object.hasOwn(decompressors, encoding))
    throw createError('UNSUPPORTED_MEDIA_TYPE', 'The content encoding is not supported: use gzip, deflate or br.', {
      status: 415,
      headers: { 'accept-encoding': 'gzip, deflate, br' },
    });
  const raw = await readRaw(exchange, limitBytes);
  if (encoding === 'identity' || raw.byteLength === 0) return raw;
  try {
    return await decompressors[encoding as keyof typeof decompressors](raw, { maxOutputLength: limitBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw payloadTooLarge(limitBytes);
    throw createError('BAD_REQUEST', 'The body does not unpack.', { status: 400 });
  }
}

function readRaw(exchange: Exchange, limitBytes: number): Promise<Buffer> {
  const { body } = exchange;
  const announced = headerOf(exchange, 'content-length');
  if (announced !== undefined && Number(announced) > limitBytes) return Promise.reject(payloadTooLarge(limitBytes));
  if (!body) return Promise.resolve(Buffer.alloc(0));
  return new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = (): void => {
      body.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut).off('aborted', onCut);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.byteLength;
      if (length > limitBytes) {
        stop();
        reject(payloadTooLarge(limitBytes));
      } else chunks.push(chunk);
    };
    const onEnd = (): void => {
      stop();
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    };
    const onCut = (): void => {
      stop();
      // An error that comes later must find a listener.
      body.on('error', () => undefined);
      reject(cutOff());
    };
    body.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut).on('aborted', onCut);
  });
}
