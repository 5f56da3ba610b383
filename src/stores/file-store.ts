/**
 * Where the bytes of attachments are: a folder, or a bucket. Names are random and made here: no client's name ever becomes a path.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type IncomingFile, receiveFile } from './incoming-file.ts';

/** Keeps files under random names. */
export interface FileStore {
  /** Receives a file without keeping it. @throws what its source throws; nothing is left then. */
  receive(source: AsyncIterable<Uint8Array>): Promise<IncomingFile>;
  /** Keeps a file that this store received, whole or not at all. @returns the name. */
  keep(file: IncomingFile, contentType: string): Promise<string>;
  /** @returns null when there is no such file. */
  get(name: string): Promise<Readable | null>;
  /** Removes a file; nothing happens when it is gone. */
  remove(name: string): Promise<void>;
}

/** A name of the store's own. Anything else is refused before it comes near a path. */
const nameForm = /^[0-9a-f]{40}$/;

const newName = () => randomBytes(20).toString('hex');

function assertName(name: string): void {
  if (!nameForm.test(name)) throw new Error('Not a name of the file store.');
}

/** Keeps files in a folder, made when it is missing. */
export function createFolderStore(folder: string): FileStore {
  const root = resolve(folder);
  return {
    // Beside the others, so that it is kept by its name alone.
    receive: (source) => receiveFile(root, source),
    async keep(file) {
      const name = newName();
      await rename(file.path, join(root, name));
      return name;
    },
    async get(name) {
      assertName(name);
      const path = join(root, name);
      const found = await stat(path).catch(() => null);
      return found?.isFile() ? createReadStream(path) : null;
    },
    async remove(name) {
      assertName(name);
      await rm(join(root, name), { force: true });
    },
  };
}

/** Options of {@link createBucketStore}. */
export interface BucketOptions {
  readonly bucket: string;
  readonly region: string;
  /** Another service than AWS's; path-style addresses. */
  readonly endpoint?: string;
  /** Left out: the environment's own credentials. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Where files lie while they are received and checked; a folder of the system's temporary one by default. */
  readonly spoolFolder?: string;
}

const maxAttempts = 3;

/** The client does not try again with a stream, which it cannot read twice. */
async function retried(send: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      await send();
      return;
    } catch (error) {
      const { httpStatusCode = 500 } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {};
      if (httpStatusCode < 500 || attempt === maxAttempts) throw error;
    }
}

/** Keeps files in an S3 bucket. */
export function createBucketStore(options: BucketOptions): FileStore {
  const { bucket, region, endpoint, credentials, spoolFolder = join(tmpdir(), 'fieldgate-uploads') } = options;
  const client = new S3Client({
    region,
    endpoint,
    credentials,
    forcePathStyle: endpoint !== undefined,
    maxAttempts,
  });
  return {
    receive: (source) => receiveFile(spoolFolder, source),
    async keep(file, contentType) {
      const name = newName();
      await retried(() =>
        client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: name,
            Body: file.read(),
            ContentLength: file.size,
            ContentType: contentType,
            // The bucket refuses bytes that were changed on the way.
            ChecksumSHA256: Buffer.from(file.sha256, 'hex').toString('base64'),
          }),
        ),
      );
      return name;
    },
    async get(name) {
      assertName(name);
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: name }));
        return (Body as Readable | undefined) ?? null;
      } catch (error) {
        if ((error as { name?: string }).name === 'NoSuchKey') return null;
        throw error;
      }
    },
    async remove(name) {
      assertName(name);
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: name }));
    },
  };
}
