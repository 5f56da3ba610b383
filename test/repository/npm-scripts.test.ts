/** Every npm script works first in a fresh clone, wherever that lies: it prepares what it needs. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> };

/** Scripts that need nothing but Node.js itself. */
const bare = ['check:install'];

describe('npm run', () => {
  const names = Object.keys(scripts).filter((name) => !/^pre/.test(name) && !bare.includes(name));

  test.each(names)('%s prepares first what it needs', (name) => {
    const first = scripts[`pre${name}`] ?? scripts[name];
    expect(first).toMatch(/^node scripts\/prepare\.mjs( --tests)?( &&|$)/);
  });

  test.each(['start', 'dev', 'example:frontend'])('%s is one program, which gets the signals that npm gets', (name) => {
    expect(scripts[name]).not.toMatch(/&&|;/);
  });

  test('what prepares imports nothing that it installs', () => {
    const names = ['prepare.mjs', 'assemble-schema.mjs', 'check-install.mjs'];
    const allowed = new RegExp(`^(node:|\\./(${names.join('|')})$)`);
    for (const name of names)
      for (const [, from] of readFileSync(`${root}scripts/${name}`, 'utf8').matchAll(/^import .* from '([^']+)';$/gm))
        expect(from).toMatch(allowed);
  });
});

test('no path is taken out of a URL as it is: a folder with a space in its name is %20 there', () => {
  const folders = ['src', 'examples', 'prisma', 'scripts', 'bench', 'test'];
  const files = folders.flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' }).map((name) => `${root}${folder}/${name}`),
  );
  const sources = files.filter((path) => /\.(ts|js|mjs)$/.test(path) && !path.includes('/generated/'));
  expect(sources.length).toBeGreaterThan(150);
  const taken = sources.filter((path) => /import\.meta\.url\)\s*\.pathname/.test(readFileSync(path, 'utf8')));
  expect(taken).toEqual([]);
});
