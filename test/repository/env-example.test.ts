import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config.ts';

const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const source = readFileSync(new URL('../../src/config.ts', import.meta.url), 'utf8');
const entries = Object.entries(parseEnv(text));

describe('.env.example', () => {
  test('names every variable that the gateway reads, and no other', () => {
    const read = [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)].map(([, name]) => name);
    expect(read.length).toBeGreaterThan(50);
    expect(entries.map(([name]) => name).sort()).toEqual([...new Set(read)].sort());
  });

  test('gives the defaults that hold without it', () => {
    const { publicUrl: _one, ...given } = parseConfig(Object.fromEntries(entries));
    const { publicUrl: _other, ...defaults } = parseConfig({});
    expect(given).toEqual(defaults);
  });
});

describe('a faulty environment', () => {
  const faultsOf = (env: Record<string, string>) => {
    try {
      parseConfig(env);
    } catch (error) {
      if (error instanceof ConfigError) return error.faults;
      throw error;
    }
    return [];
  };

  test('is told in full, one line a fault', () => {
    const faults = faultsOf({ NODE_ENV: 'production', PORT: 'x', REGISTRATION: 'maybe' });
    expect(faults.join('\n')).toMatch(/PORT/);
    expect(faults.join('\n')).toMatch(/REGISTRATION/);
    for (const fault of faults) expect(fault).not.toContain('\n');
  });

  test('in production names what is missing', () => {
    expect(faultsOf({ NODE_ENV: 'production' }).map((fault) => fault.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'JWT_KEYS',
      'REDIS_URL',
    ]);
  });

  test('never prints a secret', () => {
    expect(faultsOf({ DATABASE_URL: 'hunter2', SMTP_URL: 'hunter2' }).join()).not.toContain('hunter2');
  });

  test('takes a secret from a file, and refuses one that is given twice', () => {
    const file = fileURLToPath(new URL('../../LICENSE', import.meta.url));
    expect(parseConfig({ JWT_KEYS_FILE: file }).JWT_KEYS).toMatch(/^MIT License/);
    expect(faultsOf({ JWT_KEYS_FILE: file, JWT_KEYS: 'x' })).toEqual([
      'JWT_KEYS and JWT_KEYS_FILE are both set: set one of them.',
    ]);
    expect(faultsOf({ JWT_KEYS_FILE: '/nowhere' })).toEqual([
      'JWT_KEYS_FILE names a file that cannot be read: /nowhere',
    ]);
  });
});
