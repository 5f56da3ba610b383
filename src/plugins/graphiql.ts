/**
 * GraphiQL, served whole: a static page that holds no schema and no credential, with its script and style from this server.
 * What it may see is decided for each request that it sends, like any other client's.
 */
import type { GatewayPlugin } from '../context.ts';
import { type Asset, type Assets, loadAssets } from '../graphiql/assets.ts';
import { addVary, type Exchange, headerOf } from '../http/exchange.ts';
import { answerTypes, negotiate } from '../http/negotiation.ts';
import { respond } from '../http/respond.ts';
import type { Logger } from '../logger.ts';

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

/**
 * Makes the plugin.
 * @param options.enabled false serves nothing.
 * @param options.build makes the bundle where it is missing; null in production, where the build has made it.
 */
export function useGraphiql(options: {
  readonly enabled: boolean;
  readonly log: Logger;
  readonly build: ((folder: string) => Promise<void>) | null;
}): GatewayPlugin {
  if (!options.enabled) return {};
  let loading: Promise<Assets | null> | undefined;
  const assets = (): Promise<Assets | null> => {
    loading ??= loadAssets(options.build).catch((error: unknown) => {
      options.log.error({ err: error }, 'GraphiQL cannot be served: its bundle is missing');
      return null;
    });
    return loading;
  };
  return {
    onRequest({ serverContext: { exchange }, endResponse }) {
      const { method, path } = exchange;
      if (method !== 'GET' && method !== 'HEAD') return undefined;
      const isPage = path === '/graphql' && wantsPage(exchange);
      if (!isPage && !path.startsWith('/graphiql/')) return undefined;
      return assets().then((loaded) => {
        const file = loaded?.files.get(path);
        if (loaded && isPage) endResponse(page(loaded));
        else if (file) endResponse(asset(exchange, file));
      });
    },
  };
}

function wantsPage(exchange: Exchange): boolean {
  return negotiate(headerOf(exchange, 'accept'), answerTypes) === 'text/html';
}

function page(loaded: Assets): Response {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pagePolicy,
    'cache-control': 'no-cache',
  };
  return respond(200, headers, loaded.page);
}

function asset(exchange: Exchange, file: Asset): Response {
  addVary(exchange, 'Accept-Encoding');
  const zipped = /\bgzip\b/.test(headerOf(exchange, 'accept-encoding') ?? '');
  const headers = {
    'content-type': file.type,
    // The name holds a digest of the content.
    'cache-control': 'public, max-age=31536000, immutable',
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
  };
  return respond(200, headers, zipped ? file.gzipped : file.plain);
}
