/** Makes folders, and ends: Node's own `mkdir` with `recursive` asks for ever below a folder that takes none, such as `/proc`. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it, where they are missing.
 * @param mode of the folder itself, when it is made now.
 * @throws the system's error, whose message names the folder.
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  const folder = resolve(path);
  const found = await stat(folder).catch((error: { code?: string }) => {
    if (error.code !== 'ENOENT') throw error;
    return null;
  });
  if (found?.isDirectory()) return;
  if (!found && dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder, mode === undefined ? {} : { mode }).catch(async (error: { code?: string }) => {
    // Somebody else made it at the same moment; a file of that name is a fault all the same.
    if (error.code !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
  });
}
