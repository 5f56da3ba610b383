/**
 * Names of registered operations as clients send them: `documentId` of the GraphQL over HTTP appendix, and the older
 * `extensions.persistedQuery`.
 */
import { createHash } from 'node:crypto';
import { badRequest } from '../errors.ts';

/** Lower-case hex of a SHA-256. */
export const sha256Pattern = /^[0-9a-f]{64}$/;

const prefix = 'sha256:';

/** Lower-case hex SHA-256 of a text's UTF-8 bytes. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The document id of a text's hash. */
export function documentIdOf(sha256: string): string {
  return `${prefix}${sha256}`;
}

/** The members of a request that may name a registered operation. */
export interface NamedRequest {
  readonly documentId?: unknown;
  readonly query?: unknown;
  readonly extensions?: unknown;
}

/**
 * Reads which registered operation a request names.
 * @returns the lower-case hex SHA-256, or null when the request names none.
 * @throws BAD_REQUEST (400) for an id that is not `sha256:` and 64 lower-case hex digits, for two ids that differ, and
 * for an id that comes with the text of another operation: which of the two was meant nobody could say.
 */
export function requestedSha256({ documentId, query, extensions }: NamedRequest): string | null {
  const byId = documentId === undefined || documentId === null ? null : requireSha256(documentId);
  const byHash = sha256OfPersistedQuery(extensions);
  const sha256 = byId ?? byHash;
  if (sha256 === null) return null;
  if (byId !== null && byHash !== null && byId !== byHash)
    throw badRequest('documentId and extensions.persistedQuery name two different operations.');
  if (query !== undefined && query !== null && (typeof query !== 'string' || sha256Of(query) !== sha256))
    throw badRequest('Send the id of a registered operation or a text, not an id with another text.');
  return sha256;
}

/** The hash in a document id; null for what is none. */
export function sha256OfDocumentId(documentId: unknown): string | null {
  if (typeof documentId !== 'string' || !documentId.startsWith(prefix)) return null;
  const sha256 = documentId.slice(prefix.length);
  return sha256Pattern.test(sha256) ? sha256 : null;
}

function requireSha256(documentId: unknown): string {
  const sha256 = sha256OfDocumentId(documentId);
  if (sha256 !== null) return sha256;
  throw badRequest('documentId is `sha256:` followed by 64 lower-case hexadecimal digits.');
}

function sha256OfPersistedQuery(extensions: unknown): string | null {
  if (typeof extensions !== 'object' || extensions === null || !Object.hasOwn(extensions, 'persistedQuery'))
    return null;
  const { persistedQuery } = extensions as { persistedQuery: unknown };
  if (persistedQuery === undefined || persistedQuery === null) return null;
  const { version, sha256Hash } = Object(persistedQuery) as { version?: unknown; sha256Hash?: unknown };
  if (version !== undefined && version !== 1) throw badRequest('extensions.persistedQuery has the version 1.');
  if (typeof sha256Hash !== 'string' || !sha256Pattern.test(sha256Hash))
    throw badRequest('extensions.persistedQuery.sha256Hash is 64 lower-case hexadecimal digits.');
  return sha256Hash;
}
