/** Who sees past the wall, and why: a list to be read when it changes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runInDatabaseScope } from '../../src/stores/database-scope.ts';
import { serviceReasons } from '../../src/stores/service-reasons.ts';

/** What each file does with the reasons, by the file's name, whatever folder it is in. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'access-service.ts': ['explanation'],
  'account-service.ts': ['ownWork'],
  'attachment-service.ts': ['storedFiles'],
  'authenticate.ts': ['credentials', 'credentials'],
  'member-service.ts': ['joining'],
  'operation-registry.ts': ['standing'],
  'organization-service.ts': ['joining'],
  'organization-transaction.ts': ['standing'],
  'own-account.ts': ['ownAccount', 'nobody'],
  'project-service.ts': ['assignment'],
  'registered-operations.ts': ['registry', 'registry', 'registry', 'registry'],
  'registration-service.ts': ['joining', 'joining'],
  'stored-files.ts': ['storedFiles'],
  'task-service.ts': ['ownComment'],
};

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('generated'))
  .map((path) => ({ path, name: path.split('/').at(-1) ?? '', text: readFileSync(join('src', path), 'utf8') }));
const scopeFile = 'database-scope.ts';

test('these files step past the wall, for these reasons, and no others', () => {
  const found = sources.flatMap(({ name, text }) => {
    const reasons = [...text.matchAll(/(?:runAsService|continueAsService)(?:<[^>]*>)?\(\s*'(\w+)'/g)].map(
      ([, why]) => why,
    );
    return reasons.length > 0 && name !== scopeFile ? [[name, reasons] as const] : [];
  });
  expect(Object.fromEntries(found)).toEqual(expected);
});

test('whoever names it calls it, with a reason that is written there', () => {
  const mentions = new Map<string, number>();
  for (const { name, text } of sources.filter((one) => one.name !== scopeFile)) {
    const code = text.replace(/^import [^;]*;/gm, '').replace(/^ *(\*|\/\/|\/\*\*).*$/gm, '');
    const count = [...code.matchAll(/\b(?:runAsService|continueAsService)\b/g)].length;
    if (count > 0) mentions.set(name, (mentions.get(name) ?? 0) + count);
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
  for (const { name, path, text } of sources)
    if (name !== scopeFile) expect(text, path).not.toMatch(/\b(guard|wall): null\b/);
});
