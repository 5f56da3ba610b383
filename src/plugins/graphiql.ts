/**
 * GraphiQL, served whole: a static page that holds no schema and no credential, with its script and style from this server.
 * What it may see is decided for each request that it sends, like any other client's.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Answer, addVary, type Exchange, type HttpPlugin, headerOf } from '../http/exchange.ts';
import { negotiate } from '../http/negotiation.ts';
import type { Logger } from '../logger.ts';

/** Where the build puts the bundle, beside the other generated files. */
export const graphiqlFolder = fileURLToPath(new URL('../generated/graphiql', import.meta.url));

/** Scripts and requests of this origin only; styles inline, since the editor sizes itself with them. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

interface Asset {
  readonly path: string;
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

interface Assets {
  readonly page: string;
  readonly files: ReadonlyMap<string, Asset>;
}

/**
 * Makes the plugin.
 * @param options.enabled false serves nothing.
 * @param options.build makes the bundle where it is missing; null in production, where the build has made it.
 */
export function useGraphiql(options: {
  readonly enabled: boolean;
  readonly log: Logger;
  readonly build: ((folder: string) => Promise<void>) | null;
}): HttpPlugin {
  if (!options.enabled) return {};
  let loading: Promise<Assets | null> | undefined;
  const assets = (): Promise<Assets | null> => {
    loading ??= load(options.build).catch((error: unknown) => {
      options.log.error({ err: error }, 'GraphiQL cannot be served: its bundle is missing');
      return null;
    });
    return loading;
  };
  return {
    async onExchange(exchange) {
      if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return undefined;
      if (exchange.path === '/graphql') {
        if (!wantsPage(exchange)) return undefined;
        const loaded = await assets();
        return loaded ? pageAnswer(loaded.page) : undefined;
      }
      if (!exchange.path.startsWith('/graphiql/')) return undefined;
      const file = (await assets())?.files.get(exchange.path);
      return file && fileAnswer(exchange, file);
    },
  };
}

const offered = ['application/json', 'application/graphql-response+json', 'text/event-stream', 'text/html'] as const;

function wantsPage(exchange: Exchange): boolean {
  return negotiate(headerOf(exchange, 'accept'), offered) === 'text/html';
}

function pageAnswer(page: string): Answer {
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': pagePolicy,
      'cache-control': 'no-cache',
    },
    body: page,
  };
}

function fileAnswer(exchange: Exchange, file: Asset): Answer {
  addVary(exchange, 'Accept-Encoding');
  const zipped = /\bgzip\b/.test(headerOf(exchange, 'accept-encoding') ?? '');
  return {
    status: 200,
    headers: {
      'content-type': file.type,
      // The name holds a digest of the content.
      'cache-control': 'public, max-age=31536000, immutable',
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    },
    body: zipped ? file.gzipped : file.plain,
  };
}

async function load(build: ((folder: string) => Promise<void>) | null): Promise<Assets> {
  let script: Buffer;
  try {
    script = await readFile(join(graphiqlFolder, 'graphiql.js'));
  } catch (error) {
    if (!build) throw error;
    await build(graphiqlFolder);
    script = await readFile(join(graphiqlFolder, 'graphiql.js'));
  }
  const style = await readFile(join(graphiqlFolder, 'graphiql.css'));
  const [js, css] = await Promise.all([
    asset('js', 'text/javascript; charset=utf-8', script),
    asset('css', 'text/css; charset=utf-8', style),
  ]);
  return {
    page: `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Fieldgate GraphiQL</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${css.path}">
    <script type="module" src="${js.path}"></script>
  </head>
  <body>
    <div id="graphiql"></div>
  </body>
</html>
`,
    files: new Map([js, css].map((one) => [one.path, one])),
  };
}

async function asset(extension: string, type: string, plain: Buffer): Promise<Asset> {
  const digest = createHash('sha256').update(plain).digest('hex').slice(0, 16);
  return { path: `/graphiql/${digest}.${extension}`, type, plain, gzipped: await promisify(gzip)(plain) };
}
