/** `/files/<id>`: downloads, authorized like the field that names them. What may not be seen is not there. */
import type { Viewer } from '../authorization/viewer.ts';
import type { GatewayPlugin } from '../context.ts';
import { contentDisposition } from '../http/content-disposition.ts';
import { errorResponse, onlyGet, pathNotFound } from '../http/error-body.ts';
import type { Exchange } from '../http/exchange.ts';
import { respond } from '../http/respond.ts';
import type { Download } from '../nouns/domain.ts';

/** Options of {@link useFiles}. */
export interface FilesOptions {
  /** Sets `exchange.viewer`. @throws the error that answers a bad credential. */
  authenticate(exchange: Exchange): Promise<void>;
  /** @returns null when the file is not there for this viewer. */
  download(viewer: Viewer, id: string): Promise<Download | null>;
}

const file = /^\/files\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Makes the plugin. */
export function useFiles({ authenticate, download }: FilesOptions): GatewayPlugin {
  const find = async (exchange: Exchange, id: string): Promise<Download | null> => {
    await authenticate(exchange);
    const { viewer } = exchange;
    const isActive = viewer?.kind !== 'user' || viewer.membershipState === 'ACTIVE';
    return viewer && isActive ? download(viewer, id) : null;
  };

  return {
    onRequest({ serverContext: { exchange, res }, endResponse }) {
      const id = file.exec(exchange.path)?.[1];
      if (id === undefined) return undefined;
      if (exchange.method !== 'GET' && exchange.method !== 'HEAD')
        return endResponse(errorResponse(exchange, onlyGet()));
      return find(exchange, id).then((found) => {
        if (!found) return endResponse(errorResponse(exchange, pathNotFound()));
        const { body } = found;
        // A store that fails halfway: the client learns by the cut connection, since the status has gone.
        body.on('error', (error) => {
          exchange.log.error({ err: error }, 'a download was cut off');
          res?.destroy();
        });
        // The client may be gone already: then nobody will read it.
        if (exchange.method === 'HEAD' || res?.destroyed) body.destroy();
        endResponse(respond(200, headersOf(found), exchange.method === 'HEAD' ? null : body));
      });
    },
  };
}

function headersOf({ contentType, size, filename }: Download): Record<string, string> {
  return {
    'content-type': contentType.startsWith('text/') ? `${contentType}; charset=utf-8` : contentType,
    'content-length': String(size),
    'content-disposition': contentDisposition(filename),
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, no-store',
  };
}
