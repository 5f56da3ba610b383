/** What fields of an account may hold, and what is said of those that do not. */
import { z } from 'zod';
import { badUserInput, conflict, type InputIssue } from '../../errors.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import { findPasswordFault } from '../authentication/password.ts';

/** An address as accounts have it: normalized before. */
export const emailForm = z.email().max(254);
/** A display name. */
export const nameForm = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u);
/** A phone number as people write them. */
export const phoneForm = z.string().regex(/^\+?[0-9 ()./-]{3,40}$/);
/** Where a picture is. */
export const avatarForm = z.url({ protocol: /^https$/ }).max(2_000);

/** @throws BAD_USER_INPUT when there is any issue. */
export function assertValid(issues: readonly InputIssue[]): void {
  if (issues.length > 0) throw badUserInput(issues);
}

/** One issue when the value has not the form, else none. @param field of `input`. */
export function faultOf(form: z.ZodType, value: unknown, field: string, message: string): readonly InputIssue[] {
  return form.safeParse(value).success ? [] : [{ path: ['input', field], message }];
}

/** What is wrong with a password as a new one. @param field of `input`. */
export function passwordIssues(password: string, field: string): readonly InputIssue[] {
  const fault = findPasswordFault(password);
  return fault === null ? [] : [{ path: ['input', field], message: fault }];
}

/** Turns a unique address that was taken in between into CONFLICT; anything else goes on. */
export function refuseTakenAddress(error: unknown): never {
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
    throw conflict('This address has an account already.');
  throw error;
}
