/**
 * What waits for one listener. It holds a bounded number of events: a listener that does not read is ended with a reason, and costs
 * the process nothing more.
 */

/** The most events that wait for a listener; beyond them it is not reading at all. */
export const maxUnreadEvents = 200;

interface Waiting<T> {
  readonly resolve: (step: IteratorResult<T>) => void;
  readonly reject: (error: Error) => void;
}

/** A bounded queue that is read as a stream. */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  readonly #unread: T[] = [];
  readonly #waiting: Waiting<T>[] = [];
  readonly #onStart: () => void;
  readonly #onEnd: () => void;
  readonly #overflow: () => Error;
  #state: 'new' | 'open' | 'ended' = 'new';
  #reason: Error | null = null;

  /**
   * @param hooks `onStart` runs with the first read, so that nothing is kept for a stream that nobody reads; `onEnd` once, when it
   * ends for whatever reason; `overflow` makes the error of one that is not read.
   */
  constructor(hooks: { onStart(): void; onEnd(): void; overflow(): Error }) {
    this.#onStart = () => hooks.onStart();
    this.#onEnd = () => hooks.onEnd();
    this.#overflow = () => hooks.overflow();
  }

  /** Adds an event; one too many ends the stream. Never throws. */
  push(event: T): void {
    if (this.#state === 'ended') return;
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve({ done: false, value: event });
    else if (this.#unread.length < maxUnreadEvents) this.#unread.push(event);
    else {
      this.#unread.length = 0;
      this.end(this.#overflow());
    }
  }

  /** Ends the stream after what is unread. @param reason is thrown to the reader as the last thing; null ends it quietly. */
  end(reason: Error | null): void {
    if (this.#state === 'ended') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'ended';
    this.#reason = reason;
    if (wasOpen) this.#onEnd();
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      const error = this.#takeReason();
      if (error) reject(error);
      else resolve({ done: true, value: undefined });
    }
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#state === 'new') {
      this.#state = 'open';
      this.#onStart();
    }
    const [event] = this.#unread.splice(0, 1);
    if (event !== undefined) return { done: false, value: event };
    if (this.#state !== 'ended') return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const error = this.#takeReason();
    if (error) throw error;
    return { done: true, value: undefined };
  }

  /** The reader leaves: at once, also while it waits for an event. */
  async return(): Promise<IteratorResult<T>> {
    this.#unread.length = 0;
    this.end(null);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #takeReason(): Error | null {
    const reason = this.#reason;
    this.#reason = null;
    return reason;
  }
}
