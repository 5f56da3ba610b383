/** Asks clamd about bytes, over its socket, by INSTREAM: they are sent, not shared through a folder. */
import { connect } from 'node:net';

/** What a scan says. */
export type ScanResult = 'clean' | 'infected' | 'unavailable';

/** Scans bytes. Never rejects: a scanner that is away is a result. */
export type VirusScan = (bytes: Uint8Array) => Promise<ScanResult>;

const scanTimeoutMs = 20_000;
const chunkBytes = 64 * 1024;

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
        socket.write('zINSTREAM\0');
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          const chunk = bytes.subarray(at, at + chunkBytes);
          const length = Buffer.alloc(4);
          length.writeUInt32BE(chunk.length);
          socket.write(length);
          socket.write(chunk);
        }
        socket.write(Buffer.alloc(4));
      });
    });
}
