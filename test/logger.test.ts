/** A line holds known fields alone, whatever is handed to the logger. */
import { describe, expect, test } from 'vitest';
import { createLogger, type LogFields } from '../src/logger.ts';

function linesOf(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } }));
  return lines.join('');
}

describe('a line in the log', () => {
  test('drops what is no known field, at any depth', () => {
    const given: object = {
      path: '/graphql',
      headers: { authorization: 'Bearer s3cret', cookie: 's3cret' },
      variables: { input: { deep: { deeper: { password: 's3cret' } } } },
      token: 's3cret',
    };
    const text = linesOf((log) => log.child({ requestId: 'one' }).info(given as LogFields, 'request'));
    expect(JSON.parse(text)).toEqual({
      level: 30,
      time: expect.any(String),
      requestId: 'one',
      path: '/graphql',
      msg: 'request',
    });
  });

  test('tells of an error its message, code, stack and causes, and nothing that hangs on it', () => {
    const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', request: { headers: 's3cret' } });
    const error = Object.assign(new Error('The store failed.', { cause }), {
      $metadata: { token: 's3cret' },
      config: { headers: { authorization: 's3cret' } },
      detail: 'Key (email)=(s3cret) already exists.',
    });
    const text = linesOf((log) => log.error({ err: error }, 'unexpected error'));
    expect(text).not.toContain('s3cret');
    expect(JSON.parse(text).err).toEqual({
      type: 'Error',
      message: 'The store failed.',
      stack: expect.stringContaining('The store failed.'),
      cause: { type: 'Error', message: 'socket hang up', code: 'ECONNRESET', stack: expect.any(String) },
    });
  });

  test('of what was thrown and is no error says its type alone', () => {
    expect(JSON.parse(linesOf((log) => log.error({ err: 's3cret' }, 'x'))).err).toEqual({ type: 'string' });
  });
});
