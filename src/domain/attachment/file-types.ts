/** Which files may be attached: known by their content, and named as what they are. */
import { fileTypeFromBuffer } from 'file-type';

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

/**
 * The media type of a file, if it may be attached.
 * @returns null when content or name are none of the allowed types, or do not agree with each other.
 */
export async function allowedType(filename: string, bytes: Uint8Array): Promise<string | null> {
  const extension = /\.([A-Za-z0-9]+)$/.exec(filename)?.[1]?.toLowerCase() ?? '';
  const named = allowed[extension];
  if (!named || bytes.length === 0) return null;
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined);
  if (named.startsWith('text/')) return found === undefined && isText(bytes) ? named : null;
  return found?.mime === named ? named : null;
}

/** Valid UTF-8 without control characters: what has no magic number must at least be no program. */
function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return !/[\u0000-\u0008\u000b\u000e-\u001f\u007f]/.test(text);
  } catch {
    return false;
  }
}
