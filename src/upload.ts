/** A file of a request whose bytes are still on their way: what a resolver gets for an `Upload`, and what a service reads it by. */

/** A file that has begun to arrive. */
export interface ArrivingFile {
  /** As the client sent it; fit to be shown by `cleanFilename` alone. */
  readonly filename: string;
  /** Its bytes as they come. Throws what the body failed with: BAD_REQUEST, PAYLOAD_TOO_LARGE. */
  readonly bytes: AsyncIterable<Buffer>;
}

/** A file that its request announces. Nothing of it is held: who does not read it lets it pass. */
export class Upload {
  readonly #open: () => Promise<ArrivingFile>;
  #isOpened = false;

  constructor(open: () => Promise<ArrivingFile>) {
    this.#open = open;
  }

  /** Whether its bytes were asked for already: they come once. */
  get isOpened(): boolean {
    return this.#isOpened;
  }

  /** Waits for the file. @throws BAD_REQUEST for one that never comes, or came before another one that was asked for first. */
  open(): Promise<ArrivingFile> {
    if (this.#isOpened) throw new Error('The bytes of a file come once.');
    this.#isOpened = true;
    return this.#open();
  }
}
