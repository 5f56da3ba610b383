/** Chooses the media type of an answer from `Accept` (RFC 9110 section 12.5.1), and reads `Content-Type`. */

/** Media types that the GraphQL endpoint can answer with. */
export const answerTypes = [
  'application/json',
  'application/graphql-response+json',
  'text/event-stream',
  'text/html',
] as const;

/** One of {@link answerTypes}. */
export type AnswerType = (typeof answerTypes)[number];

interface AcceptRange {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
}

/** How many ranges are read; a longer list is a way to burn time. */
const maxRanges = 32;

function parseAccept(header: string): AcceptRange[] {
  const ranges: AcceptRange[] = [];
  for (const part of header.split(',', maxRanges)) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const [type = '', subtype = ''] = range.split('/');
    if (type === '' || subtype === '') continue;
    let quality = 1;
    let usable = true;
    for (const parameter of parameters) {
      const [name = '', value = ''] = parameter.split('=').map((text) => text.trim());
      if (name === 'q')
        quality = Number.isFinite(Number(value)) && value !== '' ? Math.min(1, Math.max(0, Number(value))) : 0;
      else if (name === 'charset' && value.replaceAll('"', '') !== 'utf-8') usable = false;
    }
    if (usable) ranges.push({ type, subtype, quality });
  }
  return ranges;
}

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
  const ranges = parseAccept(header);
  let best: { type: Type; quality: number; specificity: number; order: number } | undefined;
  for (const type of offered) {
    const [main, sub] = type.split('/');
    let match: { quality: number; specificity: number; order: number } | undefined;
    for (const [order, range] of ranges.entries()) {
      const specificity =
        range.type === main && range.subtype === sub
          ? 2
          : range.type === main && range.subtype === '*'
            ? 1
            : range.type === '*' && range.subtype === '*'
              ? 0
              : -1;
      if (specificity >= 0 && (!match || specificity > match.specificity))
        match = { quality: range.quality, specificity, order };
    }
    if (!match || match.quality === 0) continue;
    const better =
      !best ||
      match.quality > best.quality ||
      (match.quality === best.quality && match.specificity > best.specificity) ||
      (match.quality === best.quality && match.specificity === 2 && best.specificity === 2 && match.order < best.order);
    if (better) best = { type, ...match };
  }
  return best?.type;
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
