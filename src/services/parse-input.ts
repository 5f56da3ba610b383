/** Inputs of mutations: what is wrong with each field, all at once, in words for a person. */
import { z } from 'zod';
import { badUserInput, type InputIssue } from '../errors.ts';

/** PostgreSQL keeps no U+0000 in a text. */
const storable = (value: string) => !value.includes('\u0000');

/** A text of one line, without control characters, trimmed. */
export function line(maxLength: number) {
  const message = `Use 1 to ${maxLength} characters on one line.`;
  return z
    .string('Give a text.')
    .trim()
    .min(1, message)
    .max(maxLength, message)
    .refine((value) => !/\p{Cc}/u.test(value), message);
}

/** A text of several lines; `minLength` counts what is not blank. */
export function prose(minLength: number, maxLength: number) {
  const message = `Use ${minLength} to ${maxLength} characters.`;
  return z
    .string('Give a text.')
    .max(maxLength, message)
    .refine((value) => value.trim().length >= minLength, message)
    .refine(storable, 'A text cannot contain the character U+0000.');
}

/**
 * Reads an input.
 * @returns the fields that the schema knows; those that were left out stay out.
 * @throws BAD_USER_INPUT with an issue for each faulty field, its path beginning with `input`.
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(input);
  if (error) throw badUserInput(error.issues.map(issueOf));
  return data;
}

function issueOf({ path, message }: z.core.$ZodIssue): InputIssue {
  return { path: ['input', ...path.map((part) => (typeof part === 'symbol' ? String(part) : part))], message };
}

/** A faulty field that only the database could tell. @throws BAD_USER_INPUT */
export function refuseField(field: string, message: string): never {
  throw badUserInput([{ path: ['input', field], message }]);
}
