/**
 * The words in which policies are written. A rule is a Pothos scope map (or a function of the row that gives one), so
 * that a module can attach it by reference, plus a description that the plan, the matrix and `explainAccess` decide by.
 *
 * Static rules are decided by the viewer's permissions alone; rules of the row need the row as well.
 */
import type { Viewer } from '../authentication/viewer.ts';
import { type Permission, permissionCatalogue } from './permissions.ts';

/** The scopes that Pothos knows; `scopes.ts` says how each is decided for a viewer. */
export interface AuthScopes {
  public: boolean;
  authenticated: boolean;
  can: Permission;
  /** The id of the account that a row belongs to; null never matches. */
  self: string | null;
}

/** A scope map of one key, or of several that must all hold. */
export type ScopeMap =
  | { readonly public: true }
  | { readonly authenticated: true }
  | { readonly can: Permission }
  | { readonly $all: { readonly authenticated: true; readonly can: Permission } }
  | { readonly $any: { readonly can?: Permission; readonly self: string | null } };

/** A rule decided by the viewer alone. */
export type StaticRule = ScopeMap;

/** A rule decided for each row. */
export type RowRule = (parent: never) => ScopeMap;

/** What a coordinate's row in the table holds. */
export type Rule = StaticRule | RowRule;

/** What the plan, the matrix and a person know about a rule. */
export interface RuleDescription {
  /** The rule in words. */
  readonly words: string;
  /** Whether the anonymous are refused whatever else holds. */
  readonly authenticated: boolean;
  /** The permission that decides; null when none is needed. */
  readonly permission: Permission | null;
  /** The name of the row rule that opens the field where the permission is lacking; null for a static rule. */
  readonly row: 'self' | null;
  /** True for arguments and inputs whose carrying field decides. */
  readonly inherited: boolean;
}

/** What a viewer's permissions say about a rule: yes, no, or that the row must say. */
export type Decision = 'allowed' | 'denied' | 'perRow';

const descriptions = new WeakMap<object, RuleDescription>();

function describe<R extends Rule>(rule: R, description: RuleDescription): R {
  descriptions.set(rule, description);
  return Object.freeze(rule);
}

/** Whether a function of this file made the value. */
export function isRule(rule: Rule): boolean {
  return descriptions.has(rule);
}

/** The description of a rule. @throws Error for a value that none of this file's functions made. */
export function describeRule(rule: Rule): RuleDescription {
  const description = descriptions.get(rule);
  if (!description) throw new Error('Not a rule: only anyone, authenticated, can, canOrSelf and inherited make rules.');
  return description;
}

/** Everybody, also without a credential. */
export const anyone: StaticRule = describe(
  { public: true },
  { words: 'Anyone.', authenticated: false, permission: null, row: null, inherited: false },
);

/** Everybody with a valid credential. */
export const authenticated: StaticRule = describe(
  { authenticated: true },
  { words: 'Anyone who is signed in.', authenticated: true, permission: null, row: null, inherited: false },
);

/** For arguments, input fields and ordering values: whoever may use the field that carries it. */
export const inherited: StaticRule = describe(
  { public: true as const },
  {
    words: 'Whoever may use the field that carries it.',
    authenticated: false,
    permission: null,
    row: null,
    inherited: true,
  },
);

const canRules = new Map<Permission, StaticRule>();

/** Whoever holds the permission. The same object for the same permission. */
export function can(permission: Permission): StaticRule {
  let rule = canRules.get(permission);
  if (!rule) {
    rule = describe(
      { can: permission },
      {
        words: `Whoever holds ${permission} (${permissionCatalogue[permission].title}).`,
        authenticated: true,
        permission,
        row: null,
        inherited: false,
      },
    );
    canRules.set(permission, rule);
  }
  return rule;
}

/**
 * Whoever holds the permission, and the account itself that a row is about.
 * @param permission opens every row.
 * @param ownerOf reads the id of the row's account from the row; null matches nobody.
 */
export function canOrSelf<Row>(permission: Permission, ownerOf: (row: Row) => string | null): RowRule {
  return describe(((row: Row) => ({ $any: { can: permission, self: ownerOf(row) } })) as RowRule, {
    words: `Whoever holds ${permission} (${permissionCatalogue[permission].title}), and the person that the row is about.`,
    authenticated: true,
    permission,
    row: 'self',
    inherited: false,
  });
}

/**
 * Decides a rule from the viewer alone.
 * @returns `perRow` when the permission is lacking but the row may still open the field (people only: a key is nobody's self).
 */
export function decide(rule: Rule, viewer: Viewer): Decision {
  const { authenticated: needsCredential, permission, row } = describeRule(rule);
  if (needsCredential && viewer.kind === 'anonymous') return 'denied';
  if (permission === null || viewer.permissions.has(permission)) return 'allowed';
  return row !== null && viewer.kind === 'user' ? 'perRow' : 'denied';
}

/** The permissions that a rule names; empty when signing in is all that it needs. */
export function requiredPermissions(rule: Rule): readonly Permission[] {
  const { permission } = describeRule(rule);
  return permission === null ? [] : [permission];
}
