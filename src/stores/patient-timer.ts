/**
 * Timeouts that count the time in which the event loop was free. An answer that has arrived while the loop was busy is read before
 * its time is up: a process that is slow itself does not take the other side for dead.
 */

/** Into how many parts a timeout is divided: a loop that is held once, however long, uses up one of them. */
const parts = 5;

/**
 * Calls back after `timeoutMs` milliseconds, later when the event loop was busy meanwhile.
 * @returns a function that calls it off.
 */
export function startPatientTimer(timeoutMs: number, onTimeout: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const wait = (left: number): void => {
    timer = setTimeout(() => {
      // Sockets are read between a timer and an immediate: what waits there is seen first.
      setImmediate(() => {
        if (isOver) return;
        if (left > 1) return wait(left - 1);
        isOver = true;
        onTimeout();
      });
    }, timeoutMs / parts);
  };
  wait(parts);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** The outcome of `work`, unless it takes longer than `timeoutMs`: then rejects with an error of this message. */
export function withPatientTimeout<T>(work: Promise<T>, timeoutMs: number, message: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const callOff = startPatientTimer(timeoutMs, () => reject(new Error(message)));
    work.then(resolve, reject).finally(callOff);
  });
}
