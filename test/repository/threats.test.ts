/** docs/threats.md names each threat once, and for each a test that exists. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const rows = read('docs/threats.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| threat |'))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));

describe('the table of threats', () => {
  test('names each threat once', () => {
    const threats = rows.map(([threat]) => threat);
    expect(threats.length).toBeGreaterThan(40);
    expect(new Set(threats).size).toBe(threats.length);
  });

  test.each(rows)('%s: its test exists', (_threat, defence, reference) => {
    expect(defence).toBeTruthy();
    const [, path = '', title = ''] = /^`(test\/[^`]+\.test\.ts)` (.+)$/.exec(reference ?? '') ?? [];
    expect(read(path), `${path} has no test that says: ${title}`).toContain(title);
  });
});
