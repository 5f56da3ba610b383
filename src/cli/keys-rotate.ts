/**
 * `npm run keys:rotate`: makes a new signing key and keeps the old ones for the overlap. Prints the new JWT_KEYS; with
 * JWT_KEYS_FILE it writes the file. `-- --stage`, then `-- --activate` once every replica runs with it, is for several replicas.
 */
import { rename, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseConfig } from '../config.ts';
import { keptKeys, rotateSigningKeys } from '../identity/authentication/rotate-keys.ts';
import { parseSigningKeys } from '../identity/authentication/signing-keys.ts';
import { runAsProgram } from './operator-connection.ts';

await runAsProgram(import.meta.url, async (argv, env, output) => {
  const options = { stage: { type: 'boolean' }, activate: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...argv], options });
  const { JWT_KEYS, JWT_KEYS_FILE, ENCRYPTION_KEY, ENCRYPTION_KEY_FILE } = env;
  const config = parseConfig({ JWT_KEYS, JWT_KEYS_FILE, ENCRYPTION_KEY, ENCRYPTION_KEY_FILE });
  const step = values.activate ? 'activate' : values.stage ? 'stage' : 'now';
  const text = await rotateSigningKeys(
    config.JWT_KEYS ?? null,
    step,
    // Without a key of its own for sealing, what the signing keys sealed (second factors) needs all of them.
    config.ENCRYPTION_KEY ? keptKeys : Number.POSITIVE_INFINITY,
  );
  const { current, jwks } = await parseSigningKeys(text);
  if (JWT_KEYS_FILE) {
    // Whole or not at all: a gateway that starts meanwhile reads either set.
    await writeFile(`${JWT_KEYS_FILE}.new`, text, { mode: 0o600 });
    await rename(`${JWT_KEYS_FILE}.new`, JWT_KEYS_FILE);
  } else output.out(text);
  output.error(
    `Key ${current.kid} signs; ${jwks.keys.length} in all verify. ${
      config.ENCRYPTION_KEY
        ? 'Old ones may go after ACCESS_TOKEN_TTL_SECONDS.'
        : 'Keep them all: without ENCRYPTION_KEY they seal the second factors.'
    }`,
  );
  return 0;
});
