/** Who calls: what finds a viewer for credentials. Identity makes it; whatever runs operations asks it. */
import type { Viewer } from './viewer.ts';

/** The credential headers of a request. Null where a header is absent. */
export interface Credentials {
  readonly authorization: string | null;
  readonly apiKey: string | null;
  /** `x-organization`: a slug or an id. */
  readonly organization: string | null;
}

/** Tells viewers from credentials. */
export interface Authenticator {
  /**
   * @param ip the client's address, for keys that are bound to networks.
   * @throws UNAUTHENTICATED (401) for a bad credential, uniform, and for two at once, whatever they are worth; NOT_FOUND (404) for an organization that is not
   * the viewer's, whether it exists or not.
   */
  authenticate(credentials: Credentials, ip: string): Promise<Viewer>;
  /** Forgets what is kept about a session, after it was revoked. */
  forgetSession(sessionId: string): void;
  /** Forgets what is kept about an organization's members and keys, after permissions changed. */
  forgetOrganization(organizationId: string): void;
}
