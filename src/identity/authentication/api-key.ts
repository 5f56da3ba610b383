/**
 * The form of an API key: `fg_<prefix>_<secret><checksum>`. The prefix finds the row, the secret is 190 bits of chance, the checksum
 * tells a typing error (or a made-up key) from a key without asking the database. Only a digest is stored.
 *
 * @see https://github.blog/engineering/behind-githubs-new-authentication-token-formats/ for prefix and checksum
 */
import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const form = /^fg_([0-9A-Za-z]{12})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

/** A new key: the secret is shown once, prefix and digest are stored. */
export interface NewApiKey {
  /** The whole key, as the partner sends it. */
  readonly secret: string;
  readonly prefix: string;
  readonly digest: string;
}

/** A key as received, with a right checksum; nothing is known yet about whether it exists. */
export interface ParsedApiKey {
  readonly prefix: string;
  readonly digest: string;
}

/** Makes a key. */
export function createApiKeySecret(): NewApiKey {
  const prefix = randomText(12);
  const body = `fg_${prefix}_${randomText(32)}`;
  const secret = body + checksumOf(body);
  return { secret, prefix, digest: digestOf(secret) };
}

/** Reads a key. @returns null for anything that is not one, or whose checksum is wrong: no look-up is worth it. */
export function parseApiKey(text: string): ParsedApiKey | null {
  const match = form.exec(text);
  if (!match?.[1] || checksumOf(text.slice(0, -6)) !== match[3]) return null;
  return { prefix: match[1], digest: digestOf(text) };
}

/** Compares two digests in constant time. */
export function isSameDigest(one: string, other: string): boolean {
  const left = Buffer.from(one);
  const right = Buffer.from(other);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** SHA-256 as hex: enough for a secret of full entropy (no password), so that a look-up stays cheap. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function randomText(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let i = 0; i < 6; i++) {
    text = alphabet[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
