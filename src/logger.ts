/** The one logger: JSON lines by pino, secrets redacted by path, control characters escaped by JSON itself. */
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

/** The gateway's logger. */
export type Logger = PinoLogger;

const secretNames = [
  'authorization',
  'cookie',
  '["set-cookie"]',
  '["x-api-key"]',
  'password',
  'newPassword',
  'currentPassword',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'totp',
  'recoveryCode',
  'code',
];

/** Paths that never reach a log line, at the top and up to two levels down. */
export const redactionPaths = secretNames
  .filter((name) => name !== 'code')
  .flatMap((name) => {
    const key = name.startsWith('[') ? name : `.${name}`;
    return [name.startsWith('[') ? name : name, `*${key}`, `*.*${key}`, `*.*.*${key}`];
  });

/** JSON escapes the control characters of ASCII; these others break lines or start colours in some terminals and viewers. */
function escapeControls(line: string): string {
  return line.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Makes the logger. @param options.destination a stream for tests; standard output when left out. */
export function createLogger(options: { level: string; pretty?: boolean; destination?: DestinationStream }): Logger {
  const base = {
    level: options.level,
    redact: { paths: redactionPaths, censor: '[redacted]' },
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: escapeControls },
  };
  if (options.destination) return pino(base, options.destination);
  if (options.pretty) return pino({ ...base, transport: { target: 'pino-pretty' } });
  return pino(base);
}
