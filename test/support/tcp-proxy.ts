/** A proxy between the gateway and a server that can be told to swallow bytes: connections stay open, and nothing comes through. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy under test. */
export interface TcpProxy {
  /** The address of the server behind it, as reached through it. */
  urlOf(url: string): string;
  /** Connections that are open now. */
  readonly connections: number;
  /** Cuts every connection, and refuses new ones, until `resume`. */
  cut(): void;
  /** From now on nothing comes through the connections that are open, and, if `all`, through new ones either. */
  silence(options: { readonly all: boolean }): void;
  /** New connections are served again; silent ones stay silent. */
  resume(): void;
  close(): Promise<void>;
}

/** Starts a proxy before the server of a URL, on a free port. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<{ readonly near: Socket; readonly far: Socket; silent: boolean }>();
  let isSilent = false;
  let isCut = false;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    near.on('error', () => undefined);
    if (isCut) {
      near.destroy();
      return;
    }
    const pair = { near, far: connect(Number(port), hostname), silent: isSilent };
    open.add(pair);
    const end = (): void => {
      open.delete(pair);
      near.destroy();
      pair.far.destroy();
    };
    for (const [from, to] of [
      [near, pair.far],
      [pair.far, near],
    ] as const) {
      from.on('data', (bytes) => {
        if (!pair.silent) to.write(bytes);
      });
      // A goodbye is swallowed like anything else.
      from.on('end', () => {
        if (!pair.silent) to.end();
      });
      from.on('error', end);
      from.on('close', () => {
        // A dead network tells the other side nothing; what the gateway itself closes is closed.
        if (!pair.silent || from === near) end();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = server.address() as AddressInfo;
  return {
    urlOf(url) {
      const through = new URL(url);
      through.hostname = '127.0.0.1';
      through.port = String(own.port);
      return through.href;
    },
    get connections() {
      return open.size;
    },
    cut() {
      isCut = true;
      for (const { near, far } of open) {
        near.destroy();
        far.destroy();
      }
    },
    silence({ all }) {
      for (const pair of open) pair.silent = true;
      isSilent = all;
    },
    resume() {
      isSilent = false;
      isCut = false;
    },
    async close() {
      for (const { near, far } of open) {
        near.destroy();
        far.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
