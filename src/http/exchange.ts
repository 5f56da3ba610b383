/**
 * What the gateway finds out about a request, made by the first plugin and carried as `exchange` on Yoga's server context: every hook
 * and every resolver's context see the same object.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Viewer } from '../authorization/viewer.ts';
import type { Logger } from '../logger.ts';
import type { WriteLog } from '../stores/write-log.ts';

/** What the log and the metrics learn of an operation; filled in as it is found out. Never values of variables. */
export interface OperationFacts {
  /** Name of the operation that ran; null for an anonymous one. */
  name: string | null;
  kind: 'query' | 'mutation' | 'subscription' | null;
  /** Estimated cost in points; null until it is known. */
  cost: number | null;
  /** Objects that came back; null until it is known. */
  actualCost: number | null;
  /** Codes of the errors in the answer. */
  codes: readonly string[];
  /** What of it may have lasted in the database; absent until something runs. */
  writes?: WriteLog;
  /** Whether its client was told to send it again: then nothing of it may begin any more. */
  isGivenUp?: boolean;
}

/** Media types of results. */
export type ResultType = 'application/json' | 'application/graphql-response+json' | 'text/event-stream';

/** A request with what the gateway has found out about it. */
export interface Exchange {
  /** As sent: Yoga sees a HEAD as a GET. */
  readonly method: string;
  /** The path as sent, not decoded. */
  readonly path: string;
  /** The query string without the question mark; empty when there is none. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  /** The address at the other end of the socket. */
  readonly remoteAddress: string;
  /** Null when no body was sent. */
  readonly body: Readable | null;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** By the monotonic clock, in milliseconds. */
  readonly startedAt: number;
  /** What services and audit events learn of the request; `RequestFacts` of the context. */
  readonly facts: { readonly requestId: string; readonly ip: string; readonly userAgent: string | null };
  readonly log: Logger;
  viewer: Viewer | null;
  /** What a result is sent as; decided by negotiation. */
  resultType: ResultType;
  /** Whether the client takes a stream of events; decided by negotiation. */
  acceptsStream: boolean;
  readonly operation: OperationFacts;
  /** What may keep the answer of a registered query that was named by its id; null where nothing may. */
  cacheability: 'private' | 'public' | null;
  /** Headers that go onto whatever the answer will be, in lower case. */
  readonly answerHeaders: Record<string, string | readonly string[]>;
}

/** What Yoga carries through the hooks of a request. */
export interface ServerContext {
  exchange: Exchange;
  /** Node's own objects; absent where a request did not come over a socket. */
  readonly req?: IncomingMessage;
  readonly res?: ServerResponse;
}

/** A header's value when it was sent exactly once or is a comma-joined list; undefined when absent. */
export function headerOf(exchange: Pick<Exchange, 'headers'>, name: string): string | undefined {
  const value = exchange.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Adds names to the answer's `Vary`, each once. */
export function addVary(exchange: Pick<Exchange, 'answerHeaders'>, ...names: readonly string[]): void {
  const known = String(exchange.answerHeaders.vary ?? '');
  const listed = known.toLowerCase().split(', ');
  const missing = names.filter((name) => !listed.includes(name.toLowerCase()));
  if (missing.length > 0) exchange.answerHeaders.vary = [known, ...missing].filter((part) => part !== '').join(', ');
}
