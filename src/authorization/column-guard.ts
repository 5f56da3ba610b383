/**
 * The wall behind the plan: refuses a statement that selects, filters, sorts, groups or writes a column which the viewer lacks,
 * by the rules of `column-rules.ts`. Once for each statement, not for each row. A plan that is wrong therefore opens nothing; a
 * name that is not known here is refused, and so is a column that no coordinate reads or compares.
 *
 * Rules of the row are excepted in a selection alone, where scope-auth asks the row; they never open a filter or an order.
 * Conditions of the gateway's own (`own-condition.ts`) are not asked about.
 */

import { forbidden } from '../errors.ts';
import type { StatementGuard } from '../stores/database-scope.ts';
import { type Access, type ColumnRules, decideAccess } from './column-rules.ts';
import type { Purpose } from './column-uses.ts';
import { compoundKeys, type ModelMember, modelMembers } from './data-model.ts';
import { isOwn } from './own-condition.ts';
import { requiredPermissions } from './rules.ts';
import type { Viewer } from './viewer.ts';

/** Columns that no viewer ever touches, although their model is theirs to read. */
const closedColumns: ReadonlySet<string> = new Set([
  'ApiKey.digest',
  'ApiKey.previousDigest',
  'ApiKey.previousPrefix',
  'Invitation.digest',
  'Attachment.storageKey',
]);

/** Keys of Prisma's arguments that group and aggregate, each naming columns. */
const aggregateKeys: ReadonlySet<string> = new Set(['_sum', '_avg', '_min', '_max', '_count']);

/** Arguments that name no column. */
const plainArguments = new Set(['skip', 'take', 'limit', 'skipDuplicates', 'relationLoadStrategy']);

const listWords: ReadonlySet<string> = new Set(['some', 'every', 'none']);
const oneWords: ReadonlySet<string> = new Set(['is', 'isNot']);
const logicWords: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT']);

/** What a relation's verbs of writing take: conditions, rows, or parts that hold either. */
const whereVerbs: ReadonlySet<string> = new Set(['connect', 'disconnect', 'set', 'delete', 'deleteMany']);
const rowVerbs: ReadonlySet<string> = new Set(['create', 'update']);
const partVerbs: ReadonlySet<string> = new Set(['connectOrCreate', 'createMany', 'updateMany', 'upsert']);

type Arguments = Readonly<Record<string, unknown>>;

/** The members of a related model that may be named, and the ways that would open the others; null where all may be. */
interface Part {
  readonly names: ReadonlySet<string>;
  readonly shut: readonly Access[];
}
type Within = Part | null;

/**
 * Makes the guard of a viewer.
 * @returns a function that throws FORBIDDEN with the column's coordinate.
 */
export function createColumnGuard({ named, models, ways }: ColumnRules, viewer: Viewer): StatementGuard {
  const refuse = (coordinate: string, access?: readonly Access[]): never => {
    const needed = (access?.[0]?.rules ?? []).flatMap((rule) => requiredPermissions(rule));
    throw forbidden(
      coordinate,
      [...new Set(needed)].filter((permission) => !viewer.permissions.has(permission)),
    );
  };

  /** @throws FORBIDDEN unless one of the ways is open. @param rows whether one that depends on the row is. */
  const demand = (coordinate: string, access: readonly Access[] | undefined, rows: boolean): readonly Access[] => {
    if (!access || access.length === 0) return [];
    const open = access.filter((one) => {
      const decision = decideAccess(one, viewer);
      return decision === 'allowed' || (rows && decision === 'perRow');
    });
    return open.length > 0 ? open : refuse(coordinate, access);
  };

  const checkModel = (model: string): void => {
    if (!models.has(model)) refuse(model);
    demand(model, models.get(model), true);
  };

  const memberOf = (model: string, name: string, within: Within): ModelMember => {
    const member = modelMembers.get(model)?.get(name);
    if (!member) return refuse(`${model}.${name}`);
    return within && !within.names.has(name) ? refuse(`${model}.${name}`, within.shut) : member;
  };

  const checkColumn = (model: string, column: string, purpose: Purpose): void => {
    const coordinate = `${model}.${column}`;
    if (closedColumns.has(coordinate)) refuse(coordinate);
    if (purpose !== 'write' && !named.has(coordinate)) refuse(coordinate);
    if (purpose !== 'write') demand(coordinate, ways.read.get(coordinate), purpose === 'read');
    if (purpose !== 'read') demand(coordinate, ways[purpose].get(coordinate), false);
  };

  /** @returns the members of the related model that may be named. */
  const checkRelation = (model: string, { name, type }: ModelMember, purpose: 'read' | 'compare'): Within => {
    const coordinate = `${model}.${name}`;
    checkModel(type);
    if (!named.has(coordinate)) refuse(coordinate);
    const access = [
      ...(ways.read.get(coordinate) ?? []),
      ...((purpose === 'compare' && ways.compare.get(coordinate)) || []),
    ];
    const open = demand(coordinate, access, purpose === 'read');
    if (open.length === 0 || open.some(({ within }) => within === null)) return null;
    const names = new Set(open.flatMap(({ within }) => [...(within ?? [])]));
    return { names, shut: access.filter((one) => one.within === null) };
  };

  /** Every scalar column: what Prisma loads when nothing is selected. */
  const checkAllColumns = (model: string, within: Within): void => {
    for (const { name, kind } of modelMembers.get(model)?.values() ?? [])
      if (kind !== 'object') checkColumn(model, memberOf(model, name, within).name, 'read');
  };

  const checkArguments = (model: string, operation: string, args: Arguments, within: Within): void => {
    for (const [key, value] of Object.entries(args)) {
      if (value === undefined || plainArguments.has(key)) continue;
      if (key === 'where' || key === 'cursor' || key === 'having') checkWhere(model, value, within);
      else if (key === 'orderBy') checkOrder(model, value, within);
      else if (key === 'distinct' || key === 'by') checkNames(model, value, within);
      else if (aggregateKeys.has(key)) checkKeys(model, value, within);
      else if (key === 'select' && operation === 'count') checkKeys(model, value, within);
      else if (key === 'select' || key === 'include') checkSelection(model, value, within);
      else if (key === 'omit') for (const name of Object.keys(value as object)) memberOf(model, name, within);
      else if (key === 'data' || key === 'create' || key === 'update') checkData(model, value);
      else refuse(`${model}.${key}`);
    }
    if (!isRecord(args.select) && returnsRows(operation)) checkAllColumns(model, within);
  };

  const checkSelection = (model: string, selection: unknown, within: Within): void => {
    if (!isRecord(selection)) return;
    for (const [name, value] of Object.entries(selection)) {
      if (value === false || value === undefined) continue;
      if (name === '_count') checkCounts(model, value, within);
      else {
        const member = memberOf(model, name, within);
        if (member.kind !== 'object') checkColumn(model, name, 'read');
        else {
          const inner = checkRelation(model, member, 'read');
          checkArguments(member.type, 'findMany', isRecord(value) ? value : {}, inner);
        }
      }
    }
  };

  const checkCounts = (model: string, counts: unknown, within: Within): void => {
    const relations = [...(modelMembers.get(model)?.values() ?? [])].filter(
      ({ kind, isList }) => kind === 'object' && isList,
    );
    const selected = isRecord(counts) && isRecord(counts.select) ? counts.select : null;
    const chosen = selected ?? Object.fromEntries(relations.map(({ name }) => [name, true]));
    for (const [name, value] of Object.entries(chosen)) {
      if (value === false || value === undefined) continue;
      const member = memberOf(model, name, within);
      if (member.kind !== 'object') refuse(`${model}.${name}`);
      const inner = checkRelation(model, member, 'read');
      if (inner) refuse(`${model}.${name}`, inner.shut);
      checkArguments(member.type, 'count', isRecord(value) ? value : {}, null);
    }
  };

  const checkWhere = (model: string, where: unknown, within: Within): void => {
    if (Array.isArray(where)) {
      for (const part of where) checkWhere(model, part, within);
      return;
    }
    if (!isRecord(where) || isOwn(where)) return;
    for (const [name, value] of Object.entries(where)) {
      // Prisma drops the condition, and every row matches.
      if (value === undefined) throw new Error(`A condition on ${model}.${name} is undefined.`);
      if (logicWords.has(name)) checkWhere(model, value, within);
      else if (compoundKeys.get(model)?.has(name)) checkWhere(model, value, within);
      else {
        const member = memberOf(model, name, within);
        if (member.kind === 'object') checkRelated(model, member, value);
        else {
          checkColumn(model, name, 'compare');
          checkOperands(`${model}.${name}`, value);
        }
      }
    }
  };

  const checkRelated = (model: string, member: ModelMember, value: unknown): void => {
    const inner = checkRelation(model, member, 'compare');
    // Of a part alone not even whether there are rows: what is compared must be what the part is about.
    if (inner && !namesMember(value)) refuse(`${model}.${member.name}`, inner.shut);
    if (!isRecord(value)) return;
    const words = member.isList ? listWords : oneWords;
    const names = Object.keys(value);
    if (!member.isList && !names.some((name) => words.has(name))) checkWhere(member.type, value, inner);
    else
      for (const name of names)
        if (words.has(name)) checkWhere(member.type, value[name], inner);
        else refuse(`${model}.${member.name}.${name}`);
  };

  /** An operand may be undefined, or another column (`db.project.fields.spent`), which is compared as well. */
  const checkOperands = (coordinate: string, operand: unknown): void => {
    if (typeof operand !== 'object' || operand === null) return;
    const { modelName, name } = operand as { readonly modelName?: unknown; readonly name?: unknown };
    if (!isPlain(operand)) {
      if (typeof modelName === 'string' && typeof name === 'string') checkColumn(modelName, name, 'compare');
      return;
    }
    for (const [key, value] of Object.entries(operand))
      if (value === undefined) throw new Error(`A condition on ${coordinate} is undefined: ${key}.`);
      else checkOperands(coordinate, value);
  };

  const checkOrder = (model: string, orderBy: unknown, within: Within): void => {
    if (Array.isArray(orderBy)) {
      for (const part of orderBy) checkOrder(model, part, within);
      return;
    }
    if (!isRecord(orderBy)) return;
    for (const [name, value] of Object.entries(orderBy)) {
      if (value === undefined) throw new Error(`An order by ${model}.${name} is undefined.`);
      if (aggregateKeys.has(name)) {
        if (within) refuse(`${model}.${name}`, within.shut);
        checkKeys(model, value, within);
      } else {
        const member = memberOf(model, name, within);
        if (member.kind === 'object') checkOrder(member.type, value, checkRelation(model, member, 'compare'));
        else checkColumn(model, name, 'compare');
      }
    }
  };

  const checkNames = (model: string, names: unknown, within: Within): void => {
    for (const name of Array.isArray(names) ? names : [names])
      checkColumn(model, memberOf(model, String(name), within).name, 'compare');
  };

  const checkKeys = (model: string, keys: unknown, within: Within): void => {
    if (!isRecord(keys)) return;
    for (const name of Object.keys(keys)) if (name !== '_all') checkNames(model, name, within);
  };

  const checkData = (model: string, data: unknown): void => {
    if (Array.isArray(data)) {
      for (const row of data) checkData(model, row);
      return;
    }
    if (!isRecord(data)) return;
    for (const [name, value] of Object.entries(data)) {
      if (value === undefined) continue;
      const member = memberOf(model, name, null);
      if (member.kind !== 'object') checkColumn(model, name, 'write');
      else checkNestedWrite(model, member, value);
    }
  };

  const checkNestedWrite = (model: string, member: ModelMember, value: unknown): void => {
    checkRelation(model, member, 'read');
    if (!isRecord(value)) return;
    for (const [verb, argument] of Object.entries(value)) {
      if (argument === undefined) continue;
      if (whereVerbs.has(verb)) checkWhere(member.type, argument, null);
      else if (!rowVerbs.has(verb) && !partVerbs.has(verb)) refuse(`${model}.${member.name}.${verb}`);
      else
        for (const part of Array.isArray(argument) ? argument : [argument]) {
          if (!isRecord(part)) continue;
          const { where, data, create, update, ...rest } = part;
          checkWhere(member.type, where, null);
          for (const row of [data, create, update]) checkData(member.type, row);
          if (rowVerbs.has(verb)) checkData(member.type, rest);
        }
    }
  };

  return (model, operation, args) => {
    // Rows that are merely added tell nothing: an audit event is appended by those who may not read any.
    if (operation !== 'createMany' || !models.has(model)) checkModel(model);
    checkArguments(model, operation, isRecord(args) ? args : {}, null);
  };
}

/** Operations that answer with rows, and so with every column where nothing is selected. */
function returnsRows(operation: string): boolean {
  return !['count', 'aggregate', 'groupBy', 'createMany', 'updateMany', 'deleteMany'].includes(operation);
}

function isRecord(value: unknown): value is Arguments {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Whether each branch of a relation's condition names a member; words of lists and logic are none. */
function namesMember(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(namesMember);
  if (!isRecord(value) || isOwn(value)) return false;
  const entries = Object.entries(value);
  const inner = entries.filter(([name]) => listWords.has(name) || oneWords.has(name));
  if (inner.length > 0) return inner.every(([, part]) => namesMember(part));
  return entries.some(([name, part]) => !logicWords.has(name) || namesMember(part));
}

/** Whether a value holds others; an instant, a decimal and a reference to a column are one value each. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || prototype === Object.prototype;
}
