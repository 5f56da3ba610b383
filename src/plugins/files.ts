/** `/files/<id>`: downloads, authorized like the field that names them. What may not be seen is not there. */
import type { Viewer } from '../authentication/viewer.ts';
import { createError } from '../errors.ts';
import { errorAnswer, notFoundAnswer } from '../http/error-body.ts';
import type { Exchange, Route } from '../http/exchange.ts';
import type { Download } from '../services/attachment-service.ts';

/** Options of {@link createFilesRoute}. */
export interface FilesRouteOptions {
  /** Sets `exchange.viewer`. @throws the error that answers a bad credential. */
  authenticate(exchange: Exchange): Promise<void>;
  /** @returns null when the file is not there for this viewer. */
  download(viewer: Viewer, id: string): Promise<Download | null>;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Makes the route. */
export function createFilesRoute({ authenticate, download }: FilesRouteOptions): Route {
  return async (exchange, id) => {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD')
      return errorAnswer(
        exchange,
        createError('METHOD_NOT_ALLOWED', 'Use GET.', { status: 405, headers: { allow: 'GET, HEAD, OPTIONS' } }),
      );
    await authenticate(exchange);
    const viewer = exchange.viewer;
    const isActive = viewer?.kind !== 'user' || viewer.membershipState === 'ACTIVE';
    const file = viewer && isActive && uuid.test(id) ? await download(viewer, id) : null;
    if (!file) return notFoundAnswer(exchange);
    const headers = {
      'content-type': file.contentType.startsWith('text/') ? `${file.contentType}; charset=utf-8` : file.contentType,
      'content-length': String(file.size),
      'content-disposition': contentDisposition(file.filename),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, no-store',
    };
    if (exchange.method === 'HEAD') {
      file.body.destroy();
      return { status: 200, headers, body: null };
    }
    return { status: 200, headers, body: file.body };
  };
}

/** Always an attachment, never shown; the name in ASCII and, as RFC 8187 has it, in full. */
export function contentDisposition(filename: string): string {
  const ascii = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const full = encodeURIComponent(filename).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${full}`;
}
