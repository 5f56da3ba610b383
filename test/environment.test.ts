/** Where variables come from: the environment, completed from `.env`; and what is said of names that nothing reads. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { variableNames } from '../src/config.ts';
import { misspeltNames } from '../src/environment.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fieldgate-env-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a process of its own has after it loaded its environment, and what was said. */
function load(env: Record<string, string>): { variables: Record<string, string>; warnings: string[] } {
  const program = `import { loadEnvironment } from './src/environment.ts';
    const warnings = [];
    const variables = loadEnvironment((line) => warnings.push(line));
    console.log(JSON.stringify({ variables, warnings }));`;
  const { PATH = '' } = process.env;
  const args = ['--import', 'tsx', '--input-type=module', '-e', program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: root, env: { PATH, ...env }, encoding: 'utf8' }));
}

function fileOf(text: string): string {
  const path = join(folder, 'variables');
  writeFileSync(path, text);
  return path;
}

describe('a file of variables', () => {
  test('is read, and changes nothing that the environment says, empty words included', () => {
    const ENV_FILE = fileOf(
      'PORT=5001\nLOG_LEVEL=warn\nMAIL_FROM="Some Body <a@b.example>"\nREDIS_URL=redis://in-file\n',
    );
    const { variables } = load({ ENV_FILE, LOG_LEVEL: 'error', REDIS_URL: '' });
    expect(variables).toMatchObject({
      PORT: '5001',
      LOG_LEVEL: 'error',
      MAIL_FROM: 'Some Body <a@b.example>',
      REDIS_URL: '',
    });
  });

  test('gives way for a secret that the environment names by its other form', () => {
    const ENV_FILE = fileOf('JWT_KEYS=in-file\nENCRYPTION_KEY_FILE=/in-file\nSMTP_URL=smtp://in-file\n');
    const { variables } = load({ ENV_FILE, JWT_KEYS_FILE: '/run/secrets/keys', ENCRYPTION_KEY: 'given' });
    expect(variables).toMatchObject({
      JWT_KEYS_FILE: '/run/secrets/keys',
      ENCRYPTION_KEY: 'given',
      SMTP_URL: 'smtp://in-file',
    });
    expect(variables).not.toHaveProperty('JWT_KEYS');
    expect(variables).not.toHaveProperty('ENCRYPTION_KEY_FILE');
  });

  test('that is named and missing is a fault; none is read where none is wanted', () => {
    expect(() => load({ ENV_FILE: '/nowhere/.env' })).toThrow(/ENV_FILE cannot be read: \/nowhere\/\.env \(ENOENT\)/);
    expect(load({ ENV_FILE: '' }).variables).toMatchObject({ ENV_FILE: '' });
  });

  test('has its misspelt names told, too', () => {
    expect(load({ ENV_FILE: fileOf('MAX_DEPHT=3\n') }).warnings).toEqual([
      'fieldgate: MAX_DEPHT is set, but nothing reads it. Is MAX_DEPTH meant?',
    ]);
  });
});

test('.env.example means the same to a shell as to the gateway', () => {
  const path = join(root, '.env.example');
  const printed = execFileSync('sh', ['-euc', 'set -a; . "$0"; env', path], {
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
  });
  const seen = Object.fromEntries(
    printed.split('\n').map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]),
  );
  const read = parseEnv(readFileSync(path, 'utf8'));
  expect(Object.keys(read).sort()).toEqual([...variableNames].sort());
  for (const [name, value] of Object.entries(read)) expect([name, seen[name]]).toEqual([name, value]);
});

describe('names that look like ours', () => {
  test.each([
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATABASE_URL_FIEL', 'DATABASE_URL_FILE'],
    ['database_url', 'DATABASE_URL'],
    ['RedisUrl', 'REDIS_URL'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['JWT_KEY', 'JWT_KEYS'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['MAX_DEPHT', 'MAX_DEPTH'],
    ['SIGN_IN_PER_ACCOUNT_PER_MINUTES', 'SIGN_IN_PER_ACCOUNT_PER_MINUTE'],
  ])('%s is told, with %s', (name, meant) => {
    expect(misspeltNames({ [name]: 'x' })).toEqual([{ name, meant }]);
  });

  test('those of others, our own and those beside the right one are not told', () => {
    const others =
      'PATH HOME HOSTNAME HOSTS PORTS LOGNAME MAIL SHELL TERM LANG TMPDIR CI NODE NODE_PATH NODE_OPTIONS AWS_REGION AWS_BUCKET ' +
      'POSTGRES_URL POSTGRES_PASSWORD REDIS_HOST REDIS_PORT SMTP_HOST SMTP_PORT S3_KEY npm_config_loglevel INIT_CWD KUBERNETES_PORT ' +
      'GATEWAY_PASSWORD OWNER_PASSWORD VITEST DEBUG';
    const env = Object.fromEntries(
      [...others.split(' '), ...variableNames, 'JWT_KEYS_FILE'].map((name) => [name, 'x']),
    );
    expect(misspeltNames(env)).toEqual([]);
    expect(misspeltNames({ DATABASE_URI: 'x', DATABASE_URL: 'x' })).toEqual([]);
  });
});
