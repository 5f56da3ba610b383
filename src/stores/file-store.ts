/**
 * Where the bytes of attachments are: a folder, or a bucket. Names are random and made here: no client's name ever becomes a path.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

/** Keeps files under random names. */
export interface FileStore {
  /** Keeps bytes whole or not at all. @returns the name. */
  put(bytes: Uint8Array, contentType: string): Promise<string>;
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
    async put(bytes) {
      const name = newName();
      await mkdir(root, { recursive: true, mode: 0o700 });
      const partial = join(root, `.${name}.part`);
      try {
        const file = await open(partial, 'wx', 0o600);
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(partial, join(root, name));
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
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
}

/** Keeps files in an S3 bucket. */
export function createBucketStore({ bucket, region, endpoint, credentials }: BucketOptions): FileStore {
  const client = new S3Client({
    region,
    endpoint,
    credentials,
    forcePathStyle: endpoint !== undefined,
    maxAttempts: 3,
  });
  return {
    async put(bytes, contentType) {
      const name = newName();
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: bytes, ContentType: contentType }));
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
