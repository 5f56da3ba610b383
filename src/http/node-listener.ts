/**
 * The Node server: makes an exchange of each request, sends the answer, and bounds what a slow or greedy client can hold:
 * headers, body, idle connections, how many connections there are. Stops gracefully.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { Logger } from '../logger.ts';
import type { Answer, Exchange } from './exchange.ts';

/** What the listener needs. */
export interface NodeListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  /** How long a request may take to arrive whole. */
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
  /** Answers an exchange; never rejects. */
  handle(exchange: Exchange): Promise<Answer>;
  /** Makes the exchange's facts, viewer and log. */
  open(request: OpenRequest): Exchange;
}

/** What the transport knows of a request. */
export type OpenRequest = Pick<
  Exchange,
  'method' | 'path' | 'search' | 'headers' | 'remoteAddress' | 'encrypted' | 'body' | 'signal' | 'overConnectionLimit'
>;

/** A server that listens, and stops. */
export interface NodeListener {
  /** @returns the origin that is listened at, such as `http://127.0.0.1:4000`. @throws the socket's error. */
  listen(): Promise<string>;
  /** Stops accepting, ends streams of events, lets requests in flight finish, then closes what is left. */
  close(drainTimeoutMs: number): Promise<void>;
}

/** Connections beyond the cap that are still accepted, so that health can be asked. */
const spareConnections = 64;
const headersTimeoutMs = 10_000;
/** Longer than the idle timeout of common load balancers (60 s), so that they never meet a connection just closed. */
const keepAliveTimeoutMs = 65_000;
/** How much of a refused body is still read, so that the client can read its answer before the connection ends. */
const discardBytes = 64 * 1024 * 1024;
const discardTimeoutMs = 5_000;

/** Makes a listener; nothing is opened yet. */
export function createNodeListener(options: NodeListenerOptions): NodeListener {
  const { log } = options;
  let stopping = false;
  let inFlight = 0;
  let onIdle: (() => void) | undefined;
  const surplus = new WeakSet<Socket>();
  const sockets = new Set<Socket>();
  /** Streams of events, which would otherwise never come to their end. */
  const streams = new Set<AbortController>();

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    inFlight += 1;
    const abort = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) abort.abort();
    });
    try {
      const exchange = options.open(openRequest(request, abort.signal, surplus.has(request.socket)));
      const answer = await options.handle(exchange);
      if (isEventStream(answer)) {
        streams.add(abort);
        if (stopping) abort.abort();
      }
      if (stopping || surplus.has(request.socket)) response.setHeader('connection', 'close');
      await send(request, response, exchange, answer);
    } catch (error) {
      log.error({ err: error }, 'an answer could not be sent');
      response.destroy();
    } finally {
      streams.delete(abort);
      inFlight -= 1;
      if (inFlight === 0) onIdle?.();
    }
  };

  const server: Server = createServer(
    {
      headersTimeout: Math.min(headersTimeoutMs, options.requestTimeoutMs),
      requestTimeout: options.requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, options.requestTimeoutMs),
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => void serve(request, response),
  );
  server.maxConnections = options.maxConnections + spareConnections;
  server.on('connection', (socket) => {
    if (sockets.size >= options.maxConnections) surplus.add(socket);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
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
      stopping = true;
      const closed = new Promise<void>((resolve) => {
        if (!server.listening) resolve();
        else server.close(() => resolve());
      });
      server.closeIdleConnections();
      for (const stream of streams) stream.abort();
      if (inFlight > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, drainTimeoutMs);
          onIdle = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        if (inFlight > 0) log.warn({ inFlight }, 'requests were still in flight when the time to drain was over');
      }
      server.closeIdleConnections();
      server.closeAllConnections();
      await closed;
    },
  };
}

function openRequest(request: IncomingMessage, signal: AbortSignal, overConnectionLimit: boolean): OpenRequest {
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  return {
    method: request.method ?? 'GET',
    path: at === -1 ? url : url.slice(0, at),
    search: at === -1 ? '' : url.slice(at + 1),
    headers: request.headers,
    remoteAddress: request.socket.remoteAddress ?? '',
    encrypted: 'encrypted' in request.socket,
    body: hasBody ? request : null,
    signal,
    overConnectionLimit,
  };
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  exchange: Exchange,
  answer: Answer,
): Promise<void> {
  if (response.destroyed) return discard(answer);
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries({ ...answer.headers, ...exchange.answerHeaders }))
    response.setHeader(name, value as string | string[]);
  const unread = exchange.body !== null && !request.complete;
  if (unread) response.setHeader('connection', 'close');
  const { body } = answer;
  if (body === null || request.method === 'HEAD') {
    discard(answer);
    if (body === null && answer.status !== 204 && answer.status !== 304 && request.method !== 'HEAD')
      response.setHeader('content-length', 0);
    response.end();
  } else if (typeof body === 'string' || body instanceof Uint8Array) {
    response.setHeader('content-length', Buffer.byteLength(body));
    response.end(body);
  } else {
    response.flushHeaders();
    await pump(body, response);
  }
  if (unread) discardRest(request);
  if (!response.writableFinished && !response.destroyed)
    await new Promise<void>((resolve) => response.once('finish', resolve).once('close', resolve));
}

function isEventStream({ headers }: Answer): boolean {
  return String(headers['content-type'] ?? '').startsWith('text/event-stream');
}

/** Releases a stream that nobody will read. */
function discard({ body }: Answer): void {
  if (body instanceof Readable) body.destroy();
  else if (body !== null && typeof body === 'object' && Symbol.asyncIterator in body)
    void body[Symbol.asyncIterator]().return?.();
}

function discardRest(request: IncomingMessage): void {
  let seen = 0;
  const timer = setTimeout(() => request.destroy(), discardTimeoutMs);
  timer.unref();
  request.on('error', () => undefined);
  request.on('data', (chunk: Buffer) => {
    seen += chunk.byteLength;
    if (seen > discardBytes) request.destroy();
  });
  request.once('close', () => clearTimeout(timer));
  request.resume();
}

/** Writes a stream as fast as the client reads it, and lets go of it when the client is gone. */
async function pump(body: Readable | AsyncIterable<string>, response: ServerResponse): Promise<void> {
  const iterator: AsyncIterator<string | Buffer> = body[Symbol.asyncIterator]();
  const gone = new Promise<'gone'>((resolve) => response.once('close', () => resolve('gone')));
  try {
    for (;;) {
      const step = await Promise.race([iterator.next(), gone]);
      if (step === 'gone' || step.done) break;
      if (!response.write(step.value))
        await Promise.race([new Promise((resolve) => response.once('drain', resolve)), gone]);
    }
  } finally {
    // A generator that is waiting for its next event only ends once that came; nobody need wait for it.
    void iterator.return?.()?.catch?.(() => undefined);
    if (!response.destroyed) response.end();
  }
}
