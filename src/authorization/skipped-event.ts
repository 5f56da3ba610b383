/** Says that an event is none for this listener: it may not be seen, and so did not happen. */

/** Thrown by the resolver of a subscription; the stream goes on without a word. */
export class SkippedEvent extends Error {
  constructor() {
    super('Not for this listener.');
    this.name = 'SkippedEvent';
  }
}
