/**
 * Node's server around Yoga's listener: bounds what a slow or greedy client can hold (headers, body, idle connections, how many
 * connections there are), answers what is not HTTP, and stops gracefully.
 */
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../logger.ts';
import type { ConnectionLimits } from './connection-limits.ts';

/** Options of {@link createListener}. */
export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  /** How long a request may take to arrive whole. */
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
  readonly connections: ConnectionLimits;
  /** Answers requests: Yoga. */
  readonly handle: RequestListener;
}

/** A server that listens, and stops. */
export interface Listener {
  readonly isListening: boolean;
  /** @returns the origin that is listened at, such as `http://127.0.0.1:4000`. @throws the socket's error. */
  listen(): Promise<string>;
  /** Stops accepting, lets requests in flight finish, then closes what is left. */
  close(drainTimeoutMs: number): Promise<void>;
}

const headersTimeoutMs = 10_000;
/** Longer than the idle timeout of common load balancers (60 s), so that they never meet a connection just closed. */
const keepAliveTimeoutMs = 65_000;

/** Makes a listener; nothing is opened yet. */
export function createListener(options: ListenerOptions): Listener {
  const { connections, log } = options;
  const inFlight = new Set<ServerResponse>();
  let isStopping = false;
  let onIdle: (() => void) | undefined;

  const server = createServer(
    {
      headersTimeout: Math.min(headersTimeoutMs, options.requestTimeoutMs),
      requestTimeout: options.requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, options.requestTimeoutMs),
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => {
      inFlight.add(response);
      response.once('close', () => {
        inFlight.delete(response);
        if (inFlight.size === 0) onIdle?.();
      });
      if (isStopping || connections.isSurplus(request.socket)) response.shouldKeepAlive = false;
      options.handle(request, response);
    },
  );
  server.maxConnections = options.maxConnections + connections.spare;
  server.on('connection', (socket) => connections.admit(socket));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status =
      error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : error.code === 'HPE_HEADER_OVERFLOW'
          ? '431 Request Header Fields Too Large'
          : '400 Bad Request';
    if (!socket.writable) return void socket.destroy();
    const body = JSON.stringify({
      errors: [{ message: 'The request is not well-formed HTTP.', extensions: { code: 'BAD_REQUEST' } }],
    });
    socket.end(
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });

  return {
    get isListening() {
      return server.listening;
    },

    listen() {
      return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, () => {
          server.off('error', reject);
          const { address, port, family } = server.address() as AddressInfo;
          resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${port}`);
        });
      });
    },

    async close(drainTimeoutMs) {
      isStopping = true;
      for (const response of inFlight) if (!response.headersSent) response.shouldKeepAlive = false;
      const closed = new Promise<void>((resolve) => {
        if (!server.listening) resolve();
        else server.close(() => resolve());
      });
      server.closeIdleConnections();
      if (inFlight.size > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, drainTimeoutMs);
          onIdle = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        if (inFlight.size > 0)
          log.warn({ inFlight: inFlight.size }, 'requests were still in flight when the time to drain was over');
      }
      server.closeAllConnections();
      await closed;
    },
  };
}
