/** The domain of this deployment: what `domain/` declares, or none where there is no such folder. */
import { existsSync } from 'node:fs';
import { type Domain, noDomain } from './nouns/domain.ts';

async function load(): Promise<Domain> {
  const folder = new URL('./domain/', import.meta.url);
  if (!existsSync(folder)) return noDomain;
  // By a name that the compiler does not follow: without the folder everything else compiles.
  const index = new URL(`index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, folder);
  return ((await import(index.href)) as { readonly domain: Domain }).domain;
}

/** Loading it declares its nouns. */
export const installedDomain: Domain = await load();
