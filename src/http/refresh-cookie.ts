/**
 * The refresh cookie: for browsers, whose scripts never see it. Bound to the host under https; on http loopback, where browsers
 * refuse the prefix, it has another name and no Secure.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix
 */

/** Reads and writes the cookie. */
export interface RefreshCookie {
  readonly name: string;
  /** The token in a request's `Cookie` header; null without one, and when there are several. */
  read(header: string | undefined): string | null;
  /** A `Set-Cookie` header. */
  write(token: string, expiresAt: Date, now: Date): string;
  /** A `Set-Cookie` header that removes it. */
  clear(): string;
}

/** Makes the cookie. @param publicUrl its scheme decides on the attributes; nothing of a request does. */
export function createRefreshCookie(publicUrl: URL): RefreshCookie {
  const secure = publicUrl.protocol === 'https:';
  const name = secure ? '__Host-fieldgate_refresh' : 'fieldgate_refresh';
  const attributes = `; Path=/; HttpOnly${secure ? '; Secure' : ''}; SameSite=Strict`;
  return {
    name,
    read(header) {
      const values = (header ?? '')
        .split(';')
        .map((pair) => pair.trim())
        .filter((pair) => pair.startsWith(`${name}=`))
        .map((pair) => pair.slice(name.length + 1));
      // Two of one name: one of them was planted.
      return values.length === 1 ? (values[0] ?? null) : null;
    },
    write(token, expiresAt, now) {
      const maxAge = Math.max(0, Math.floor((expiresAt.getTime() - now.getTime()) / 1_000));
      return `${name}=${token}${attributes}; Max-Age=${maxAge}`;
    },
    clear: () => `${name}=${attributes}; Max-Age=0`,
  };
}
