/** Visibility filters joined by "or". An empty filter stands for every row, but Prisma drops it from an `OR`: it is said here. */

/** Rows that one of the filters lets through. */
export function anyOf<W extends object>(...filters: readonly W[]): W | { OR: W[] } {
  const everything = filters.find((filter) => Object.keys(filter).length === 0);
  return everything ?? { OR: [...filters] };
}
