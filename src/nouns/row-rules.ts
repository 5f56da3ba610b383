/**
 * Rules of the row: which rows of a noun a viewer sees, written once and read as a condition for the database, as a condition on what an
 * audit event recorded, as a decision about what an event of a stream carries, and in words.
 */
import { relationColumn, requireMember } from '../authorization/data-model.ts';
import { own as ownCondition } from '../authorization/own-condition.ts';
import { type Permission, permissionOf } from '../authorization/permissions.ts';
import { type Viewer, viewerUserId } from '../authorization/viewer.ts';
import { everyRow, isEveryRow, type ModelName, noRow, visibleRows } from '../authorization/visibility.ts';
import type { Held } from './fields.ts';

type Where = Readonly<Record<string, unknown>>;
type Scalar = string | number | boolean;

/** A rule of the row. `Names` are the permissions and members that it names, so that a misspelt one does not compile. */
export type RowRule<Own extends string = string, Member extends string = string> =
  | { readonly kind: 'holds'; readonly permission: Held<Own> }
  | { readonly kind: 'own'; readonly relation: Member }
  | { readonly kind: 'equals'; readonly column: Member; readonly value: Scalar }
  | { readonly kind: 'visible'; readonly relation: Member }
  | { readonly kind: 'any' | 'all'; readonly rules: readonly RowRule<Own, Member>[] };

/** Every row, for whoever holds the permission. */
export const holds = <const Own extends string>(permission: Held<Own>): RowRule<Own, never> => ({
  kind: 'holds',
  permission,
});

/** Rows that belong to the viewer: whose relation leads to their own account. */
export const own = <const Member extends string>(relation: Member): RowRule<never, Member> => ({
  kind: 'own',
  relation,
});

/** Rows in which a column has a value. */
export const equals = <const Member extends string>(column: Member, value: Scalar): RowRule<never, Member> => ({
  kind: 'equals',
  column,
  value,
});

/** Rows whose parent the viewer sees. */
export const visible = <const Member extends string>(relation: Member): RowRule<never, Member> => ({
  kind: 'visible',
  relation,
});

/** Rows that one of the rules lets through. */
export const anyOf = <const Own extends string, const Member extends string>(
  ...rules: readonly RowRule<Own, Member>[]
): RowRule<Own, Member> => ({ kind: 'any', rules });

/** Rows that all of the rules let through. */
export const allOf = <const Own extends string, const Member extends string>(
  ...rules: readonly RowRule<Own, Member>[]
): RowRule<Own, Member> => ({ kind: 'all', rules });

/** The permission behind a declaration's name for it. */
export const permissionNamed = (held: Held<string>): Permission =>
  (typeof held === 'string' ? held : held.foreign) as Permission;

/** A condition that may be known already. */
type Condition = Where | boolean;

function join(kind: 'any' | 'all', conditions: readonly Condition[]): Condition {
  const decisive = kind === 'any';
  const open = conditions.filter((condition) => condition !== !decisive);
  if (open.includes(decisive)) return decisive;
  if (open.length === 0) return !decisive;
  return open.length === 1 ? (open[0] as Condition) : { [decisive ? 'OR' : 'AND']: open };
}

/** How the parts of a rule that name the row are said; what names the viewer alone is decided here. */
interface Reading {
  equals(column: string, value: Scalar | null): Condition;
  visible(relation: string): Condition;
}

function read(model: string, rule: RowRule, viewer: Viewer, reading: Reading): Condition {
  switch (rule.kind) {
    case 'holds':
      return viewer.permissions.has(permissionNamed(rule.permission));
    case 'own': {
      const userId = viewerUserId(viewer);
      return userId === null ? false : reading.equals(relationColumn(model, rule.relation), userId);
    }
    case 'equals':
      return reading.equals(rule.column, rule.value);
    case 'visible':
      return reading.visible(rule.relation);
    default:
      return join(
        rule.kind,
        rule.rules.map((part) => read(model, part, viewer, reading)),
      );
  }
}

const targetOf = (model: string, relation: string): ModelName => requireMember(model, relation).type as ModelName;

/** The rule as a condition of the database's: every row, none, or a `where` that is the gateway's own. */
export function rowsWhere(model: string, rule: RowRule, viewer: Viewer): Where {
  const condition = read(model, rule, viewer, {
    equals: (column, value) => ({ [column]: value }),
    visible(relation) {
      const rows = visibleRows(targetOf(model, relation), viewer);
      return isEveryRow(rows) ? true : { [relation]: { is: rows } };
    },
  });
  if (condition === true) return everyRow;
  return condition === false ? noRow : ownCondition(condition);
}

/**
 * The rule as a condition on the details of an audit event, which hold {@link ruleColumns} of the row as it was. What only a parent could
 * say is said of no event: it may be gone.
 * @returns null where the viewer sees the events of every row.
 */
export function eventsWhere(model: string, rule: RowRule, viewer: Viewer): Where | null {
  const condition = read(model, rule, viewer, {
    equals: (column, value) => ({ details: { path: [column], equals: value } }),
    visible: (relation) => isEveryRow(visibleRows(targetOf(model, relation), viewer)),
  });
  if (condition === true) return null;
  return condition === false ? noRow : condition;
}

/** The rule decided for a row as it was recorded; a parent that is not seen as a whole is seen in no part. */
export function seesRecorded(
  model: string,
  rule: RowRule,
  viewer: Viewer,
  recorded: Readonly<Record<string, unknown>>,
): boolean {
  return (
    read(model, rule, viewer, {
      equals: (column, value) => Object.hasOwn(recorded, column) && recorded[column] === value,
      visible: (relation) => isEveryRow(visibleRows(targetOf(model, relation), viewer)),
    }) === true
  );
}

/** The columns that a rule reads: what events record of a row. */
export function ruleColumns(model: string, rule: RowRule): readonly string[] {
  switch (rule.kind) {
    case 'own':
      return [relationColumn(model, rule.relation)];
    case 'equals':
      return [rule.column];
    case 'any':
    case 'all':
      return [...new Set(rule.rules.flatMap((part) => ruleColumns(model, part)))];
    default:
      return [];
  }
}

/** The rule in words, for people: "whoever holds …, or rows that are the viewer's own (`createdBy`)". */
export function rowRuleInWords(rule: RowRule): string {
  switch (rule.kind) {
    case 'holds': {
      const name = permissionNamed(rule.permission);
      return `all rows with ${name} (${permissionOf(name).title})`;
    }
    case 'own':
      return `rows whose \`${rule.relation}\` is the viewer`;
    case 'equals':
      return `rows with \`${rule.column}\` ${JSON.stringify(rule.value)}`;
    case 'visible':
      return `rows whose \`${rule.relation}\` the viewer sees`;
    default:
      return rule.rules.map(rowRuleInWords).join(rule.kind === 'any' ? ', or ' : ', and of them ');
  }
}
