/** How the names of a declaration are written: in types, enums and sentences. */
import type { AnyNoun } from './declaration.ts';
import type { AnyField } from './fields.ts';

/** `createdAt` as an enum value: `CREATED_AT`. */
export const constantCase = (name: string): string => name.replace(/[A-Z]/g, '_$&').toUpperCase();

/** `createdAt` in a sentence: `created at`. */
export const inWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** What filters and orders say of a field: "By short name." */
export function byWords(name: string, { options }: AnyField): string {
  const words = 'by' in options ? options.by : undefined;
  return `By ${words ?? inWords(name)}.`;
}

/** The noun as a property, in a sentence, and with its article. */
export function sentenceNames({ name, word }: Pick<AnyNoun, 'name' | 'word'>) {
  const property = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  const noun = word ?? inWords(property);
  return { property, word: noun, article: `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}` };
}

type NamedField = readonly [name: string, field: AnyField];

/** The fields by which a noun's lists are filtered and sorted. */
export function lists({ fields }: Pick<AnyNoun, 'fields'>): {
  readonly filtered: readonly NamedField[];
  readonly ordered: readonly NamedField[];
} {
  const all = Object.entries(fields);
  return {
    filtered: all.filter(([, { options }]) => options.filter),
    ordered: all.filter(([, { options }]) => 'order' in options && options.order),
  };
}
