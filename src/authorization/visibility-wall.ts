/**
 * The visibility wall: adds to a statement of a viewer's what `visibility.ts` says of every model that it touches, in selections, counts,
 * filters and orders alike. It stands behind the column guard: its own conditions are neither guarded nor walled again.
 */

import { getDatamodel } from '../generated/pothos.ts';
import type { VisibilityWall, WalledStatement } from '../stores/database-scope.ts';
import type { Viewer } from './viewer.ts';
import { isEveryRow as isEmpty, visibilityOf } from './visibility.ts';
import { createFinish, idsOf, isQuiet, type Level } from './wall-results.ts';

type Args = Readonly<Record<string, unknown>>;
type Where = Args;

interface Field {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
  readonly isList: boolean;
  readonly isRequired: boolean;
}

const models: ReadonlyMap<string, ReadonlyMap<string, Field>> = new Map(
  Object.entries(getDatamodel().datamodel.models).map(([model, { fields }]) => [
    model,
    new Map(fields.map((field) => [field.name, field as Field])),
  ]),
);

/** Operations without a `where`: what they answer with is what was just written. */
const withoutWhere: ReadonlySet<string> = new Set(['create', 'createMany', 'createManyAndReturn']);

/** Operations that answer with how many rows they wrote. */
const counting: ReadonlySet<string> = new Set(['createMany', 'updateMany', 'deleteMany']);

/** Operations that answer with numbers; their `select`, and these keys, name columns. */
const aggregating: ReadonlySet<string> = new Set(['count', 'aggregate', 'groupBy']);
const aggregateKeys = ['_sum', '_avg', '_min', '_max', '_count', 'by', 'having'] as const;

const everything: Where = {};
const quiet: Level = { below: new Map(), hidden: [], doubtful: [], columns: null };

const isRecord = (value: unknown): value is Args =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** A condition beside others. What is given stays on top: a unique key must. */
function both(given: unknown, condition: Where): Where {
  const where = isRecord(given) ? given : {};
  if (isEmpty(condition)) return where;
  if (isEmpty(where)) return condition;
  const earlier = where.AND === undefined ? [] : Array.isArray(where.AND) ? where.AND : [where.AND];
  return { ...where, AND: [...earlier, condition] };
}

/** Makes the wall of a viewer, for one scope. */
export function createVisibilityWall(viewer: Viewer): VisibilityWall {
  const known = new Map<string, Where>();
  const once = (key: string, make: () => Where): Where => {
    const where = known.get(key) ?? make();
    known.set(key, where);
    return where;
  };

  const rowsOf = (model: string): Where => once(model, () => visibilityOf(model).rows(viewer) as Where);
  const targetsOf = (model: string, { name, type }: Field): Where => {
    const { impliedEdges, edges } = visibilityOf(model);
    if (impliedEdges?.includes(name)) return everything;
    const filter = edges?.[name];
    return filter ? once(`${model}.${name}`, () => filter(viewer) as Where) : rowsOf(type);
  };
  const isRestricted = (model: string, column: string): boolean =>
    visibilityOf(model).restricted?.columns.has(column) ?? false;
  /** The rows of which restricted columns are read, beside the viewer's own. */
  const unrestricted = (model: string): Where =>
    once(`${model}, unrestricted`, () => (visibilityOf(model).restricted?.rows(viewer) ?? everything) as Where);
  const unrestrictedOrOwn = (model: string): Where =>
    once(`${model}, unrestricted or own`, () => {
      const ownId = visibilityOf(model).restricted?.ownId(viewer) ?? null;
      return ownId === null ? unrestricted(model) : { OR: [{ id: ownId }, unrestricted(model)] };
    });

  /** A filter with the wall around every model that it looks through. */
  const walledWhere = (model: string, where: unknown): unknown => {
    if (Array.isArray(where)) return where.map((part) => walledWhere(model, part));
    if (!isRecord(where)) return where;
    const conditions: Where[] = [];
    const walled: Record<string, unknown> = {};
    let namesRestricted = false;
    for (const [name, value] of Object.entries(where)) {
      const field = models.get(model)?.get(name);
      if (name === 'AND' || name === 'OR' || name === 'NOT') walled[name] = walledWhere(model, value);
      else if (field?.kind !== 'object' || value === undefined) {
        walled[name] = value;
        namesRestricted ||= value !== undefined && isRestricted(model, name);
      } else {
        const [first, ...others] = field.isList
          ? [walledList(field, targetsOf(model, field), value)]
          : walledOne(field, targetsOf(model, field), value);
        walled[name] = first;
        for (const other of others) conditions.push({ [name]: other });
      }
    }
    if (namesRestricted) conditions.push(unrestrictedOrOwn(model));
    return conditions.reduce<Where>(both, walled);
  };

  /** Rows that cannot be seen neither make `some` true nor `every` false. */
  const walledList = ({ type }: Field, visible: Where, value: unknown): unknown => {
    if (!isRecord(value)) return value;
    const words: Record<string, unknown> = {};
    for (const [word, inner] of Object.entries(value)) {
      const condition = walledWhere(type, inner);
      if (isEmpty(visible) || !isRecord(condition)) words[word] = condition;
      else if (word !== 'every') words[word] = both(condition, visible);
      else words[word] = isEmpty(condition) ? condition : { OR: [{ NOT: visible }, condition] };
    }
    return words;
  };

  /** A target that cannot be seen is one that is not there. */
  const walledOne = ({ type }: Field, visible: Where, value: unknown): readonly unknown[] => {
    const absent = isEmpty(visible) ? null : { isNot: visible };
    const present = (inner: unknown): Where => both(walledWhere(type, inner), visible);
    if (value === null) return [absent];
    if (!isRecord(value)) return [value];
    const words = Object.entries(value).filter(([, inner]) => inner !== undefined);
    if (words.length === 0 || !words.every(([word]) => word === 'is' || word === 'isNot'))
      return isEmpty(visible) && isEmpty(value) ? [value] : [{ is: present(value) }];
    return words.map(([word, inner]) => {
      if (inner !== null) return { [word]: present(inner) };
      if (isEmpty(visible)) return { [word]: null };
      return word === 'is' ? absent : { is: visible };
    });
  };

  /** @returns whether the order goes by a column that is restricted. @throws Error for one through a narrowed edge. */
  const ordersByRestricted = (model: string, orderBy: unknown): boolean => {
    if (Array.isArray(orderBy)) return orderBy.map((part) => ordersByRestricted(model, part)).includes(true);
    let found = false;
    for (const [name, value] of isRecord(orderBy) ? Object.entries(orderBy) : []) {
      const field = models.get(model)?.get(name);
      if (field?.kind !== 'object') {
        found ||= isRestricted(model, name);
        // An aggregate's order names its columns one level further down.
        if (!field && isRecord(value)) found ||= ordersByRestricted(model, value);
      } else if (!isEmpty(targetsOf(model, field)) || ordersByRestricted(field.type, value))
        throw new Error(
          `${model} cannot be sorted through ${name}: what the viewer does not see would say where it stands.`,
        );
    }
    return found;
  };

  const aggregatesRestricted = (model: string, operation: string, args: Args): boolean => {
    const named = [...aggregateKeys.map((key) => args[key]), operation === 'count' ? args.select : undefined];
    return named.some((keys) =>
      (Array.isArray(keys) ? keys : isRecord(keys) ? Object.keys(keys) : []).some((key) =>
        isRestricted(model, String(key)),
      ),
    );
  };

  /** Arguments of a list or of an edge, with what is left to do with their rows. @param visible null for an edge without a `where`. */
  const walledArguments = (model: string, args: Args, visible: Where | null): { args: Args; level: Level } => {
    const walled: Record<string, unknown> = { ...args };
    if (visible) {
      if (args.cursor !== undefined && !isEmpty(visible))
        throw new Error(
          `${model} cannot be paged by a row's key: it may be that of a row which the viewer does not see.`,
        );
      const given = walledWhere(model, args.where);
      const ofSome = ordersByRestricted(model, args.orderBy) ? unrestrictedOrOwn(model) : {};
      const where = both(both(given, visible), ofSome);
      if (!isEmpty(where)) walled.where = where;
    }
    const { select, include } = args;
    if (isRecord(select)) {
      const { selection, level } = walledSelection(model, select);
      walled.select = selection;
      return { args: walled, level };
    }
    const included = isRecord(include) ? walledSelection(model, include, true) : null;
    if (included) walled.include = isEmpty(included.selection) ? undefined : included.selection;
    const level = included?.level ?? quiet;
    // Without a selection every column comes.
    const columns = columnsToTake(model, [...(visibilityOf(model).restricted?.columns ?? [])]);
    return { args: walled, level: columns ? { ...level, columns } : level };
  };

  const columnsToTake = (model: string, names: readonly string[]): Level['columns'] =>
    names.length === 0
      ? null
      : { names, model, where: unrestricted(model), ownId: visibilityOf(model).restricted?.ownId(viewer) ?? null };

  const walledSelection = (model: string, selection: Args, isInclude = false): { selection: Args; level: Level } => {
    const walled: Record<string, unknown> = {};
    const below = new Map<string, Level>();
    const hidden: string[] = [];
    const doubtful: Level['doubtful'][number][] = [];
    const ofSome: string[] = [];
    for (const [name, value] of Object.entries(selection)) {
      const field = models.get(model)?.get(name);
      if (name === '_count' && value) walled[name] = walledCounts(model, value);
      else if (field?.kind !== 'object' || !value) {
        walled[name] = value;
        if (value && isRestricted(model, name)) ofSome.push(name);
      } else {
        const visible = targetsOf(model, field);
        const takesWhere = field.isList || !field.isRequired;
        const given = isRecord(value) ? value : {};
        if (!takesWhere && idsOf(visible)?.length === 0) {
          hidden.push(name);
          continue;
        }
        const { args, level } = walledArguments(field.type, given, takesWhere ? visible : null);
        const isDoubtful = !takesWhere && !isEmpty(visible);
        if (isDoubtful) doubtful.push({ name, model: field.type, where: visible });
        const needsId = isDoubtful && isRecord(args.select) && !args.select.id;
        const nested = needsId ? { ...args, select: { ...(args.select as Args), id: true } } : args;
        walled[name] = isEmpty(nested) ? value : nested;
        if (!isQuiet(level)) below.set(name, level);
      }
    }
    // Prisma refuses an empty selection, and rows whose columns are in doubt are asked for by id.
    const isBare = isEmpty(walled) && hidden.length > 0 && models.get(model)?.has('id');
    if (!isInclude && (ofSome.length > 0 || isBare)) walled.id = true;
    return { selection: walled, level: { below, hidden, doubtful, columns: columnsToTake(model, ofSome) } };
  };

  const walledCounts = (model: string, value: unknown): unknown => {
    const lists = [...(models.get(model)?.values() ?? [])].filter(({ kind, isList }) => kind === 'object' && isList);
    const select = isRecord(value) && isRecord(value.select) ? value.select : null;
    const counted = lists.flatMap((field) => {
      const given = select ? select[field.name] : true;
      if (!given) return [];
      const where = both(walledWhere(field.type, isRecord(given) ? given.where : undefined), targetsOf(model, field));
      return [[field.name, isEmpty(where) ? true : { where }]];
    });
    return { select: Object.fromEntries(counted) };
  };

  return {
    narrow(model, operation, args): WalledStatement {
      const visible = rowsOf(model);
      if (aggregating.has(operation)) {
        const { select, ...rest } = args;
        const walled = walledArguments(model, rest, visible).args;
        const where = both(walled.where, aggregatesRestricted(model, operation, args) ? unrestrictedOrOwn(model) : {});
        return { args: { ...walled, where, ...(select === undefined ? {} : { select }) }, finish: null };
      }
      const { args: walled, level } = walledArguments(model, args, withoutWhere.has(operation) ? null : visible);
      return { args: walled, finish: counting.has(operation) ? null : createFinish(level) };
    },
    isOpen: (model, columns) => isEmpty(rowsOf(model)) && !columns.some((column) => isRestricted(model, column)),
  };
}
