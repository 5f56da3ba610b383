/** Files whose rows are gone: removed at once or behind the answer, tried again, and told by name when they stay. */
import { describe, expect, test } from 'vitest';
import { createBackgroundWork } from '../../src/nouns/background-work.ts';
import { createFileRemoval } from '../../src/nouns/stored-files.ts';

const names = Array.from({ length: 20 }, (_, index) => `file-${index}`);

/** A store that refuses the first tries of each name, and a log that remembers. */
function setUp({ failures = 0, maxTasks = 10 } = {}) {
  const kept = new Set(names);
  const tries = new Map<string, number>();
  const logged: { level: string; files?: readonly string[] }[] = [];
  const log = {
    warn: () => void logged.push({ level: 'warn' }),
    error: (fields: { files?: readonly string[] }) => void logged.push({ level: 'error', files: fields.files }),
  };
  const background = createBackgroundWork({ log: log as never, maxTasks });
  const files = {
    async remove(name: string) {
      const count = (tries.get(name) ?? 0) + 1;
      tries.set(name, count);
      if (count <= failures) throw new Error('The store is away.');
      kept.delete(name);
    },
  };
  const written = new Set(names);
  const pending = {
    list: async () => [...written],
    done: async (removed: readonly string[]) => {
      for (const name of removed) written.delete(name);
    },
  };
  const removal = createFileRemoval({ files, background, log: log as never, pending, pauses: [0, 0] });
  return { written, kept, tries, logged, background, removal };
}

describe('removal', () => {
  test('at once is done when it resolves', async () => {
    const { kept, removal, logged } = setUp();
    await removal.now(names);
    expect(kept.size).toBe(0);
    expect(logged).toEqual([]);
  });

  test('strikes off what is gone; what stays is swept later', async () => {
    const { kept, written, removal, background } = setUp({ failures: 3 });
    await removal.now(names);
    await background.settled();
    // The store refused each of the three tries.
    expect([kept.size, written.size]).toEqual([names.length, names.length]);
    removal.sweep();
    await background.settled();
    expect([kept.size, written.size]).toEqual([0, 0]);
  });

  test('in the background begins after the caller, each file once', async () => {
    const { kept, tries, removal, background } = setUp();
    removal.later(names);
    expect(kept.size).toBe(names.length);
    await background.settled();
    expect(kept.size).toBe(0);
    expect([...tries.values()]).toEqual(names.map(() => 1));
  });

  test.each(['now', 'later'] as const)('%s tries again while the store is away', async (way) => {
    const { kept, removal, background, logged } = setUp({ failures: 2 });
    await removal[way](names);
    expect(kept.size).toBe(names.length);
    await background.settled();
    expect(kept.size).toBe(0);
    expect(logged).toEqual([{ level: 'warn' }, { level: 'warn' }]);
  });

  test.each(['now', 'later'] as const)('%s tells the names of what stays', async (way) => {
    const { removal, background, logged } = setUp({ failures: 99 });
    await removal[way](names);
    await background.settled();
    expect(logged.at(-1)?.level).toBe('error');
    expect([...(logged.at(-1)?.files ?? [])].sort()).toEqual([...names].sort());
  });

  test('tells them too where there is no room in the background, and never throws', async () => {
    const { removal, logged } = setUp({ maxTasks: 0 });
    removal.later(names);
    expect(logged).toEqual([{ level: 'error', files: names }]);
  });
});
