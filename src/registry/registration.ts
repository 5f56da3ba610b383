/**
 * Decides a registration as a whole, before anything is written: every operation is served from now on, or none is, and
 * each faulty one has its own message. Registering again what is registered changes nothing.
 */
import type { PermissionSet } from '../authorization/permission-set.ts';
import type { InputIssue } from '../errors.ts';
import type { InspectedOperation, OperationInspector } from './inspect-operation.ts';
import type { OperationSource } from './manifest.ts';

/** What is known of an operation that is registered already. */
export interface StoredOperation {
  readonly id: string;
  readonly sha256: string;
  readonly cost: number;
  readonly requires: readonly string[];
  readonly retiredAt: Date | null;
}

/** An operation with what was found out about it. */
export interface RegisteredFacts extends Pick<OperationSource, 'name' | 'body' | 'sha256'> {
  readonly cost: number;
  readonly requires: readonly string[];
}

/** What a registration would write. */
export interface RegistrationPlan {
  readonly created: readonly RegisteredFacts[];
  /** Registered already, with a cost or needs that the schema has changed since. */
  readonly updated: readonly (RegisteredFacts & { readonly id: string })[];
  /** Ids of those that stay as they are. */
  readonly unchanged: readonly string[];
}

/** What a registration is decided by. */
export interface RegistrationInput {
  readonly sources: readonly OperationSource[];
  readonly inspector: OperationInspector;
  /** What is registered already for the same organization and client. */
  readonly stored: readonly StoredOperation[];
  /** What each of the client's keys may do; empty while it has none, and then only the limits decide. */
  readonly keys: readonly PermissionSet[];
  /** Whether the caller may know what keys may do: else no message says what one of them lacks. */
  readonly mayReadKeys: boolean;
}

/** The plan, or one message or more for each faulty operation. */
export type PlannedRegistration =
  | { readonly plan: RegistrationPlan; readonly issues?: undefined }
  | { readonly plan?: undefined; readonly issues: readonly InputIssue[] };

/** Decides a registration. */
export function planRegistration({
  sources,
  inspector,
  stored,
  keys,
  mayReadKeys,
}: RegistrationInput): PlannedRegistration {
  const known = new Map(stored.map((operation) => [operation.sha256, operation]));
  const issues: InputIssue[] = [];
  const created: RegisteredFacts[] = [];
  const updated: (RegisteredFacts & { id: string })[] = [];
  const unchanged: string[] = [];
  for (const { path, name, body, sha256 } of sources) {
    const { operation, faults } = inspector.inspect(body);
    const earlier = known.get(sha256);
    const messages = operation
      ? [retirementFault(earlier), grantFault(operation, keys, mayReadKeys)].filter((message) => message !== null)
      : faults;
    for (const message of messages) issues.push({ path, message: `${name}: ${message}` });
    if (!operation) continue;
    const { cost, requires } = operation;
    const facts = { name, body, sha256, cost, requires };
    if (!earlier) created.push(facts);
    else if (earlier.cost === cost && earlier.requires.join() === requires.join()) unchanged.push(earlier.id);
    else updated.push({ ...facts, id: earlier.id });
  }
  return issues.length > 0 ? { issues } : { plan: { created, updated, unchanged } };
}

/** A push that is repeated must not undo what somebody retired on purpose. */
function retirementFault(earlier: StoredOperation | undefined): string | null {
  return earlier?.retiredAt
    ? `The operation was retired on ${earlier.retiredAt.toISOString().slice(0, 10)}. Change its text to register it anew.`
    : null;
}

/** An operation that no key of the client can run whole would only ever be denied. */
function grantFault(
  { requires }: InspectedOperation,
  keys: readonly PermissionSet[],
  mayReadKeys: boolean,
): string | null {
  const lacking = keys.map((key) => requires.filter((permission) => !key.has(permission)));
  const least = lacking.sort((a, b) => a.length - b.length)[0];
  if (!least || least.length === 0) return null;
  // What the text needs is the caller's own; which part of it keys lack is theirs.
  if (!mayReadKeys) return `The operation needs ${requires.join(', ')}: no API key of this client can have all of it.`;
  return `The operation needs ${least.join(', ')}, which no API key of this client can have.`;
}
