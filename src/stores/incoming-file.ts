/** Receives a file onto local disk as it comes, so that it can be checked whole before a store keeps it, and memory holds none of it. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** A whole file on local disk, which nobody sees. */
export interface IncomingFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the bytes, in hex. */
  readonly sha256: string;
  /** The bytes, as often as one likes. */
  read(): Readable;
  /** Removes it; nothing happens when it is gone. */
  discard(): Promise<void>;
}

/** Ends the name of what is not whole, or not kept yet. */
export const partialSuffix = '.part';

/**
 * Writes bytes as they come, no faster than the disk takes them.
 * @param folder made when it is missing.
 * @throws what the source throws; nothing is left then.
 */
export async function receiveFile(folder: string, source: AsyncIterable<Uint8Array>): Promise<IncomingFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `.${randomBytes(20).toString('hex')}${partialSuffix}`);
  const discard = () => rm(path, { force: true });
  const hash = createHash('sha256');
  let size = 0;
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of source) {
        hash.update(chunk);
        size += chunk.byteLength;
        await file.write(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await discard();
    throw error;
  }
  return { path, size, sha256: hash.digest('hex'), read: () => createReadStream(path), discard };
}
