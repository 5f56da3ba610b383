/**
 * `npm run example:frontend`, beside a running `npm start`: serves the page, and hands `/graphql` on to the gateway, so that
 * page and gateway are one origin to the browser and the refresh cookie is a first-party one. PAGE_PORT is its own port.
 */
import { readFile } from 'node:fs/promises';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { loadEnvironment } from '../../src/environment.ts';

/** Headers that the gateway needs; everything else stays here. */
const forwardedHeaders = [
  'accept',
  'authorization',
  'content-type',
  'content-length',
  'cookie',
  'if-none-match',
  'user-agent',
  'x-fieldgate-csrf',
  'x-organization',
] as const;

const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** A running page. */
export interface FrontendServer {
  readonly url: string;
  close(): Promise<void>;
}

async function readPage(): Promise<ReadonlyMap<string, { type: string; body: string }>> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('./app.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    minify: true,
  });
  const file = (name: string) => readFile(new URL(name, import.meta.url), 'utf8');
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: await file('./index.html') }],
    ['/style.css', { type: 'text/css; charset=utf-8', body: await file('./style.css') }],
    ['/app.js', { type: 'text/javascript; charset=utf-8', body: bundle.outputFiles[0]?.text ?? '' }],
  ]);
}

/** Starts the page. @param options.gateway the gateway's endpoint. @param options.port 0 takes a free one. */
export async function startFrontend(options: {
  readonly gateway: string;
  readonly port: number;
}): Promise<FrontendServer> {
  const page = await readPage();
  const gateway = new URL(options.gateway);

  const handOn = (request: IncomingMessage, response: ServerResponse): void => {
    const headers = Object.fromEntries(
      forwardedHeaders.flatMap((name) => (request.headers[name] ? [[name, request.headers[name]]] : [])),
    );
    const search = new URL(request.url ?? '/', 'http://page').search;
    const upstream = forward(
      {
        host: gateway.hostname,
        port: gateway.port,
        path: `${gateway.pathname}${search}`,
        method: request.method,
        headers,
      },
      (answer) => {
        // A stream of events is open for as long as the page is.
        if (answer.headers['content-type']?.startsWith('text/event-stream')) upstream.setTimeout(0);
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    upstream.setTimeout(30_000, () => upstream.destroy(new Error('The gateway took too long.')));
    response.on('close', () => upstream.destroy());
    upstream.on('error', () => {
      if (response.destroyed) return;
      if (!response.headersSent) response.writeHead(502, { 'content-type': 'application/json' });
      response.end('{"errors":[{"message":"The gateway does not answer. Is `npm start` running?"}]}');
    });
    request.pipe(upstream);
  };

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    const file = page.get(pathname);
    if (pathname === '/graphql') handOn(request, response);
    else if (file && request.method === 'GET')
      response.writeHead(200, { ...pageHeaders, 'content-type': file.type }).end(file.body);
    else response.writeHead(404, pageHeaders).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function main(): Promise<void> {
  const { GATEWAY_URL, PORT, PAGE_PORT } = loadEnvironment();
  const gateway = GATEWAY_URL || `http://127.0.0.1:${PORT || 4000}/graphql`;
  if (!/^https?:\/\//.test(gateway) || !URL.canParse(gateway))
    throw new Error(`GATEWAY_URL is an address such as http://127.0.0.1:4000/graphql, not ${gateway}.`);
  const { url, close } = await startFrontend({ gateway, port: Number(PAGE_PORT || 5173) });
  console.log(`The page is at ${url}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main().catch((error: Error & { code?: string }) => {
    console.error(error.code === 'EADDRINUSE' ? 'The port is in use: set PAGE_PORT to another one.' : error.message);
    process.exitCode = 1;
  });
