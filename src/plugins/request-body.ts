/**
 * Reads the parameters of an operation out of a body or a query string, within limits that hold while the body streams in. Takes the
 * place of Yoga's own parsers, which read what the contract refuses.
 */
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { GatewayPlugin } from '../context.ts';
import { type Exchange, headerOf } from '../http/exchange.ts';
import { type OperationParams, parseJsonBody, parseParams, parseSearch } from '../http/graphql-params.ts';
import { type MultipartRequest, parseMultipart } from '../http/multipart.ts';
import { parseContentType } from '../http/negotiation.ts';
import { discardRest, openBody, readBody } from '../http/request-body.ts';
import { isStream } from '../http/results.ts';

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
  /** Bodies of which files may still be on their way. */
  const uploads = new WeakMap<Exchange, MultipartRequest>();

  const readParams = async (exchange: Exchange): Promise<OperationParams> => {
    if (exchange.method !== 'POST') return parseSearch(exchange.search);
    const contentType = headerOf(exchange, 'content-type') ?? '';
    if (parseContentType(contentType)?.type !== 'multipart/form-data')
      return parseParams(parseJsonBody(await readBody(exchange, bodyLimitBytes)));
    // Nobody uploads without a credential, so that nobody makes the gateway read much without one.
    const isUpload = exchange.viewer?.kind !== 'anonymous';
    const limit = isUpload ? uploadLimitBytes + multipartOverheadBytes : bodyLimitBytes;
    const upload = await parseMultipart(openBody(exchange, limit), contentType, {
      fieldLimitBytes: bodyLimitBytes,
      fileLimitBytes: uploadLimitBytes,
    });
    uploads.set(exchange, upload);
    return upload.params;
  };

  return {
    onRequestParse({ serverContext: { exchange }, setRequestParser }) {
      setRequestParser(() => readParams(exchange));
    },
    onResultProcess({ result, setResult, serverContext: { exchange } }) {
      const upload = uploads.get(exchange);
      // Nothing lasted of an operation whose body was no good: the body is what its client hears of, with the body's status.
      if (!upload || isStream(result) || exchange.operation.writes?.mayHaveCommitted) return;
      const met = (result as ExecutionResult).errors?.map((error) => error.originalError ?? error) ?? [];
      const fault = met.find((error) => upload.isFault(error));
      if (fault) setResult({ errors: [fault as GraphQLError] });
    },
    onResponse({ response, serverContext: { exchange, req } }) {
      // Before what is left is read over: it goes to nobody any more.
      uploads.get(exchange)?.stop();
      if (!req || exchange.body === null || exchange.body.readableEnded) return;
      if (!req.complete) response.headers.set('connection', 'close');
      discardRest(req);
    },
  };
}
