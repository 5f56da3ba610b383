/**
 * Which errors say that the database could not do its work, whoever asked and for what: it is down, full, out of connections, gone
 * silent, or took too long. The one place that knows SQLSTATE classes, Prisma's codes and the messages of the driver.
 *
 * Such an error is no fault of the request: it may be sent again, unless something of it may have lasted.
 */
/** Thrown on a connection that is given up by this process. */
export class DatabaseConnectionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatabaseConnectionError';
  }
}

/** What is wrong with the database; `reason` is for the log. */
export interface DatabaseFault {
  readonly reason: string;
}

/** SQLSTATE by class and by code: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const faultyStates: readonly string[] = [
  '08', // connection exception
  '25006', // a standby that was a primary a moment ago
  '25P03', // idle for too long within a transaction
  '25P04', // a transaction that took too long
  '28', // the login was refused: not the client's
  '3D000', // the database is gone
  '40001', // serialization failure
  '40P01', // deadlock
  '53', // out of connections, memory or disk
  '55P03', // a lock that could not be had
  '57', // terminated, starting up, shutting down, cancelled by a timeout
  '58', // the server's own system failed
];

/** States that say nothing about what became of a statement: the connection went down under it. */
export function connectionWasLost(state: string | undefined): boolean {
  return state === undefined || state.startsWith('08') || state.startsWith('57P');
}

/** Whether the driver refused a statement because its connection had ended before: the server never saw it. */
export function wasNotSent(error: unknown): boolean {
  return error instanceof Error && /is not queryable$/.test(error.message);
}

const prismaCodes: ReadonlySet<string> = new Set([
  'P1000', // the login was refused
  'P1001', // not reachable
  'P1002', // no answer in time
  'P1003', // the database is gone
  'P1008', // an operation that took too long
  'P1010', // access was refused
  'P1011', // TLS
  'P1017', // the server closed the connection
  'P2024', // no connection of the pool in time
  'P2028', // a transaction that took too long, or whose connection went away
  'P2034', // write conflict or deadlock
  'P2037', // too many connections
]);

const socketCodes: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ETIMEDOUT',
]);

/** How Prisma's adapter names what it was told, where no code is left. */
const adapterKinds: ReadonlySet<string> = new Set([
  'AuthenticationFailed',
  'ConnectionClosed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'TransactionWriteConflict',
]);

/** What the driver and its pool throw without any code. */
const driverMessages =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed and is not queryable|Cannot use a pool after calling end|Received unexpected \w+ message from backend)/;

/** How deep errors are wrapped at most; a cycle ends here too. */
const maxDepth = 8;

/** The fault of the database behind an error, however often it was wrapped; null for any other error. */
export function databaseFaultOf(error: unknown, depth = 0): DatabaseFault | null {
  if (typeof error !== 'object' || error === null || depth > maxDepth) return null;
  if (error instanceof DatabaseConnectionError) return { reason: error.message };
  const { code, errorCode, kind, originalCode, message, clientVersion, severity, syscall } = error as Record<
    string,
    unknown
  >;
  const codes = [code, errorCode, originalCode].filter((one) => typeof one === 'string');
  const isPrismas = typeof clientVersion === 'string';
  const isServers = typeof severity === 'string' || kind !== undefined;
  const named = codes.find(
    (one) =>
      (isPrismas && prismaCodes.has(one)) ||
      (isServers && faultyStates.some((state) => one.startsWith(state))) ||
      (typeof syscall === 'string' && socketCodes.has(one)),
  );
  if (named !== undefined) return { reason: `${named}: ${String(message ?? kind ?? '')}` };
  if (typeof kind === 'string' && adapterKinds.has(kind)) return { reason: kind };
  if (typeof message === 'string' && driverMessages.test(message)) return { reason: message };
  for (const inner of innerErrors(error)) {
    const fault = databaseFaultOf(inner, depth + 1);
    if (fault) return fault;
  }
  return null;
}

/** Where GraphQL, Node and Prisma keep what they wrapped. */
function innerErrors(error: object): readonly unknown[] {
  const { cause, originalError, errors, meta } = error as Record<string, unknown>;
  const driverError = (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError;
  return [cause, originalError, driverError, ...(Array.isArray(errors) ? errors : [])];
}
