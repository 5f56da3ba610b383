/**
 * Reads a request's body within a limit: bytes on the wire, chunked or not, and bytes after decompression. Nothing beyond
 * the limit is ever held in memory.
 */
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliDecompress, createBrotliDecompress, createGunzip, createInflate, gunzip, inflate } from 'node:zlib';
import type { GraphQLError } from 'graphql';
import { createError, isCatalogued } from '../errors.ts';
import { type Exchange, headerOf } from './exchange.ts';

const decompressors = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

const unpackers = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

/** The body, or a part of it, is longer than the limit, on the wire or unpacked. */
export const payloadTooLarge = (limitBytes: number, what = 'The body'): GraphQLError =>
  createError('PAYLOAD_TOO_LARGE', `${what} is larger than ${limitBytes} bytes.`, { status: 413 });

const doesNotUnpack = (): GraphQLError => createError('BAD_REQUEST', 'The body does not unpack.', { status: 400 });

const cutOff = (): GraphQLError => createError('BAD_REQUEST', 'The body was cut off.', { status: 400 });

/**
 * Reads the whole body.
 * @param limitBytes holds for the bytes on the wire, and again for the unpacked ones.
 * @throws PAYLOAD_TOO_LARGE (413), UNSUPPORTED_MEDIA_TYPE (415) for an unknown content encoding, BAD_REQUEST (400) for a
 * body that was cut off or does not unpack.
 */
export async function readBody(exchange: Exchange, limitBytes: number): Promise<Buffer> {
  const encoding = encodingOf(exchange);
  const raw = await readRaw(exchange, limitBytes);
  if (encoding === 'identity' || raw.byteLength === 0) return raw;
  try {
    return await decompressors[encoding](raw, { maxOutputLength: limitBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw payloadTooLarge(limitBytes);
    throw doesNotUnpack();
  }
}

/**
 * The body as it comes, unpacked, to be read once. It takes no more from the client than its reader takes from it.
 * Fails as {@link readBody} does, while it is read. Left early, it leaves the request alone: the client is to read why.
 */
export function openBody(exchange: Exchange, limitBytes: number): Readable {
  const encoding = encodingOf(exchange);
  assertAnnounced(exchange, limitBytes);
  const wire = counted(limitBytes);
  const unpacked = encoding === 'identity' ? wire : unpack(wire, unpackers[encoding](), limitBytes);
  const { body } = exchange;
  if (!body) return unpacked.destroy(cutOff());
  const onCut = (): void => {
    if (!body.readableEnded) wire.destroy(cutOff());
  };
  // An error that comes later must find a listener.
  body.on('error', onCut).on('aborted', onCut).on('close', onCut);
  if (body.destroyed) onCut();
  else body.pipe(wire);
  return unpacked;
}

/** Passes bytes on, up to a limit. */
function counted(limitBytes: number): Transform {
  let length = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.byteLength;
      if (length > limitBytes) done(payloadTooLarge(limitBytes));
      else done(null, chunk);
    },
  });
}

function unpack(wire: Readable, unpacker: Transform, limitBytes: number): Readable {
  const unpacked = counted(limitBytes);
  pipeline(wire, unpacker, unpacked, (error) => {
    if (error && !isCatalogued(error)) unpacked.destroy(doesNotUnpack());
  });
  return unpacked;
}

function encodingOf(exchange: Exchange): 'identity' | keyof typeof decompressors {
  const encoding = (headerOf(exchange, 'content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity') return encoding;
  if (Object.hasOwn(decompressors, encoding)) return encoding as keyof typeof decompressors;
  throw createError('UNSUPPORTED_MEDIA_TYPE', 'The content encoding is not supported: use gzip, deflate or br.', {
    status: 415,
    headers: { 'accept-encoding': 'gzip, deflate, br' },
  });
}

function assertAnnounced(exchange: Exchange, limitBytes: number): void {
  const announced = headerOf(exchange, 'content-length');
  if (announced !== undefined && Number(announced) > limitBytes) throw payloadTooLarge(limitBytes);
}

async function readRaw(exchange: Exchange, limitBytes: number): Promise<Buffer> {
  const { body } = exchange;
  assertAnnounced(exchange, limitBytes);
  if (!body) return Buffer.alloc(0);
  // Cut off while it was found out who calls: no event of that is still to come.
  if (body.destroyed) throw cutOff();
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

/** How much of a refused body is still read, so that the client can read its answer before the connection ends. */
const discardBytes = 64 * 1024 * 1024;
const discardTimeoutMs = 5_000;

/** Reads on over what nobody wants, for a while. */
export function discardRest(request: IncomingMessage): void {
  let seen = 0;
  const timer = setTimeout(() => request.destroy(), discardTimeoutMs);
  timer.unref();
  request.on('error', () => undefined);
  request.on('data', (chunk: Buffer) => {
    seen += chunk.byteLength;
    if (seen > discardBytes) request.destroy();
  });
  request.once('close', () => clearTimeout(timer));
  request.resume();
}
