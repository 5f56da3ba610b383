/** Yoga on `node:http` and nothing around it: what the list of plugins promises must hold without the gateway's own listener. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free port. */
export async function listenPlainly(
  handle: RequestListener,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        // What the stop has ended is still to be written; what a test left open is not waited for.
        const timer = setTimeout(() => server.closeAllConnections(), 2_000);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}
