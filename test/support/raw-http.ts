/** Requests written byte by byte, for what `fetch` would never send. */
import { connect, type Socket } from 'node:net';

/** A raw connection. */
export interface RawConnection {
  readonly socket: Socket;
  write(text: string | Buffer): void;
  /** Everything received until the other end closes, or a text is seen. */
  read(until?: RegExp): Promise<string>;
  close(): void;
}

/** Opens a connection to an origin. */
export function openRaw(origin: string): Promise<RawConnection> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve({
        socket,
        write: (text) => void socket.write(text),
        read: (until) =>
          new Promise((done) => {
            const look = (): void => {
              if (until ? until.test(received) : socket.closed) done(received);
            };
            socket.on('data', look);
            socket.once('close', () => done(received));
            look();
          }),
        close: () => socket.destroy(),
      });
    });
  });
}

/** A request with a JSON body, as it goes over the wire. */
export function rawPost(body: string, headers: readonly string[] = []): string {
  return [
    'POST /graphql HTTP/1.1',
    'Host: gateway',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    '',
    body,
  ].join('\r\n');
}
