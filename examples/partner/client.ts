/**
 * A partner's client: calls registered operations by their id with an API key, and nothing else. Queries go by GET, so that
 * what did not change since the last call comes back as 304 without a body.
 */
import type { TypedDocumentString } from './generated/graphql.ts';

/** An error of the gateway, as it came back. */
export class GatewayError extends Error {
  /** Of HTTP; 0 when nothing answered. */
  readonly status: number;
  readonly errors: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];

  constructor(status: number, errors: GatewayError['errors']) {
    super(
      errors
        .map(({ message, extensions }) => (extensions?.code ? `${extensions.code}: ${message}` : message))
        .join('; '),
    );
    this.name = 'GatewayError';
    this.status = status;
    this.errors = errors;
  }
}

/** What a query brought back. */
export interface Outcome<Data> {
  readonly data: Data;
  /** Whether the gateway answered 304, so that the data is what was kept from the last call. */
  readonly notModified: boolean;
}

/** A client. */
export interface PartnerClient {
  /** @throws GatewayError when the gateway answers with errors. */
  query<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables): Promise<Outcome<Data>>;
}

/** How many answers are kept. */
const maxKept = 100;

/** Makes a client. @param url of the gateway's endpoint. */
export function createPartnerClient(options: { readonly url: string; readonly apiKey: string }): PartnerClient {
  const kept = new Map<string, { readonly tag: string; readonly data: unknown }>();

  return {
    async query<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables) {
      const url = new URL(options.url);
      url.searchParams.set('documentId', `sha256:${document.__meta__?.documentHash}`);
      url.searchParams.set('variables', JSON.stringify(variables));
      const earlier = kept.get(url.href);
      const response = await fetch(url, {
        headers: {
          accept: 'application/graphql-response+json',
          'x-api-key': options.apiKey,
          ...(earlier ? { 'if-none-match': earlier.tag } : {}),
        },
        signal: AbortSignal.timeout(10_000),
      }).catch((error: Error & { cause?: { code?: string } }) => {
        const reason = error.cause?.code ?? error.message;
        throw new GatewayError(0, [{ message: `${url.origin} does not answer (${reason}). Is the gateway running?` }]);
      });
      if (response.status === 304 && earlier) return { data: earlier.data as Data, notModified: true };
      const body = await response.json().then(
        (answer) => answer as { data?: Data; errors?: GatewayError['errors'] },
        () => ({
          data: undefined,
          errors: [{ message: `${url.origin} answered ${response.status}, and no GraphQL.` }],
        }),
      );
      if (body.errors || !body.data)
        throw new GatewayError(
          response.status,
          body.errors ?? [{ message: `${url.origin} answered ${response.status}.` }],
        );
      const tag = response.headers.get('etag');
      if (tag) {
        if (kept.size >= maxKept) kept.clear();
        kept.set(url.href, { tag, data: body.data });
      }
      return { data: body.data, notModified: false };
    },
  };
}
