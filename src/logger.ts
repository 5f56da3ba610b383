/**
 * The one logger: JSON lines by pino, control characters escaped by JSON itself. A line is built of known fields alone and an error of
 * its message, code and stack, so that a secret is not hidden in a line but never comes into one.
 */
import { type DestinationStream, pino } from 'pino';

/** All that a line may hold beside its message. Headers, variables, bodies and query strings are none of it. */
const fieldNames = [
  // The request.
  'requestId',
  'method',
  'path',
  'status',
  'durationMs',
  'ip',
  'viewer',
  'client',
  // Its operation: names and counts, never values.
  'operation',
  'operationName',
  'kind',
  'sha256',
  'cost',
  'actualCost',
  'maximum',
  'codes',
  // The process and its stores.
  'err',
  'check',
  'count',
  'reason',
  'files',
  'command',
  'inFlight',
  'migrations',
  'signal',
  'subject',
  'topic',
  'uses',
  'work',
  'yoga',
] as const;

/** Fields of a line; what is not listed does not compile, and is dropped where a type was got round. */
export type LogFields = { readonly [Name in (typeof fieldNames)[number]]?: unknown };

interface Write {
  (message: string): void;
  (fields: LogFields, message: string): void;
}

/** The gateway's logger. */
export interface Logger {
  readonly error: Write;
  readonly warn: Write;
  readonly info: Write;
  readonly debug: Write;
  /** A logger that adds the request's id to each line. */
  child(fields: Pick<LogFields, 'requestId'>): Logger;
  isLevelEnabled(level: 'error' | 'warn' | 'info' | 'debug'): boolean;
}

function knownFields(given: Record<string, unknown>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of fieldNames) if (given[name] !== undefined) fields[name] = given[name];
  return fields;
}

const maxCauses = 3;

/** Other members of errors hold what a driver or a client library was asked: requests with their headers, rows. */
function describeError(error: unknown, causes = maxCauses): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: error.stack,
    ...(cause !== undefined && causes > 0 ? { cause: describeError(cause, causes - 1) } : {}),
  };
}

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
    formatters: { log: knownFields },
    serializers: { err: (error: unknown) => describeError(error) },
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: escapeControls },
  };
  if (options.destination) return pino(base, options.destination);
  if (options.pretty) return pino({ ...base, transport: { target: 'pino-pretty' } });
  return pino(base);
}
