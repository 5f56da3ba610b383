/** Chooses the media type of an answer from `Accept` (RFC 9110 section 12.5.1), and reads `Content-Type`. */

import Negotiator from 'negotiator';

/** Media types that the GraphQL endpoint can answer with. */
export const answerTypes = [
  'application/json',
  'application/graphql-response+json',
  'text/event-stream',
  'text/html',
] as const;

/** One of {@link answerTypes}. */
export type AnswerType = (typeof answerTypes)[number];

/** How many ranges are read; a longer list is a way to burn time. */
const maxRanges = 32;

/** Everything here is written in UTF-8, and clients may say that they want it so. */
const inUtf8 = '; charset=utf-8';

/**
 * Chooses among what the endpoint offers.
 * @param offered in the server's order of preference, which decides between equals.
 * @returns undefined when nothing offered is acceptable (406). A missing header accepts everything.
 */
export function negotiate<const Type extends string>(
  header: string | undefined,
  offered: readonly Type[],
): Type | undefined {
  if (header === undefined || header.trim() === '') return offered[0];
  const accept = header.split(',', maxRanges).join(',');
  const available = new Map<string, Type>(
    offered.flatMap((type) => [[type, type] as const, [`${type}${inUtf8}`, type] as const]),
  );
  const chosen = new Negotiator({ headers: { accept } }).mediaType([...available.keys()]);
  return chosen === undefined ? undefined : available.get(chosen);
}

/** The media type of a body, in lower case and without parameters, and its charset. */
export function parseContentType(header: string | undefined): { type: string; charset: string | null } | null {
  if (header === undefined) return null;
  const [type = '', ...parameters] = header.split(';').map((text) => text.trim());
  const charset = parameters.find((parameter) => /^charset\s*=/i.test(parameter));
  return {
    type: type.toLowerCase(),
    charset: charset
      ? charset
          .slice(charset.indexOf('=') + 1)
          .trim()
          .replaceAll('"', '')
          .toLowerCase()
      : null,
  };
}
