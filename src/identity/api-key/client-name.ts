/** How the client of a key and of its registered operations is named. */
import type { InputIssue } from '../../errors.ts';

/** How a client is named: in keys, in registrations and on the command line. */
const clientNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What is wrong with a client's name. */
export function clientIssues(client: string, path: readonly (string | number)[]): readonly InputIssue[] {
  return clientNamePattern.test(client)
    ? []
    : [{ path, message: 'A client is named by 1 to 64 letters, digits, dots, hyphens and underscores.' }];
}
