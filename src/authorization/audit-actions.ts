/**
 * The catalogue of what is ever on record, with the details of each action and the rule of each. An auditor reads no detail that their
 * role denies them elsewhere: it is "changed" to them, and so is one that no noun declares.
 *
 * Details name people by id. Never a secret or an address of mail, and no value of a guarded column: those are recorded as "changed".
 */
import { Register } from './catalogue.ts';
import { decide, type Rule } from './rules.ts';
import { type Viewer, viewerUserId } from './viewer.ts';

/** What stands in for a value that a rule guards. */
export const changed = 'changed';

/** The details of an action, each with its rule: `inherited` for what whoever reads the event may read. */
export type AuditDetails = Readonly<Record<string, Rule>>;

/** Every action's name as a member; each noun adds its own, as in `PermissionRegister`. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the declarations of nouns.
export interface AuditActionRegister {}

/** One action of the catalogue: named in the register, or what a declared noun's own writes are on record as. */
export type AuditAction = (keyof AuditActionRegister & string) | `${string}.${'create' | 'update' | 'delete'}`;

const register = new Register<AuditDetails>('audit action');

/** Adds a noun's actions. @returns them, for {@link AuditActionRegister}. */
export function defineAuditActions<const Actions extends Readonly<Record<string, AuditDetails>>>(
  actions: Actions,
): Actions {
  for (const [action, details] of Object.entries(actions)) register.add(action, details);
  return actions;
}

/** Every action, with its details. */
export function auditActions(): ReadonlyMap<string, AuditDetails> {
  return register.all();
}

/** An event as it was recorded. */
export interface RecordedEvent {
  readonly action: string;
  readonly actorType: string;
  readonly actorId: string | null;
  readonly details: unknown;
}

/** The details of an event as somebody may read them; what is no object has none. */
export function readableDetails(
  { action, actorType, actorId, details }: RecordedEvent,
  viewer: Viewer,
): Record<string, unknown> {
  if (typeof details !== 'object' || details === null) return {};
  const listed = register.get(action) ?? {};
  const isOwn = actorType === 'User' && actorId !== null && actorId === viewerUserId(viewer);
  const mayRead = (rule: Rule | undefined): boolean => {
    const decision = rule === undefined ? 'denied' : decide(rule, viewer);
    // Everybody sees how they themselves are secured.
    return decision === 'allowed' || (decision === 'perRow' && isOwn);
  };
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      mayRead(Object.hasOwn(listed, name) ? listed[name] : undefined) ? value : changed,
    ]),
  );
}
