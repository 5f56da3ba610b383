/**
 * Seals small texts: authenticated encryption, so that what comes back from a client is ours and unread. Each purpose has a
 * key of its own, derived from the deployment's secrets; the newest seals, all open, so that a rotation breaks nothing.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5869 (HKDF)
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** What a sealed text is for; one that was sealed for another purpose does not open. */
export type SealPurpose = 'cursor' | 'totp';

/** Seals and opens. */
export interface Sealer {
  /** Seals a text. @param bound what the text is bound to; it opens only with the same. */
  seal(purpose: SealPurpose, text: string, bound: string): string;
  /** Opens a sealed text. @returns null when it was edited, sealed for something else, or with a key that is gone. */
  open(purpose: SealPurpose, sealed: string, bound: string): string | null;
}

/**
 * Purposes whose sealed text is the same each time: an answer with cursors that did not change is then the same to the byte, and
 * is revalidated without being sent. What two equal ones tell is that they are equal: the same row of the same list.
 */
const repeatable: ReadonlySet<SealPurpose> = new Set<SealPurpose>(['cursor']);

const nonceBytes = 12;
const tagBytes = 16;
const idBytes = 4;

/** Makes a sealer. @param secrets newest first; at least one, each of full entropy. */
export function createSealer(secrets: readonly string[]): Sealer {
  if (secrets.length === 0) throw new Error('A sealer needs a secret.');
  const keys = new Map<string, { id: Buffer; key: Buffer; nonceKey: Buffer }[]>();
  const keysOf = (purpose: SealPurpose) => {
    let known = keys.get(purpose);
    if (!known) {
      known = secrets.map((secret) => {
        const key = Buffer.from(hkdfSync('sha256', secret, '', `fieldgate:${purpose}`, 32));
        const nonceKey = Buffer.from(hkdfSync('sha256', secret, '', `fieldgate:${purpose}:nonce`, 32));
        return { key, nonceKey, id: createHash('sha256').update(key).digest().subarray(0, idBytes) };
      });
      keys.set(purpose, known);
    }
    return known;
  };

  return {
    seal(purpose, text, bound) {
      const newest = keysOf(purpose)[0]!;
      // From the text itself, under a key of its own: one nonce is never used for two texts (as in RFC 5297).
      const nonce = repeatable.has(purpose)
        ? createHmac('sha256', newest.nonceKey)
            .update(JSON.stringify([bound, text]))
            .digest()
            .subarray(0, nonceBytes)
        : randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', newest.key, nonce).setAAD(Buffer.from(bound));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([newest.id, nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(purpose, sealed, bound) {
      const bytes = Buffer.from(sealed, 'base64url');
      // Node skips characters that are none of base64's, and spare bits: an edited text would open as the one it was made of.
      if (bytes.length < idBytes + nonceBytes + tagBytes || bytes.toString('base64url') !== sealed) return null;
      const match = keysOf(purpose).find(({ id }) => id.equals(bytes.subarray(0, idBytes)));
      if (!match) return null;
      const nonce = bytes.subarray(idBytes, idBytes + nonceBytes);
      const tag = bytes.subarray(idBytes + nonceBytes, idBytes + nonceBytes + tagBytes);
      try {
        const decipher = createDecipheriv('aes-256-gcm', match.key, nonce).setAAD(Buffer.from(bound)).setAuthTag(tag);
        return (
          decipher.update(bytes.subarray(idBytes + nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
        );
      } catch {
        return null;
      }
    },
  };
}
