/** Tags of answers, and whether a client holds one. */
import { createHash } from 'node:crypto';

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
