/** Bugs that can no longer be planted find nothing: each place must be there, once. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mutants } from './mutants.ts';

test.each(mutants.map((mutant) => [`${mutant.file}: ${mutant.what}`, mutant] as const))(
  '%s',
  (_name, { file, find, replace }) => {
    expect(readFileSync(file, 'utf8').split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  },
);
