/**
 * Lets clients keep what a registered query answered to a GET, and ask whether it is still so: `ETag`, and 304 where nothing
 * changed. Every answer is computed for its own viewer first, so that no viewer is ever told what another one got.
 */
import { createHash } from 'node:crypto';
import { type Exchange, type HttpPlugin, headerOf } from '../http/exchange.ts';

/** Options of {@link useRevalidation}. */
export interface RevalidationOptions {
  /** Whether a registered query was named by its id, and what may keep its answer; null for everything else. */
  cacheabilityOf(exchange: Exchange): 'private' | 'public' | null;
}

/** Headers that change an answer for the one request that carries them; such an answer is not for keeping. */
const oneTimeHeaders = ['x-authorization-mode', 'x-include-cost'] as const;

/** A strong tag of an answer's exact bytes under its media type. */
export function entityTag(mediaType: string, body: string): string {
  return `"${createHash('sha256').update(mediaType).update('\n').update(body).digest('base64url')}"`;
}

/** Whether `If-None-Match` names a tag: by the weak comparison of RFC 9110 section 13.1.2. */
export function matchesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((candidate) => {
    const trimmed = candidate.trim();
    return trimmed === '*' || trimmed === tag || trimmed === `W/${tag}`;
  });
}

/** Makes the plugin; it comes before whatever forbids to keep answers. */
export function useRevalidation({ cacheabilityOf }: RevalidationOptions): HttpPlugin {
  return {
    replaceAnswer(exchange, answer) {
      if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return answer;
      if (answer.status !== 200 || typeof answer.body !== 'string' || exchange.operation.codes.length > 0)
        return answer;
      const cacheability = cacheabilityOf(exchange);
      if (cacheability === null || oneTimeHeaders.some((name) => headerOf(exchange, name) !== undefined)) return answer;
      const tag = entityTag(String(answer.headers['content-type']), answer.body);
      exchange.answerHeaders.etag = tag;
      exchange.answerHeaders['cache-control'] = `${cacheability}, no-cache`;
      if (!matchesTag(headerOf(exchange, 'if-none-match'), tag)) return answer;
      const { 'content-type': _type, ...headers } = answer.headers;
      return { status: 304, headers, body: null };
    },
  };
}
