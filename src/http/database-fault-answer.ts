/**
 * What a fault of the database makes of an answer: 503 with Retry-After for the whole of it, so that it is sent again, unless something
 * of the operation may have lasted; then the fields that failed say so, and nothing asks for a repetition.
 */
import type { ExecutionResult, GraphQLError } from 'graphql';
import { createError } from '../errors.ts';
import { type DatabaseFault, databaseFaultOf } from '../stores/database-faults.ts';
import { databaseUnavailable } from './error-body.ts';
import { replaceMembers } from './results.ts';

/** The error of one field of an operation that may have done something: nothing says that it be repeated. */
const databaseFailedWithin = (outer: GraphQLError): GraphQLError =>
  createError('SERVICE_UNAVAILABLE', 'The database failed while this ran, and it may have been done: look first.', {
    nodes: outer.nodes,
    path: outer.path,
    extensions: { mayHaveCommitted: true },
  });

/** What is known of the operation that gave a result. */
export interface Ran {
  readonly kind: 'query' | 'mutation' | 'subscription' | null;
  readonly mayHaveCommitted: boolean;
}

/**
 * A result with the faults of the database said as they must be. A read, and a mutation of which nothing can have lasted, become one
 * error without data (503, to be repeated). Once something may have lasted, the fields that failed say so, and the rest stays.
 * @param onFault is told why, for the log.
 */
export function withDatabaseFaults(
  result: ExecutionResult,
  { kind, mayHaveCommitted }: Ran,
  onFault: (fault: DatabaseFault) => void,
): ExecutionResult {
  const faults = (result.errors ?? []).map((error) => databaseFaultOf(error));
  const [first] = faults.filter((fault) => fault !== null);
  if (!first) return result;
  onFault(first);
  // The events of a stream come one by one: each has its own answer, and the stream goes on.
  if (!(kind === 'mutation' && mayHaveCommitted) && kind !== 'subscription') return { errors: [databaseUnavailable()] };
  const errors = result.errors?.map((error, index) => {
    if (!faults[index]) return error;
    return kind === 'mutation' ? databaseFailedWithin(error) : databaseUnavailable();
  });
  return replaceMembers(result, { errors });
}
