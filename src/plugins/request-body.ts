/**
 * Reads the parameters of an operation out of a body or a query string, within limits that hold while the body streams in. Takes the
 * place of Yoga's own parsers, which read what the contract refuses.
 */
import type { GatewayPlugin } from '../context.ts';
import { type Exchange, headerOf } from '../http/exchange.ts';
import { type OperationParams, parseJsonBody, parseParams, parseSearch } from '../http/graphql-params.ts';
import { parseMultipart } from '../http/multipart.ts';
import { parseContentType } from '../http/negotiation.ts';
import { discardRest, openBody, readBody } from '../http/request-body.ts';

/** Options of {@link useRequestBody}. */
export interface RequestBodyOptions {
  readonly bodyLimitBytes: number;
  /** Of one file. */
  readonly uploadLimitBytes: number;
}

/** Room for the parts of a multipart body beside the file itself. */
const multipartOverheadBytes = 64 * 1024;

/** Makes the plugin. */
export function useRequestBody({ bodyLimitBytes, uploadLimitBytes }: RequestBodyOptions): GatewayPlugin {
  const readParams = async (exchange: Exchange): Promise<OperationParams> => {
    if (exchange.method !== 'POST') return parseSearch(exchange.search);
    const contentType = headerOf(exchange, 'content-type') ?? '';
    if (parseContentType(contentType)?.type !== 'multipart/form-data')
      return parseParams(parseJsonBody(await readBody(exchange, bodyLimitBytes)));
    // Nobody uploads without a credential, so that nobody makes the gateway hold much without one.
    const isUpload = exchange.viewer?.kind !== 'anonymous';
    const limit = isUpload ? uploadLimitBytes + multipartOverheadBytes : bodyLimitBytes;
    return parseMultipart(openBody(exchange, limit), contentType);
  };

  return {
    onRequestParse({ serverContext: { exchange }, setRequestParser }) {
      setRequestParser(() => readParams(exchange));
    },
    onResponse({ response, serverContext: { exchange, req } }) {
      if (!req || exchange.body === null || req.complete) return;
      response.headers.set('connection', 'close');
      discardRest(req);
    },
  };
}
