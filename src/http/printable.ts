/** Text of a client's, where people read it. */

/** Printable ASCII only, cut at a length: what a client sends must not forge lines or colours where a log is read. */
export function printable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[^\x20-\x7e]/g, '?');
}
