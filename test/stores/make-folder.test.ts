/** Folders are made with those above them, or it is said which one cannot be: within a moment, wherever. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolder } from '../../src/stores/make-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fieldgate-folders-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('makes what is missing, with the mode for the last one, also several times at once', async () => {
  const path = join(folder, 'a', 'b', 'c d');
  await Promise.all([makeFolder(path, 0o700), makeFolder(path, 0o700)]);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  await expect(makeFolder(path)).resolves.toBeUndefined();
});

test('a file in the way is a fault', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(makeFolder(join(folder, 'file'))).rejects.toThrow(/EEXIST.*file/);
  await expect(makeFolder(join(folder, 'file', 'below'))).rejects.toThrow(/ENOTDIR/);
});

// Node's own, with `recursive`, never comes back from there.
test.runIf(process.platform === 'linux')('a folder that takes none is a fault', async () => {
  await expect(makeFolder('/proc/fieldgate/data')).rejects.toThrow(/ENOENT.*\/proc\/fieldgate/);
});
