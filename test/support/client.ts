/** Sends typed operations to a gateway over its port, and makes failures speak: what was sent, what came back, under which id. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type DocumentNode, print } from 'graphql';

/** Headers that say who calls. */
export type Credential = Readonly<Record<string, string>>;

/** An error as it arrives. */
export interface AnsweredError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string; readonly requestId: string };
}

/** An answer with what a test looks at. */
export interface Answer<Data> {
  readonly status: number;
  readonly data: Data | null;
  readonly errors: readonly AnsweredError[];
  /** Codes of the errors, in order. */
  readonly codes: readonly string[];
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
  /** The SQL of the request, one statement a line. */
  readonly sql: string;
  /** Statements of the request, in the order in which they were sent. */
  readonly statements: readonly string[];
  /** The data; throws with everything there is to know when the answer holds errors. */
  expectData(): Data;
  /** All of it as text, for messages of failing tests. */
  toString(): string;
}

/** Options of {@link Client.send}. */
export interface SendOptions {
  readonly as?: Credential;
  readonly headers?: Readonly<Record<string, string>>;
  readonly operationName?: string;
}

/** Sends operations. */
export interface Client {
  /** A typed document, or a text. */
  send<Data = Record<string, unknown>, Variables = Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables> | DocumentNode | string,
    variables?: Variables,
    options?: SendOptions,
  ): Promise<Answer<Data>>;
}

/** Makes a client. @param statementsOf the SQL that a request sent, by its id. */
export function createClient(endpoint: string, statementsOf: (requestId: string) => readonly string[]): Client {
  return {
    async send<Data>(document: DocumentNode | string, variables: unknown, options: SendOptions = {}) {
      const query = typeof document === 'string' ? document : print(document);
      const operation = { query, variables, operationName: options.operationName };
      const form = multipartOf(operation);
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          ...(form ? { 'x-fieldgate-csrf': '1' } : { 'content-type': 'application/json' }),
          accept: 'application/graphql-response+json',
          ...options.as,
          ...options.headers,
        },
        body: form ?? JSON.stringify(operation),
      });
      const text = await response.text();
      const body = parse<Data>(text);
      const requestId = response.headers.get('x-request-id') ?? '';
      const statements = statementsOf(requestId);
      const errors = body.errors ?? [];
      const told = (): string =>
        [
          query.trim(),
          `variables: ${JSON.stringify(variables ?? {})}`,
          `status: ${response.status}`,
          `answer: ${text.slice(0, 4_000)}`,
          `request id: ${requestId}`,
        ].join('\n');
      return {
        status: response.status,
        data: body.data ?? null,
        errors,
        codes: errors.map(({ extensions }) => extensions.code),
        extensions: body.extensions ?? {},
        headers: response.headers,
        statements,
        sql: statements.join('\n'),
        expectData() {
          if (errors.length > 0 || body.data === null || body.data === undefined)
            throw new Error(`Expected data without errors.\n${told()}`);
          return body.data;
        },
        toString: told,
      };
    },
  };
}

/** The form of an operation with a file among its variables. @returns null where there is none. */
function multipartOf(operation: { readonly variables: unknown }): FormData | null {
  const files = Object.entries(operation.variables ?? {}).filter(
    (entry): entry is [string, File] => entry[1] instanceof File,
  );
  if (files.length === 0) return null;
  const form = new FormData();
  form.set(
    'operations',
    JSON.stringify(operation, (_key, value: unknown) => (value instanceof File ? null : value)),
  );
  form.set('map', JSON.stringify(Object.fromEntries(files.map(([name], index) => [index, [`variables.${name}`]]))));
  for (const [index, [, file]] of files.entries()) form.set(String(index), file);
  return form;
}

interface Body<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly AnsweredError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

function parse<Data>(text: string): Body<Data> {
  try {
    return JSON.parse(text) as Body<Data>;
  } catch {
    return {};
  }
}
