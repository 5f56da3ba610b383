/**
 * The environment of every command: what the process was given, completed from the file `.env` beside package.json. Names that look like
 * one of ours and are not are told, since nothing else would: a misspelt limit is a limit that does not hold.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigError, secretNames, variableNames } from './config.ts';

/** Variables as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Names that this repository reads beside those of the configuration: where `.env` is, the examples, the tests. */
const otherNames = ['ENV_FILE', 'GATEWAY_URL', 'PAGE_PORT', 'TEST_DATABASE_URL', 'CHROMIUM_PATH', 'PROPERTY_RUNS'];

/** The shortest name that is compared: shorter ones, such as HOST and PORT, are close to too much that others set. */
const minComparedLength = 5;

/**
 * Reads `.env` into the process's environment, where nothing that is set already is changed, and warns of misspelt names. ENV_FILE
 * names another file; empty, none is read.
 * @param warn is given one line for each misspelt name.
 * @returns the process's environment.
 * @throws ConfigError when ENV_FILE names a file that cannot be read, or `.env` cannot be.
 */
export function loadEnvironment(warn: (line: string) => void = console.error): Environment {
  const { ENV_FILE } = process.env;
  const path = ENV_FILE ?? fileURLToPath(new URL('../.env', import.meta.url));
  if (path !== '' && (ENV_FILE !== undefined || existsSync(path))) {
    const given = new Set(Object.keys(process.env));
    try {
      process.loadEnvFile(path);
    } catch (error) {
      const { code } = error as { code?: string };
      throw new ConfigError([`${ENV_FILE === undefined ? '.env' : 'ENV_FILE'} cannot be read: ${path} (${code}).`]);
    }
    // A secret has two names: the one that the environment gives wins over the other in the file, too.
    for (const name of secretNames)
      for (const [one, other] of [
        [name, `${name}_FILE`],
        [`${name}_FILE`, name],
      ] as const)
        if (given.has(one) && !given.has(other)) delete process.env[other];
  }
  for (const { name, meant } of misspeltNames(process.env))
    warn(`fieldgate: ${name} is set, but nothing reads it. Is ${meant} meant?`);
  return process.env;
}

/**
 * Names that look like one of ours: written in another case or with other separators, or with a letter or two wrong. Those of which the
 * right one is set as well belong to something else.
 */
export function misspeltNames(env: Environment): readonly { readonly name: string; readonly meant: string }[] {
  const known = [...variableNames, ...secretNames.map((name) => `${name}_FILE`), ...otherNames];
  const isKnown = new Set(known);
  return Object.keys(env).flatMap((name) => {
    if (isKnown.has(name) || !env[name]) return [];
    const meant = nearest(name, known);
    return meant === null || env[meant] ? [] : [{ name, meant }];
  });
}

function nearest(name: string, known: readonly string[]): string | null {
  const bare = (text: string) => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  let found: { readonly candidate: string; readonly distance: number } | null = null;
  for (const candidate of known) {
    if (candidate.length < minComparedLength) continue;
    const allowed = candidate.length > 8 ? 2 : 1;
    const distance = bare(name) === bare(candidate) ? 0 : editDistance(name, candidate);
    if (distance <= allowed && distance < (found?.distance ?? Number.POSITIVE_INFINITY))
      found = { candidate, distance };
  }
  return found?.candidate ?? null;
}

/** How many letters were left out, added, changed or swapped with the next one. */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = (last[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      row[j] = Math.min(changed, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        row[j] = Math.min(row[j] ?? 0, (beforeLast[j - 2] ?? Number.POSITIVE_INFINITY) + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[other.length] ?? 0;
}
