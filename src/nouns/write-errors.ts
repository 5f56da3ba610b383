/** What the database says about a write, in words of the catalogue. */
import { conflict } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';

/** Turns a taken unique value into CONFLICT; anything else goes on. */
export async function orConflict<T>(message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') throw conflict(message);
    throw error;
  }
}
