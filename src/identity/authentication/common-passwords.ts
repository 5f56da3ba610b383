/** The commonest passwords, from a list that is kept by others: the ones that are tried first. */
import { dictionary } from '@zxcvbn-ts/language-common';

/** In lower case. */
export const commonPasswords: ReadonlySet<string> = new Set(
  (dictionary['passwords-common'] as readonly (string | number)[]).map((password) => String(password).toLowerCase()),
);
