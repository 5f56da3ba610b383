/**
 * Whether an operation may have changed the database for good. What failed before any commit was sent can be sent again safely; what
 * failed after one may not, and its client must be told so.
 */
import { DatabaseError } from 'pg';
import { connectionWasLost, wasNotSent } from './database-faults.ts';

/** What the statements of one operation may have left behind. */
export class WriteLog {
  #unanswered = 0;
  #kept = false;

  /** Whether something was committed, or a commit was sent whose outcome nobody knows. */
  get mayHaveCommitted(): boolean {
    return this.#kept || this.#unanswered > 0;
  }

  /** A statement that commits is sent. @returns what to call with its error, or with null when it went well. */
  sent(): (error: unknown) => void {
    this.#unanswered += 1;
    return (error) => {
      this.#unanswered -= 1;
      // The server itself says that it was undone, or nothing was sent at all; a lost connection says nothing.
      const wasRefused = error instanceof DatabaseError && !connectionWasLost(error.code);
      if (!wasRefused && !wasNotSent(error)) this.#kept = true;
    };
  }
}

/**
 * Whether a statement makes something last when it succeeds.
 * @param transactionStatus of the connection as it is sent: `T` within a transaction, `I` outside of any, `E` within a failed one.
 */
export function commits(sql: string, transactionStatus: string | null): boolean {
  if (transactionStatus === 'E') return false;
  if (transactionStatus === 'T') return /^\s*(?:commit|end|prepare\s+transaction)\b/i.test(sql);
  return !/^\s*(?:select|show|set|begin|start|rollback|commit|end|savepoint|release)\b/i.test(sql);
}
