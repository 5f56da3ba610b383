/**
 * From filter inputs to Prisma's `where`. One shape everywhere; a filter through a relation counts only related rows that the
 * viewer can see. Which inputs a viewer may use at all is the plan's business, and the guard's.
 */

import { Register } from '../authorization/catalogue.ts';
import { type ColumnPath, compares } from '../authorization/column-uses.ts';
import type { Viewer } from '../authorization/viewer.ts';
import { badUserInput, type InputIssue } from '../errors.ts';
import { holdsConditions } from '../operation/emptied-conditions.ts';
import { builder } from './builder.ts';

type Where = Readonly<Record<string, unknown>>;

/** The most values of an `in`, and of an AND or OR. */
const maxListLength = 100;

/** The deepest nesting of AND, OR, NOT and relations. */
const maxNesting = 8;

/** The most values, lists and conditions of a filter in all: PostgreSQL binds at most 65,535 values to a statement. */
const maxParts = 1_000;

/** Operators on one column, as the client gave them, in Prisma's words: `equals`, `not`, `in`, and so on. */
type Comparison = Where;

/** How one member of a filter becomes a `where`. */
type FilterMeaning =
  | { readonly kind: 'column'; readonly column: string; readonly nullable: boolean }
  /** Of ids, each of which is put into the database's form. */
  | { readonly kind: 'id'; readonly column: string; readonly local: (id: unknown) => string }
  | { readonly kind: 'list'; readonly relation: string; readonly of: () => ListFilterSpec }
  | { readonly kind: 'one'; readonly relation: string; readonly of: () => FilterSpec }
  | {
      readonly kind: 'custom';
      /** What it compares, for the column guard. */
      readonly columns: readonly ColumnPath[];
      readonly where: (comparison: Comparison, viewer: Viewer) => Where;
    };

/** One member of a filter: what it is called and means in the schema, and what becomes of it. */
export interface FilterMember {
  readonly description: string;
  /** The input type; read when the schema is built, since filters lead to one another. */
  readonly input: () => unknown;
  readonly meaning: FilterMeaning;
}

/** A filter: the input type and its translation in one, so that no member can be in the one and not in the other. */
export interface FilterSpec {
  /** The input type's name. */
  readonly name: string;
  readonly members: Readonly<Record<string, FilterMember>>;
  readonly input: InputRef;
}

/** A filter through a list: `some`, `every` and `none` of the related rows that the viewer can see. */
export interface ListFilterSpec {
  readonly of: FilterSpec;
  readonly visible: (viewer: Viewer) => Where;
  readonly input: InputRef;
}

type InputRef = ReturnType<typeof builder.inputRef<Record<string, unknown>>>;

/** A member before it is named: what it compares is called as itself unless it says otherwise. */
export type NewMember = (name: string) => FilterMember;

/** Compares a column of the same name that always holds a value. */
export const column =
  (type: unknown, description: string): NewMember =>
  (name) => ({ description, input: () => type, meaning: { kind: 'column', column: name, nullable: false } });

/** Compares a column of the same name that may hold no value. */
export const nullableColumn =
  (type: unknown, description: string): NewMember =>
  (name) => ({ description, input: () => type, meaning: { kind: 'column', column: name, nullable: true } });

/** Compares a column of ids. @param local puts a global id into the database's form; null for one that can match nothing. */
export const idColumn =
  (local: (id: unknown) => string | null, description: string): NewMember =>
  (name) => ({
    description,
    input: () => IDFilter,
    meaning: { kind: 'id', column: name, local: (id) => local(id) ?? '00000000-0000-0000-0000-000000000000' },
  });

/** Conditions on the one related row; without any, that there is one. */
export const one =
  (of: () => FilterSpec, description: string): NewMember =>
  (name) => ({ description, input: () => of().input, meaning: { kind: 'one', relation: name, of } });

/** Conditions on the related rows. */
export const list =
  (of: () => ListFilterSpec, description: string): NewMember =>
  (name) => ({ description, input: () => of().input, meaning: { kind: 'list', relation: name, of } });

/** A comparison that is more than one column of the model. */
export const custom =
  (type: unknown, description: string, meaning: Omit<Extract<FilterMeaning, { kind: 'custom' }>, 'kind'>): NewMember =>
  () => ({ description, input: () => type, meaning: { kind: 'custom', ...meaning } });

/** Filters by the name of their model: those of relations are found when the schema is built, whichever noun is loaded first. */
const filters = new Register<FilterSpec>('filter of');

/** Members that other nouns add to a filter: conditions on what is listed below its rows. */
const added = new Map<string, Record<string, FilterMember>>();

/** The filter of a model. @throws Error for one without. */
export const filterOf = (model: string): FilterSpec => filters.require(model);

/** Adds a member to the filter of another noun. */
export function extendFilter(model: string, name: string, make: NewMember): void {
  const members = added.get(model) ?? {};
  if (!added.has(model)) added.set(model, members);
  members[name] = make(name);
}

/** Makes the input type `<Model>Filter` and its translation. AND, OR and NOT belong to every filter. */
export function defineFilter(
  model: string,
  description: string,
  given: Readonly<Record<string, NewMember>>,
): FilterSpec {
  const name = `${model}Filter`;
  const members: Record<string, FilterMember> = added.get(model) ?? {};
  added.set(model, members);
  for (const [member, make] of Object.entries(given)) members[member] = make(member);
  const ref = builder.inputRef<Record<string, unknown>>(name);
  ref.implement({
    description,
    extensions: holdsConditions,
    fields: (t) => ({
      ...Object.fromEntries(
        Object.entries(members).map(([member, { input, description, meaning }]) => [
          member,
          t.field({ type: input() as typeof ref, description, extensions: compares(...columnsOf(model, meaning)) }),
        ]),
      ),
      AND: t.field({ type: [ref], description: 'All of these.' }),
      OR: t.field({ type: [ref], description: 'Any of these.' }),
      NOT: t.field({ type: ref, description: 'Not this.' }),
    }),
  });
  const spec = { name, members, input: ref };
  filters.add(model, spec);
  return spec;
}

/** Makes the input type `<Model>ListFilter`. @param visible which of the related rows count. */
export function defineListFilter(
  model: string,
  description: string,
  of: FilterSpec,
  visible: (viewer: Viewer) => Where,
): ListFilterSpec {
  const ref = builder.inputRef<Record<string, unknown>>(`${model}ListFilter`);
  ref.implement({
    description,
    extensions: holdsConditions,
    fields: (t) => ({
      some: t.field({ type: of.input, description: 'At least one is like this.' }),
      every: t.field({ type: of.input, description: 'All are like this, or there are none.' }),
      none: t.field({ type: of.input, description: 'None is like this.' }),
    }),
  });
  return { of, visible, input: ref };
}

function columnsOf(model: string, meaning: FilterMeaning): readonly ColumnPath[] {
  if (meaning.kind === 'custom') return meaning.columns;
  const name = meaning.kind === 'column' || meaning.kind === 'id' ? meaning.column : meaning.relation;
  // A name that the model does not have stops the start.
  return [`${model}.${name}` as ColumnPath];
}

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
 * Translates a filter. None, an empty one, and an empty AND let every row pass; an empty OR none; an empty part of either is faulty.
 * @param path of the argument, for issues.
 * @throws BAD_USER_INPUT with an issue for each faulty member.
 */
export function toWhere(spec: FilterSpec, filter: unknown, viewer: Viewer, path: Path = ['filter']): Where {
  if (filter === undefined || filter === null) return {};
  // Before anything is built: a variable that a filter names over and over multiplies what it holds.
  if (hasMoreParts(filter, maxParts))
    throw badUserInput([{ path, message: `A filter holds at most ${maxParts} values and conditions.` }]);
  const issues: InputIssue[] = [];
  const condition = translate(spec, filter, path, 0, { viewer, issues });
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

interface Translation {
  readonly viewer: Viewer;
  /** Gets every fault. */
  readonly issues: InputIssue[];
}

type Path = readonly (string | number)[];

function translate(spec: FilterSpec, filter: unknown, path: Path, depth: number, work: Translation): Condition {
  const { issues } = work;
  if (depth > maxNesting) {
    issues.push({ path, message: `A filter nests at most ${maxNesting} deep.` });
    return true;
  }
  const parts: Condition[] = [];
  for (const [name, value] of givenIn(filter, path, issues)) {
    const here = [...path, name];
    if (name === 'AND' || name === 'OR') {
      const items = value as readonly unknown[];
      if (items.length > maxListLength) issues.push({ path: here, message: `Use at most ${maxListLength}.` });
      else {
        const conditions = items.map((item, index) => translatePart(spec, item, [...here, index], depth + 1, work));
        parts.push(name === 'AND' ? allOf(conditions) : anyOf(conditions));
      }
    } else if (name === 'NOT') parts.push(negated(translatePart(spec, value, here, depth + 1, work)));
    else {
      const member = Object.hasOwn(spec.members, name) ? spec.members[name] : undefined;
      // Dropped, it would let every row pass.
      if (!member) throw new Error(`${spec.name} has no member ${name}.`);
      parts.push(...translateMember(member.meaning, value, here, depth + 1, work));
    }
  }
  return allOf(parts);
}

/**
 * One of an AND or OR, or what is NOT so. Without any condition it is what is left when a variable was not sent, or when a client's JSON left
 * an undefined member out: as one of an OR it would let every row pass, and so it is an issue.
 */
function translatePart(spec: FilterSpec, part: unknown, path: Path, depth: number, work: Translation): Condition {
  if (typeof part === 'object' && part !== null && Object.values(part).every((value) => value === undefined))
    work.issues.push({ path, message: 'No condition has a value: was a variable left out?' });
  return translate(spec, part, path, depth, work);
}

function translateMember(
  meaning: FilterMeaning,
  value: unknown,
  path: Path,
  depth: number,
  work: Translation,
): readonly Condition[] {
  switch (meaning.kind) {
    case 'one':
      return [{ [meaning.relation]: { is: whereOf(translate(meaning.of(), value, path, depth, work)) } }];
    case 'list':
      return [quantify(meaning, value, path, depth, work)];
    case 'column':
      return compare(value, path, work.issues).map((condition) =>
        meaning.nullable ? { [meaning.column]: condition } : onRequired(meaning.column, condition),
      );
    case 'id':
      return compare(value, path, work.issues).map((condition) => ({
        [meaning.column]: mapOperands(condition, meaning.local),
      }));
    case 'custom': {
      const conditions = compare(value, path, work.issues);
      return conditions.length === 0 ? [] : [meaning.where(Object.assign({}, ...conditions), work.viewer)];
    }
  }
}

/** Rows that the viewer cannot see neither make `some` true nor `every` false. */
function quantify(
  { relation, of }: Extract<FilterMeaning, { kind: 'list' }>,
  value: unknown,
  path: Path,
  depth: number,
  work: Translation,
): Condition {
  const { of: spec, visible: visibleTo } = of();
  const filter = visibleTo(work.viewer);
  const visible: Condition = isTrue(filter) ? true : filter;
  const parts: Condition[] = [];
  for (const [word, inner] of operatorsIn(value, path, work.issues)) {
    if (word !== 'some' && word !== 'every' && word !== 'none') throw new Error(`No list has ${word}.`);
    const condition = translate(spec, inner, [...path, word], depth, work);
    const rows = word === 'every' ? anyOf([negated(visible), condition]) : allOf([visible, condition]);
    // Every row passes: so does a parent, whatever rows it has.
    if (word !== 'every' || rows !== true) parts.push({ [relation]: { [word]: whereOf(rows) } });
  }
  return allOf(parts);
}

/** The members that were given a value. Null is told as an issue: no member of a filter means anything by it. */
function* givenIn(object: unknown, path: Path, issues: InputIssue[]): Generator<readonly [string, unknown]> {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    issues.push({ path, message: 'Null is no condition: leave it out.' });
    return;
  }
  for (const [name, value] of Object.entries(object))
    if (value === null)
      issues.push({ path: [...path, name], message: 'Null is no condition: leave it out, or use isNull.' });
    else if (value !== undefined) yield [name, value];
}

/**
 * The operators of a comparison. One without any is what is left when a variable was not sent (`{ eq: $id }`): dropped, it would
 * let every row pass, and so it is an issue.
 */
function* operatorsIn(comparison: unknown, path: Path, issues: InputIssue[]): Generator<readonly [string, unknown]> {
  const told = issues.length;
  let count = 0;
  for (const operator of givenIn(comparison, path, issues)) {
    count += 1;
    yield operator;
  }
  if (count === 0 && issues.length === told)
    issues.push({ path, message: 'No operator has a value: was a variable left out?' });
}

/** Operator to Prisma's word; `isNull`, `contains` and `startsWith` are more than a word. */
const words: ReadonlyMap<string, string> = new Map([
  ['eq', 'equals'],
  ...['not', 'in', 'gt', 'gte', 'lt', 'lte'].map((word) => [word, word] as const),
]);

/** A condition on a column that always holds a value, of which Prisma refuses to be asked whether it does. */
function onRequired(name: string, condition: Where): Condition {
  if (condition.equals === null) return false;
  if (condition.not === null) return true;
  return { [name]: condition };
}

function mapOperands(condition: Where, map: (operand: unknown) => unknown): Where {
  return Object.fromEntries(
    Object.entries(condition).map(([word, operand]) => [
      word,
      Array.isArray(operand) ? operand.map(map) : map(operand),
    ]),
  );
}

/** PostgreSQL has no such character, and refuses the statement that carries it. */
function hasNull(operand: unknown): boolean {
  return typeof operand === 'string' ? operand.includes('\u0000') : Array.isArray(operand) && operand.some(hasNull);
}

function compare(value: unknown, path: Path, issues: InputIssue[]): readonly Where[] {
  const parts: Where[] = [];
  for (const [operator, operand] of operatorsIn(value, path, issues)) {
    const here = [...path, operator];
    const word = words.get(operator);
    if (hasNull(operand)) issues.push({ path: here, message: 'A text cannot contain the character U+0000.' });
    else if (operator === 'isNull') parts.push(operand ? { equals: null } : { not: null });
    else if (operator === 'contains' || operator === 'startsWith') {
      // Without the escapes % and _ would be wildcards of the client's.
      parts.push({ [operator]: String(operand).replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' });
    } else if (word === undefined) throw new Error(`No comparison has the operator ${operator}.`);
    else if (operator === 'in') {
      const values = operand as readonly unknown[];
      const missing = values.findIndex((one) => one === null || one === undefined);
      if (values.length > maxListLength) issues.push({ path: here, message: `Use at most ${maxListLength} values.` });
      else if (missing !== -1)
        issues.push({ path: [...here, missing], message: 'Null cannot be compared: use isNull.' });
      else parts.push({ in: operand });
    } else parts.push({ [word]: operand });
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
