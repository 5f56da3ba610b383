/**
 * Remembers, for the rest of one operation, which field of it issued which session: the plugin that answers `viewer` below such
 * a field reads it, since the operation itself runs as whoever sent it.
 */
import type { IssuedSession } from './session-service.ts';

const issued = new WeakMap<object, Map<string, IssuedSession>>();

/** Notes a session. @param responseKey the root field's name or alias. */
export function noteIssuedSession(context: object, responseKey: string, session: IssuedSession): void {
  const known = issued.get(context) ?? new Map<string, IssuedSession>();
  issued.set(context, known.set(responseKey, session));
}

/** The session that a root field issued; undefined when it issued none. */
export function issuedSession(context: object, responseKey: string): IssuedSession | undefined {
  return issued.get(context)?.get(responseKey);
}
