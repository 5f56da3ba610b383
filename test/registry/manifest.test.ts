import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { maxOperationsPerManifest, parseManifest, parseNamedOperations } from '../../src/registry/manifest.ts';

const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');

const projects = 'query Projects { projects { nodes { name } } }';
const rename = 'mutation Rename($id: ID!) {\n  updateProject(input: { id: $id, name: "ä" }) { project { id } }\n}\n';

function messages(manifest: unknown): string[] {
  return (parseManifest(manifest).issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('the client preset’s persisted documents and Relay’s map', () => {
  test('each text is an operation under the SHA-256 of exactly that text', () => {
    const parsed = parseManifest({ [hash('sha256', projects)]: projects, [hash('sha256', rename)]: rename });
    expect(parsed.operations?.map(({ name, body, sha256 }) => ({ name, body, sha256 }))).toEqual([
      { name: 'Projects', body: projects, sha256: hash('sha256', projects) },
      { name: 'Rename', body: rename, sha256: hash('sha256', rename) },
    ]);
  });

  test.each(['md5', 'sha1', 'sha256'])(
    'a %s that is not the text’s is refused with the operation’s path',
    (algorithm) => {
      const claimed = hash(algorithm, `${projects} `);
      expect(messages({ [claimed]: projects })).toEqual([
        `${claimed}: The ${algorithm} of the text is ${hash(algorithm, projects)}, not ${claimed}.`,
      ]);
    },
  );

  test.each(['md5', 'sha1'])(
    'a %s that is the text’s is taken, and the id is the SHA-256 all the same',
    (algorithm) => {
      const parsed = parseManifest({ [hash(algorithm, projects)]: projects });
      expect(parsed.operations?.[0]?.sha256).toBe(hash('sha256', projects));
    },
  );

  test('a key with the prefix sha256: is verified like one without', () => {
    expect(parseManifest({ [`sha256:${hash('sha256', projects)}`]: projects }).operations).toHaveLength(1);
    expect(messages({ [`sha256:${hash('sha256', rename)}`]: projects })[0]).toContain('The sha256 of the text is');
    expect(messages({ 'sha256:abc': projects })[0]).toContain('not a SHA-256');
  });

  test('an upper-case hash is refused: clients would send an id that nobody knows', () => {
    expect(messages({ [hash('sha256', projects).toUpperCase()]: projects })).toHaveLength(1);
  });

  test('a key that is no hash claims nothing', () => {
    expect(parseManifest({ Projects: projects }).operations?.[0]?.name).toBe('Projects');
  });
});

describe('Apollo’s operation manifest', () => {
  const manifest = (operations: readonly unknown[]) => ({
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations,
  });
  const entry = { id: hash('sha256', projects), name: 'Projects', type: 'query', body: projects };

  test('id, name, type and body are taken when they agree with the text', () => {
    expect(parseManifest(manifest([entry])).operations).toEqual([
      { path: ['operations', 0], name: 'Projects', body: projects, sha256: entry.id },
    ]);
  });

  test.each([
    ['another name', { ...entry, name: 'Other' }, 'registered as Other'],
    ['no name', { ...entry, name: undefined }, 'no name in the manifest'],
    ['another type', { ...entry, type: 'mutation' }, 'registered as a mutation'],
    ['another hash', { ...entry, id: hash('sha256', rename) }, 'The sha256 of the text is'],
    ['no text', { ...entry, body: undefined }, 'text of the operation is missing'],
    ['nothing at all', null, 'text of the operation is missing'],
  ])('an operation with %s is refused', (_what, operation, message) => {
    expect(messages(manifest([entry, operation]))).toEqual([expect.stringContaining(`operations.1: `)]);
    expect(messages(manifest([operation]))[0]).toContain(message);
  });

  test('another version or format is refused', () => {
    expect(messages({ ...manifest([entry]), version: 2 })).toEqual(['version: The only version of the manifest is 1.']);
    expect(messages({ ...manifest([entry]), format: 'other' })[0]).toMatch(/^format: /);
    expect(messages({ operations: [entry] })[0]).toMatch(/^format: /);
    expect(messages({ ...manifest([]), operations: {} })[0]).toMatch(/^operations: /);
  });
});

describe('what every format has in common', () => {
  test('every faulty operation has a message of its own', () => {
    expect(messages({ a: '{', b: projects, c: 'fragment F on Project { id }', d: '{ viewer { id } }' })).toEqual([
      expect.stringMatching(/^a: The text cannot be parsed/),
      expect.stringMatching(/^c: The text holds no operation/),
      expect.stringMatching(/^d: The operation has no name/),
    ]);
  });

  test('a text with two operations is refused', () => {
    expect(messages({ a: 'query A { node(id: 1) { id } } query B { node(id: 1) { id } }' })[0]).toContain('several');
  });

  test('one name for two texts is refused, one text twice is one operation', () => {
    const other = 'query Projects { projects { totalCount } }';
    expect(messages({ a: projects, b: other })).toEqual([expect.stringMatching(/^b: .*named Projects, too/)]);
    expect(parseManifest({ a: projects, b: projects }).operations).toHaveLength(1);
  });

  test('text that storage could not keep to the byte is refused', () => {
    expect(messages({ a: `${projects} # \u0000` })[0]).toContain('not valid Unicode');
    expect(messages({ a: `${projects} # \ud800` })[0]).toContain('not valid Unicode');
    expect(parseManifest({ a: `${projects} # \u{1f600}` }).operations).toHaveLength(1);
  });

  test.each([[[]], [null], ['text'], [{}], [7]])('%j is no manifest', (manifest) => {
    expect(parseManifest(manifest).operations).toBeUndefined();
  });

  test('a document far beyond any limit is not parsed to its end', () => {
    const huge = `query Huge { ${'a '.repeat(100_000)} }`;
    expect(messages({ a: huge })[0]).toContain('cannot be parsed');
  });

  test('the number of operations is bounded', () => {
    const many = Object.fromEntries(
      Array.from({ length: maxOperationsPerManifest + 1 }, (_, i) => [`o${i}`, projects]),
    );
    expect(messages(many)[0]).toContain(String(maxOperationsPerManifest));
  });

  test('operations by name and text carry the argument’s path in messages', () => {
    const { issues } = parseNamedOperations([{ name: 'Other', body: projects }], ['input', 'operations']);
    expect(issues).toEqual([
      { path: ['input', 'operations', 0], message: expect.stringContaining('names it Projects') },
    ]);
  });
});
