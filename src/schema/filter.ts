/**
 * From filter inputs to Prisma's `where`. One shape everywhere; a filter through a relation counts only related rows that the
 * viewer can see. Which inputs a viewer may use at all is the plan's business, and the guard's.
 */
import type { Viewer } from '../authentication/viewer.ts';
import { badUserInput, type InputIssue } from '../errors.ts';
import { builder } from './builder.ts';
import { localId } from './global-id.ts';

type Where = Readonly<Record<string, unknown>>;

/** The most values of an `in`, and of an AND or OR. */
const maxListLength = 100;

/** The deepest nesting of AND, OR, NOT and relations. */
const maxNesting = 8;

/** The most values, lists and conditions of a filter in all: PostgreSQL binds at most 65,535 values to a statement. */
const maxParts = 1_000;

/** How one member of a filter becomes a `where`. */
export type FilterMember =
  | { readonly kind: 'column'; readonly column?: string; readonly nullable?: boolean }
  | {
      readonly kind: 'list';
      readonly relation: string;
      readonly of: () => FilterSpec;
      readonly visible: (viewer: Viewer) => Where;
    }
  | { readonly kind: 'one'; readonly relation: string; readonly of: () => FilterSpec }
  | { readonly kind: 'custom'; readonly where: (condition: unknown, viewer: Viewer) => Where };

/** The members of a filter by name; AND, OR and NOT belong to every filter. */
export type FilterSpec = Readonly<Record<string, FilterMember>>;

/** A member that compares a column of the same name, or of another. */
export const column = (name?: string): FilterMember => ({ kind: 'column', column: name });

/** A member that compares a column of the same name which may hold no value. */
export const nullableColumn = (): FilterMember => ({ kind: 'column', nullable: true });

/** A condition that may already be known: Prisma takes an empty `where` for true in one place and drops it in another. */
type Condition = Where | boolean;

/** No row has no id. */
const nothing: Where = { id: { in: [] } };

const isTrue = (where: Where) => Object.keys(where).length === 0;

function allOf(conditions: readonly Condition[]): Condition {
  const open = conditions.filter((condition) => condition !== true);
  if (open.includes(false)) return false;
  return open.length === 0 ? true : { AND: open };
}

function anyOf(conditions: readonly Condition[]): Condition {
  const open = conditions.filter((condition) => condition !== false);
  if (open.includes(true)) return true;
  return open.length === 0 ? false : { OR: open };
}

function negated(condition: Condition): Condition {
  return typeof condition === 'boolean' ? !condition : { NOT: condition };
}

function whereOf(condition: Condition): Where {
  if (typeof condition !== 'boolean') return condition;
  return condition ? {} : nothing;
}

/**
 * Translates a filter. An empty filter, and an empty AND, let every row pass; an empty OR none.
 * @param path of the argument, for issues.
 * @throws BAD_USER_INPUT with an issue for each faulty member.
 */
export function toWhere(
  spec: FilterSpec,
  filter: unknown,
  viewer: Viewer,
  path: readonly (string | number)[] = ['filter'],
): Where {
  // Before anything is built: a variable that a filter names over and over multiplies what it holds.
  if (hasMoreParts(filter, maxParts))
    throw badUserInput([{ path, message: `A filter holds at most ${maxParts} values and conditions.` }]);
  const issues: InputIssue[] = [];
  const condition = translate(spec, filter, viewer, path, issues, 0);
  if (issues.length > 0) throw badUserInput(issues);
  return whereOf(condition);
}

/** Counts no further than the bound, and takes dates and decimals for the one value that each is. */
function hasMoreParts(filter: unknown, bound: number): boolean {
  const waiting: unknown[] = [filter];
  for (let parts = 0; waiting.length > 0; parts += 1) {
    if (parts > bound || waiting.length > bound) return true;
    const part = waiting.pop();
    if (typeof part !== 'object' || part === null) continue;
    const prototype: unknown = Object.getPrototypeOf(part);
    if (Array.isArray(part) || prototype === null || prototype === Object.prototype)
      for (const member of Object.values(part)) waiting.push(member);
  }
  return false;
}

function translate(
  spec: FilterSpec,
  filter: unknown,
  viewer: Viewer,
  path: readonly (string | number)[],
  issues: InputIssue[],
  depth: number,
): Condition {
  if (filter === null || filter === undefined) return true;
  if (depth > maxNesting) {
    issues.push({ path, message: `A filter nests at most ${maxNesting} deep.` });
    return true;
  }
  const parts: Condition[] = [];
  for (const [name, value] of Object.entries(filter as Where)) {
    const here = [...path, name];
    if (value === undefined) continue;
    if (value === null) {
      issues.push({ path: here, message: 'Null is no condition: leave it out, or use isNull.' });
      continue;
    }
    const nested = (inner: unknown, at: readonly (string | number)[], of = spec) =>
      translate(of, inner, viewer, at, issues, depth + 1);
    if (name === 'AND' || name === 'OR') {
      const list = value as readonly unknown[];
      const combine = name === 'AND' ? allOf : anyOf;
      if (list.length > maxListLength) issues.push({ path: here, message: `Use at most ${maxListLength}.` });
      else parts.push(combine(list.map((item, index) => nested(item, [...here, index]))));
    } else if (name === 'NOT') parts.push(negated(nested(value, here)));
    else {
      const member = spec[name];
      if (member?.kind === 'column')
        parts.push(
          ...compare(value, here, issues).map((condition) =>
            member.nullable ? { [name]: condition } : onRequired(member.column ?? name, condition),
          ),
        );
      else if (member?.kind === 'one')
        parts.push({ [member.relation]: { is: whereOf(nested(value, here, member.of())) } });
      else if (member?.kind === 'list') parts.push(quantify(member, value as Where, viewer, here, issues, nested));
      else if (member?.kind === 'custom') {
        const conditions = compare(value, here, issues);
        if (conditions.length > 0) parts.push(member.where(Object.assign({}, ...conditions), viewer));
      }
    }
  }
  return allOf(parts);
}

/** Rows that the viewer cannot see neither make `some` true nor `every` false. */
function quantify(
  member: Extract<FilterMember, { kind: 'list' }>,
  value: Where,
  viewer: Viewer,
  path: readonly (string | number)[],
  issues: InputIssue[],
  nested: (inner: unknown, at: readonly (string | number)[], of: FilterSpec) => Condition,
): Condition {
  const filter = member.visible(viewer);
  const visible: Condition = isTrue(filter) ? true : filter;
  const parts: Condition[] = [];
  for (const word of ['some', 'every', 'none'] as const) {
    const inner = value[word];
    if (inner === undefined) continue;
    const here = [...path, word];
    if (inner === null) {
      issues.push({ path: here, message: 'Null is no condition: leave it out.' });
      continue;
    }
    const condition = nested(inner, here, member.of());
    const rows = word === 'every' ? anyOf([negated(visible), condition]) : allOf([visible, condition]);
    // Every row passes: so does a parent, whatever rows it has.
    if (word !== 'every' || rows !== true) parts.push({ [member.relation]: { [word]: whereOf(rows) } });
  }
  return allOf(parts);
}

const renamed: Readonly<Record<string, string>> = {
  eq: 'equals',
  not: 'not',
  in: 'in',
  gt: 'gt',
  gte: 'gte',
  lt: 'lt',
  lte: 'lte',
};

/** A condition on a column that always holds a value, of which Prisma refuses to be asked whether it does. */
function onRequired(name: string, condition: Where): Condition {
  if (condition.equals === null) return false;
  if (condition.not === null) return true;
  return { [name]: condition };
}

/** PostgreSQL has no such character, and refuses the statement that carries it. */
function hasNull(operand: unknown): boolean {
  return typeof operand === 'string' ? operand.includes('\u0000') : Array.isArray(operand) && operand.some(hasNull);
}

function compare(value: unknown, path: readonly (string | number)[], issues: InputIssue[]): readonly Where[] {
  const parts: Where[] = [];
  for (const [operator, operand] of Object.entries(value as Where)) {
    const here = [...path, operator];
    if (operand === undefined) continue;
    if (operand === null) issues.push({ path: here, message: 'Null cannot be compared: use isNull.' });
    else if (hasNull(operand)) issues.push({ path: here, message: 'A text cannot contain the character U+0000.' });
    else if (operator === 'isNull') parts.push(operand ? { equals: null } : { not: null });
    else if (operator === 'contains' || operator === 'startsWith') {
      // Without the escapes % and _ would be wildcards of the client's.
      parts.push({ [operator]: String(operand).replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' });
    } else if (operator === 'in' && (operand as readonly unknown[]).length > maxListLength)
      issues.push({ path: here, message: `Use at most ${maxListLength} values.` });
    else parts.push({ [renamed[operator] ?? operator]: operand });
  }
  return parts;
}

const describe = {
  eq: 'Equal to.',
  not: 'Not equal to; rows without a value do not match.',
  in: 'One of these.',
  gt: 'Greater than.',
  gte: 'Greater than or equal to.',
  lt: 'Less than.',
  lte: 'Less than or equal to.',
  contains: 'Contains this text, whatever the case.',
  startsWith: 'Starts with this text, whatever the case.',
  isNull: 'Whether there is no value.',
} as const;

export const StringFilter = builder.inputType('StringFilter', {
  description: 'Conditions on a text; several hold together.',
  fields: (t) => ({
    eq: t.string({ description: describe.eq }),
    not: t.string({ description: describe.not }),
    in: t.stringList({ description: describe.in }),
    contains: t.string({ description: describe.contains }),
    startsWith: t.string({ description: describe.startsWith }),
    isNull: t.boolean({ description: describe.isNull }),
  }),
});

export const IntFilter = builder.inputType('IntFilter', {
  description: 'Conditions on a whole number; several hold together.',
  fields: (t) => ({
    eq: t.int({ description: describe.eq }),
    not: t.int({ description: describe.not }),
    in: t.intList({ description: describe.in }),
    gt: t.int({ description: describe.gt }),
    gte: t.int({ description: describe.gte }),
    lt: t.int({ description: describe.lt }),
    lte: t.int({ description: describe.lte }),
    isNull: t.boolean({ description: describe.isNull }),
  }),
});

export const DecimalFilter = builder.inputType('DecimalFilter', {
  description: 'Conditions on a decimal; several hold together.',
  fields: (t) => ({
    eq: t.field({ type: 'Decimal', description: describe.eq }),
    not: t.field({ type: 'Decimal', description: describe.not }),
    in: t.field({ type: ['Decimal'], description: describe.in }),
    gt: t.field({ type: 'Decimal', description: describe.gt }),
    gte: t.field({ type: 'Decimal', description: describe.gte }),
    lt: t.field({ type: 'Decimal', description: describe.lt }),
    lte: t.field({ type: 'Decimal', description: describe.lte }),
    isNull: t.boolean({ description: describe.isNull }),
  }),
});

export const DateTimeFilter = builder.inputType('DateTimeFilter', {
  description: 'Conditions on an instant; several hold together.',
  fields: (t) => ({
    eq: t.field({ type: 'DateTime', description: describe.eq }),
    not: t.field({ type: 'DateTime', description: describe.not }),
    in: t.field({ type: ['DateTime'], description: describe.in }),
    gt: t.field({ type: 'DateTime', description: describe.gt }),
    gte: t.field({ type: 'DateTime', description: describe.gte }),
    lt: t.field({ type: 'DateTime', description: describe.lt }),
    lte: t.field({ type: 'DateTime', description: describe.lte }),
    isNull: t.boolean({ description: describe.isNull }),
  }),
});

export const BooleanFilter = builder.inputType('BooleanFilter', {
  description: 'Conditions on yes or no.',
  fields: (t) => ({ eq: t.boolean({ description: describe.eq }), not: t.boolean({ description: describe.not }) }),
});

/** A filter on ids: global ids in, the database's out. A malformed or foreign id simply matches nothing. */
export const IDFilter = builder.inputType('IDFilter', {
  description: 'Conditions on an id.',
  fields: (t) => ({
    eq: t.id({ description: describe.eq }),
    not: t.id({ description: describe.not }),
    in: t.idList({ description: describe.in }),
  }),
});

/** Descriptions of an enum filter's members. */
export const filterDescriptions = describe;

/** A member that compares an id column with global ids of one type. */
export function idColumn(name: string, typeName: string): FilterMember {
  const local = (id: unknown) => localId(id, typeName) ?? '00000000-0000-0000-0000-000000000000';
  return {
    kind: 'custom',
    where(condition) {
      const given = condition as { equals?: unknown; not?: unknown; in?: readonly unknown[] };
      return {
        [name]: {
          ...(given.equals === undefined ? {} : { equals: local(given.equals) }),
          ...(given.not === undefined ? {} : { not: local(given.not) }),
          ...(given.in === undefined ? {} : { in: given.in.map(local) }),
        },
      };
    },
  };
}
