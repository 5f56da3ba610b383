/** Which files may be attached: known by their content, and named as what they are. */
import { fileTypeFromFile } from 'file-type';
import type { IncomingFile } from '../../stores/incoming-file.ts';

/** Extension to media type. A type that browsers would run (HTML, SVG, scripts) is not among them. */
const allowed: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  zip: 'application/zip',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  txt: 'text/plain',
  md: 'text/plain',
  csv: 'text/csv',
};

/** The longest file name, in characters. */
const maxNameLength = 255;

/** The last part of a name as a client sent it, fit to be shown: no folders, no control characters, no signs that turn text around. */
export function cleanFilename(name: string): string {
  const last = name.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const shown = last.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '').trim();
  return [...shown].slice(-maxNameLength).join('');
}

/** The media type that a name claims; null when it claims none of the allowed ones. */
export function namedType(filename: string): string | null {
  const extension = /\.([A-Za-z0-9]+)$/.exec(filename)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(allowed, extension) ? (allowed[extension] ?? null) : null;
}

/**
 * The media type of a file, if it may be attached.
 * @returns null when content or name are none of the allowed types, or do not agree with each other.
 */
export async function allowedType(
  filename: string,
  file: Pick<IncomingFile, 'path' | 'size' | 'read'>,
): Promise<string | null> {
  const named = namedType(filename);
  if (!named || file.size === 0) return null;
  const found = await fileTypeFromFile(file.path).catch(() => undefined);
  if (named.startsWith('text/')) return found === undefined && (await isText(file.read())) ? named : null;
  return found?.mime === named ? named : null;
}

/** Valid UTF-8 without control characters: what has no magic number must at least be no program. */
async function isText(bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const control = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/;
  try {
    for await (const chunk of bytes) if (control.test(decoder.decode(chunk, { stream: true }))) return false;
    return !control.test(decoder.decode());
  } catch (error) {
    // What Node says of bytes that are no UTF-8; anything else is a fault of the disk.
    if (error instanceof TypeError) return false;
    throw error;
  }
}
