/**
 * One HTTP exchange, apart from the transport: what was asked, and what is answered. The Node listener and `fetch` both
 * make exchanges, so that every rule of the frame holds for both.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Viewer } from '../authentication/viewer.ts';
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
}

/** A request with what the gateway has found out about it. */
export interface Exchange {
  readonly method: string;
  /** The path as sent, not decoded. */
  readonly path: string;
  /** The query string without the question mark; empty when there is none. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  /** The address at the other end of the socket. */
  readonly remoteAddress: string;
  /** Whether the connection itself is encrypted; see `useHttpsOnly` for proxies. */
  readonly encrypted: boolean;
  /** Null when no body was sent. */
  readonly body: Readable | null;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** Whether the connection came when there were too many already: only health is answered on it. */
  readonly overConnectionLimit: boolean;
  /** By the monotonic clock, in milliseconds. */
  readonly startedAt: number;
  /** What services and audit events learn of the request; `RequestFacts` of the context. */
  readonly facts: { readonly requestId: string; readonly ip: string; readonly userAgent: string | null };
  readonly log: Logger;
  viewer: Viewer | null;
  /** Whether the client takes a stream of events; decided when the endpoint negotiates. */
  acceptsStream: boolean;
  readonly operation: OperationFacts;
  /** Headers that go onto whatever the answer will be, in lower case. */
  readonly answerHeaders: Record<string, string | readonly string[]>;
}

/** What goes back. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** A stream is sent as it comes; null is no body at all. */
  readonly body: string | Uint8Array | Readable | AsyncIterable<string> | null;
}

/** A part of the frame that sees every exchange. */
export interface HttpPlugin {
  /** May answer at once; the first answer counts, and what stands later does not see the exchange. */
  onExchange?(exchange: Exchange): Answer | undefined | Promise<Answer | undefined>;
  /** May put another answer in the place of one, before any `onAnswer`. */
  replaceAnswer?(exchange: Exchange, answer: Answer): Answer;
  /** Sees every answer before it is sent, and may set `exchange.answerHeaders`. */
  onAnswer?(exchange: Exchange, answer: Answer): void;
}

/** Answers a path; what follows a path that ends in a slash is its parameter, otherwise empty. */
export type Route = (exchange: Exchange, parameter: string) => Promise<Answer>;

/** A header's value when it was sent exactly once or is a comma-joined list; undefined when absent. */
export function headerOf(exchange: Pick<Exchange, 'headers'>, name: string): string | undefined {
  const value = exchange.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Adds names to the answer's `Vary`, each once. */
export function addVary(exchange: Exchange, ...names: readonly string[]): void {
  const known = String(exchange.answerHeaders.vary ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of names) if (!known.some((one) => one.toLowerCase() === name.toLowerCase())) known.push(name);
  exchange.answerHeaders.vary = known.join(', ');
}
