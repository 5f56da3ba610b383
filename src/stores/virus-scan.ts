/** Asks clamd about bytes, over its socket, by INSTREAM: they are sent, not shared through a folder. */
import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** What a scan says. */
export type ScanResult = 'clean' | 'infected' | 'unavailable';

/** Scans bytes, as they are read. Never rejects: a scanner that is away, or bytes that cannot be read, are a result. */
export type VirusScan = (bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) => Promise<ScanResult>;

const scanTimeoutMs = 20_000;

/** Makes the scan. @param url such as `tcp://127.0.0.1:3310`. */
export function createVirusScan(url: string): VirusScan {
  const { hostname, port } = new URL(url);
  return (bytes) =>
    new Promise((done) => {
      const socket = connect({ host: hostname, port: Number(port || 3310) });
      let reply = '';
      const end = (result: ScanResult): void => {
        socket.destroy();
        done(result);
      };
      socket.setTimeout(scanTimeoutMs, () => end('unavailable'));
      socket.once('error', () => end('unavailable'));
      socket.on('data', (chunk) => {
        reply += chunk.toString('latin1');
        if (!reply.includes('\0')) return;
        end(/: OK\0/.test(reply) ? 'clean' : / FOUND\0/.test(reply) ? 'infected' : 'unavailable');
      });
      socket.once('close', () => end('unavailable'));
      socket.once('connect', () => {
        pipeline(instream(bytes), socket, { end: false }).catch(() => end('unavailable'));
      });
    });
}

/** The command, then chunks with their lengths before them; one of no length ends it. */
async function* instream(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from('zINSTREAM\0');
  for await (const chunk of bytes) {
    if (chunk.byteLength === 0) continue;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(chunk.byteLength);
    yield length;
    yield chunk;
  }
  yield Buffer.alloc(4);
}
