/** Who sees past the wall, and why: a list to be read when it changes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runInDatabaseScope } from '../../src/stores/database-scope.ts';
import { serviceReasons } from '../../src/stores/service-reasons.ts';

/** What each file of `src` does with the reasons. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'domain/attachment/service.ts': ['storedFiles'],
  'domain/comment/service.ts': ['ownComment'],
  'identity/access/access-service.ts': ['explanation'],
  'identity/account/account-service.ts': ['ownWork'],
  'identity/account/own-account.ts': ['ownAccount', 'nobody'],
  'identity/account/registration-service.ts': ['joining', 'joining'],
  'identity/authentication/authenticate.ts': ['credentials', 'credentials'],
  'identity/member/member-service.ts': ['joining'],
  'identity/organization/organization-service.ts': ['joining'],
  'identity/organization/organization-transaction.ts': ['standing'],
  'nouns/people.ts': ['assignment'],
  'nouns/row-service.ts': ['audience', 'audience'],
  'nouns/stored-files.ts': ['storedFiles'],
  'registry/operation-registry.ts': ['standing'],
  'stores/pending-file-removals.ts': ['nobody', 'nobody'],
  'stores/registered-operations.ts': ['registry', 'registry', 'registry', 'registry'],
};

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('generated'))
  .map((path) => ({ path, text: readFileSync(join('src', path), 'utf8') }));
const scopeFile = 'stores/database-scope.ts';

test('these files step past the wall, for these reasons, and no others', () => {
  const found = sources.flatMap(({ path, text }) => {
    const reasons = [...text.matchAll(/(?:runAsService|continueAsService)(?:<[^>]*>)?\(\s*'(\w+)'/g)].map(
      ([, why]) => why,
    );
    return reasons.length > 0 && path !== scopeFile ? [[path, reasons] as const] : [];
  });
  expect(Object.fromEntries(found)).toEqual(expected);
});

test('whoever names it calls it, with a reason that is written there', () => {
  const mentions = new Map<string, number>();
  for (const { path, text } of sources.filter((one) => one.path !== scopeFile)) {
    const code = text.replace(/^import [^;]*;/gm, '').replace(/^ *(\*|\/\/|\/\*\*).*$/gm, '');
    const count = [...code.matchAll(/\b(?:runAsService|continueAsService)\b/g)].length;
    if (count > 0) mentions.set(path, count);
  }
  expect(Object.fromEntries(mentions)).toEqual(
    Object.fromEntries(Object.entries(expected).map(([name, reasons]) => [name, reasons.length])),
  );
});

test('every reason is somebody’s, and is one sentence', () => {
  expect([...new Set(Object.values(expected).flat())].sort()).toEqual(Object.keys(serviceReasons).sort());
  for (const sentence of Object.values(serviceReasons)) expect(sentence).toMatch(/^[A-Z][^.]+\.$/);
});

test('a scope without guard and wall is no scope, to the compiler either', () => {
  const bound = { organizationId: null, userId: null };
  const fakes = [
    // @ts-expect-error a literal without a guard
    () => runInDatabaseScope({ ...bound, guard: null }, async () => undefined),
    // @ts-expect-error a literal without a wall
    () => runInDatabaseScope({ ...bound, guard: () => undefined }, async () => undefined),
    // @ts-expect-error a literal that gives a reason
    () => runInDatabaseScope({ ...bound, guard: null, wall: null, why: 'standing' }, async () => undefined),
  ];
  expect(fakes).toHaveLength(3);
  for (const { path, text } of sources)
    if (path !== scopeFile) expect(text, path).not.toMatch(/\b(guard|wall): null\b/);
});
