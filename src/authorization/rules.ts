/**
 * The words in which policies are written. A rule is a Pothos scope map (or a function of the row that gives one), so
 * that a module can attach it by reference, plus a description that the plan, the matrix and `explainAccess` decide by.
 *
 * Static rules are decided by the viewer's permissions alone; rules of the row need the row as well.
 */

import { type Permission, permissionOf } from './permissions.ts';
import type { Viewer } from './viewer.ts';

/** The scopes that Pothos knows; `scopes.ts` says how each is decided for a viewer. */
export interface AuthScopes {
  public: boolean;
  authenticated: boolean;
  /** Whether a person calls, and no API key. */
  person: boolean;
  can: Permission;
  /** The id of the account that a row belongs to; null never matches. */
  self: string | null;
}

/** Permissions that must all be held: a map names one, so that each further one is nested. */
export interface HeldScopes {
  readonly can: Permission;
  readonly $all?: HeldScopes;
}

/** A scope map of one key, or of several that must all hold. */
export type ScopeMap =
  | { readonly public: true }
  | { readonly authenticated: true }
  | { readonly person: true }
  | HeldScopes
  | { readonly $all: { readonly person: true; readonly $all: HeldScopes } }
  | { readonly $any: { readonly person: true; readonly $all: HeldScopes } }
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
  /** Whether API keys are refused whatever else holds. */
  readonly person: boolean;
  /** The permissions that decide, all of them together; empty when none is needed. */
  readonly permissions: readonly Permission[];
  /**
   * What the row says beyond the permissions; null for a static rule. `self`: a row about the viewer is open without them. `author`: so
   * is one that the viewer wrote. `authorOnly`: one that the viewer wrote, and then with the permissions.
   */
  readonly row: 'self' | 'author' | 'authorOnly' | null;
  /** True for arguments and inputs whose carrying field decides. */
  readonly inherited: boolean;
}

/** What a viewer's permissions say about a rule: yes, no, or that the row must say. */
export type Decision = 'allowed' | 'denied' | 'perRow';

/** How a decision is spelled wherever a client reads it: the values of the enum `AccessDecision`. */
export const decisionNames = { allowed: 'ALLOWED', denied: 'DENIED', perRow: 'PER_ROW' } as const satisfies Record<
  Decision,
  string
>;

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
  if (!description) throw new Error('Not a rule: only the functions of rules.ts make rules.');
  return description;
}

const open = { authenticated: false, person: false, permissions: [], row: null, inherited: false } as const;

/** Everybody, also without a credential. */
export const anyone: StaticRule = describe({ public: true }, { ...open, words: 'Anyone.' });

/** Everybody with a valid credential. */
export const authenticated: StaticRule = describe(
  { authenticated: true },
  { ...open, words: 'Anyone who is signed in.', authenticated: true },
);

/** Every person with a valid credential: what is about an account of one's own is nothing for an API key, which has none. */
export const person: StaticRule = describe(
  { person: true },
  { ...open, words: 'Any person who is signed in; no API key.', authenticated: true, person: true },
);

/** For arguments, input fields and ordering values: whoever may use the field that carries it. */
export const inherited: StaticRule = describe(
  { public: true as const },
  { ...open, words: 'Whoever may use the field that carries it.', inherited: true },
);

/** One permission or more. */
type Permissions = readonly [Permission, ...Permission[]];

function heldScopes([first, second, ...others]: Permissions): HeldScopes {
  return second === undefined ? { can: first } : { can: first, $all: heldScopes([second, ...others]) };
}

/** `a (Title), b (Title) and c (Title)`. */
function inWords(permissions: Permissions): string {
  const named = permissions.map((permission) => `${permission} (${permissionOf(permission).title})`);
  const last = named.pop() ?? '';
  return named.length === 0 ? last : `${named.join(', ')} and ${last}`;
}

const canRules = new Map<string, StaticRule>();

/** Whoever holds the permission, or all of several. The same object for the same permissions. */
export function can(...permissions: Permissions): StaticRule {
  const key = permissions.join(' ');
  let rule = canRules.get(key);
  if (!rule) {
    rule = describe(heldScopes(permissions), {
      ...open,
      // In words when asked: the permission may be declared after the rule.
      get words() {
        return `Whoever holds ${inWords(permissions)}.`;
      },
      authenticated: true,
      permissions,
    });
    canRules.set(key, rule);
  }
  return rule;
}

/**
 * Whoever holds the permissions, and whoever wrote the row without any. The service that reads the row decides the second; nothing else
 * is asked of the author. A key is nobody's author.
 */
export function canOrAuthor(...permissions: Permissions): StaticRule {
  return describe(
    { $any: { person: true, $all: heldScopes(permissions) } },
    {
      ...open,
      get words() {
        return `Its author, or whoever holds ${inWords(permissions)}.`;
      },
      authenticated: true,
      permissions,
      row: 'author',
    },
  );
}

/** Whoever wrote the row, and holds the permissions. The service that reads the row decides the first. */
export function canAsAuthor(...permissions: Permissions): StaticRule {
  return describe(
    { $all: { person: true, $all: heldScopes(permissions) } },
    {
      get words() {
        return `Its author, who holds ${inWords(permissions)}.`;
      },
      authenticated: true,
      person: true,
      permissions,
      row: 'authorOnly',
      inherited: false,
    },
  );
}

/**
 * Whoever holds the permission, and the account itself that a row is about.
 * @param permission opens every row.
 * @param ownerOf reads the id of the row's account from the row; null matches nobody.
 */
export function canOrSelf<Row>(permission: Permission, ownerOf: (row: Row) => string | null): RowRule {
  return describe(((row: Row) => ({ $any: { can: permission, self: ownerOf(row) } })) as RowRule, {
    ...open,
    get words() {
      return `Whoever holds ${inWords([permission])}, or the person that the row is about.`;
    },
    authenticated: true,
    permissions: [permission],
    row: 'self',
  });
}

/**
 * Decides a rule from the viewer alone.
 * @returns `perRow` when the row must say: where a permission is lacking that the row may do without, and where only an author may (people
 * only: a key is nobody's self, and no author).
 */
export function decide(rule: Rule, viewer: Viewer): Decision {
  const { authenticated: needsCredential, person: needsPerson, row } = describeRule(rule);
  if (needsCredential && viewer.kind === 'anonymous') return 'denied';
  if (needsPerson && viewer.kind !== 'user') return 'denied';
  const holdsAll = lackedPermissions(rule, viewer).length === 0;
  if (row === 'authorOnly') return holdsAll ? 'perRow' : 'denied';
  if (holdsAll) return 'allowed';
  return row !== null && viewer.kind === 'user' ? 'perRow' : 'denied';
}

/** The permissions that a rule names; empty when signing in is all that it needs. */
export function requiredPermissions(rule: Rule): readonly Permission[] {
  return describeRule(rule).permissions;
}

/** Those of them that a viewer does not hold. */
export function lackedPermissions(rule: Rule, viewer: Viewer): readonly Permission[] {
  return describeRule(rule).permissions.filter((permission) => !viewer.permissions.has(permission));
}

/** Those of them without which no row at all is open; empty where the row may do without. */
export function indispensablePermissions(rule: Rule): readonly Permission[] {
  const { permissions, row } = describeRule(rule);
  return row === 'self' || row === 'author' ? [] : permissions;
}
