/**
 * Reads the manifests that tools already write: the persisted documents of GraphQL Codegen's client preset, Relay's map of
 * queries, and Apollo's operation manifest. Nothing is trusted: a hash that a manifest claims is computed again.
 */
import { createHash } from 'node:crypto';
import { GraphQLError, Kind, type OperationDefinitionNode } from 'graphql';
import type { InputIssue } from '../errors.ts';
import { parseDocument } from '../operation/document.ts';
import { sha256Of } from './document-id.ts';

/** One operation to register. */
export interface OperationSource {
  /** Where it stands in what was sent, for messages. */
  readonly path: readonly (string | number)[];
  /** The operation's name; equal to the one in the text. */
  readonly name: string;
  /** The exact text; its SHA-256 is its id. */
  readonly body: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** What became of a manifest: its operations, or one message for each faulty one. */
export type ParsedOperations =
  | { readonly operations: readonly OperationSource[]; readonly issues?: undefined }
  | { readonly operations?: undefined; readonly issues: readonly InputIssue[] };

/** How many operations one call may register. */
export const maxOperationsPerManifest = 2_000;

/** An operation before anything about it is checked. */
interface Candidate {
  readonly path: readonly (string | number)[];
  readonly body: unknown;
  /** The name that was claimed; undefined takes the text's. */
  readonly name?: unknown;
  /** `query`, `mutation` or `subscription`, where claimed. */
  readonly type?: unknown;
  /** The id that was claimed; verified when it is a hash. */
  readonly id?: string;
}

/**
 * Reads a manifest of any of the three formats.
 * @param manifest the parsed JSON.
 */
export function parseManifest(manifest: unknown): ParsedOperations {
  if (!isRecord(manifest)) return fault([], 'A manifest is a JSON object.');
  if ('format' in manifest || ('operations' in manifest && Array.isArray(manifest.operations)))
    return parseApolloManifest(manifest);
  const candidates = Object.entries(manifest).map(([id, body]) => ({ path: [id], id, body }));
  return parseCandidates(candidates);
}

function parseApolloManifest(manifest: Readonly<Record<string, unknown>>): ParsedOperations {
  if (manifest.format !== 'apollo-persisted-query-manifest')
    return fault(['format'], 'The only format with a name is apollo-persisted-query-manifest.');
  if (manifest.version !== 1) return fault(['version'], 'The only version of the manifest is 1.');
  if (!Array.isArray(manifest.operations)) return fault(['operations'], 'operations is a list.');
  const operations: readonly unknown[] = manifest.operations;
  return parseCandidates(
    operations.map((operation, index): Candidate => {
      const { id, name, type, body } = isRecord(operation) ? operation : {};
      const claimed = typeof id === 'string' ? id : '';
      return { path: ['operations', index], id: claimed, name: name ?? null, type: type ?? null, body };
    }),
  );
}

/**
 * Reads operations that come by name and text, as the mutation takes them.
 * @param path what stands before an operation's index in messages.
 */
export function parseNamedOperations(
  operations: readonly { readonly name: string; readonly body: string }[],
  path: readonly (string | number)[],
): ParsedOperations {
  return parseCandidates(operations.map(({ name, body }, index) => ({ path: [...path, index], name, body })));
}

function parseCandidates(candidates: readonly Candidate[]): ParsedOperations {
  if (candidates.length === 0) return fault([], 'There is no operation to register.');
  if (candidates.length > maxOperationsPerManifest)
    return fault([], `More than ${maxOperationsPerManifest} operations: register them in several calls.`);
  const issues: InputIssue[] = [];
  const bySha256 = new Map<string, OperationSource>();
  const byName = new Map<string, string>();
  for (const candidate of candidates) {
    const { path } = candidate;
    const read = readCandidate(candidate);
    if (typeof read === 'string') {
      issues.push({ path, message: read });
      continue;
    }
    const other = byName.get(read.name);
    if (other !== undefined && other !== read.sha256) {
      issues.push({ path, message: `Another operation with another text is named ${read.name}, too.` });
      continue;
    }
    byName.set(read.name, read.sha256);
    // The same text twice is the same operation.
    if (!bySha256.has(read.sha256)) bySha256.set(read.sha256, { path, ...read });
  }
  return issues.length > 0 ? { issues } : { operations: [...bySha256.values()] };
}

/** The operation, or what is wrong with it. */
function readCandidate(candidate: Candidate): { name: string; body: string; sha256: string } | string {
  const { body, id } = candidate;
  if (typeof body !== 'string' || body.trim() === '') return 'The text of the operation is missing.';
  // A lone surrogate or a NUL would not survive storage, and the stored text must be the one that was hashed.
  if (/\p{Surrogate}|\0/u.test(body)) return 'The text holds characters that are not valid Unicode text.';
  if (id !== undefined) {
    const wrong = verifyClaim(id, body);
    if (wrong) return wrong;
  }
  const definition = onlyOperation(body);
  if (typeof definition === 'string') return definition;
  const name = definition.name?.value;
  if (!name) return 'The operation has no name in its text.';
  if (candidate.name === null) return 'The operation has no name in the manifest.';
  if (candidate.name !== undefined && candidate.name !== name)
    return `The operation is registered as ${String(candidate.name)}, but its text names it ${name}.`;
  if (candidate.type !== undefined && candidate.type !== definition.operation)
    return `The operation is registered as a ${String(candidate.type)}, but its text is a ${definition.operation}.`;
  return { name, body, sha256: sha256Of(body) };
}

/** Hashes by the length of their hex form. Clients call by SHA-256 whatever the manifest's own key is. */
const algorithmOfLength: Readonly<Record<number, string>> = { 32: 'md5', 40: 'sha1', 64: 'sha256' };

/** A hash that the manifest claims must be the text's; an id of another kind claims nothing. */
function verifyClaim(id: string, body: string): string | undefined {
  const prefixed = id.startsWith('sha256:');
  const claimed = prefixed ? id.slice('sha256:'.length) : id;
  if (!/^[0-9a-f]+$/i.test(claimed)) return prefixed ? 'The id is not a SHA-256 in hexadecimal digits.' : undefined;
  const algorithm = algorithmOfLength[claimed.length];
  if (prefixed && algorithm !== 'sha256') return 'The id is not a SHA-256 in hexadecimal digits.';
  if (!algorithm) return undefined;
  const actual = createHash(algorithm).update(body, 'utf8').digest('hex');
  return actual === claimed ? undefined : `The ${algorithm} of the text is ${actual}, not ${claimed}.`;
}

/** The one operation of a text, or what is wrong with it. The deployment's limits are asked where operations are inspected. */
function onlyOperation(body: string): OperationDefinitionNode | string {
  const document = parseDocument(body, maxTokens);
  if (document instanceof GraphQLError) return `The text cannot be parsed: ${document.message}`;
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (!operation) return 'The text holds no operation.';
  return operations.length === 1 ? operation : 'The text holds several operations; each is registered on its own.';
}

/** More than any deployment allows; it only bounds the work of reading a manifest. */
const maxTokens = 20_000;

function fault(path: readonly (string | number)[], message: string): ParsedOperations {
  return { issues: [{ path, message }] };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
