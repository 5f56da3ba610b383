/**
 * The files of a multipart body, handed to whoever asks for them as they come. One file is on its way at a time: it waits, and the
 * client with it, until somebody reads it, until somebody waits for a later one, or until the request is answered.
 */
import type { Readable } from 'node:stream';
import { badRequest } from '../errors.ts';
import { type ArrivingFile, Upload } from '../upload.ts';

/** Hands out the files of one body. */
export interface ArrivingFiles {
  /** A file that the map names. */
  announce(name: string): Upload;
  /** A file begins. @throws BAD_REQUEST when its name came before. */
  arrive(name: string, stream: Readable, filename: string): void;
  /** The body has ended well: what did not come by now never comes. */
  end(): void;
  /** The body failed: so does every file that is not whole. */
  fail(error: unknown): void;
  /** Whether an error is what a file failed with here: a fault of the request's body, whoever met it. */
  isFault(error: unknown): boolean;
}

/** A file that the map names, and what is known of it: null until it comes, or never will. */
interface Announced {
  readonly upload: Upload;
  outcome: (() => ArrivingFile) | null;
  wake(): void;
}

/** Makes the hand-out. */
export function createArrivingFiles(): ArrivingFiles {
  const announced = new Map<string, Announced>();
  const seen = new Set<string>();
  /** What has come, and is not read yet: more than one where small files come together. */
  const waiting = new Map<Announced, Readable>();
  let settleBody: { whole(): void; failed(error: unknown): void } | undefined;
  const body = new Promise<void>((resolve, reject) => {
    settleBody = { whole: resolve, failed: reject };
  });
  // Nobody may be reading.
  body.catch(() => undefined);

  const faults = new Set<unknown>();
  const throwing = (error: unknown): (() => never) => {
    faults.add(error);
    return () => {
      throw error;
    };
  };

  const settle = (file: Announced, outcome: () => ArrivingFile): void => {
    file.outcome = outcome;
    file.wake();
  };

  /** What came before a file passes when that is read: nobody could read it before, and the body ends behind all of them. */
  const letPass = (until: Announced): void => {
    for (const [file, stream] of waiting) {
      if (file === until) break;
      waiting.delete(file);
      settle(file, throwing(badRequest('Send files in the order in which the operation reads them.')));
      stream.resume();
    }
  };

  async function* bytesOf(file: Announced, stream: Readable, isLast: boolean): AsyncGenerator<Buffer, void, undefined> {
    if (waiting.has(file)) letPass(file);
    waiting.delete(file);
    // Let pass, or failed, since it was opened.
    file.outcome?.();
    try {
      yield* stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    } catch (error) {
      // The parser's own error says less than the body's.
      await body;
      throw error;
    } finally {
      // Who reads no further lets the rest pass: another file may come behind it.
      stream.resume();
    }
    // The last one is whole once the body is: a body that ends early, or goes on wrongly, keeps nothing. One that is cut at its limit
    // ends like any other.
    if (isLast || (stream as { truncated?: boolean }).truncated) await body;
  }

  return {
    announce(name) {
      const file: Announced = {
        upload: new Upload(async () => {
          if (!file.outcome) {
            letPass(file);
            await new Promise<void>((resolve) => {
              file.wake = resolve;
            });
          }
          return (file.outcome as unknown as () => ArrivingFile)();
        }),
        outcome: null,
        wake: () => undefined,
      };
      announced.set(name, file);
      return file.upload;
    },

    arrive(name, stream, filename) {
      // A parser that is destroyed destroys its file with an error of its own.
      stream.on('error', () => undefined);
      if (seen.has(name)) throw badRequest('Two parts have one name.');
      seen.add(name);
      const file = announced.get(name);
      // One that the map does not name passes, within the limit of the body.
      if (!file) return void stream.resume();
      const missing = [...announced.values()].filter((other) => other !== file && !other.outcome);
      waiting.set(file, stream);
      const bytes = bytesOf(file, stream, missing.length === 0);
      settle(file, () => ({ filename, bytes }));
      const awaited = missing.find(({ upload }) => upload.isOpened);
      if (awaited) letPass(awaited);
    },

    end() {
      for (const file of announced.values())
        if (!file.outcome) settle(file, throwing(badRequest('The map names a file that was not sent.')));
      settleBody?.whole();
    },

    fail(error) {
      for (const file of announced.values()) settle(file, throwing(error));
      settleBody?.failed(error);
    },

    isFault: (error) => faults.has(error),
  };
}
