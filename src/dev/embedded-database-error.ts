/** The fault of an embedded server. */

/** Thrown when the server cannot be had; the message is one line for a person. */
export class EmbeddedDatabaseError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EmbeddedDatabaseError';
  }
}
