/** Versions of a row: its `updatedAt`, as a caller read it. */
import { conflict } from '../errors.ts';

/** A row with its version. */
export interface Versioned {
  readonly updatedAt: Date;
}

/** @throws CONFLICT unless the row is as the caller read it. */
export function assertUnchanged(row: Versioned, expected: Date | null | undefined): void {
  if (expected && expected.getTime() !== row.updatedAt.getTime())
    throw conflict('This changed since it was read.', { updatedAt: row.updatedAt.toISOString() });
}

/** A version later than the last one, also within one millisecond: two writes in a row are two versions. */
export function nextVersion(row: Versioned): Date {
  return new Date(Math.max(Date.now(), row.updatedAt.getTime() + 1));
}
